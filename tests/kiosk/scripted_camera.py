"""A camera that does what a test says, behind the contract of `app.device.camera.CameraSource`."""

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.device.camera import CameraState, Frame, Phase, grey_picture
from app.device.decoder import Luma


class ScriptedCamera(QObject):
    """Each picture and each state comes when `show` and `be` are called; time is what they are told."""

    frame_arrived = Signal(object)
    state_changed = Signal(object)
    sources_changed = Signal()

    def __init__(self, name: str = "scripted") -> None:
        super().__init__()
        self.name = name
        self.state = CameraState(Phase.GONE)
        self.is_running = False

    def start(self) -> None:
        self.is_running = True

    def stop(self) -> None:
        self.is_running = False

    def be(self, state: CameraState) -> None:
        """Tells another state."""
        self.state = state
        self.state_changed.emit(state)

    def show(self, luma: Luma, at_ms: int) -> None:
        """Delivers a picture that came at `at_ms`."""
        self.frame_arrived.emit(Frame(luma, at_ms * 1_000_000, partial(grey_picture, luma)))

    def film(self, picture: Callable[[int], Luma], fps: float, seconds: float, start_ms: int) -> int:
        """Delivers pictures at a steady rate; when the last one came."""
        at_ms = start_ms
        for number in range(1, int(fps * seconds) + 1):
            at_ms = start_ms + round(number * 1_000 / fps)
            self.show(picture(number), at_ms)
        return at_ms


def lit(number: int = 0) -> Luma:
    """A door with light, its noise another each time."""
    return np.random.default_rng(number).integers(60, 200, (90, 160), np.uint8)


def unlit(number: int = 0) -> Luma:
    """A covered lens: only the sensor's noise."""
    return np.random.default_rng(number).integers(0, 12, (90, 160), np.uint8)
