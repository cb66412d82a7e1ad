"""What staff decide about a scan becomes a fact: taken back, let in by a supervisor's word, remembered after a restart.

Owns the order of these effects: the rules are asked first (`core.redeem.undoing`, `core.gate.overruling`), the fact is
committed, and only then is the verdict returned that the window shows.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.clock import Clock
from app.runtime.scan_line import TrustHolder
from app.store.database import StorageFailed
from app.store.journal import Journal
from core.gate.operators import Operator
from core.gate.overruling import NOBODY, SHIFT_MS, OverrideRefusal, Reason, budget_left, override_refusal
from core.gate.verdict import ClassDetail, Detail, Evidence, Plain, Verdict, WordDetail
from core.journal.scan import Override, Scan
from core.model.ids import DeviceId, FactId
from core.model.moments import Moment
from core.model.outcomes import Outcome, Source
from core.redeem.undoing import undo_refusal
from core.ticket.verify import Trust


@dataclass(frozen=True, slots=True)
class Undoable:
    """The scan that a person may take back: what it was of, what the door showed, how long ago."""

    scan: FactId
    outcome: Outcome | None
    class_name: str
    ago_ms: int


class StaffLine:
    """One lane's staff. Owned by the lane's thread, with the lane's journal.

    `operator` says who is on shift (an id), None for nobody.
    """

    def __init__(
        self,
        *,
        device: DeviceId,
        journal: Journal,
        holder: TrustHolder,
        clock: Clock,
        operator: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._device = device
        self._journal = journal
        self._holder = holder
        self._clock = clock
        self._operator = operator

    def undoable(self) -> Undoable | None:
        """The last scan of this kiosk, where it may still be taken back. Raises StorageFailed."""
        last, now = self._journal.last_scan(), self._clock.now()
        if last is None or not self._is_undoable(last[0], now):
            return None
        scan, outcome = last
        return Undoable(scan.stamp.id, outcome, self._class_name(scan), max(0, now.at_ms - scan.stamp.moment.at_ms))

    def undo(self, scan_id: FactId) -> Verdict:
        """Takes a scan of this kiosk back: it counts for nothing. Refused where it is too late, or another's."""
        now = self._clock.now()
        try:
            scan = self._journal.fact(scan_id)
            if not isinstance(scan, Scan) or not self._is_undoable(scan, now):
                return self._verdict(Outcome.UNDO_REFUSED, Plain(), scan_id, now)
            self._journal.record_undo(scan, now, self._operator())
        except StorageFailed:
            return self._verdict(Outcome.STORAGE_FAILED, Plain(), None, now)
        return self._verdict(Outcome.UNDONE, self._class_of(scan), scan_id, now)

    def overrides(self) -> list[Override]:
        """What was overruled at this kiosk in the time of one shift. Raises StorageFailed."""
        since_ms = self._clock.now().at_ms - SHIFT_MS
        return [fact for fact in self._journal.words_since(since_ms) if isinstance(fact, Override)]

    def budget_left(self, operator: Operator) -> int:
        """How often somebody may still overrule this door in this shift. Raises StorageFailed."""
        return budget_left(operator, self.overrides(), self._clock.now())

    def override(self, refused: Verdict, operator: Operator, reason: Reason) -> Verdict | OverrideRefusal:
        """Lets the guest of a refused scan in by a supervisor's word, whose PIN was right; or why it does not count."""
        trust, now = self._holder.in_force.trust, self._clock.now()
        if not isinstance(trust, Trust):
            return OverrideRefusal.NOTHING_TO_OVERRULE
        try:
            refusal = override_refusal(refused, trust.event, operator, self.overrides(), now)
            return refusal or self._let_in(refused, operator.id, operator.name, reason, now)
        except StorageFailed:
            return self._verdict(Outcome.STORAGE_FAILED, Plain(), None, now)

    def acknowledge(self, held: Verdict) -> Verdict:
        """The guest has shown who they are: lets them in by the word of whoever is on shift.

        A verdict that wants no such word comes back as it was.
        """
        now = self._clock.now()
        if held.outcome is not Outcome.CONFIRM_IDENTITY or held.scan_id is None:
            return held
        operator = self._operator() or NOBODY
        try:
            return self._let_in(held, operator, self._name_of(operator), Reason.IDENTITY_CONFIRMED, now)
        except StorageFailed:
            return self._verdict(Outcome.STORAGE_FAILED, Plain(), None, now)

    def open_questions(self) -> list[Undoable]:
        """Guests of whom nobody knows whether they entered, oldest first. Ask before the lane is open.

        Raises StorageFailed.
        """
        now_ms = self._clock.now().at_ms
        return [
            Undoable(scan.stamp.id, None, self._class_name(scan), max(0, now_ms - scan.stamp.moment.at_ms))
            for scan in self._journal.open_questions()
        ]

    def recover(self, scan_id: FactId, *, entered: bool) -> None:
        """Records what staff remember of a guest. Raises StorageFailed."""
        scan = self._journal.fact(scan_id)
        if isinstance(scan, Scan):
            self._journal.record_recovery(scan, self._clock.now(), self._operator(), entered=entered)

    def _is_undoable(self, scan: Scan, now: Moment) -> bool:
        return undo_refusal(scan, self._device, now) is None and not self._journal.is_undone(scan.stamp.id)

    def _let_in(self, verdict: Verdict, operator: str, name: str, reason: Reason, now: Moment) -> Verdict:
        scan = self._journal.fact(verdict.scan_id) if verdict.scan_id else None
        if not isinstance(scan, Scan):
            return verdict
        self._journal.record_override(scan, operator, reason.value, now)
        detail = WordDetail(self._class_name(scan), name, reason.value)
        return self._verdict(Outcome.ADMITTED_OFFLINE, detail, verdict.scan_id, now)

    def _class_of(self, scan: Scan) -> Detail:
        name = self._class_name(scan)
        return ClassDetail(name) if name else Plain()

    def _class_name(self, scan: Scan) -> str:
        trust = self._holder.in_force.trust
        if not isinstance(trust, Trust) or scan.cls is None or scan.cls not in trust.event.classes:
            return ""
        return trust.event.classes[scan.cls].name

    def _name_of(self, operator: str) -> str:
        return next((each.name for each in self._holder.in_force.operators if each.id == operator), "")

    def _verdict(self, outcome: Outcome, detail: Detail, scan: FactId | None, now: Moment) -> Verdict:
        evidence = Evidence(Source.OFFLINE, now.quality, self._holder.in_force.age_ms(now))
        return Verdict(outcome, detail, evidence, scan, now.at_ms)
