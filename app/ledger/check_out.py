"""The automatic check-out: whoever was inside before it counts as gone.

Owns which tickets are looked at. That they are gone is what the fold says of now (`core.redeem.standing`): nothing is
recorded, no exit made up, and a ticket that is looked at twice stays as it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import select

from app.ledger.engine import Database
from app.ledger.redemptions import SqlLedger, event_from
from app.ledger.schema import events, tickets
from core.model.ids import EventId, TicketHandle
from core.model.moments import Millis

AT_ONCE = 50
"""Tickets of one transaction: none holds the ledger's lock for long."""
AFTER_END_MS = 48 * 60 * 60 * 1000
"""As long as kiosks may go on; after that nobody comes and nobody goes."""
AGAIN_MS = 10 * 60 * 1000
"""Once more after that, for who was let in by a transaction that was under way at the time itself."""


_EVERY_EVENT = select(events.c.event_id, events.c.policy).execution_options(
    spans_events="a worker looks after every event"
)


@dataclass(frozen=True, slots=True)
class Due:
    """An event whose check-out is due: the instants (unix ms) at which its guests are to be looked at."""

    event: EventId
    instants: tuple[int, ...]


class CheckOut:
    """The check-outs of all events in one database. Safe between threads."""

    def __init__(self, database: Database, ledger: SqlLedger, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._ledger = ledger
        self._now_ms = now_ms

    def due(self) -> list[Due]:
        """The events whose last check-out has come, by the wall of their own zone."""
        now = self._now_ms()
        with self._database.reading() as connection:
            rows = connection.execute(_EVERY_EVENT).all()
        found = []
        for row in rows:
            event = event_from(row.policy)
            instant = event.last_checkout(Millis(now))
            if instant is not None and event.starts_ms <= instant <= event.ends_ms + AFTER_END_MS:
                instants = tuple(at for at in (instant, instant + AGAIN_MS) if at <= now)
                found.append(Due(EventId(row.event_id), instants))
        return found

    def run(self, event: EventId) -> Iterator[int]:
        """Looks at everybody inside, some at a time; how many of each piece are gone."""
        after = TicketHandle(b"")
        while inside := self._inside(event, after):
            after = inside[-1]
            self._ledger.transact(event, lambda page, piece=inside: page.settle_anew(piece))  # type: ignore[misc]
            yield len(inside) - self._count(event, inside)

    def _inside(self, event: EventId, after: TicketHandle) -> list[TicketHandle]:
        mine = (tickets.c.event_id == event) & tickets.c.is_inside & (tickets.c.tid > after)
        with self._database.reading() as connection:
            found = connection.execute(select(tickets.c.tid).where(mine).order_by(tickets.c.tid).limit(AT_ONCE))
            return [TicketHandle(tid) for tid in found.scalars()]

    def _count(self, event: EventId, among: list[TicketHandle]) -> int:
        mine = (tickets.c.event_id == event) & tickets.c.is_inside & tickets.c.tid.in_(among)
        with self._database.reading() as connection:
            return len(connection.execute(select(tickets.c.tid).where(mine)).all())
