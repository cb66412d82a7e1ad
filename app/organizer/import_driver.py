"""What moves an import on: parts read and sent one by one, the server asked how far it is, and all of it again after a
fault.

Owns the order of the calls and the pauses between them; what comes next is decided by `core.insight.import_course`.
Every call may be repeated, so a lost answer costs a question. It never gives up by itself while the server is away: who
is shown where it stands may.
"""

from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from app.organizer.chore import Chores
from app.organizer.desk import Desk
from app.organizer.tickets_questions import apply_deed, forget_deed, look_deed, open_deed, part_deed, preview_deed
from app.runtime.list_reading import ListFlaw, ShopList, read_part
from core.insight.import_course import Goal, Move, SendPart, Wanted, look_pause_s, name_of, next_move, pause_s
from core.insight.question import Deed
from core.model.moments import Millis
from core.sync.answers import Done, Later, Rejected
from core.sync.import_messages import ImportJob, JobState

UNKNOWN = "import_unknown"


class ImportDriver(QObject):
    """Drives one import to its goal. `start` or `take_up` once, then `go_on`, `take_over`, `stop`."""

    moved = Signal(object)
    """The `ImportJob` as the server told it."""
    waiting = Signal(object, float)
    """A `Later`: it is tried again after so many seconds."""
    refused = Signal(object)
    """A `Rejected`: it does not go on by itself."""
    flawed = Signal(object)
    """A `ListFlaw`: the file can't be read any more."""
    rested = Signal(object)
    """It is where it was to go, or can't go further without somebody: the `ImportJob`."""
    file_needed = Signal(object)
    """Parts are missing, and their file is not at hand: the `ImportJob`."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._chores = Chores(self)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._ask)
        self._file: ShopList | None = None
        self._wanted: Wanted | None = None
        self._id = UUID(int=0)
        self._goal = Goal.PREVIEW
        self._allow_cancel = False
        self._is_first = True
        self._failures = self._looks = self._turn = 0
        self.since_ms: Millis | None = None
        """Since when the server could not be had."""
        self.job: ImportJob | None = None

    @property
    def id(self) -> UUID:
        """The import's name."""
        return self._id

    @property
    def is_running(self) -> bool:
        """Whether something is on its way, or will be by itself."""
        return self._turn > 0

    @property
    def parts(self) -> int:
        """How many parts the file has; 0 where it is not at hand."""
        return self._file.parcel.parts if self._file is not None else 0

    def start(self, file: ShopList, wanted: Wanted) -> None:
        """Begins with a file, or goes on with it where an earlier time had stopped."""
        event = self._desk.event
        if event is None:
            return
        self._file, self._wanted = file, wanted
        self._id, self._goal = name_of(event, file.parcel, wanted), Goal.PREVIEW
        self._begin()

    def take_up(self, job: ImportJob) -> None:
        """Goes on with an import whose file is not at hand."""
        self._file, self._wanted = None, None
        self._id = UUID(hex=job.id)
        self._goal = Goal.APPLY if job.state in {JobState.APPLYING, JobState.DONE} else Goal.PREVIEW
        self._begin()

    def take_over(self, *, allow_cancel: bool) -> None:
        """Somebody agreed: on to the end."""
        self._goal, self._allow_cancel = Goal.APPLY, allow_cancel
        self._looks = self._failures = 0
        self._is_first = False
        self._turn += 1
        self._do(apply_deed(self._id, allow_cancel=allow_cancel))

    def go_on(self) -> None:
        """Tries again now, whatever it waits for."""
        self._timer.stop()
        self._turn = max(1, self._turn)
        self._ask()

    def stop(self) -> None:
        """Sends nothing more; what the server works on, it goes on with."""
        self._timer.stop()
        self._chores.stop()
        self._turn = 0

    def _begin(self) -> None:
        self._failures = self._looks = 0
        self._is_first = True
        self.job, self.since_ms = None, None
        self._turn = 1
        self._ask()

    # --- one call after the other ---------------------------------------------------------------------------------

    def _ask(self) -> None:
        """The question that is always right: how does it stand?"""
        if self.job is None and self._wanted is not None:
            self._do(open_deed(self._id, self._wanted))
        else:
            self._do(look_deed(self._id))

    def _do(self, deed: Deed[ImportJob]) -> None:
        turn = self._turn

        def take(told: Done[ImportJob] | Later | Rejected) -> None:
            if turn == self._turn and turn:
                self._take(told)

        self._desk.do(deed, take)

    def _take(self, told: Done[ImportJob] | Later | Rejected) -> None:
        if isinstance(told, Later):
            self._wait(told)
        elif isinstance(told, Rejected):
            self._take_refusal(told)
        else:
            self._failures, self.since_ms = 0, None
            self.job = told.value
            self.moved.emit(told.value)
            if self._turn:
                self._go(told.value)

    def _wait(self, fault: Later) -> None:
        self._failures += 1
        if self.since_ms is None:
            self.since_ms = self._desk.now_ms()
        seconds = pause_s(self._failures, fault.retry_after_s)
        self._timer.start(round(seconds * 1_000))
        self.waiting.emit(fault, seconds)

    def _take_refusal(self, fault: Rejected) -> None:
        if fault.code == UNKNOWN and self._wanted is not None and self.job is not None:
            self.job = None  # somebody threw it away meanwhile: it begins again, and wants another yes
            self._goal = Goal.PREVIEW
            self._ask()
            return
        self._turn = 0
        self.refused.emit(fault)

    def _go(self, job: ImportJob) -> None:
        parcel = self._file.parcel if self._file is not None else None
        move = next_move(job, self._goal, parcel, is_first=self._is_first)
        self._is_first = False
        match move:
            case SendPart(number=number):
                self._send(number)
            case Move.LOOK_THROUGH:
                self._do(preview_deed(self._id))
            case Move.TAKE_OVER:
                self._do(apply_deed(self._id, allow_cancel=self._allow_cancel))
            case Move.LOOK_AGAIN:
                self._looks += 1
                self._timer.start(round(look_pause_s(self._looks) * 1_000))
            case Move.BEGIN_ANEW:
                self._begin_anew()
            case Move.REST | Move.GIVE_UP:
                self._turn = 0
                self.rested.emit(job)
            case Move.NEED_FILE:
                self._turn = 0
                self.file_needed.emit(job)

    def _begin_anew(self) -> None:
        turn = self._turn

        def take(told: Done[None] | Later | Rejected) -> None:
            if turn != self._turn:
                return
            if isinstance(told, Later):
                self._is_first = True
                self._wait(told)
                return
            self.job = None
            self._ask()

        self._desk.do(forget_deed(self._id), take)

    def _send(self, number: int) -> None:
        file, turn = self._file, self._turn
        if file is None:
            return

        def take(part: bytes | ListFlaw) -> None:
            if turn != self._turn:
                return
            if isinstance(part, ListFlaw):
                self._turn = 0
                self.flawed.emit(part)
                return
            self._do(part_deed(self._id, number, part))

        self._chores.run(lambda _: read_part(file, number), take)
