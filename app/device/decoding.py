"""Decoding beside the window: a worker in its own thread, and a mailbox with one slot in front of it.

Owns which frame is decoded next: the latest. A frame that arrives while another waits takes its place, and the one
replaced is counted. The decoders let go of the interpreter's lock while they work, so a thread is as good as a process
and needs no copying of frames.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from app.device.camera import Frame
from app.device.decoder import Decoder, Reading
from app.device.pipeline import open_pipeline
from app.errors import AppError


@dataclass(frozen=True, slots=True)
class Sighted:
    """What a frame held, when the frame came (monotonic nanoseconds), and how long the look took."""

    reading: Reading
    at_ns: int
    took_ms: float

    @property
    def at_ms(self) -> int:
        """When the frame came, monotonic milliseconds."""
        return self.at_ns // 1_000_000


class Mailbox:
    """One slot, the latest frame wins. For one reader and any number of writers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frame: Frame | None = None
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Frames that were replaced before anybody looked."""
        with self._lock:
            return self._dropped

    def put(self, frame: Frame) -> bool:
        """Leaves a frame. True if the slot was empty."""
        with self._lock:
            was_empty = self._frame is None
            self._dropped += not was_empty
            self._frame = frame
            return was_empty

    def take(self) -> Frame | None:
        """The frame, and leaves the slot empty."""
        with self._lock:
            frame, self._frame = self._frame, None
            return frame


class DecodeLane(QObject):
    """Frames in, readings out, in the thread that made it. Connect `offer` to a camera's `frame_arrived`.

    `decoded(Sighted)` for each frame looked at; `failed(AppError)` once, when no decoder can be had.
    """

    decoded = Signal(object)
    failed = Signal(object)
    _wanted = Signal()

    def __init__(self, make_decoder: Callable[[], Decoder] = open_pipeline, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mailbox = Mailbox()
        self._stopper = threading.Event()
        self._thread = QThread()
        self._thread.setObjectName("doorlight-decoder")
        self._worker = _Worker(self._mailbox, self._stopper, make_decoder)
        self._worker.moveToThread(self._thread)
        self._wanted.connect(self._worker.look, Qt.ConnectionType.QueuedConnection)
        self._worker.decoded.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)
        self._worker.failed.connect(self._pass_on_failure, Qt.ConnectionType.QueuedConnection)

    @property
    def dropped(self) -> int:
        """Frames that were never looked at, because a later one came first."""
        return self._mailbox.dropped

    @Slot()
    def start(self) -> None:
        """Starts the thread; frames offered before wait in the mailbox."""
        self._stopper.clear()
        self._thread.start()
        self._wanted.emit()

    @Slot()
    def stop(self) -> None:
        """Ends the thread after the look it is at. Nothing is emitted afterwards."""
        self._stopper.set()
        self._thread.quit()
        self._thread.wait()
        self._mailbox.take()

    def use(self, make_decoder: Callable[[], Decoder]) -> None:
        """Looks with another decoder from the next frame on."""
        self._worker.make_decoder = make_decoder

    @Slot(object)
    def offer(self, frame: Frame) -> None:
        """Leaves a frame for the decoder and returns at once."""
        if self._mailbox.put(frame):
            self._wanted.emit()

    @Slot(object)
    def _pass_on(self, sighted: Sighted) -> None:
        if not self._stopper.is_set():
            self.decoded.emit(sighted)

    @Slot(object)
    def _pass_on_failure(self, problem: AppError) -> None:
        if not self._stopper.is_set():
            self.failed.emit(problem)


class _Worker(QObject):
    """Lives in the decoder's thread, and makes its decoder there."""

    decoded = Signal(object)
    failed = Signal(object)

    def __init__(self, mailbox: Mailbox, stopper: threading.Event, make_decoder: Callable[[], Decoder]) -> None:
        super().__init__()
        self._mailbox, self._stopper, self.make_decoder = mailbox, stopper, make_decoder
        self._made_by: Callable[[], Decoder] | None = None
        self._decoder: Decoder | None = None

    @Slot()
    def look(self) -> None:
        """Decodes what waits, until nothing does: each frame with the decoder wanted when it was taken.

        1. made when nothing waits, too: the first guest doesn't wait for it
        2. asked for after the frame was taken, so that a frame offered after `use` never meets the decoder before it
        """
        self._ready()  # (1)
        while not self._stopper.is_set() and (frame := self._mailbox.take()) is not None:
            decoder = self._ready()  # (2)
            if decoder is None:
                continue
            start = time.perf_counter_ns()
            reading = decoder.decode(frame.luma)
            self.decoded.emit(Sighted(reading, frame.at_ns, (time.perf_counter_ns() - start) / 1e6))

    def _ready(self) -> Decoder | None:
        wanted = self.make_decoder  # once: another thread may name another meanwhile
        if self._made_by is not wanted:
            self._made_by, self._decoder = wanted, None
            try:
                self._decoder = wanted()
            except AppError as problem:
                self.failed.emit(problem)
        return self._decoder
