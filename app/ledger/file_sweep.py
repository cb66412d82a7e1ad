"""Files of lists that no manifest names any more, taken away in their own time.

Owns when a file may go: ten minutes after this process first saw it unnamed, so that downloads end and presses that
are about to name it again do not lose it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from app.ledger.engine import Database
from app.ledger.schema import events, manifests, segments
from app.ledger.segment_book import Segment, SegmentBook, files_of
from core.model.ids import EventId
from core.sync.messages import FileRow, Manifest

NAMING_MANIFESTS = 3
"""A kiosk that began with one of the newest three finds all its files."""
SPARED_MS = 10 * 60 * 1000
SWEEP_EVERY_MS = 60_000

_MANIFEST = TypeAdapter(Manifest)
_SEGMENT = TypeAdapter(Segment)


@dataclass(slots=True)
class _Seen:
    """When an event's files were last looked through, and since when each of them has been unnamed."""

    at_ms: int
    unnamed: dict[bytes, int]


def files_of_kind(connection: Connection, event: EventId, kind: str) -> set[bytes]:
    """The SHA-256 of every file that a list of a kind was made of, as far as a manifest or the list still names it."""
    bodies = connection.execute(select(manifests.c.body).where(manifests.c.event_id == event)).scalars()
    rows = [row for body in bodies for row in _MANIFEST.validate_json(body).segments if row.kind == kind]
    mine = (segments.c.event_id == event) & (segments.c.kind == kind) & segments.c.row.is_not(None)
    rows += [
        _SEGMENT.validate_json(row).row for row in connection.execute(select(segments.c.row).where(mine)).scalars()
    ]
    return {bytes.fromhex(file.sha256) for file in files_of(rows)}


class FileSweep:
    """The files of all events in one database. Safe between threads that take turns for each event."""

    def __init__(self, database: Database, segments: SegmentBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._segments = segments
        self._now_ms = now_ms
        self._seen: dict[EventId, _Seen] = {}

    def sweep(self, event: EventId) -> None:
        """Looks through an event's files, once a minute at most, and takes away what has been unnamed for long."""
        now = self._now_ms()
        seen = self._seen.setdefault(event, _Seen(now - SWEEP_EVERY_MS, {}))
        if 0 <= now - seen.at_ms < SWEEP_EVERY_MS:
            return
        seen.at_ms = now
        with self._database.reading() as connection:
            unnamed = self._segments.files.names(connection, event) - self._named(connection, event)
        seen.unnamed = {sha256: seen.unnamed.get(sha256, now) for sha256 in unnamed}
        for sha256, since in seen.unnamed.items():
            if now - since >= SPARED_MS:
                self._take_away(event, sha256)

    def _take_away(self, event: EventId, sha256: bytes) -> None:
        def work(connection: Connection) -> bool:
            connection.execute(select(events.c.event_id).where(events.c.event_id == event).with_for_update())
            if sha256 in self._named(connection, event):
                return False
            return self._segments.files.drop_some(connection, event, sha256)

        while self._database.transact(work):  # a piece each time
            pass

    def _named(self, connection: Connection, event: EventId) -> set[bytes]:
        """The files of the newest manifests, and those that the next list is compared with."""
        mine = manifests.c.event_id == event
        newest = select(manifests.c.body).where(mine).order_by(manifests.c.version.desc()).limit(NAMING_MANIFESTS)
        rows = [row for body in connection.execute(newest).scalars() for row in _MANIFEST.validate_json(body).segments]
        states = self._segments.states(connection, event).values()
        kept: list[FileRow] = files_of(state.segment.row for state in states if state.segment)
        return {bytes.fromhex(file.sha256) for file in (*files_of(rows), *kept)}
