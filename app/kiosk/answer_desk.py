"""What a verdict wants from staff before the next guest: an acknowledgement below it, or answers on a sheet.

Owns which page a verdict opens and what its keys mean. The rules are `core.gate.overruling` and `core.model.questions`.
"""

from PySide6.QtCore import QObject, Signal

from app.kiosk.acknowledge_sheet import AcknowledgeSheet
from app.kiosk.question_sheet import QuestionSheet
from app.kiosk.sheet import Sheet
from app.kiosk.window import KioskWindow
from app.kiosk.words import KioskWords
from core.gate.overruling import Wants, wanted_by
from core.gate.verdict import AskDetail, ClassDetail, Verdict
from core.model.ids import FactId
from core.model.outcomes import TABLE, Outcome


class AnswerDesk(QObject):
    """Opens the page as the verdict is seen. Exactly one of the signals follows each page."""

    answered = Signal(object, object)
    """The scan (its id) and the answers of its guest."""
    acknowledged = Signal(object)
    """The `Verdict` whose guest has shown who they are."""
    turned_away = Signal(object)
    """The scan (its id) of a guest who was let in by the code and not by the person at the door: to be taken back."""
    left = Signal()
    """Nothing more is wanted: done, or nobody answered."""

    def __init__(self, window: KioskWindow, words: KioskWords, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._words = words
        self._is_over = True
        window.verdict_seen.connect(self.take_verdict)

    def take_verdict(self, verdict: Verdict) -> None:
        """Opens what the verdict wants, where it wants something."""
        match wanted_by(verdict.outcome):
            case Wants.ACKNOWLEDGEMENT:
                self._open(self._acknowledge(verdict))
            case Wants.ANSWERS if verdict.scan_id is not None:
                self._open(self._ask(verdict, verdict.scan_id))
            case Wants.ANSWERS | None:
                pass

    def _open(self, sheet: Sheet) -> None:
        self._is_over = False
        sheet.left.connect(self._be_left)
        self._window.desk.show(sheet)

    def _acknowledge(self, verdict: Verdict) -> AcknowledgeSheet:
        said, word = self._words.staff.answer, self._words.outcomes[verdict.outcome].word
        is_identity = verdict.outcome is Outcome.CONFIRM_IDENTITY
        yes, no = (said.identity_ok, said.identity_wrong) if is_identity else (said.done, said.turned_away)
        sheet = AcknowledgeSheet(word, yes, no, TABLE[verdict.outcome].outcome_class)
        sheet.acknowledged.connect(lambda: self._acknowledged(verdict) if is_identity else self._close())
        sheet.turned_away.connect(lambda: self._close() if is_identity else self._turned_away(verdict))
        return sheet

    def _ask(self, verdict: Verdict, scan: FactId) -> QuestionSheet:
        detail = verdict.detail
        if not isinstance(detail, AskDetail):
            detail = AskDetail(detail.class_name if isinstance(detail, ClassDetail) else "", ())
        title = " · ".join(part for part in (self._words.outcomes[verdict.outcome].word, detail.class_name) if part)
        sheet = QuestionSheet(title, detail.questions, self._words.staff, self._words.people.search)
        sheet.answered.connect(lambda answers: self._answered(scan, answers))
        return sheet

    def _acknowledged(self, verdict: Verdict) -> None:
        self._is_over = True
        self.acknowledged.emit(verdict)
        self._window.desk.close()

    def _turned_away(self, verdict: Verdict) -> None:
        self._is_over = True
        self.turned_away.emit(verdict.scan_id)
        self._window.desk.close()

    def _answered(self, scan: FactId, answers: object) -> None:
        self._is_over = True
        self.answered.emit(scan, answers)
        self._window.desk.close()

    def _close(self) -> None:
        """The verdict has been dealt with, and no other one comes in its place."""
        self._window.desk.close()
        self._window.clear()

    def _be_left(self) -> None:
        if not self._is_over:
            self._is_over = True
            self.left.emit()
