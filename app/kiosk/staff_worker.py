"""What staff decide at the window, done in the lane's thread.

Owns the slots; the rules and the facts are the staff line's. It lives in the same thread as its lane, and uses the same
journal.
"""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import AppError
from app.kiosk.lane import LaneWorker
from app.runtime.staff_line import StaffLine
from core.gate.operators import Operator
from core.gate.overruling import OverrideRefusal, Reason
from core.gate.verdict import Verdict
from core.model.ids import FactId


class StaffWorker(QObject):
    """Every word ends in a verdict of the lane, but the answers to its questions after a restart."""

    override_refused = Signal(object)
    """An `OverrideRefusal`: a supervisor's word that did not count."""
    questions_found = Signal(object)
    """Guests (a list of `Undoable`) of whom nobody knows whether they entered."""
    question_answered = Signal(object)
    """The scan (its id) of such a guest, of whom staff have said it."""
    failed = Signal(object)
    """An AppError of the disk."""

    def __init__(self, lane: LaneWorker) -> None:
        super().__init__()
        self._lane = lane
        lane.journal_opened.connect(self.tell_questions)

    @Slot()
    def tell_questions(self) -> None:
        """Says of whom the restart left nothing but a scan. Asked as the journal is opened: later, a scan of the
        moment would be one of them.
        """
        if self._lane.staff is not None:
            try:
                self.questions_found.emit(self._lane.staff.open_questions())
            except AppError as err:
                self.failed.emit(err)

    @Slot(object, object)
    def answer(self, scan: FactId, answers: Mapping[str, str]) -> None:
        """The guest of a scan has answered: one scan more, with the answers."""
        line = self._lane.line
        verdict = self._lane.tried(lambda: line.answer(scan, answers)) if line else self._lane.without_journal()
        if verdict is None:
            self._lane.be_left()  # another guest was asked meanwhile: this one shows the code again
        else:
            self._lane.show(verdict)

    @Slot(object)
    def acknowledge(self, held: Verdict) -> None:
        """The guest whose ID was to be looked at is who they say."""
        self._say(lambda staff: staff.acknowledge(held))

    @Slot(object)
    def undo(self, scan: FactId) -> None:
        """Staff take a scan back."""
        self._say(lambda staff: staff.undo(scan))

    @Slot(object, object, object)
    def override(self, refused: Verdict, operator: Operator, reason: Reason) -> None:
        """A supervisor, whose PIN was right, lets a guest in whom the door refused."""
        if self._lane.is_simulating:
            return
        staff = self._lane.staff
        told: Verdict | OverrideRefusal = self._lane.without_journal()
        if staff is not None:
            told = self._lane.tried(lambda: staff.override(refused, operator, reason))
        if isinstance(told, Verdict):
            self._lane.show(told)
        else:
            self.override_refused.emit(told)

    @Slot(object, bool)
    def recover(self, scan: FactId, entered: bool) -> None:
        """What staff remember of a guest whose verdict nobody knows to have been shown."""
        if self._lane.staff is None or self._lane.is_simulating:
            return
        try:
            self._lane.staff.recover(scan, entered=entered)
        except AppError as err:
            self.failed.emit(err)
            return
        self.question_answered.emit(scan)

    def _say(self, word: Callable[[StaffLine], Verdict]) -> None:
        if self._lane.is_simulating:
            self._lane.be_left()  # nothing was recorded that a word could be about
            return
        staff = self._lane.staff
        self._lane.show(self._lane.tried(lambda: word(staff)) if staff else self._lane.without_journal())
