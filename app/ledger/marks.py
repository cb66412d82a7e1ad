"""Whether anything of an event has changed: three small marks, each read from an index.

Owns what a change is to those who watch: the manifest's version, the facts that are kept, the incidents. Two processes
that read the same ledger find the same marks.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from app.ledger.counters import Counted
from app.ledger.schema import counters, events, incidents
from app.ledger.statements import OPEN
from core.model.ids import EventId


@dataclass(frozen=True, slots=True)
class Marks:
    """An event as it is now: its manifest's version, how many facts it has, how many incidents and open ones.

    `incidents_at` is when one was opened or closed last (unix ms); 0 where there is none.
    """

    manifest: int
    facts: int
    incidents: int
    open_incidents: int
    incidents_at: int

    @property
    def cursor(self) -> str:
        """What tells these marks from others: letters that need no escape anywhere."""
        return f"{self.manifest}.{self.facts}.{self.incidents}.{self.open_incidents}.{self.incidents_at}"


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
    return Marks(manifest, int(facts), row[0], int(row[1] or 0), max(row[2] or 0, row[3] or 0))
