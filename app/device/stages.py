"""The extra stages: other looks at the busiest part of a frame, for codes that the plain look misses.

Owns where to look (`busy_region`) and the filters, each a pure function of a crop. Every stage is an entry of `STAGES`;
the pipeline gives them their turns.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.device.decoder import Corners, Luma
from app.device.vision import cv2

_BLOCK = 16
"""Pixels a side of the blocks whose texture is measured: a few modules of any code that can be read."""
_FAINT = 4.0
"""Standard deviation in grey levels below which nothing is worth a second look."""
_SMALLEST_CROP = 32
MOST_DOUBLED = 400_000
"""Pixels of a crop above which a code in it is large enough, and twice the size would cost a fifth of a second."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a frame, pixels; `right` and `bottom` lie outside."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, luma: Luma) -> Luma:
        """The part of the frame, in one piece."""
        return np.ascontiguousarray(luma[self.top : self.bottom, self.left : self.right])


@dataclass(frozen=True, slots=True)
class Stage:
    """A filter in front of a decoder; what it returns may be larger than what it is given, in proportion."""

    name: str
    filtered: Callable[[Luma], Luma]
    by_zbar: bool = False


def busy_region(luma: Luma, skip: int = 0) -> Region | None:
    """The region with the densest texture, as a QR code has; after `skip` denser ones. None in a plain frame."""
    texture = _texture(luma)
    box = (0, 0, 0, 0)
    for _ in range(skip + 1):
        peak = float(texture.max(initial=0.0))
        if peak < _FAINT:
            return None
        box = left, top, width, height = _densest(texture, peak)
        texture[top : top + height, left : left + width] = 0
    left, top, width, height = (side * _BLOCK for side in box)
    return _clipped(luma, left - _BLOCK, top - _BLOCK, left + width + _BLOCK, top + height + _BLOCK)


def around(luma: Luma, corners: Corners) -> Region | None:
    """The region about a located code, with a quarter of its size on each side."""
    columns, rows = [x for x, _ in corners], [y for _, y in corners]
    margin = max(max(columns) - min(columns), max(rows) - min(rows)) // 4
    return _clipped(luma, min(columns) - margin, min(rows) - margin, max(columns) + margin, max(rows) + margin)


def _clipped(luma: Luma, left: int, top: int, right: int, bottom: int) -> Region | None:
    height, width = luma.shape
    region = Region(max(0, left), max(0, top), min(width, right), min(height, bottom))
    if min(region.right - region.left, region.bottom - region.top) < _SMALLEST_CROP:
        return None
    return region


def _texture(luma: Luma) -> npt.NDArray[np.float32]:
    """The standard deviation of each block, smoothed, (h // 16, w // 16)."""
    height, width = luma.shape
    step = 2 if height > 400 else 1
    whole = luma[: height - height % _BLOCK, : width - width % _BLOCK]  # whole factors: others are ten times slower
    if whole.size == 0:
        return np.zeros((1, 1), np.float32)
    thin = np.ascontiguousarray(whole[::step, ::step])
    blocks = width // _BLOCK, height // _BLOCK
    mean = cv2.resize(thin, blocks, interpolation=cv2.INTER_AREA).astype(np.float32)
    square = cv2.resize(cv2.multiply(thin, thin, dtype=cv2.CV_32F), blocks, interpolation=cv2.INTER_AREA)
    spread = np.sqrt(np.maximum(square - mean * mean, 0))
    return np.asarray(cv2.blur(spread, (3, 3)), np.float32)


def _densest(texture: npt.NDArray[np.float32], peak: float) -> tuple[int, int, int, int]:
    """The box (left, top, width, height) in blocks of the connected part with the most texture, lines counting less."""
    mask = (texture > max(0.5 * peak, float(np.median(texture)))).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    mass = np.bincount(labels.ravel(), weights=texture.ravel(), minlength=count)
    fill = boxes[:, cv2.CC_STAT_AREA] / (boxes[:, cv2.CC_STAT_WIDTH] * boxes[:, cv2.CC_STAT_HEIGHT])
    worth = mass * np.minimum(1.0, 1.5 * fill)
    worth[0] = -1.0
    left, top, width, height, _ = boxes[int(np.argmax(worth))]
    return int(left), int(top), int(width), int(height)


def doubled(crop: Luma) -> Luma:
    """Twice the size: for small codes, and against a screen's own pixels. Large crops stay as they are."""
    if crop.size > MOST_DOUBLED:
        return crop
    return np.asarray(cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR), np.uint8)


def fixed_threshold(crop: Luma) -> Luma:
    """One threshold for the crop (Otsu's), at twice the size: for the dark, and for moiré."""
    return np.asarray(cv2.threshold(doubled(crop), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1], np.uint8)


def adaptive_threshold(crop: Luma) -> Luma:
    """A threshold for each pixel from its surroundings, at twice the size: for glare and uneven light."""
    mean = cv2.ADAPTIVE_THRESH_MEAN_C
    return np.asarray(cv2.adaptiveThreshold(doubled(crop), 255, mean, cv2.THRESH_BINARY, 41, 5), np.uint8)


def unsharp(crop: Luma) -> Luma:
    """A wide unsharp mask at the same size: for the dark."""
    return _sharpened(crop, 3.0, 1.5)


def unsharp_doubled(crop: Luma) -> Luma:
    """A wide unsharp mask, then twice the size: for motion and missed focus."""
    return doubled(_sharpened(crop, 2.0, 2.0))


def _sharpened(crop: Luma, sigma: float, amount: float) -> Luma:
    soft = cv2.GaussianBlur(crop, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(crop, 1 + amount, soft, -amount, 0), np.uint8)


def as_it_is(crop: Luma) -> Luma:
    """The crop itself, for another decoder."""
    return crop


STAGES = (
    Stage("unsharp_doubled", unsharp_doubled),
    Stage("fixed_threshold", fixed_threshold),
    Stage("doubled", doubled),
    Stage("adaptive_threshold", adaptive_threshold),
    Stage("unsharp", unsharp),
    Stage("pyzbar", as_it_is, by_zbar=True),
)
