"""Recordings as a camera: a picture, a folder of them in the order of their names, or a film on this machine's disk.

Owns what may be opened: files that exist here, whose first bytes are a film's or a picture's. Never an address: the
video library would follow one, and a play list inside a file as well.
"""

import re
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from app.device.camera import LIVE, OVER, SEARCHING, CameraProblem, CameraState, Frame, Phase, grey_picture
from app.device.decoder import MOST_PIXELS, Luma
from app.device.still import PictureProblem, claimed_size, open_still
from app.device.vision import cv2

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"}
MOST_PICTURES = 10_000
"""Pictures that a folder is read for."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(//|[^\\/])|//|\\\\")
"""A scheme of two letters or more, or a share on another machine; one letter is a drive."""


class FileCamera(QObject):
    """A `CameraSource` of recorded frames, `GONE` with `camera_recording_over` after the last. `again`: no last one."""

    frame_arrived = Signal(object)
    state_changed = Signal(object)
    sources_changed = Signal()
    _next_wanted = Signal()

    def __init__(
        self,
        path: Path | str,
        fps: float = 15.0,
        frames_each: int = 15,
        *,
        again: bool = False,
        parent: QObject | None = None,
    ) -> None:
        """Raises CameraProblem for a path that is an address, isn't there, or holds neither pictures nor a film."""
        super().__init__(parent)
        self._reader = _Reader(recording(path), frames_each, again)
        self._path = Path(path)
        self._state = CameraState(Phase.GONE)
        self._thread = QThread()
        self._thread.setObjectName("doorlight-recording")
        self._reader.moveToThread(self._thread)
        self._next_wanted.connect(self._reader.read, Qt.ConnectionType.QueuedConnection)
        self._reader.frame_read.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setInterval(max(1, round(1000 / fps)))
        self._timer.timeout.connect(self._ask)
        self._is_asking = False

    @property
    def name(self) -> str:
        """The file's or the folder's name."""
        return self._path.name

    @property
    def state(self) -> CameraState:
        """The state told last."""
        return self._state

    @Slot()
    def start(self) -> None:
        """Shows the recording, from where it was stopped."""
        if not self._timer.isActive():
            self._thread.start()
            self._timer.start()
            self._tell(SEARCHING)

    @Slot()
    def stop(self) -> None:
        """Stops showing it."""
        self._timer.stop()
        self._thread.quit()
        self._thread.wait()
        self._is_asking = False
        self._tell(CameraState(Phase.GONE))

    @Slot()
    def _ask(self) -> None:
        if not self._is_asking:  # a slow disk makes a slow film, not a queue
            self._is_asking = True
            self._next_wanted.emit()

    @Slot(object)
    def _take(self, read: "Luma | CameraState") -> None:
        self._is_asking = False
        if not self._timer.isActive():
            return
        if isinstance(read, CameraState):
            self._timer.stop()
            self._tell(read)
            return
        self._tell(LIVE)
        self.frame_arrived.emit(Frame(read, time.monotonic_ns(), partial(grey_picture, read)))

    def _tell(self, state: CameraState) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)


class _Reader(QObject):
    """Reads the next frame in its thread, one at a time."""

    frame_read = Signal(object)

    def __init__(self, files: tuple[Path, ...], frames_each: int, again: bool) -> None:
        super().__init__()
        self._files, self._frames_each, self._again = files, frames_each, again
        self._frames: Iterator[Luma] | None = None

    @Slot()
    def read(self) -> None:
        """The next frame, or the state that ends the recording."""
        try:
            self.frame_read.emit(self._next())
        except PictureProblem as err:
            self._frames = None
            self.frame_read.emit(CameraState(Phase.FAILED, err.key))

    def _next(self) -> "Luma | CameraState":
        if self._frames is None:
            self._frames = self._all()
        frame = next(self._frames, None)
        if frame is None:
            self._frames = None
            return OVER
        return frame

    def _all(self) -> Iterator[Luma]:
        while True:
            any_shown = False
            for file in self._files:
                for luma in _shown(file, self._frames_each):
                    any_shown = True
                    yield luma
            if not (self._again and any_shown):
                return


def recording(path: Path | str) -> tuple[Path, ...]:
    """The files of a recording, in the order they are shown. Raises CameraProblem."""
    if _ADDRESS.match(str(path)):
        raise CameraProblem("camera_address_refused", path=Path(path).name)
    place = Path(path)
    try:
        files = tuple(sorted(_pictures_in(place))[:MOST_PICTURES]) if place.is_dir() else (place.resolve(strict=True),)
    except OSError as err:
        raise CameraProblem("camera_file_missing", path=place.name, reason=err.strerror) from err
    if not files:
        raise CameraProblem("camera_folder_empty", path=place.name)
    if not place.is_dir() and not (is_film(_head(files[0])) or claimed_size(_head(files[0]))):
        raise CameraProblem("camera_file_unknown", path=place.name)
    return files


def is_film(head: bytes) -> bool:
    """Whether a file's first bytes are those of MP4 or QuickTime, Matroska or WebM, or AVI."""
    return (
        head[4:8] in (b"ftyp", b"moov")
        or head.startswith(b"\x1aE\xdf\xa3")
        or (head.startswith(b"RIFF") and head[8:12] == b"AVI ")
    )


def _pictures_in(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.suffix.lower() in PICTURES and file.is_file()]


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(512 * 1024)
    except OSError as err:
        raise CameraProblem("camera_file_missing", path=file.name, reason=err.strerror) from err


def _shown(file: Path, frames_each: int) -> Iterator[Luma]:
    try:
        film = is_film(_head(file))
    except CameraProblem as err:
        raise PictureProblem(err.key, **err.details) from err
    if film:
        yield from _film(file)
    else:
        luma = open_still(file)
        for _ in range(frames_each):
            yield luma


def _film(file: Path) -> Iterator[Luma]:
    film = cv2.VideoCapture(str(file.resolve()), cv2.CAP_ANY)
    try:
        while True:
            went_on, image = film.read()
            if not went_on or image.size > 3 * MOST_PIXELS:
                return
            yield np.asarray(image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    finally:
        film.release()
