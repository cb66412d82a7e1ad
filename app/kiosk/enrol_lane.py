"""A computer becomes a door: camera, worker and window of the enrolment put together.

Owns their wiring and their threads. A code before the camera is an invitation or is said to be none; whatever takes
time runs in the worker's thread.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from app.device.camera import CameraSource, Frame
from app.device.camera import CameraState as SourceState
from app.device.decoding import DecodeLane, Sighted
from app.errors import AppError
from app.kiosk.enrol_present import Asking, Beginning, Comparing, EnrolState, Loading, LoadStopped, Ready
from app.kiosk.enrol_window import EnrolWindow
from app.kiosk.enrol_worker import EnrolWorker
from app.kiosk.enrolling import Begun, Enroller, EnrolTrouble, Holds, Wanted
from app.kiosk.eye import Eye, state_for_window
from app.kiosk.lane import start_thread
from app.kiosk.words import CameraState, KioskWords
from app.log import logger
from core.sync.enrolment import Invitation, NoInvitation, invitation_from

PREVIEW_EVERY_NS = 90_000_000
ON_AFTER_MS = 4_000
"""Long enough to read "I hold 41,203 of 41,203"; a key goes on at once."""


class EnrolLane(QObject):
    """Lives in the window's thread. `start` it once, `stop` it before the program goes on or ends."""

    done = Signal()
    """This computer is a door, and the person has seen it."""
    state_changed = Signal(object)
    """The `EnrolState` that is shown now."""
    _begin_wanted = Signal(object)
    _load_wanted = Signal()

    def __init__(
        self,
        make_enroller: Callable[[], Enroller],
        camera: CameraSource | None,
        window: EnrolWindow,
        words: KioskWords,
    ) -> None:
        super().__init__()
        self._make_enroller = make_enroller
        self._camera = camera
        self._window = window
        self._words = words
        self._eye = Eye()
        self._decoder = DecodeLane()
        self._state: EnrolState = Asking()
        self._last_text = ""
        self._last_preview_ns = 0
        self._worker: EnrolWorker | None = None
        self._thread: QThread | None = None
        self._going_on = QTimer(self, singleShot=True, interval=ON_AFTER_MS)
        self._going_on.timeout.connect(self.done)
        self._decoder.decoded.connect(self._take_sighted)
        self._decoder.failed.connect(self._note_failure)
        window.wanted.connect(self._begin)
        window.text_taken.connect(self.take_text)
        window.start_over_wanted.connect(self._start_over)
        window.retry_wanted.connect(self._load_again)
        window.door_wanted.connect(self.done)
        if camera is not None:
            camera.frame_arrived.connect(self._take_frame)
            camera.state_changed.connect(self._take_camera_state)

    @property
    def state(self) -> EnrolState:
        """The step it is at."""
        return self._state

    @Slot()
    def start(self) -> None:
        """Starts the camera and asks for the organizer's code."""
        self._decoder.start()
        if self._camera is None:
            self._window.show_camera_state(CameraState.MISSING)
        else:
            self._camera.start()
        self._show(Asking())

    @Slot()
    def stop(self) -> None:
        """Ends everything that runs."""
        self._going_on.stop()
        if self._camera is not None:
            self._camera.stop()
        self._decoder.stop()
        self._end_worker()

    @Slot(str)
    def take_text(self, text: str) -> None:
        """A code that was before the camera, or that a hand scanner typed."""
        if not isinstance(self._state, Asking):
            return
        match invitation_from(text.strip()):
            case Invitation() as invitation:
                self._begin(invitation)
            case NoInvitation(is_newer=is_newer):
                self._show(Asking(EnrolTrouble.KIOSK_OUTDATED if is_newer else EnrolTrouble.NOT_AN_INVITATION))

    # --- steps --------------------------------------------------------------------------------------------------

    @Slot(object)
    def _begin(self, wanted: Wanted) -> None:
        if not isinstance(self._state, Asking):
            return
        self._end_worker()
        worker = EnrolWorker(self._make_enroller)
        self._worker, self._thread = worker, start_thread("doorlight-enrol", worker)
        self._begin_wanted.connect(worker.begin)
        self._load_wanted.connect(worker.load)
        worker.begun.connect(self._take_begun)
        worker.confirmed.connect(self._take_confirmed)
        worker.loading.connect(self._take_loading)
        worker.ready.connect(self._take_ready)
        worker.failed.connect(self._take_failure)
        worker.load_failed.connect(self._take_load_failure)
        self._thread.start()
        self._show(Beginning())
        self._begin_wanted.emit(wanted)

    @Slot()
    def _start_over(self) -> None:
        self._end_worker()
        self._last_text = ""
        self._show(Asking())

    @Slot()
    def _load_again(self) -> None:
        self._show(Loading())
        self._load_wanted.emit()

    @Slot(object)
    def _take_begun(self, begun: Begun) -> None:
        self._show(Comparing(begun))

    @Slot()
    def _take_confirmed(self) -> None:
        self._show(Loading())

    @Slot(object, object)
    def _take_loading(self, done: int, total: int) -> None:
        self._show(Loading(done, total))

    @Slot(object)
    def _take_ready(self, holds: Holds) -> None:
        self._show(Ready(holds))
        self._going_on.start()

    @Slot(object)
    def _take_failure(self, trouble: EnrolTrouble) -> None:
        self._show(Asking(trouble))

    @Slot(object)
    def _take_load_failure(self, trouble: EnrolTrouble) -> None:
        self._show(LoadStopped(trouble))

    def _show(self, state: EnrolState) -> None:
        self._state = state
        self._window.show_state(state)
        self.state_changed.emit(state)

    def _end_worker(self) -> None:
        """What it has sent and nobody has taken yet is dropped with it."""
        if self._worker is None or self._thread is None:
            return
        self._worker.stop()
        self._thread.quit()
        self._thread.wait()
        self._worker.disconnect(self)
        self._begin_wanted.disconnect(self._worker.begin)
        self._load_wanted.disconnect(self._worker.load)
        self._worker = self._thread = None

    # --- camera -------------------------------------------------------------------------------------------------

    @Slot(object)
    def _take_frame(self, frame: Frame) -> None:
        self._decoder.offer(frame)
        if frame.at_ns - self._last_preview_ns >= PREVIEW_EVERY_NS:
            self._last_preview_ns = frame.at_ns
            self._window.show_frame(frame.picture())

    @Slot(object)
    def _take_sighted(self, sighted: Sighted) -> None:
        texts = self._eye.texts(sighted.reading)
        hint = self._eye.hint(sighted.reading, sighted.at_ms)
        self._window.show_hint(self._words.hints[hint] if hint else "")
        if texts and texts[0] != self._last_text:  # one that stays before the camera is one try
            self._last_text = texts[0]
            self.take_text(texts[0])

    @Slot(object)
    def _take_camera_state(self, state: SourceState) -> None:
        self._window.show_camera_state(state_for_window(state))

    @Slot(object)
    def _note_failure(self, error: AppError) -> None:
        logger(__name__).error("enrolment", key=error.key)
