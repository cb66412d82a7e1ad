"""Pictures that somebody hands in, searched beside the window: files, and what lies in the clipboard.

Owns the thread and its queue. A picture is opened there as well: a file on a slow disk, or a large photograph with
every stage tried, holds up nobody but the next picture.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from PySide6.QtGui import QImage, QPainter

from app.device.decoder import Luma
from app.device.pipeline import Pipeline, open_pipeline
from app.device.still import MOST_PIXELS, PictureProblem, open_still
from app.errors import AppError

_PAPER = 255
"""What is behind the transparent parts of a picture, as in a file's."""
MOST_WAITING = 8
"""Pictures that wait; a folder dropped by mistake is not worked off while guests wait."""


@dataclass(frozen=True, slots=True)
class StillRead:
    """What a picture showed, the code nearest to its centre first; or why it could not be looked at."""

    texts: tuple[str, ...] = field(default=(), repr=False)
    problem: AppError | None = None


class StillLane(QObject):
    """Pictures in, `StillRead`s out, in the thread that made it."""

    read = Signal(object)
    _wanted = Signal(object)

    def __init__(self, make_pipeline: Callable[[], Pipeline] = open_pipeline, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting = 0
        self._is_stopped = False
        self._thread = QThread()
        self._thread.setObjectName("doorlight-stills")
        self._worker = _Worker(make_pipeline)
        self._worker.moveToThread(self._thread)
        self._wanted.connect(self._worker.look, Qt.ConnectionType.QueuedConnection)
        self._worker.read.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)

    @property
    def waiting(self) -> int:
        """Pictures that have been taken and not been looked at."""
        return self._waiting

    def use(self, make_pipeline: Callable[[], Pipeline]) -> None:
        """Looks with another decoder from the next picture on."""
        self._worker.make_pipeline = make_pipeline

    def offer(self, picture: Path | QImage) -> bool:
        """Takes a picture and returns at once; the thread starts with the first.

        False when too many wait, or nobody looks any more.
        """
        if self._waiting >= MOST_WAITING or self._is_stopped:
            return False
        self._waiting += 1
        if not self._thread.isRunning():
            self._thread.start()
        self._wanted.emit(picture)
        return True

    @Slot()
    def stop(self) -> None:
        """Ends the thread after the picture it is at. Nothing is emitted afterwards."""
        self._is_stopped = True
        self._thread.quit()
        self._thread.wait()

    @Slot(object)
    def _pass_on(self, read: StillRead) -> None:
        self._waiting -= 1
        if not self._is_stopped:
            self.read.emit(read)


class _Worker(QObject):
    """Lives in the thread for pictures, and makes its pipeline there."""

    read = Signal(object)

    def __init__(self, make_pipeline: Callable[[], Pipeline]) -> None:
        super().__init__()
        self.make_pipeline = make_pipeline
        self._made_by: Callable[[], Pipeline] | None = None
        self._pipeline: Pipeline | None = None

    @Slot(object)
    def look(self, picture: Path | QImage) -> None:
        """Opens a picture and searches it."""
        try:
            luma = open_still(picture) if isinstance(picture, Path) else _luma_of_image(picture)
            found = self._ready().decode_still(luma)
        except AppError as problem:
            self.read.emit(StillRead(problem=problem))
            return
        self.read.emit(StillRead(tuple(code.text for code in found.texts)))

    def _ready(self) -> Pipeline:
        if self._pipeline is None or self._made_by is not self.make_pipeline:
            self._made_by = self.make_pipeline
            self._pipeline = self._made_by()
        return self._pipeline


def _luma_of_image(image: QImage) -> Luma:
    """The luminance of a picture that another program has put into the clipboard, (h, w). Raises PictureProblem."""
    if image.isNull():
        raise PictureProblem("picture_unknown", file="")
    if image.width() * image.height() > MOST_PIXELS:
        raise PictureProblem("picture_too_large", file="", width=image.width(), height=image.height(), most=MOST_PIXELS)
    paper = QImage(image.size(), QImage.Format.Format_Grayscale8)
    paper.fill(_PAPER)
    painter = QPainter(paper)
    painter.drawImage(0, 0, image)
    painter.end()
    rows = np.frombuffer(paper.constBits(), np.uint8).reshape(paper.height(), paper.bytesPerLine())
    return rows[:, : paper.width()].copy()
