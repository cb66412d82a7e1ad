"""A desk that answers from what a test put on it: for pages, their pictures and their walks.

Owns no connection and no clock. What is told is told in the window's thread, never from within the call that asked for
it, as by the desk over the network: both pass `tests/organizer/desk_contract.py`.

    desk = StillDesk({"status": {"admitted": 12, …}, "devices": old([…], minutes=12), "doubles": failed()})

What is no `Reading` is JSON as the server sends it, and is read by the question.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from app.organizer.post import Post
from core.insight.question import Deed, Method, Question
from core.insight.reading import Fault, Freshness, Reading
from core.model.ids import EventId
from core.model.moments import Millis
from core.model.roles import RIGHTS, Right, Role
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble

T = TypeVar("T")

EVENT = EventId(UUID(int=0x5A))
NOW_MS = Millis(1_795_719_840_000)
"""Thursday 26 November 2026, 19:04 UTC: an evening under way."""
MINUTE_MS = 60_000
SERVER = "https://door.example"
AWAY = Later(Trouble.UNREACHABLE)
LOADING: Reading[Any] = Reading(Freshness.LOADING)


def fresh(value: T) -> Reading[T]:
    """A value of this moment."""
    return Reading(Freshness.FRESH, value, NOW_MS)


def old(value: T, minutes: float = 12, fault: Fault = AWAY) -> Reading[T]:
    """A value that was true so many minutes ago, and why there is no newer one."""
    as_of = Millis(int(NOW_MS - minutes * MINUTE_MS))
    return Reading(Freshness.OLD, value, as_of, fault, Millis(as_of + MINUTE_MS // 2))


def failed(fault: Fault = AWAY, minutes: float = 2) -> Reading[Any]:
    """No value, and why, since so many minutes."""
    return Reading(Freshness.FAILED, None, None, fault, Millis(int(NOW_MS - minutes * MINUTE_MS)))


class StillWatching:
    """One who watches."""

    def __init__(self, desk: "StillDesk", question: Question[Any], take: Callable[[Reading[Any]], None]) -> None:
        self._desk = desk
        self.question = question
        self.take = take
        self.is_over = False

    def ask_again(self) -> None:
        """Tells what is on the desk by now; `desk.asked_again` remembers it."""
        if not self.is_over:
            self._desk.asked_again.append(self.question.name)
            self._desk.tell_soon(self)

    def stop(self) -> None:
        """Hears no more."""
        self.is_over = True


class StillDesk:
    """Answers from `told`, by the names of questions; `deeds` by (method, path), `files` by path.

    An answer to a deed is JSON, or Later, or Rejected, or a function of the deed that makes one. What is not there is
    told as loading, and refused with `not_found`.
    """

    def __init__(
        self,
        told: Mapping[str, Any] | None = None,
        deeds: Mapping[tuple[Method, str], Any] | None = None,
        files: Mapping[str, bytes | Later | Rejected] | None = None,
        *,
        event: EventId | None = EVENT,
        rights: Iterable[Right] = RIGHTS[Role.OWNER],
        now_ms: int = NOW_MS,
    ) -> None:
        self.told = dict(told or {})
        self.deeds = dict(deeds or {})
        self.files = dict(files or {})
        self.rights = frozenset(rights)
        self.done: list[Deed[Any]] = []
        """Every deed that was asked for, in order."""
        self.fetched: list[str] = []
        self.asked_again: list[str] = []
        self._event = event
        self._now_ms = Millis(now_ms)
        self._watched: list[StillWatching] = []
        self._post = Post()

    @property
    def event(self) -> EventId | None:
        """The event that is shown."""
        return self._event

    @property
    def server(self) -> str:
        """An address that nobody asks."""
        return SERVER

    def may(self, right: Right) -> bool:
        """By the rights that it was made with."""
        return right in self.rights

    def now_ms(self) -> Millis:
        """The moment at which it stands still."""
        return self._now_ms

    def watch(self, question: Question[T], take: Callable[[Reading[T]], None]) -> StillWatching:
        """Tells what is on the desk for the question's name, and again when `tell` puts something else there."""
        watching = StillWatching(self, question, take)
        self._watched = [each for each in self._watched if not each.is_over] + [watching]
        self.tell_soon(watching)
        return watching

    def do(self, deed: Deed[T], take: Callable[[Done[T] | Later | Rejected], None]) -> None:
        """Tells what is on the desk for the deed; then tells once more what is known of its topics."""
        self.done.append(deed)

        def tell() -> None:
            take(self._answer(deed))
            for each in self._watched:
                if deed.topics & each.question.topics:
                    self.tell_soon(each)

        self._post.post(tell)

    def fetch(self, path: str, right: Right, into: Path, take: Callable[[Done[int] | Later | Rejected], None]) -> None:
        """Writes what is on the desk for the path."""
        self.fetched.append(path)
        self._post.post(lambda: take(self._written(path, into)))

    # --- for tests ------------------------------------------------------------------------------------------------

    def tell(self, name: str, told: Any) -> None:
        """Puts something else on the desk: a `Reading`, or JSON. Those who watch are told."""
        self.told[name] = told
        for each in self._watched:
            if each.question.name == name:
                self.tell_soon(each)

    def watched(self) -> list[str]:
        """The names of what is watched now."""
        return [each.question.name for each in self._watched if not each.is_over]

    def tell_soon(self, watching: StillWatching) -> None:
        """Tells one who watches what is on the desk, from the window's loop."""

        def tell() -> None:
            if not watching.is_over:
                watching.take(self._reading(watching.question))

        self._post.post(tell)

    def _reading(self, question: Question[Any]) -> Reading[Any]:
        told = self.told.get(question.name, LOADING)
        if isinstance(told, Reading):
            return told
        try:
            return replace(fresh(question.read(told)), as_of_ms=self._now_ms)
        except ValueError:
            return failed(Later(Trouble.SERVER_ERROR), minutes=0)

    def _answer(self, deed: Deed[T]) -> Done[T] | Later | Rejected:
        told = self.deeds.get((deed.method, deed.path), Rejected(404, "not_found"))
        if callable(told):
            told = told(deed)
        if isinstance(told, Later | Rejected):
            return told
        try:
            return Done(deed.read(told), 1)
        except ValueError:
            return Later(Trouble.SERVER_ERROR)

    def _written(self, path: str, into: Path) -> Done[int] | Later | Rejected:
        told = self.files.get(path, Rejected(404, "not_found"))
        if isinstance(told, Later | Rejected):
            return told
        into.write_bytes(told)
        return Done(len(told), 1)
