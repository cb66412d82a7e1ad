"""Counts that are kept while what they count is written: how a night of a million scans is told at once.

Owns the table `counters`. A change is added in the transaction that makes it; several slots per count let transactions
of several connections add without waiting for each other, and whoever reads takes the sum. `recount` makes all of them
anew from the tables, for whoever deletes rows or restores a backup; a test compares the two after everything.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
)

from app.ledger.engine import Profile, pieces
from app.ledger.schema import counters, facts, redemptions, tickets
from core.model.ids import EventId
from core.ticket.lists import Denial

SLOTS = 64
"""More than the connections of a server process or two: neighbours by their numbers do not meet."""
NO_CLASS = -1
MOST_ROWS = 1_000
"""Counts that one statement of a recount writes."""


class Counted(StrEnum):
    """What is counted; in brackets what tells the counts of a kind apart."""

    TICKETS = "tickets"  # (standing, class)
    ENTRIES = "entries"  # (gate, class): the redemptions
    INSIDE = "inside"  # (class): tickets whose guests are inside
    FACTS = "facts"  # all of them, whatever they are
    SHOWN = "shown"  # (outcome): what doors said that they showed, the facts in quarantine among them
    ARRIVALS = "arrivals"  # (gate, minute): the redemptions once more, by the minute in which they were taken
    SHOWN_AT = "shown_at"  # (outcome, minute): the same as SHOWN, by the minute of the kiosk's clock
    SHOWN_BY = "shown_by"  # (device and outcome): the same, by who showed it


TOTALS = (Counted.TICKETS, Counted.ENTRIES, Counted.INSIDE, Counted.FACTS, Counted.SHOWN)
"""The kinds whose counts are few, however long the night."""
MINUTE_MS = 60_000
_LAST_MINUTE = 2**31 - 1
"""What the column holds: whatever a kiosk's clock says beyond the year 6053 is counted there."""


