"""The pages of staff put together: what a verdict wants, a word over the door's, who is on shift.

Owns their wiring: what they come to goes to the lane's thread, where the journal is, and what comes of it back.
"""

from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app.kiosk.answer_desk import AnswerDesk
from app.kiosk.lane import LaneWorker
from app.kiosk.pin_guard import PinGuard
from app.kiosk.shift_desk import ShiftDesk
from app.kiosk.shift_present import ShiftText, present_shift
from app.kiosk.staff_worker import StaffWorker
from app.kiosk.status_reading import StatusReader
from app.kiosk.window import KioskWindow
from app.kiosk.word_desk import WordDesk
from app.runtime.station import Station


class StaffDesks(QObject):
    """Lives in the window's thread; its worker in the lane's."""

    changed = Signal()
    """The status line has something else to say: another person, another direction, other questions."""
    failed = Signal(object)
    """An AppError."""

    def __init__(
        self, station: Station, window: KioskWindow, reader: StatusReader, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._reader = reader
        words = window.words
        guard = PinGuard(station.clock, words)
        self._worker: StaffWorker | None = None
        self._answers = AnswerDesk(window, words, self)
        self._words = WordDesk(station, window, words, guard, lambda: reader.staff, self)
        self._shift = ShiftDesk(station, window, words, guard, self._present_shift, self)
        self.is_simulating = False
        """Whether the lane writes nothing."""
        self._words.questions_changed.connect(self.changed)
        self._shift.changed.connect(self.changed)
        self._shift.simulated.connect(self._take_simulation)

    def join(self, lane: LaneWorker, thread: QThread) -> None:
        """What is decided here is carried out by a lane, in its thread."""
        self._worker = staff = StaffWorker(lane)
        staff.moveToThread(thread)
        answers, words, shift = self._answers, self._words, self._shift
        answers.answered.connect(staff.answer)
        answers.acknowledged.connect(staff.acknowledge)
        answers.turned_away.connect(staff.undo)
        answers.left.connect(lane.be_left)
        words.undone.connect(staff.undo)
        words.overruled.connect(staff.override)
        words.remembered.connect(staff.recover)
        staff.override_refused.connect(words.take_refusal)
        staff.questions_found.connect(words.take_questions)
        staff.question_answered.connect(words.take_answered)
        staff.failed.connect(self.failed)
        shift.turned.connect(lane.begin_anew)
        shift.simulated.connect(lane.simulate)
        lane.badge_seen.connect(shift.take_badge)

    @property
    def open_questions(self) -> int:
        """How many guests of before a restart nobody has said anything of."""
        return self._words.open_questions

    def look(self) -> None:
        """Takes what the newest manifest says of the door staff."""
        self._shift.look()

    def _present_shift(self) -> ShiftText | None:
        facts, event = self._reader.shift(self.open_questions), self._reader.event
        zone = ZoneInfo(event.time_zone if event else "UTC")
        return None if facts is None else present_shift(facts, self._window.words, zone)

    @Slot(bool)
    def _take_simulation(self, is_on: bool) -> None:
        self.is_simulating = is_on
        self._words.is_open = not is_on
        self._window.desk.offers_changed.emit()
