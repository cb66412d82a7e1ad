"""The press: signed manifests and their files.

Owns `manifests` and their one rule: one version has one content. A manifest is made when somebody asks for it and
something has changed; long work is done outside of any transaction, and a short one decides whether it still counts.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import rfc8785
from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from app.ledger.engine import Database, LedgerBusy, LedgerUnavailable
from app.ledger.event_book import FRESH_MS, EventBook
from app.ledger.file_store import StoredFile, is_whole
from app.ledger.file_sweep import FileSweep
from app.ledger.lists import use_mark
from app.ledger.manifest_draft import Draft, read_draft, secrets_of
from app.ledger.manifest_room import check_manifest
from app.ledger.redemptions import EventUnknown
from app.ledger.root_keys import RootKeys
from app.ledger.schema import events, manifests
from app.ledger.segment_book import Segment, SegmentBook, State, files_of
from core.model.ids import EventId
from core.sync.manifest import Unusable, trust_of
from core.sync.messages import Manifest
from core.sync.signing import manifest_bytes
from core.ticket.keyring import VerifyProfile
from core.ticket.segments import Kind
from core.ticket.verify import Trust

KEPT_MANIFESTS = 5
PATIENCE_S = 2.0
"""How long a request waits for another's press before it takes what there is; requests hold worker threads."""
FIRST_PATIENCE_S = 10.0
"""The same where there is nothing yet."""
MOST_ATTEMPTS = 3
USE_LOOK_MS = 5_000
"""How often this process looks whether guests came in, for the list of used tickets."""
_CLOCK_SLACK_MS = 60_000

_MANIFEST = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class Published:
    """A manifest as it is handed out: its version, its bytes, the root key's signature over them (64 bytes)."""

    version: int
    body: bytes = field(repr=False)
    signature: bytes

    @property
    def manifest(self) -> Manifest:
        """What the bytes say."""
        return _MANIFEST.validate_json(self.body)


class _FileGone(Exception):
    """A file of a list was taken away while the manifest that names it was made."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Where an event stands: its version, since when, and the newest version in print."""

    version: int
    since_ms: int
    printed: int | None


