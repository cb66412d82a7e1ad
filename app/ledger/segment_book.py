"""The lists of events as files: a base, and what changed since.

Owns the rows of `segments` and when a list is made anew. Only what has changed is read again; what a kiosk downloads is
a difference while that is small.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from sqlalchemy import Connection, select, update

from app.ledger import lists
from app.ledger.engine import Database
from app.ledger.file_store import FileStore
from app.ledger.key_book import KeyBook
from app.ledger.lists import AllowScope
from app.ledger.schema import segments
from core.model.codes import CodeMode
from core.model.ids import EventId
from core.sync.messages import FileRow, SegmentRow
from core.ticket.keyring import Key
from core.ticket.segments import ATTENDEES, Flawed, Kind, ListsOfSegments, Records, applied, records_from

USED_EVERY_MS = 20_000
"""How often the list of used tickets is made anew at most: a whole list each time, a delta to each kiosk."""
MOST_DELTAS = 16
DELTA_SHARE = 4
"""A delta is smaller than a quarter of its list, or a new base is."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A list as it was made: its row, what it was made for, when."""

    row: SegmentRow
    scope: str
    made_at_ms: int


@dataclass(frozen=True, slots=True)
class State:
    """What the table holds of one kind. `marks` counts how often somebody said that the list has changed."""

    segment: Segment | None = None
    is_stale: bool = True
    marks: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """All lists of an event by kind, and those of them that are new: their files are stored, their rows not yet."""

    every: Mapping[str, Segment]
    fresh: Mapping[str, Segment]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the lists of an event are made for at this moment."""

    mode: CodeMode
    allow: AllowScope
    use_mark: str
    tickets: int
    has_marks: bool = False

    def scopes(self) -> dict[str, str]:
        """The kinds that the event's manifest names, each with what it is made for."""
        listed_only = ",".join(map(str, sorted(self.allow.listed_only)))
        revoked = ",".join(map(str, sorted(self.allow.revoked)))
        wanted = f"all {self.tickets}" if self.allow.is_all else f"listed {listed_only}"
        found = {Kind.ALLOW.label: f"{wanted} without {revoked}", Kind.DENY.label: "", Kind.USED.label: self.use_mark}
        marks = {Kind.MARKS.label: ""} if self.has_marks else {}
        return found | ({} if self.mode is CodeMode.T1 else {Kind.LEGACY.label: ""}) | marks | {ATTENDEES: PEOPLE_FORM}


PEOPLE_FORM = "with terms"
"""How the list of people is made: one that an older server made is made anew."""
_SEGMENT = TypeAdapter(Segment)


