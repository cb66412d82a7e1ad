"""What a lane needs of a journal: the real one, or one that writes nothing."""

from typing import Protocol

from app.store.journal import Presented
from core.journal.scan import Fact, Flood, Scan, Shown
from core.model.ids import GateId, TicketHandle
from core.model.moments import Millis, Moment
from core.model.outcomes import Outcome, Source
from core.redeem.answer import Answered


class FactBook(Protocol):
    """Facts are recorded in the order of the calls. Any method may raise StorageFailed."""

    def record_scan(self, presented: Presented, moment: Moment) -> Scan:
        """Records one presentation and returns it."""

    def record_shown(self, scan: Scan, outcome: Outcome, source: Source, moment: Moment) -> Shown:
        """Records what the door is about to see."""

    def record_flood(self, gate: GateId, count: int, since_ms: Millis, moment: Moment) -> Flood:
        """Records how many strangers' codes were not recorded one by one."""

    def has_room_for_strangers(self) -> bool:
        """Whether there is more room than is reserved for guests with tickets."""

    def facts_of(self, tid: TicketHandle) -> list[Fact]:
        """Every fact of one ticket, in no order."""

    def answered_of(self, tid: TicketHandle) -> list[Answered]:
        """The scans of one ticket that the server has answered."""

    def highest_step(self, tid: TicketHandle) -> int | None:
        """The highest 30 s step of a rotating proof that was accepted."""