class Press:
    """The signed manifests of all events in one database. Safe between threads, and beside other servers."""

    def __init__(self, database: Database, book: EventBook, roots: RootKeys, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._roots = roots
        self._now_ms = now_ms
        self._segments = SegmentBook(database, book.keys, now_ms)
        self._lock = threading.Lock()
        self._turns: dict[EventId, threading.Lock] = {}
        self._use_checked: dict[EventId, int] = {}
        self._files = FileSweep(database, self._segments, now_ms)

    # --- handing out ----------------------------------------------------------------------------------------------

    def version(self, event: EventId) -> int:
        """The newest version in print, made where something has changed; one read where nothing has.

        While another request makes a newer one for longer than `PATIENCE_S`, the one before. Raises EventUnknown,
        ManifestUnfit, LedgerBusy, LedgerUnavailable.

        1. where the event stands · 2. a manifest that has come of age is issued anew
        3. guests came in: the list of used tickets, every 20 s at most · 4. what is not in print is pressed
        """
        look = self._look(event)  # (1)
        if self._is_of_age(look):  # (2)
            look = self._renewed(event)
        if self._is_use_to_check(event) and self._refresh_uses(event):  # (3)
            look = self._look(event)
        if look.printed == look.version:
            return look.version
        return self._press(event, look)  # (4)

    def published(self, event: EventId) -> Published:
        """The newest manifest. Raises as `version` does."""
        found = self.stored(event, self.version(event))
        return found or self.published(event)  # five others came between two reads

    def stored(self, event: EventId, version: int) -> Published | None:
        """A manifest in print, as long as it is kept."""
        wanted = select(manifests.c.body, manifests.c.signature).where(
            manifests.c.event_id == event, manifests.c.version == version
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else Published(version, row.body, row.signature)

    def find_file(self, event: EventId, sha256: bytes) -> StoredFile | None:
        """A file that lists are made of."""
        return self._segments.files.find(event, sha256)

    def file(self, event: EventId, file: StoredFile, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The file's bytes from `start` to before `end`, part by part."""
        return self._segments.files.chunks(event, file.sha256, start, file.size if end is None else end)

    def trust(self, event: EventId) -> Trust | Unusable:
        """What a kiosk of the `mac` profile trusts now, lists included: for the organizer's own checks."""
        manifest = self.published(event).manifest
        lists = self._segments.lists_of(event, manifest.segments)
        if lists is None:
            raise LedgerUnavailable("a file of the lists is missing")
        with self._database.reading() as connection:
            told = secrets_of(connection, self._book.keys, event).of(VerifyProfile.MAC)
        return trust_of(manifest, lists=lists, secrets=told, profile=VerifyProfile.MAC)

    # --- what is due ----------------------------------------------------------------------------------------------

    def _look(self, event: EventId) -> _Look:
        with self._database.reading() as connection:
            return _look(connection, event)

    def _is_of_age(self, look: _Look) -> bool:
        """Half of its freshness is over; or its time lies ahead, so that it would stay fresh for ever."""
        return not -_CLOCK_SLACK_MS <= self._now_ms() - look.since_ms < FRESH_MS // 2

    def _renewed(self, event: EventId) -> _Look:
        def work(connection: Connection) -> _Look:
            _lock_event(connection, event)
            look = _look(connection, event)
            if not self._is_of_age(look):  # another server was first
                return look
            self._book.raise_version(connection, event)
            return _look(connection, event)

        return self._database.transact(work)

    def _is_use_to_check(self, event: EventId) -> bool:
        now, last = self._now_ms(), self._use_checked.get(event)
        if last is not None and 0 <= now - last < USE_LOOK_MS:
            return False
        self._use_checked[event] = now
        return True

    def _refresh_uses(self, event: EventId) -> bool:
        """Says that the list of used tickets is stale, where it is and nobody has said so; whether the event moved.

        Facts are counted while nobody waits: a hundred thousand take longer than a scan should.
        """

        def state_in(connection: Connection) -> State:
            return self._segments.states(connection, event).get(Kind.USED.label, State())

        def work(connection: Connection) -> None:
            _lock_event(connection, event)
            if state_in(connection) == before:  # nobody else was first
                self._book.raise_version(connection, event, Kind.USED.label)

        with self._database.reading() as connection:
            before = state_in(connection)
            if before.is_stale or before.segment is None:
                return False
            if not self._segments.is_use_due(before, use_mark(connection, event)):
                return False
        self._database.transact(work)
        return True

    # --- pressing -------------------------------------------------------------------------------------------------

    def _press(self, event: EventId, look: _Look) -> int:
        patience_s = FIRST_PATIENCE_S if look.printed is None else PATIENCE_S
        with self._turn(event, patience_s) as is_ours:
            if not is_ours:
                if look.printed is None:
                    raise LedgerBusy("the first manifest is being made")
                return look.printed
            for attempt in range(MOST_ATTEMPTS):
                now = self._look(event)
                if now.printed == now.version:  # whoever had the turn before made it
                    return now.version
                try:
                    return self._print(event, anew=attempt > 0)
                except _FileGone:
                    continue
        raise LedgerBusy("files of the lists are being taken away")

    @contextmanager
    def _turn(self, event: EventId, patience_s: float) -> Iterator[bool]:
        """One press of an event at a time in this process."""
        with self._lock:
            turn = self._turns.setdefault(event, threading.Lock())
        is_ours = turn.acquire(timeout=patience_s)
        try:
            yield is_ours
        finally:
            if is_ours:
                turn.release()

    def _print(self, event: EventId, *, anew: bool) -> int:
        """Makes a manifest of what holds now; `anew`: with all its lists, where a file of one is gone.

        1. everything is read, the version first: whatever changes after that raises it again
        2. lists that changed are read and stored, secrets sealed, the whole signed; nobody waits for that. What every
           kiosk would refuse is not signed: kiosks go on with what they hold, and the organizer hears why
        3. one short transaction puts it in print, unless somebody else did
        """
        with self._database.reading() as connection:
            draft = read_draft(connection, self._book, event, self._now_ms())  # (1)
            states = self._segments.states(connection, event)
        marks = {kind: state.marks for kind, state in states.items()}
        made = self._segments.made(event, {} if anew else states, draft.wish, draft.secrets.own)  # (2)
        manifest = draft.manifest(made.every.values(), self._roots.server_public)
        body = rfc8785.dumps(asdict(manifest))
        check_manifest(body, event)
        published = Published(draft.version, body, self._roots.sign(manifest_bytes(body)))
        newest = self._database.transact(lambda c: self._put(c, draft, published, manifest, made.fresh, marks))  # (3)
        self._files.sweep(event)
        return newest

    def _put(
        self,
        connection: Connection,
        draft: Draft,
        published: Published,
        manifest: Manifest,
        fresh: Mapping[str, Segment],
        marks: Mapping[str, int],
    ) -> int:
        """The manifest in print, unless one of its version or a later one is; the newest version in print.

        1. the event is locked: two servers sign two contents of no version
        2. the files are there, and nobody takes them away from now on
        3. lists that have changed since they were read stay stale
        """
        _lock_event(connection, draft.event)  # (1)
        look = _look(connection, draft.event)
        if look.printed is not None and look.printed >= published.version:
            return look.printed
        if not all(is_whole(connection, draft.event, file) for file in files_of(manifest.segments)):  # (2)
            raise _FileGone
        row = {"version": published.version, "body": published.body, "signature": published.signature}
        connection.execute(insert(manifests), row | {"event_id": draft.event, "made_at": self._now_ms()})
        mine = manifests.c.event_id == draft.event
        newest = select(manifests.c.version).where(mine).order_by(manifests.c.version.desc())
        kept = connection.execute(newest.limit(KEPT_MANIFESTS)).scalars().all()
        connection.execute(delete(manifests).where(mine, manifests.c.version < min(kept)))
        self._segments.keep(connection, draft.event, fresh, marks)  # (3)
        return published.version


_PRINTED = select(func.max(manifests.c.version)).where(manifests.c.event_id == bindparam("b_event")).scalar_subquery()
_LOOK = select(events.c.manifest_version, events.c.manifest_at, _PRINTED).where(
    events.c.event_id == bindparam("b_event")
)
"""Made once: each kiosk that asks for news is told by it."""


def _look(connection: Connection, event: EventId) -> _Look:
    row = connection.execute(_LOOK, {"b_event": event}).one_or_none()
    if row is None:
        raise EventUnknown(event)
    return _Look(*row)


def _lock_event(connection: Connection, event: EventId) -> None:
    connection.execute(select(events.c.event_id).where(events.c.event_id == event).with_for_update())