class SegmentBook:
    """The lists of all events in one database. Safe between threads."""

    def __init__(self, database: Database, keys: KeyBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._keys = keys
        self._now_ms = now_ms
        self.files = FileStore(database)

    def states(self, connection: Connection, event: EventId) -> dict[str, State]:
        """What the table holds, by kind."""
        rows = connection.execute(select(segments).where(segments.c.event_id == event))
        return {
            row.kind: State(_SEGMENT.validate_json(row.row) if row.row else None, row.is_stale, row.marks)
            for row in rows
        }

    def is_use_due(self, state: State, mark: str) -> bool:
        """Whether the list of used tickets should be made anew."""
        if state.segment is None or state.is_stale:
            return True
        age_ms = self._now_ms() - state.segment.made_at_ms
        return state.segment.scope != mark and not 0 <= age_ms < USED_EVERY_MS

    def made(self, event: EventId, states: Mapping[str, State], wish: Wish, own: Sequence[Key]) -> Made:
        """All lists of the event; what is stale, or was made for something else, is made anew."""
        every: dict[str, Segment] = {}
        fresh: dict[str, Segment] = {}
        for kind, scope in wish.scopes().items():
            state = states.get(kind, State())
            if state.segment is None or self._is_due(kind, state, scope):
                fresh[kind] = every[kind] = self._make(event, kind, scope, state.segment, wish, own)
            else:
                every[kind] = state.segment
        return Made(every, fresh)

    def _is_due(self, kind: str, state: State, scope: str) -> bool:
        if kind == Kind.USED.label:
            return self.is_use_due(state, scope)
        return state.is_stale or state.segment is None or state.segment.scope != scope

    def _make(
        self, event: EventId, kind: str, scope: str, before: Segment | None, wish: Wish, own: Sequence[Key]
    ) -> Segment:
        now = self._now_ms()
        if kind == ATTENDEES:
            return Segment(self._people(event, now), scope, now)
        records = self._records(event, Kind[kind.upper()], wish, own)
        return Segment(self._row(event, records, before.row if before else None, now), scope, now)

    def _records(self, event: EventId, kind: Kind, wish: Wish, own: Sequence[Key]) -> Records:
        match kind:
            case Kind.ALLOW:
                return lists.allow(self._database, self._keys, event, wish.allow, own)
            case Kind.DENY:
                return lists.deny(self._database, event)
            case Kind.LEGACY:
                return lists.legacy(self._database, event)
            case Kind.USED:
                return lists.used(self._database, event)
            case Kind.MARKS:
                return lists.marks(self._database, event)

    def _people(self, event: EventId, now: int) -> SegmentRow:
        found = lists.people(self._database, event, self._keys.attendees_key(event))
        file = self.files.put(event, found.locked)
        return SegmentRow(ATTENDEES, found.count, file.sha256, now, file)

    def _row(self, event: EventId, records: Records, before: SegmentRow | None, now: int) -> SegmentRow:
        """A delta to the list before where that is small, else a new base."""
        label, sha256 = records.kind.label, records.sha256.hex()
        if before is not None and before.sha256 == sha256:
            return replace(before, as_of_ms=now)
        delta = self._delta(event, records, before)
        if before is not None and delta is not None:
            deltas = [*before.deltas, self.files.put(event, delta)]
            return SegmentRow(label, records.count, sha256, now, before.base, deltas)
        return SegmentRow(label, records.count, sha256, now, self.files.put(event, records.body))

    def _delta(self, event: EventId, records: Records, before: SegmentRow | None) -> bytes | None:
        if before is None or len(before.deltas) >= MOST_DELTAS:
            return None
        old = self.records(event, before)
        return None if old is None else lists.small_difference(old, records, len(records.body) // DELTA_SHARE)

    def records(self, event: EventId, row: SegmentRow) -> Records | None:
        """A list put together from its files; None where one of them is gone, or they do not make it."""
        kind = Kind.named(row.kind)
        body = self.files.body(event, row.base)
        read = None if kind is None or body is None else records_from(kind, body)
        for file in row.deltas:
            change = self.files.body(event, file)
            if read is None or isinstance(read, Flawed) or change is None:
                return None
            read = applied(read, change)
        return read if isinstance(read, Records) and read.sha256.hex() == row.sha256 else None

    def lists_of(self, event: EventId, rows: Iterable[SegmentRow]) -> ListsOfSegments | None:
        """The lists of a manifest, for whoever checks codes beside the ledger; None where a file is gone."""
        found = {kind: Records(kind, b"") for kind in Kind}
        for row in rows:
            if kind := Kind.named(row.kind):
                records = self.records(event, row)
                if records is None:
                    return None
                found[kind] = records
        return ListsOfSegments(
            found[Kind.ALLOW], found[Kind.DENY], found[Kind.LEGACY], found[Kind.USED], found[Kind.MARKS]
        )

    def keep(
        self, connection: Connection, event: EventId, fresh: Mapping[str, Segment], marks: Mapping[str, int]
    ) -> None:
        """Writes the rows of new lists. `marks` are those from before the lists were read.

        A list that somebody has changed since stays stale. The version does not tell: an import says of each piece that
        a list has changed, and raises the version once, at its end.
        """
        for kind, segment in fresh.items():
            row = {"event_id": event, "kind": kind, "is_stale": False}
            told = {"row": _SEGMENT.dump_json(segment).decode()}
            put = self._database.profile.insert(segments)
            key = [segments.c.event_id, segments.c.kind]
            connection.execute(put.on_conflict_do_update(index_elements=key, set_=told), row | told)
            unchanged = (segments.c.event_id == event) & (segments.c.kind == kind)
            unchanged &= segments.c.marks == marks.get(kind, 0)
            connection.execute(update(segments).where(unchanged).values(is_stale=False))


def files_of(rows: Iterable[SegmentRow]) -> list[FileRow]:
    """Every file that lists are made of."""
    return [file for row in rows for file in (row.base, *row.deltas)]
