"""A Qt capture session as a camera: one path for devices, the demo's guests and the tests' feeds.

Owns the session, its sink, the watchdog and the way back: unplugging a camera raises no signal, only frames stop
coming. What feeds the session is a `Feed`; who finds one is told to the constructor.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtMultimedia import QMediaCaptureSession, QVideoFrame, QVideoFrameFormat, QVideoSink

from app.device.camera import (
    FROZEN,
    GONE,
    LIVE,
    SEARCHING,
    SILENT,
    STALLED,
    CameraProblem,
    CameraState,
    Frame,
    Phase,
    grey_picture,
)
from app.device.decoder import Luma
from app.device.plane import luma_of_frame


class Feed(Protocol):
    """What a session films: a device, or drawn frames."""

    name: str

    def plug_into(self, session: QMediaCaptureSession) -> None:
        """Makes this the session's only source."""

    def start(self) -> None:
        """Frames come from now on."""

    def stop(self) -> None:
        """No frame comes any more; the feed is not used again."""


FindFeed = Callable[[], Feed | None]
"""A fresh feed, or None while there is no camera. Raises CameraProblem when there is one that may not be used."""
_UNLIT = 16
"""Of 255: what is darker everywhere is a covered lens, whose pictures may well be equal to the last bit."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, milliseconds: for a frame, for one that differs, and before each try to start again.

    The first two are below three seconds, within which staff are told.
    """

    frame_ms: int = 2_000
    frozen_ms: int | None = None
    """None: frames may be equal, as drawn ones are. A sensor's never are, unless it hangs or is covered."""
    start_ms: int = 8_000
    """For the first frame, before the camera is opened anew: some need seconds, and would never come to it."""
    retry_ms: tuple[int, ...] = (500, 1_000, 2_000, 4_000, 8_000)


class LensCamera(QObject):
    """A `CameraSource` over a capture session. Comes back by itself after a stall, a loss or a failure."""

    frame_arrived = Signal(object)
    state_changed = Signal(object)
    sources_changed = Signal()

    def __init__(self, find_feed: FindFeed, patience: Patience | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._find_feed = find_feed
        self._patience = patience if patience is not None else Patience()
        self._session = QMediaCaptureSession(self)
        self._sink = QVideoSink(self)
        self._session.setVideoSink(self._sink)
        self._sink.videoFrameChanged.connect(self._take)
        self._watchdog = _once(self, self._bark)
        self._retry = _once(self, self._open)
        self._feed: Feed | None = None
        self._has_spoken = False
        self._state = CameraState(Phase.GONE)
        self._running = False
        self._tries = 0
        self._sample = b""
        self._differed_at = 0

    @property
    def name(self) -> str:
        """What the feed calls itself; empty while there is none."""
        return self._feed.name if self._feed is not None else ""

    @property
    def state(self) -> CameraState:
        """The state told last."""
        return self._state

    @Slot()
    def start(self) -> None:
        """Looks for a feed and films."""
        if not self._running:
            self._running = True
            self._tries = 0
            self._open()

    @Slot()
    def stop(self) -> None:
        """Lets go of the feed."""
        self._running = False
        self._close()
        self._tell(CameraState(Phase.GONE))

    def open_again(self) -> None:
        """Looks for a feed anew, as a camera that films something else from now on."""
        if self._running:
            self._tries = 0
            self._open()

    @Slot()
    def look_again(self) -> None:
        """Devices came or went: a camera that waits tries at once, one that films goes on if it still can."""
        self.sources_changed.emit()
        if self._running and self._state.phase is not Phase.LIVE:
            self._tries = 0
            self._open()

    @Slot(str)
    def fail(self, reason: str) -> None:
        """The feed says that it can't go on; tries again later."""
        if self._running:
            self._close()
            self._tell(CameraState(Phase.FAILED, reason))
            self._try_later()

    @Slot()
    def lose(self) -> None:
        """The feed's device went; tries again later."""
        if self._running:
            self._close()
            self._tell(GONE)
            self._try_later()

    @Slot()
    def _open(self) -> None:
        self._close()
        if self._state.phase not in {Phase.STALLED, Phase.FAILED}:  # what was said stays until a picture comes
            self._tell(SEARCHING)
        try:
            self._feed = self._find_feed()
        except CameraProblem as problem:
            self.fail(problem.key)
            return
        if self._feed is None:
            self._tell(GONE)
            self._try_later()
            return
        self._has_spoken = False
        self._differed_at = time.monotonic_ns()
        if self._state != FROZEN:
            self._sample = b""
        self._feed.plug_into(self._session)
        is_slow = self._state == SILENT  # it was said already: now it has all the time that it may need
        self._watchdog.start(self._patience.start_ms if is_slow else self._patience.frame_ms)
        self._feed.start()

    def _close(self) -> None:
        self._watchdog.stop()
        self._retry.stop()
        if self._feed is not None:
            self._feed.stop()
            self._feed = None

    def _try_later(self) -> None:
        waits = self._patience.retry_ms
        self._retry.start(waits[min(self._tries, len(waits) - 1)])
        self._tries += 1

    @Slot()
    def _bark(self) -> None:
        if self._has_spoken:
            self._restart(STALLED)
        elif self._state == SILENT:
            self._restart(SILENT)
        else:
            self._tell(SILENT)
            self._watchdog.start(max(1, self._patience.start_ms - self._patience.frame_ms))

    def _restart(self, state: CameraState) -> None:
        self._close()
        self._tell(state)
        self._try_later()

    def _stands_still(self, luma: Luma) -> bool:
        """Whether the picture is the one before it, to the last bit of a sample of it."""
        sample = luma[::8, ::8]
        told = sample.tobytes()
        if told != self._sample or int(sample.max(initial=0)) < _UNLIT:
            self._sample, self._differed_at = told, time.monotonic_ns()
            return False
        return self._patience.frozen_ms is not None

    def _has_frozen(self) -> bool:
        limit = self._patience.frozen_ms
        return limit is not None and time.monotonic_ns() - self._differed_at > limit * 1_000_000

    @Slot(QVideoFrame)
    def _take(self, video: QVideoFrame) -> None:
        luma = luma_of_frame(video) if self._feed is not None else None
        if luma is None:
            return
        self._has_spoken = True
        self._watchdog.start(self._patience.frame_ms)
        if self._stands_still(luma):
            if self._has_frozen():
                self._restart(FROZEN)
                return
            if self._state == FROZEN:  # opened anew, and still the picture that it froze at
                return
        self._tries = 0
        self._tell(LIVE)
        self.frame_arrived.emit(Frame(luma, time.monotonic_ns(), _painter_of(video, luma)))

    def _tell(self, state: CameraState) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)


def _painter_of(video: QVideoFrame, luma: Luma) -> Callable[[], QImage]:
    """Grey frames are painted from their luminance; Qt converts the others, on the graphics card where it can."""
    if video.pixelFormat() is QVideoFrameFormat.PixelFormat.Format_Y8:
        return partial(grey_picture, luma)
    return QVideoFrame(video).toImage


def _once(parent: QObject, then: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.timeout.connect(then)
    return timer
