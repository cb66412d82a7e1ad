"""The demo's camera: drawn guests through the same session and sink as a real camera's frames.

Owns the queue of guests and their turns. Guests are drawn in a thread of their own, ahead of their turn; the window's
thread only hands frames over. The same seed and the same calls show the same frames.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import segno
from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot
from PySide6.QtMultimedia import QMediaCaptureSession, QVideoFrameInput

from app.device.decoder import Luma
from app.device.lens import Feed, LensCamera, Patience
from app.device.plane import video_frame
from app.device.props import Guest, Prop, draw_empty, draw_guest

_EMPTY_FRAMES = 6
_UNHURRIED = Patience(frame_ms=20_000)
"""Nobody pulls its plug; a busy machine takes its time to draw the door."""
_DRAWN_AHEAD = 2
"""Guests in memory at once: each is some twenty frames of a megabyte."""


class SyntheticCamera(LensCamera):
    """A `CameraSource` of guests. Signals name a guest by the number that `show` returned."""

    presentation_started = Signal(int)
    presentation_finished = Signal(int)
    _wanted = Signal(object)
    _door_wanted = Signal(int, object)

    def __init__(
        self,
        size: tuple[int, int] = (1280, 720),
        fps: float = 15.0,
        seed: int = 1,
        patience: Patience | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(self._find, patience if patience is not None else _UNHURRIED, parent)
        self._size, self._fps, self._seed = size, fps, seed
        self._asked: deque[tuple[Guest, int]] = deque()
        self._ready: deque[_Turn] = deque()
        self._empties: list[Luma] = []
        self._shown, self._drawing, self._tick = 0, 0, 0
        self._thread = QThread()
        self._thread.setObjectName("doorlight-guests")
        self._painter = _Painter()
        self._painter.moveToThread(self._thread)
        self._wanted.connect(self._painter.draw, Qt.ConnectionType.QueuedConnection)
        self._door_wanted.connect(self._painter.draw_door, Qt.ConnectionType.QueuedConnection)
        self._painter.door_drawn.connect(self._take_empties, Qt.ConnectionType.QueuedConnection)
        self._painter.drawn.connect(self._take_drawn, Qt.ConnectionType.QueuedConnection)

    @property
    def waiting(self) -> int:
        """Guests that have been asked for and have not finished."""
        return len(self._asked) + self._drawing + len(self._ready)

    def show(self, text: str, style: Prop | None = None, frames: int = 24, pause: int = 8) -> int:
        """Queues a guest with a ticket of this text, after `pause` empty frames at least. Returns the guest's number.

        Raises ValueError for a text that no QR code holds.
        """
        segno.make(text, error="q", micro=False)
        number = self._shown
        self._shown += 1
        prop = style if style is not None else tuple(Prop)[number % len(Prop)]
        self._asked.append((Guest(text, prop, max(1, frames), self._size, self._seed, number), pause))
        self._draw_ahead()
        return number

    @Slot()
    def start(self) -> None:
        """Opens the door: empty until the first guest is drawn."""
        if not self._thread.isRunning():
            self._thread.start()
        if not self._empties:
            self._door_wanted.emit(self._seed, self._size)
        super().start()

    @Slot()
    def stop(self) -> None:
        """Closes it; guests that wait come when it opens again."""
        super().stop()
        self._thread.quit()
        self._thread.wait()

    def _find(self) -> Feed:
        return DrawnFeed("demo", self._next, self._fps)

    def _draw_ahead(self) -> None:
        while self._asked and self._drawing + len(self._ready) < _DRAWN_AHEAD:
            self._drawing += 1
            self._wanted.emit(self._asked.popleft())

    @Slot(object)
    def _take_drawn(self, turn: "_Turn") -> None:
        self._drawing -= 1
        self._ready.append(turn)

    @Slot(object)
    def _take_empties(self, empties: list[Luma]) -> None:
        self._empties = empties

    def _next(self) -> Luma | None:
        """The next frame: an empty door, or the guest whose turn it is. None until the door is drawn."""
        if not self._empties:
            return None
        self._tick += 1
        empty = self._empties[self._tick % len(self._empties)]
        if not self._ready:
            return empty
        turn = self._ready[0]
        if turn.pause > 0:
            turn.pause -= 1
            return empty
        if not turn.frames:
            self._ready.popleft()
            self._draw_ahead()
            self.presentation_finished.emit(turn.number)
            return empty
        if not turn.has_started:
            turn.has_started = True
            self.presentation_started.emit(turn.number)
        return turn.frames.popleft()


@dataclass(slots=True)
class _Turn:
    """A drawn guest: the empty frames before, and the frames left to show."""

    number: int
    pause: int
    frames: deque[Luma]
    has_started: bool = False


class DrawnFeed:
    """Frames from a function at a steady rate, through Qt's own input for them."""

    def __init__(self, name: str, next_frame: Callable[[], Luma | None], fps: float) -> None:
        self.name = name
        self._next = next_frame
        self._session: QMediaCaptureSession | None = None
        self._input = QVideoFrameInput()
        self._timer = QTimer()
        self._timer.setInterval(round(1000 / fps))
        self._timer.timeout.connect(self._send)

    def plug_into(self, session: QMediaCaptureSession) -> None:
        """Films the drawn frames."""
        self._session = session
        session.setVideoFrameInput(self._input)

    def start(self) -> None:
        """Sends from now on."""
        self._timer.start()

    def stop(self) -> None:
        """Sends no more."""
        self._timer.stop()
        if self._session is not None:
            self._session.setVideoFrameInput(None)  # type: ignore[arg-type]

    def _send(self) -> None:
        luma = self._next()
        if luma is not None:
            self._input.sendVideoFrame(video_frame(luma))


class _Painter(QObject):
    """Draws guests in its thread."""

    drawn = Signal(object)
    door_drawn = Signal(object)

    @Slot(int, object)
    def draw_door(self, seed: int, size: tuple[int, int]) -> None:
        """Draws the door without a guest."""
        self.door_drawn.emit(draw_empty(seed, size, _EMPTY_FRAMES))

    @Slot(object)
    def draw(self, wanted: tuple[Guest, int]) -> None:
        """Draws one."""
        guest, pause = wanted
        self.drawn.emit(_Turn(guest.number, pause, deque(draw_guest(guest))))
