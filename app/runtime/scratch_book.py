"""A journal that writes nothing: what a lane presents while it only simulates.

Owns facts in memory, for as long as one simulation lasts. What the real journal knows of a ticket counts too: a guest
who is inside is inside. Refuses the disk: nothing here has a file.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.runtime.fact_book import FactBook
from app.store.journal import Presented
from app.store.journal_file import Writer
from core.journal.scan import NO_PREDECESSOR, Fact, Flood, Scan, Shown, Stamp
from core.model.ids import FactId, GateId, TicketHandle
from core.model.moments import Millis, Moment
from core.model.outcomes import Outcome, Source
from core.redeem.answer import Answered

MOST_FACTS = 20_000
"""A technician who plays with a kiosk for a day; the oldest are forgotten."""


@dataclass
class ScratchBook:
    """Reads `beneath`, keeps its own facts beside it."""

    beneath: FactBook
    writer: Writer
    new_id: Callable[[int], FactId]
    facts: list[Fact] = field(default_factory=list)

    def record_scan(self, presented: Presented, moment: Moment) -> Scan:
        """One presentation, in memory."""
        scan = presented.scan(self._stamp(moment, presented.tid))
        self._keep(scan)
        return scan

    def record_shown(self, scan: Scan, outcome: Outcome, source: Source, moment: Moment) -> Shown:
        """What the door would see, in memory."""
        shown = Shown(self._stamp(moment, scan.stamp.tid), scan.stamp.id, outcome, source)
        self._keep(shown)
        return shown

    def record_flood(self, gate: GateId, count: int, since_ms: Millis, moment: Moment) -> Flood:
        """Counted strangers, in memory."""
        flood = Flood(self._stamp(moment, None), gate, count, since_ms)
        self._keep(flood)
        return flood

    def has_room_for_strangers(self) -> bool:
        """Nothing here needs a disk."""
        return True

    def facts_of(self, tid: TicketHandle) -> list[Fact]:
        """What happened to a ticket at this kiosk, and what was simulated."""
        return [*self.beneath.facts_of(tid), *(fact for fact in self.facts if fact.stamp.tid == tid)]

    def answered_of(self, tid: TicketHandle) -> list[Answered]:
        """The real scans of a ticket that the server has answered."""
        return self.beneath.answered_of(tid)

    def highest_step(self, tid: TicketHandle) -> int | None:
        """The highest step of a rotating proof that was accepted, really or not."""
        own = [fact.proof_step for fact in self.facts if isinstance(fact, Scan) and fact.stamp.tid == tid]
        steps = [step for step in (*own, self.beneath.highest_step(tid)) if step is not None]
        return max(steps, default=None)

    def _stamp(self, moment: Moment, tid: TicketHandle | None) -> Stamp:
        writer = self.writer
        return Stamp(
            id=self.new_id(moment.at_ms),
            event=writer.event,
            device=writer.device,
            incarnation=writer.incarnation + 1,  # after whatever is real
            seq=len(self.facts) + 1,
            moment=moment,
            tid=tid,
            previous=NO_PREDECESSOR,
        )

    def _keep(self, fact: Fact) -> None:
        self.facts.append(fact)
        del self.facts[:-MOST_FACTS]
