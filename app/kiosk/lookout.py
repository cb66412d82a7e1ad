"""What stands before the camera: its pictures to the window, the codes in them to the lane.

Owns camera, decoder and eye of one door, and what the window is told of them.
"""

from PySide6.QtCore import QObject, Signal, Slot

from app.device.camera import CameraSource, Frame, Phase
from app.device.camera import CameraState as SourceState
from app.device.decoding import DecodeLane, Sighted
from app.device.device_camera import DeviceCamera, camera_names
from app.kiosk.eye import Eye, state_for_window
from app.kiosk.window import KioskWindow
from app.kiosk.words import CameraState
from app.log import logger

PREVIEW_EVERY_NS = 90_000_000
"""About eleven pictures a second: smooth enough to aim by, and cheap."""


class Lookout(QObject):
    """Lives in the window's thread. Without a camera it says so, and a hand scanner works all the same."""

    sight_taken = Signal(object, object)
    """The texts of one frame, the one nearest to the centre first, and the monotonic nanoseconds of its capture."""
    failed = Signal(object)
    """An AppError."""

    def __init__(self, camera: CameraSource | None, window: KioskWindow, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._camera = camera
        self._window = window
        self._eye = Eye()
        self._decoder = DecodeLane()
        self._last_preview_ns = 0
        self._decoder.decoded.connect(self._take_sighted)
        self._decoder.failed.connect(self.failed)
        if camera is not None:
            camera.frame_arrived.connect(self._take_frame)
            camera.state_changed.connect(self._take_camera_state)
            camera.sources_changed.connect(self._offer_cameras)
        if isinstance(camera, DeviceCamera):
            window.camera_wanted.connect(camera.take_next)
            self._offer_cameras()

    def start(self) -> None:
        """Starts decoder and camera."""
        self._decoder.start()
        if self._camera is None:
            self._window.show_camera_state(CameraState.MISSING)
        else:
            self._camera.start()

    def stop(self) -> None:
        """Ends both."""
        if self._camera is not None:
            self._camera.stop()
        self._decoder.stop()

    @Slot(object)
    def _take_frame(self, frame: Frame) -> None:
        self._decoder.offer(frame)
        if frame.at_ns - self._last_preview_ns >= PREVIEW_EVERY_NS:
            self._last_preview_ns = frame.at_ns
            self._window.show_frame(frame.picture())

    @Slot(object)
    def _take_sighted(self, sighted: Sighted) -> None:
        texts = self._eye.texts(sighted.reading)
        if texts:
            self.sight_taken.emit(texts, sighted.at_ns)
        self._window.show_hint(self._eye.hint(sighted.reading, sighted.at_ms))

    @Slot(object)
    def _take_camera_state(self, state: SourceState) -> None:
        if state.phase in {Phase.STALLED, Phase.FAILED}:
            logger(__name__).warning("camera", phase=state.phase.value, reason=state.reason)
        self._window.show_camera_state(state_for_window(state))

    @Slot()
    def _offer_cameras(self) -> None:
        self._window.show_cameras(len(camera_names()) if isinstance(self._camera, DeviceCamera) else 0)
