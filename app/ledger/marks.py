"""Whether anything of an event has changed: a few small marks, each read from an index.

Owns what a change is to those who watch: the manifest's version, the facts that are kept, the incidents, the last
message that could not be delivered. Two processes that read the same ledger find the same marks.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from app.ledger.counters import Counted
from app.ledger.deliveries import is_state
from app.ledger.schema import counters, events, incidents, outbox
from app.ledger.statements import OPEN
from core.delivery.message import MessageState
from core.model.ids import EventId


@dataclass(frozen=True, slots=True)
class Marks:
    """An event as it is now: its manifest's version, how many facts it has, how many incidents and open ones.

    `incidents_at` is when one was opened or closed last (unix ms); 0 where there is none. `died_at` is when the last
    of the messages died that are dead now.
    """

    manifest: int
    facts: int
    incidents: int
    open_incidents: int
    incidents_at: int
    died_at: int

    @property
    def cursor(self) -> str:
        """What tells these marks from others: letters that need no escape anywhere."""
        return f"{self.manifest}.{self.facts}.{self.incidents}.{self.open_incidents}.{self.incidents_at}.{self.died_at}"


def marks_of(connection: Connection, event: EventId) -> Marks | None:
    """The marks of an event; None where there is no such event."""
    version = select(events.c.manifest_version).where(events.c.event_id == event)
    manifest = connection.execute(version).scalar()
    if manifest is None:
        return None
    kept = (counters.c.event_id == event) & (counters.c.kind == Counted.FACTS.value)
    facts = connection.execute(select(func.sum(counters.c.n)).where(kept)).scalar() or 0
    is_open = func.sum(case((incidents.c.state == OPEN, 1), else_=0))
    latest = (func.max(incidents.c.opened_at), func.max(incidents.c.closed_at))
    row = connection.execute(select(func.count(), is_open, *latest).where(incidents.c.event_id == event)).one()
    dead = (outbox.c.event_id == event) & is_state(MessageState.DEAD)
    died_at = connection.execute(select(func.max(outbox.c.closed_at)).where(dead)).scalar() or 0
    return Marks(manifest, int(facts), row[0], int(row[1] or 0), max(row[2] or 0, row[3] or 0), died_at)
