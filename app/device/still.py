"""Single pictures from files: opened within limits, searched with every stage.

Owns what a picture file may cost. A file comes from outside: its size is looked at before it is read, its pixels before
they are unpacked.
"""

import os
import stat
import struct
import time
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from app.device.decoder import Luma
from app.device.pipeline import Pipeline, open_pipeline
from app.device.vision import cv2
from app.errors import AppError

MOST_BYTES = 64 * 1024 * 1024
"""A phone's largest photograph is a quarter of it."""
MOST_PIXELS = 64_000_000
"""64 MB of luminance; a picture of a kilobyte can claim to be larger."""
_NEVER_WAITS = getattr(os, "O_NONBLOCK", 0)
"""Windows has no such files, and no such flag."""
_HEAD_BYTES = 512 * 1024
"""Enough to pass a photograph's embedded preview and reach its size."""


class PictureProblem(AppError):
    """A file that is no picture, too large a one, or out of reach. `key` says which."""


class ImageReading(TypedDict):
    """What `doorlight decode --json` prints for one file."""

    file: str
    texts: list[str]
    ms: float
    decoder: str


def open_still(path: Path) -> Luma:
    """The luminance of a picture file, (h, w) uint8. Raises PictureProblem."""
    try:
        with open(path, "rb", opener=_open_at_once) as file:  # Path.open takes no opener
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise PictureProblem("picture_unknown", file=path.name)
            if found.st_size > MOST_BYTES:
                raise PictureProblem("picture_too_large", file=path.name, bytes=found.st_size, most=MOST_BYTES)
            raw = file.read(MOST_BYTES)
    except (OSError, ValueError) as err:  # ValueError: a name with a zero byte in it
        reason = err.strerror if isinstance(err, OSError) else str(err)
        raise PictureProblem("picture_out_of_reach", file=path.name, reason=reason) from err
    return luma_of(raw, path.name)


def _open_at_once(path: str, flags: int) -> int:
    """A pipe or a device would keep whoever opens it waiting."""
    return os.open(path, flags | _NEVER_WAITS)


def luma_of(raw: bytes, name: str) -> Luma:
    """The luminance of a picture's bytes, (h, w) uint8; transparent parts are white. Raises PictureProblem."""
    claimed = claimed_size(raw)
    if claimed is None:
        raise PictureProblem("picture_unknown", file=name)
    if claimed[0] * claimed[1] > MOST_PIXELS:
        raise PictureProblem("picture_too_large", file=name, width=claimed[0], height=claimed[1], most=MOST_PIXELS)
    try:
        image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as err:
        raise PictureProblem("picture_unknown", file=name) from err
    if image is None or image.size == 0:
        raise PictureProblem("picture_unknown", file=name)
    return _grey(np.asarray(image))


def decode_image(path: Path | str, pipeline: Pipeline | None = None) -> ImageReading:
    """Every text that a picture file shows, with every stage tried. Raises PictureProblem, DecoderMissing."""
    place = Path(path)
    luma = open_still(place)
    reader = pipeline if pipeline is not None else open_pipeline()
    start = time.perf_counter_ns()
    reading = reader.decode_still(luma)
    took = round((time.perf_counter_ns() - start) / 1e6, 2)
    return ImageReading(file=str(path), texts=[code.text for code in reading.texts], ms=took, decoder=reading.by)


def claimed_size(raw: bytes) -> tuple[int, int] | None:
    """Width and height that a PNG, JPEG, GIF, BMP or WebP claims for itself; None for anything else."""
    head = raw[:32]
    if len(head) < 30:
        return None
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", head[16:24])
    elif head.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack("<HH", head[6:10])
    elif head.startswith(b"BM"):
        width, height = (abs(side) for side in struct.unpack("<ii", head[18:26]))
    elif head.startswith(b"\xff\xd8"):
        return _jpeg_size(raw[:_HEAD_BYTES])
    elif head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return _webp_size(head)
    else:
        return None
    return width, height


def _jpeg_size(raw: bytes) -> tuple[int, int] | None:
    """Walks the segments to the frame header (ITU T.81, B.2.2)."""
    at = 2
    while at + 9 < len(raw) and raw[at] == 0xFF:
        marker, length = raw[at + 1], int.from_bytes(raw[at + 2 : at + 4])
        if marker == 0xFF:
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(raw[at + 7 : at + 9]), int.from_bytes(raw[at + 5 : at + 7])
        else:
            at += 2 + length
    return None


def _webp_size(head: bytes) -> tuple[int, int] | None:
    """The canvas of the three kinds of WebP (RFC 9649)."""
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if head[12:16] == b"VP8 ":
        return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    return None


def _grey(image: npt.NDArray[Any]) -> Luma:
    eight: npt.NDArray[Any] = (
        image if image.dtype == np.uint8 else np.asarray(cv2.convertScaleAbs(image, alpha=1 / 257))
    )
    if eight.ndim == 2:
        return np.asarray(eight, np.uint8)
    if eight.shape[2] == 4:
        solid = eight[:, :, 3:].astype(np.uint16)
        eight = ((eight[:, :, :3] * solid + 255 * (255 - solid)) // 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(eight, cv2.COLOR_BGR2GRAY), np.uint8) if eight.shape[2] == 3 else _first(eight)


def _first(image: npt.NDArray[Any]) -> Luma:
    return np.ascontiguousarray(image[:, :, 0]).astype(np.uint8)
