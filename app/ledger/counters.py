"""Counts that are kept while what they count is written: how a night of a million scans is told at once.

Owns the table `counters`. A change is added in the transaction that makes it; several slots per count let transactions
of several connections add without waiting for each other, and whoever reads takes the sum. `recount` makes all of them
anew from the tables, for whoever deletes rows or restores a backup; a test compares the two after everything.
"""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, and_, case, delete, exists, func, insert, literal, or_, select, text

from app.ledger.engine import Profile
from app.ledger.schema import counters, facts, redemptions, tickets
from core.model.ids import EventId
from core.ticket.lists import Denial

SLOTS = 64
"""More than the connections of a server process or two: neighbours by their numbers do not meet."""
NO_CLASS = -1


class Counted(StrEnum):
    """What is counted; in brackets what tells the counts of a kind apart."""

    TICKETS = "tickets"  # (standing, class)
    ENTRIES = "entries"  # (gate, class): the redemptions
    INSIDE = "inside"  # (class): tickets whose guests are inside
    FACTS = "facts"  # all of them, whatever they are
    SHOWN = "shown"  # (outcome): what doors said that they showed, the facts in quarantine among them


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
    """One count."""

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


def read_counts(connection: Connection, event: EventId) -> list[CountOf]:
    """All counts of an event that are not nothing."""
    columns = (counters.c.kind, counters.c.name, counters.c.cls)
    wanted = select(*columns, func.sum(counters.c.n).label("n")).where(counters.c.event_id == event).group_by(*columns)
    rows = connection.execute(wanted)
    return [CountOf(Counted(row.kind), row.name, row.cls, int(row.n)) for row in rows if row.n]


def recount(connection: Connection, profile: Profile, event: EventId) -> None:
    """Makes the counts of an event anew from its tables, in a write transaction.

    Whoever is about to add to them waits until it is over, and then adds what this has not seen.
    """
    if profile.is_postgresql:
        connection.execute(text("LOCK TABLE counters IN EXCLUSIVE MODE"))
    connection.execute(delete(counters).where(counters.c.event_id == event))
    for query in _queries(event):
        rows = [{**row, "event_id": event, "slot": 0} for row in connection.execute(query).mappings()]
        if rows:
            connection.execute(insert(counters), rows)


def plain_count(connection: Connection, event: EventId) -> list[CountOf]:
    """The same counts straight from the tables: what `read_counts` must say, slowly."""
    rows = [row for query in _queries(event) for row in connection.execute(query)]
    return [CountOf(Counted(row.kind), row.name, row.cls, int(row.n)) for row in rows if row.n]


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
        _query(Counted.FACTS, literal(""), literal(NO_CLASS)).select_from(facts).where(facts.c.event_id == event),
        _query(Counted.SHOWN, facts.c.outcome, literal(NO_CLASS))
        .where(facts.c.event_id == event, facts.c.kind == "shown")
        .group_by(facts.c.outcome),
    ]


def _query(kind: Counted, name: Any, cls: Any) -> Any:
    return select(literal(kind.value).label("kind"), name.label("name"), cls.label("cls"), func.count().label("n"))


def _slot(connection: Connection, profile: Profile) -> int:
    """Which slot a transaction adds to: on PostgreSQL by the number of its connection's process."""
    if not profile.is_postgresql:
        return 0
    driver: Any = connection.connection.driver_connection
    return int(driver.info.backend_pid) % SLOTS
