"""The desk over the network: what pages ask, and how the window stands with its server.

Owns the way from the line's threads into the window's: whatever is told is told here, one thing after the other, from
the window's own loop. Decides nothing; what is asked, when, and what may be shown of it is the watch line's.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from app.clock import SystemClock, read_machine
from app.log import logger
from app.net.late_client import LateClient
from app.organizer.post import Post
from app.runtime.speaking import Listener
from app.runtime.watch_line import WatchLine
from app.runtime.watched import Watcher
from app.store.clock_memory import ClockFile
from app.store.panel_cache import CACHE_FILE, PanelCache
from core.insight.marks import Marks
from core.insight.question import Deed, Question
from core.insight.reading import Reading
from core.insight.standing import Now, Standing
from core.model.ids import EventId
from core.model.moments import Millis
from core.model.roles import INSTALLATION, NOBODY, Right, Roles, may
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import Me

T = TypeVar("T")


class NetworkDesk:
    """A `Connection` to one server. Belongs to the window's thread; `close` it once.

    `authority` (PEM) alone vouches for the server under TLS; without one the public authorities do. `folder` is where
    the window keeps what it knows. Unless `is_reaching` nobody is asked before `reach`. Raises ServerAddressWrong.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        authority: str | None = None,
        clock: SystemClock | None = None,
        *,
        is_reaching: bool = True,
    ) -> None:
        self._clock = clock or SystemClock(ClockFile(folder / _clock_file(url)))
        self.client = LateClient(url, authority, self._clock.learn)
        self.cache = PanelCache(folder / CACHE_FILE)
        self._roles = NOBODY
        self._account: str | None = None
        self._post = Post()
        self._hear_standing: list[Callable[[Standing], None]] = []
        self._hear_marks: list[Callable[[Marks], None]] = []
        self._hear_log_out: list[Callable[[], None]] = []
        listener = Listener(
            post=self._post.post,
            standing_changed=lambda standing: self._tell(self._hear_standing, standing),
            marks_changed=lambda marks: self._tell(self._hear_marks, marks),
            session_ended=self._tell_log_out,
        )
        self._line = WatchLine(self.client, self.cache, self._now, listener)
        self._line.start(is_reaching=is_reaching)

    # --- what a page may ask --------------------------------------------------------------------------------------

    @property
    def event(self) -> EventId | None:
        """The event that is shown."""
        return self._line.event

    @property
    def server(self) -> str:
        """The server's address, as this computer reaches it."""
        return self.client.server

    def may(self, right: Right) -> bool:
        """By the roles that the account had when it logged in; the server decides again."""
        return may(self._roles, right, self._line.event or INSTALLATION)

    def now_ms(self) -> Millis:
        """The server's time as far as it is known, else this computer's; it does not jump when that is set."""
        return self._clock.now().at_ms

    def watch(self, question: Question[T], take: Callable[[Reading[T]], None]) -> Watcher:
        """Tells what is known, from the loop, and again whenever that changes."""
        return self._line.watch(question, take)

    def do(self, deed: Deed[T], take: Callable[[Done[T] | Later | Rejected], None]) -> None:
        """Does it once and tells how it went."""
        self._line.do(deed, take)

    def fetch(self, path: str, right: Right, into: Path, take: Callable[[Done[int] | Later | Rejected], None]) -> None:  # noqa: ARG002
        """Writes a file, whole or not at all. What this computer can't write is rejected with `file_unwritable`."""
        self._line.fetch(path, into, take)

    # --- what the window may ask ----------------------------------------------------------------------------------

    @property
    def standing(self) -> Standing:
        """How it stands with the server now."""
        return self._line.standing

    @property
    def marks(self) -> Marks | None:
        """What the event's stream said last."""
        return self._line.marks

    def hear_standing(self, take: Callable[[Standing], None]) -> None:
        """Calls `take` soon with how it stands, and whenever it stands otherwise."""
        self._hear_standing.append(take)
        self._post.post(lambda: take(self.standing))  # what came before is told to nobody else

    def hear_log_out(self, take: Callable[[], None]) -> None:
        """Calls `take` when the session is over by the server's word."""
        self._hear_log_out.append(take)

    def hear_marks(self, take: Callable[[Marks], None]) -> None:
        """Calls `take` when something of the event has changed."""
        self._hear_marks.append(take)

    def use(self, token: str | None, me: Me | None) -> None:
        """Asks with this session from now on, as this account.

        Without a token it shows what the cache has and asks nothing; without an account as well somebody has logged
        out, and what was kept for them is forgotten.
        """
        before, self._account = self._account, None if me is None else me.name
        self._roles = NOBODY if me is None else roles_of(me)
        self.client.use(token)
        if me is None:
            if before is not None:
                self._line.aside(lambda: self.cache.forget(self.server, before), lambda _: None)
            self._line.know(None)
            return
        name, roles = me.name, self._roles
        self._line.aside(lambda: self.cache.forget_unless(self.server, name, may_read(roles)), lambda _: None)
        if token is None:
            self._line.know(name)
        else:
            self._line.begin(name)

    def show_event(self, event: EventId | None) -> None:
        """Shows another event: all that is watched is asked anew."""
        self._line.show(event)

    def when_known(self, take: Callable[[], None]) -> None:
        """Calls `take`, from the loop, once what is watched by now was told as the cache has it."""
        self._line.when_known(take)

    def reach(self) -> None:
        """Looks for the server from now on."""
        self._line.reach()

    def retry_now(self) -> None:
        """Tries at once, whatever the back-off says."""
        self._line.retry()

    def aside(self, work: Callable[[], T], take: Callable[[T], None]) -> None:
        """Has the server asked by somebody else, beside the window's thread: a log-in, say."""
        self._line.aside(work, take)

    def close(self) -> None:
        """Ends everything that runs."""
        self._post.close()
        self._line.stop()

    def _now(self) -> Now:
        return Now(self._clock.now().at_ms, read_machine().boot_ms)

    def _tell(self, takes: Sequence[Callable[[T], None]], told: T) -> None:
        """Each is told by itself: a fault of one is no other's."""
        for take in tuple(takes):
            self._post.post(partial(take, told))

    def _tell_log_out(self, code: str) -> None:
        logger(__name__).info("session over", why=code)
        for take in tuple(self._hear_log_out):
            self._post.post(take)


def _clock_file(url: str) -> str:
    """Each server has its own time: what is known of it outlives the window, as long as the computer runs."""
    return f"clock-{hashlib.sha256(url.rstrip('/').encode()).hexdigest()[:16]}.json"


def roles_of(me: Me) -> Roles:
    """An account's roles by its own word of them; an event that can't be read is none."""
    held = {}
    for row in me.roles:
        try:
            held[INSTALLATION if row.event is None else EventId(UUID(hex=row.event))] = row.role
        except ValueError:
            continue
    return Roles(held)


def may_read(roles: Roles) -> Callable[[str, str], bool]:
    """Whether somebody of these roles may still read what was kept of an event, for a right."""

    def is_allowed(event: str, need: str) -> bool:
        try:
            return may(roles, Right(need), EventId(UUID(hex=event)))
        except ValueError:
            return False

    return is_allowed
