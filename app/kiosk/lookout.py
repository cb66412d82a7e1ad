"""What stands before the camera: its pictures to the window, the codes in them to the lane.

Owns camera, decoder and eye of one door, how the camera is set, and what the window is told of them.
"""

from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from app.device.camera import CameraSource, Frame, Phase
from app.device.camera import CameraState as SourceState
from app.device.decoder import Luma
from app.device.decoding import DecodeLane, Sighted
from app.device.device_camera import DeviceCamera, cameras, choices_of
from app.device.framing import frame_read, picture_seen
from app.device.pipeline import open_pipeline
from app.kiosk.camera_present import CameraFacts
from app.kiosk.eye import Eye, state_for_window
from app.kiosk.input_facts import LensFacts
from app.kiosk.window import KioskWindow
from app.kiosk.words import CameraState
from app.log import logger
from core.gate.lens_health import Ailment, LensHealth
from core.model.codes import QR_ONLY, Symbology
from core.model.settings import CameraSettings

PREVIEW_EVERY_NS = 90_000_000
"""About eleven pictures a second: smooth enough to aim by, and cheap."""
_SAMPLE = 12
"""Each twelfth pixel of each twelfth row says how bright a picture is."""
_BRIGHTEST = 99


class Lookout(QObject):
    """Lives in the window's thread. Without a camera it says so, and a hand scanner works all the same."""

    sight_taken = Signal(object, object)
    """The texts of one frame, the one nearest to the centre first, and the monotonic nanoseconds of its capture."""
    failed = Signal(object)
    """An AppError."""
    changed = Signal()
    """Something of `facts` or `lens` is another."""
    looked = Signal(bool, bool)
    """One picture was searched: whether a code was read, and whether one is there that can't be."""
    pictured = Signal(object)
    """A QImage as people see it, at the preview's rate."""

    def __init__(
        self,
        camera: CameraSource | None,
        window: KioskWindow,
        parent: QObject | None = None,
        *,
        settings: CameraSettings | None = None,
    ) -> None:
        super().__init__(parent)
        self._camera = camera
        self._window = window
        self._settings = settings if settings is not None else CameraSettings()
        self._eye = Eye()
        self._decoder = DecodeLane()
        self._health = LensHealth()
        self._source = CameraState.STARTING
        self._symbologies: tuple[Symbology, ...] = QR_ONLY
        self._size = (0, 0)
        self._is_reading = False
        self._last_preview_ns = 0
        self._told: tuple[CameraState, LensFacts] | None = None
        self._decoder.decoded.connect(self._take_sighted)
        self._decoder.failed.connect(self.failed)
        if camera is not None:
            camera.frame_arrived.connect(self._take_frame)
            camera.state_changed.connect(self._take_camera_state)
            camera.sources_changed.connect(self._tell)
        self._set_device()

    def start(self) -> None:
        """Starts decoder and camera."""
        self._decoder.start()
        if self._camera is None:
            self._source = CameraState.MISSING
            self._show_state()
        else:
            self._camera.start()

    def stop(self) -> None:
        """Ends both."""
        if self._camera is not None:
            self._camera.stop()
        self._decoder.stop()

    def take_settings(self, settings: CameraSettings) -> None:
        """Uses the camera otherwise from the next picture on."""
        if settings != self._settings:
            self._settings = settings
            self._set_device()
            self.changed.emit()

    def look_for(self, symbologies: tuple[Symbology, ...]) -> None:
        """Reads these kinds of code from the next frame on."""
        if symbologies != self._symbologies:
            self._symbologies = symbologies
            self._decoder.use(partial(open_pipeline, symbologies))

    @property
    def state(self) -> CameraState:
        """How the camera is."""
        is_dark = self._source is CameraState.WORKING and self._health.ailment is Ailment.DARK
        return CameraState.DARK if is_dark else self._source

    @property
    def lens(self) -> LensFacts:
        """What the strip has to say of a camera that works."""
        is_slow = self._source is CameraState.WORKING and self._health.ailment is Ailment.SLOW
        substitute = self._camera.name if isinstance(self._camera, DeviceCamera) and self._camera.is_substitute else ""
        return LensFacts(self._health.a_second if is_slow else None, substitute)

    @property
    def facts(self) -> CameraFacts:
        """What the sheet about the camera shows."""
        camera = self._camera
        return CameraFacts(
            name=camera.name if camera is not None else "",
            state=self.state,
            choices=choices_of(cameras()) if isinstance(camera, DeviceCamera) else (),
            size=self._size,
            a_second=self._health.a_second,
            has_torch=isinstance(camera, DeviceCamera) and camera.has_torch,
            is_reading=self._is_reading,
            settings=self._settings,
        )

    # --- the camera's own words ---------------------------------------------------------------------------------

    @Slot(object)
    def _take_frame(self, frame: Frame) -> None:
        self._decoder.offer(frame_read(frame, self._settings))
        self._size = (frame.luma.shape[1], frame.luma.shape[0])
        self._health = self._health.after_picture(frame.at_ms, brightest(frame.luma))
        if frame.at_ns - self._last_preview_ns >= PREVIEW_EVERY_NS:
            self._last_preview_ns = frame.at_ns
            picture = picture_seen(frame.picture(), self._settings)
            self._window.show_frame(picture)
            self.pictured.emit(picture)
        self._tell()

    @Slot(object)
    def _take_sighted(self, sighted: Sighted) -> None:
        texts = self._eye.texts(sighted.reading)
        if texts:
            self.sight_taken.emit(texts, sighted.at_ns)
        self._is_reading = bool(texts)
        hint = self._eye.hint(sighted.reading, sighted.at_ms)
        self._window.show_hint(hint)
        self.looked.emit(bool(texts), hint is not None)

    @Slot(object)
    def _take_camera_state(self, state: SourceState) -> None:
        if state.phase in {Phase.STALLED, Phase.FAILED}:
            logger(__name__).warning("camera", phase=state.phase.value, reason=state.reason)
        self._source = state_for_window(state)
        self._health = LensHealth()
        self._tell()

    @Slot()
    def _tell(self) -> None:
        """Says what has changed, and nothing of the rest."""
        before, self._told = self._told, (self.state, self.lens)
        if before is None or before[0] is not self._told[0]:
            self._show_state()
        if before != self._told:
            self.changed.emit()

    def _show_state(self) -> None:
        self._window.show_camera_state(self.state)

    def _set_device(self) -> None:
        if isinstance(self._camera, DeviceCamera):
            self._camera.choose(self._settings.device)
            self._camera.light(is_on=self._settings.is_torch_on)


def brightest(luma: Luma) -> float:
    """What a hundredth of a picture's pixels exceed, 0 to 255."""
    sample = luma[::_SAMPLE, ::_SAMPLE]
    return float(np.percentile(sample, _BRIGHTEST)) if sample.size else 0.0
