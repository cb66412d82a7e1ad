"""A person's word over the door's: the last scan taken back, a refusal overruled, a guest of before the restart.

Owns what the keys Undo and Override open, and what waits under More after a restart.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import AppError
from app.kiosk.authorise_sheet import AuthoriseSheet
from app.kiosk.confirm_sheet import ConfirmSheet
from app.kiosk.pin_guard import PinGuard
from app.kiosk.recovery_sheet import RecoverySheet
from app.kiosk.sheet import Offer, Sheet, SheetName
from app.kiosk.window import KioskWindow
from app.kiosk.words import KioskWords
from app.runtime.staff_line import StaffLine, Undoable
from app.runtime.station import Station
from app.widgets.times import duration_text
from core.gate.operators import DoorRole, Operator
from core.gate.overruling import REASONS, OverrideRefusal, Reason, refusal_of_outcome
from core.gate.verdict import Verdict
from core.model.ids import FactId
from core.ticket.verify import Trust


class WordDesk(QObject):
    """Offers the pages; what they come to goes to the lane by signals."""

    undone = Signal(object)
    """The scan (its id) to take back."""
    overruled = Signal(object, object, object)
    """The refused `Verdict`, the `Operator` whose PIN was right, the `Reason`."""
    questions_changed = Signal()
    """Others wait to be answered, or fewer."""
    remembered = Signal(object, bool)
    """The scan (its id) of a guest of before the restart, and whether they entered."""

    def __init__(
        self,
        station: Station,
        window: KioskWindow,
        words: KioskWords,
        guard: PinGuard,
        staff: Callable[[], StaffLine | None],
        parent: QObject | None = None,
    ) -> None:
        """`staff` reads the journal in the window's thread."""
        super().__init__(parent)
        self._station = station
        self._window = window
        self._words = words
        self._guard = guard
        self._staff = staff
        self._last: Verdict | None = None
        self._questions: list[Undoable] = []
        self.is_open = True
        """Whether a word counts: not while the lane only simulates."""
        window.verdict_seen.connect(self._take_verdict)
        window.desk.offer(SheetName.UNDO, Offer(self._make_undo, is_ready=lambda: self.is_open))
        window.desk.offer(SheetName.OVERRIDE, Offer(self._make_override, is_ready=self._has_supervisors))

    @property
    def open_questions(self) -> int:
        """How many guests of before the restart nobody has said anything of."""
        return len(self._questions)

    @Slot(object)
    def take_questions(self, questions: list[Undoable]) -> None:
        """Of whom the restart left nothing but a scan."""
        known = {each.scan for each in self._questions}
        self._questions += [each for each in questions if each.scan not in known]
        self._offer_questions()

    @Slot(object)
    def take_answered(self, scan: FactId) -> None:
        """Of one of them staff have said it, and the journal holds it."""
        self._questions = [each for each in self._questions if each.scan != scan]
        is_open = isinstance(self._window.desk.sheet, RecoverySheet)
        self._offer_questions()
        if is_open and self._questions:
            self._window.desk.show(self._make_questions())
        elif is_open:
            self._window.desk.close()

    @Slot(object)
    def take_refusal(self, refusal: OverrideRefusal) -> None:
        """A supervisor's word did not count."""
        self._window.desk.show(self._told(SheetName.OVERRIDE, self._words.staff.override_refusals[refusal]))

    def _take_verdict(self, verdict: Verdict) -> None:
        self._last = verdict

    # --- undo ---------------------------------------------------------------------------------------------------

    def _make_undo(self) -> Sheet:
        said = self._words.staff.undo
        try:
            staff = self._staff()
            last = staff.undoable() if staff else None
        except AppError:
            last = None
        if last is None:
            return self._told(SheetName.UNDO, said.nothing)
        word = self._words.outcomes[last.outcome].word if last.outcome else ""
        what = " · ".join(part for part in (last.class_name, word) if part) or self._words.staff.recovery.a_guest
        text = said.text.fill(what=what, ago=duration_text(last.ago_ms, self._words.calendar))
        sheet = ConfirmSheet(self._title(SheetName.UNDO), text, said.take_back, said.keep)
        sheet.confirmed.connect(lambda: self._undo(last.scan))
        return sheet

    def _undo(self, scan: FactId) -> None:
        self.undone.emit(scan)
        self._window.desk.close()

    # --- override -----------------------------------------------------------------------------------------------

    def _has_supervisors(self) -> bool:
        staff = self._station.box.in_force.operators
        return self.is_open and any(each.role is DoorRole.SUPERVISOR for each in staff)

    def _make_override(self) -> Sheet:
        held, verdict = self._station.box.in_force, self._last
        if verdict is None or not isinstance(held.trust, Trust):
            refusal: OverrideRefusal | None = OverrideRefusal.NOTHING_TO_OVERRULE
        else:
            refusal = refusal_of_outcome(verdict, held.trust.event)
        if refusal is not None or verdict is None:
            return self._told(
                SheetName.OVERRIDE, self._words.staff.override_refusals[refusal or OverrideRefusal.NOBODY_MAY]
            )
        said = self._words.staff
        reasons = [(each.value, said.reasons[each]) for each in REASONS]
        word = self._words.outcomes[verdict.outcome].word
        title = f"{self._title(SheetName.OVERRIDE)} · {word}"
        people = self._supervisors(held.operators)
        sheet = AuthoriseSheet(title, people, self._guard.check, said.override, reasons, self._left(people))
        sheet.authorised.connect(lambda who, reason: self._overrule(verdict, who, Reason(reason)))
        return sheet

    def _supervisors(self, staff: tuple[Operator, ...]) -> list[Operator]:
        """The one on shift alone, if that is a supervisor; else all of them."""
        found = [each for each in staff if each.role is DoorRole.SUPERVISOR]
        on_shift = [each for each in found if each.id == self._station.post.operator()]
        return on_shift or found

    def _left(self, people: list[Operator]) -> str:
        staff = self._staff()
        if staff is None or len(people) != 1:
            return ""
        try:
            return self._words.staff.override.left.fill(count=staff.budget_left(people[0]))
        except AppError:
            return ""

    def _overrule(self, verdict: Verdict, who: Operator, reason: Reason) -> None:
        self.overruled.emit(verdict, who, reason)
        self._window.desk.close()

    # --- after a restart ----------------------------------------------------------------------------------------

    def _offer_questions(self) -> None:
        said, count = self._words.staff.recovery, len(self._questions)
        if count:
            offer = Offer(
                self._make_questions,
                title=lambda: said.title.fill(count=len(self._questions)),
                is_ready=lambda: self.is_open,
            )
            self._window.desk.offer(SheetName.QUESTIONS, offer)
        else:
            self._window.desk.withdraw(SheetName.QUESTIONS)
        self.questions_changed.emit()

    def _make_questions(self) -> Sheet:
        said = self._words.staff.recovery
        sheet = RecoverySheet(said.title.fill(count=len(self._questions)), self._questions, said, self._words.calendar)
        sheet.answered.connect(self.remembered)
        return sheet

    def _told(self, name: SheetName, text: str) -> Sheet:
        return ConfirmSheet(self._title(name), text, "", self._words.sheet.close)

    def _title(self, name: SheetName) -> str:
        return self._words.sheet_titles[name]
