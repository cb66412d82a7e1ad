"""What revoked devices brought: kept in quarantine until the organizer says that it counts.

Owns finding it, and handing it to the line that judges it anew. Whoever took a kiosk's rights away had a reason;
whether what it had recorded before is to be believed is for a person to say.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select

from app.ledger import audit
from app.ledger.device_rows import DeviceUnknown, predecessors
from app.ledger.engine import Database
from app.ledger.rows import Doubt
from app.ledger.schema import devices, facts
from app.ledger.statements import EVENT
from core.journal.audit import Deed
from core.journal.state import Arrival
from core.model.ids import DeviceId, EventId
from core.sync.kiosk_replies import SalvageReport
from core.sync.messages import FactResult

PIECE = 50
"""Facts that are judged anew in one transaction: each locks its ticket, and guests wait meanwhile."""

_WAITS = (
    facts.c.event_id == EVENT,
    facts.c.reason == Doubt.DEVICE_REVOKED.value,
    facts.c.arrival == Arrival.QUARANTINED.value,
)
_PAGE = (
    select(facts.c.id, facts.c.record)
    .where(*_WAITS, facts.c.device == bindparam("d"), facts.c.id > bindparam("after"))
    .order_by(facts.c.id)
    .limit(PIECE)
)
_COUNT = select(facts.c.device, func.count()).where(*_WAITS).group_by(facts.c.device)
_FIRST = UUID(int=0)


class Line(Protocol):
    """Where facts are judged: `app.runtime.redeem_line.RedeemLine`."""

    def judge_anew(
        self, event: EventId, device: DeviceId, records: Sequence[Any], predecessors: frozenset[DeviceId]
    ) -> list[FactResult]:
        """One result per record that the ledger holds already, in their order."""


class Salvage:
    """The way out of quarantine for what revoked devices brought. Safe between threads."""

    def __init__(self, database: Database, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def waiting(self, event: EventId) -> Mapping[DeviceId, int]:
        """How many facts of each device wait for the organizer's word."""
        with self._database.reading() as connection:
            return {DeviceId(device): count for device, count in connection.execute(_COUNT, {"e": event})}

    def take(self, event: EventId, device: DeviceId, line: Line) -> SalvageReport:
        """Lets a device's facts count as if they had been uploaded late, some at a time; again changes nothing.

        Each piece is committed, so that one that is cut off goes on where it was. Raises DeviceUnknown, LedgerBusy,
        LedgerUnavailable.
        """
        name, before = self._sender(event, device)
        arrivals: Counter[Arrival] = Counter()
        incidents, after = 0, _FIRST
        while page := self._page(event, device, after):
            if after == _FIRST:
                self._database.transact(partial(self._note, event=event, device=device))
            after = page[-1].id
            results = line.judge_anew(event, device, [json.loads(row.record) for row in page], before)
            arrivals.update(result.arrival for result in results)
            incidents += sum(bool(result.incidents) for result in results)
        quarantined = arrivals[Arrival.QUARANTINED]
        return SalvageReport(name, arrivals.total(), arrivals.total() - quarantined, quarantined, incidents)

    def _note(self, connection: Connection, event: EventId, device: DeviceId) -> None:
        audit.note(connection, Deed.DEVICE_SALVAGED, event, device.hex, now_ms=self._now_ms())

    def _page(self, event: EventId, device: DeviceId, after: UUID) -> Sequence[Any]:
        with self._database.reading() as connection:
            return connection.execute(_PAGE, {"e": event, "d": device, "after": after}).all()

    def _sender(self, event: EventId, device: DeviceId) -> tuple[str, frozenset[DeviceId]]:
        mine = select(devices.c.name, devices.c.replaces).where(devices.c.event_id == event, devices.c.id == device)
        with self._database.reading() as connection:
            row = connection.execute(mine).one_or_none()
            if row is None:
                raise DeviceUnknown(device.hex)
            before = None if row.replaces is None else DeviceId(row.replaces)
            return row.name, predecessors(connection, event, before)