def minute_of(at_ms: int) -> int:
    """The minute since 1970 in which an instant is counted (UTC)."""
    return min(at_ms // MINUTE_MS, _LAST_MINUTE)


def lane_name(device: UUID, outcome: str) -> str:
    """What tells a kiosk's outcome apart from all others."""
    return f"{device.hex}:{outcome}"


class Presence(StrEnum):
    """Which of four a ticket is: its newest edition good or denied, its guest come or not."""

    EXPECTED = "expected"
    ENTERED = "entered"
    DENIED = "denied"
    ENTERED_AND_DENIED = "entered_and_denied"


def standing_of(gen: int, denial: Denial | None, *, has_entered: bool) -> Presence:
    """How a ticket is counted."""
    if denial is None or not denial.refuses(gen):
        return Presence.ENTERED if has_entered else Presence.EXPECTED
    return Presence.ENTERED_AND_DENIED if has_entered else Presence.DENIED


@dataclass(frozen=True, slots=True)
class CountOf:
    """One count; `cls` is a class, or a minute where its kind says so."""

    kind: Counted
    name: str
    cls: int
    n: int


class Counters:
    """The changes of an event's counts in one open transaction; `flush` adds them."""

    def __init__(self, connection: Connection, profile: Profile, event: EventId) -> None:
        self._connection = connection
        self._profile = profile
        self._event = event
        self._changes: dict[tuple[Counted, str, int], int] = defaultdict(int)

    def add(self, kind: Counted, n: int, *, name: str = "", cls: int = NO_CLASS) -> None:
        """So many more, or fewer."""
        self._changes[kind, name, cls] += n

    def add_entry(self, n: int, *, gate: str, cls: int, at_ms: int) -> None:
        """A redemption more, or fewer: one of a gate and a class, and of a minute."""
        self.add(Counted.ENTRIES, n, name=gate, cls=cls)
        self.add(Counted.ARRIVALS, n, name=gate, cls=minute_of(at_ms))

    def add_shown(self, n: int, *, outcome: str, device: UUID, at_ms: int) -> None:
        """Something that a door showed more, or fewer."""
        self.add(Counted.SHOWN, n, name=outcome)
        self.add(Counted.SHOWN_AT, n, name=outcome, cls=minute_of(at_ms))
        self.add(Counted.SHOWN_BY, n, name=lane_name(device, outcome))

    def flush(self) -> None:
        """Writes what has been added since the last time."""
        changed = sorted(item for item in self._changes.items() if item[1])
        self._changes.clear()
        if not changed:
            return
        slot = _slot(self._connection, self._profile)
        rows = [
            {"event_id": self._event, "kind": kind.value, "name": name, "cls": cls, "slot": slot, "n": n}
            for (kind, name, cls), n in changed
        ]
        self._connection.execute(_sums(self._profile), rows)


@lru_cache
def _sums(profile: Profile) -> Any:
    """Adds to counts that are there, and begins those that are not; made once, for it is in every redemption."""
    put = profile.insert(counters)
    key = [counters.c.event_id, counters.c.kind, counters.c.name, counters.c.cls, counters.c.slot]
    return put.on_conflict_do_update(index_elements=key, set_={"n": counters.c.n + put.excluded.n})


def read_counts(connection: Connection, event: EventId, kinds: Collection[Counted] = TOTALS) -> list[CountOf]:
    """The counts of some kinds that are not nothing."""
    columns = (counters.c.kind, counters.c.name, counters.c.cls)
    mine = (counters.c.event_id == event) & counters.c.kind.in_([kind.value for kind in kinds])
    rows = connection.execute(select(*columns, func.sum(counters.c.n).label("n")).where(mine).group_by(*columns))
    return [CountOf(Counted(row.kind), row.name, row.cls, int(row.n)) for row in rows if row.n]


def read_minutes(
    connection: Connection, event: EventId, kind: Counted, first: int, last: int
) -> list[tuple[str, int, int]]:
    """Name, minute and count of a kind that tells minutes apart, from minute `first` to `last`, both included."""
    mine = (counters.c.event_id == event) & (counters.c.kind == kind.value)
    of_minute = (counters.c.name, counters.c.cls)
    wanted = select(*of_minute, func.sum(counters.c.n)).where(mine & counters.c.cls.between(first, last))
    return [(name, minute, int(n)) for name, minute, n in connection.execute(wanted.group_by(*of_minute)) if n]


def recount(connection: Connection, profile: Profile, event: EventId) -> None:
    """Makes the counts of an event anew from its tables, in a write transaction.

    Whoever is about to add to them waits until it is over, and then adds what this has not seen.
    """
    if profile.is_postgresql:
        connection.execute(text("LOCK TABLE counters IN EXCLUSIVE MODE"))
    connection.execute(delete(counters).where(counters.c.event_id == event))
    rows = [
        {"event_id": event, "kind": each.kind.value, "name": each.name, "cls": each.cls, "slot": 0, "n": each.n}
        for each in plain_count(connection, event)
    ]
    for piece in pieces(rows, MOST_ROWS):
        connection.execute(insert(counters), piece)


def plain_count(connection: Connection, event: EventId) -> list[CountOf]:
    """All counts straight from the tables: what `read_counts` must say, slowly."""
    rows = [row for query in _queries(event) for row in connection.execute(query)]
    found = [CountOf(Counted(row.kind), row.name, row.cls, int(row.n)) for row in rows if row.n]
    lanes = connection.execute(_of_lanes(event))
    return found + [CountOf(Counted.SHOWN_BY, lane_name(row.device, row.outcome), NO_CLASS, row.n) for row in lanes]


def _queries(event: EventId) -> list[Any]:
    has_entered = exists().where(redemptions.c.event_id == tickets.c.event_id, redemptions.c.tid == tickets.c.tid)
    is_good = or_(tickets.c.denial.is_(None), tickets.c.gen >= tickets.c.denial_min_gen)
    standing = case(
        (and_(is_good, has_entered), Presence.ENTERED.value),
        (is_good, Presence.EXPECTED.value),
        (has_entered, Presence.ENTERED_AND_DENIED.value),
        else_=Presence.DENIED.value,
    )
    of_ticket = select(standing.label("standing"), tickets.c.cls, tickets.c.is_inside)
    mine = of_ticket.where(tickets.c.event_id == event).subquery()
    inside = mine.c.is_inside.is_(True)
    entries = (redemptions.c.gate, redemptions.c.cls)
    return [
        _query(Counted.TICKETS, mine.c.standing, mine.c.cls).group_by(mine.c.standing, mine.c.cls),
        _query(Counted.INSIDE, literal(""), mine.c.cls).where(inside).group_by(mine.c.cls),
        _query(Counted.ENTRIES, *entries).where(redemptions.c.event_id == event).group_by(*entries),
        _query(Counted.ARRIVALS, redemptions.c.gate, _minute(redemptions.c.at))
        .where(redemptions.c.event_id == event)
        .group_by(redemptions.c.gate, _minute(redemptions.c.at)),
        _query(Counted.FACTS, literal(""), literal(NO_CLASS)).select_from(facts).where(facts.c.event_id == event),
        _query(Counted.SHOWN, facts.c.outcome, literal(NO_CLASS)).where(*_shown(event)).group_by(facts.c.outcome),
        _query(Counted.SHOWN_AT, facts.c.outcome, _minute(facts.c.ts))
        .where(*_shown(event))
        .group_by(facts.c.outcome, _minute(facts.c.ts)),
    ]


def _of_lanes(event: EventId) -> Any:
    lane = (facts.c.device, facts.c.outcome)
    return select(*lane, func.count().label("n")).where(*_shown(event)).group_by(*lane)


def _shown(event: EventId) -> tuple[Any, Any]:
    return (facts.c.event_id == event, facts.c.kind == "shown")


def _minute(at_ms: Any) -> Any:
    """`minute_of` in SQL."""
    minute = at_ms // literal_column(str(MINUTE_MS))
    return case((minute > literal_column(str(_LAST_MINUTE)), literal_column(str(_LAST_MINUTE))), else_=minute)


def _query(kind: Counted, name: Any, cls: Any) -> Any:
    return select(literal(kind.value).label("kind"), name.label("name"), cls.label("cls"), func.count().label("n"))


def _slot(connection: Connection, profile: Profile) -> int:
    """Which slot a transaction adds to: on PostgreSQL by the number of its connection's process."""
    if not profile.is_postgresql:
        return 0
    driver: Any = connection.connection.driver_connection
    return int(driver.info.backend_pid) % SLOTS
