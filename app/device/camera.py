"""What a camera is: frames, and in what state it is.

Owns the `CameraSource` protocol and its values. Every source is a `QObject` of the thread that made it, and its signals
come in that thread.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QImage

from app.device.decoder import Luma
from app.errors import AppError


class CameraProblem(AppError):
    """A source that can't be opened as asked. `key` says why."""


class Phase(Enum):
    """Where a camera is between being asked for and being gone."""

    SEARCHING = "searching"
    LIVE = "live"
    STALLED = "stalled"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CameraState:
    """A phase, and for those that need one a reason: the key of its words."""

    phase: Phase
    reason: str = ""


SEARCHING = CameraState(Phase.SEARCHING)
LIVE = CameraState(Phase.LIVE)
STALLED = CameraState(Phase.STALLED, "camera_stalled")
SILENT = CameraState(Phase.STALLED, "camera_silent")
"""Opened, and not one picture came: most often because another program films with it."""
FROZEN = CameraState(Phase.STALLED, "camera_frozen")
GONE = CameraState(Phase.GONE, "camera_gone")
OVER = CameraState(Phase.GONE, "camera_recording_over")


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: its luminance, uint8 (h, w), owned by the frame, and when it came, monotonic nanoseconds."""

    luma: Luma = field(repr=False)
    at_ns: int
    _picture: Callable[[], QImage] = field(repr=False)

    @property
    def at_ms(self) -> int:
        """When it came, monotonic milliseconds."""
        return self.at_ns // 1_000_000

    def picture(self) -> QImage:
        """The frame to be painted. Costs milliseconds: at the preview's rate, in the window's thread."""
        return self._picture()

    def with_luma(self, luma: Luma) -> "Frame":
        """The same frame, of which only a part is read."""
        return replace(self, luma=luma)


class CameraSource(Protocol):
    """Where frames come from. `start` and `stop` may be called at any time, any number of times.

    `frame_arrived(Frame)`, `state_changed(CameraState)` on each change only, `sources_changed()` when devices came or
    went. After `stop()` returns nothing is emitted and nothing runs.
    """

    @property
    def frame_arrived(self) -> SignalInstance: ...

    @property
    def state_changed(self) -> SignalInstance: ...

    @property
    def sources_changed(self) -> SignalInstance: ...

    @property
    def name(self) -> str: ...

    @property
    def state(self) -> CameraState: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


def grey_picture(luma: Luma) -> QImage:
    """A luminance plane as a picture with its own memory."""
    height, width = luma.shape
    return QImage(luma.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).copy()
