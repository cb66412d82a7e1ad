"""The change gate: whether a frame shows anything that the last one looked at did not.

Owns one thumbnail. Cheap before clever: an empty, unchanged door costs a fraction of a decoder's look. It never
decides alone that there is no code: it lets frames pass for a while after each change, and every few frames anyway.
"""

from enum import Enum

import numpy as np

from app.device.decoder import Luma
from app.device.vision import cv2

ALERT_FRAMES = 12
"""Frames looked at after a change, so that every stage has had its turns at what is new."""
GLANCE_EVERY = 8
"""A sleeping door glances at every eighth frame whatever the gate says: the longest that a code could be missed."""
_ROWS_APART = 360
_MEAN_OF = 4
_NOISE_FACTOR = 8.0
"""Per the mean difference: beyond what noise alone does among ten thousand pixels."""
_LARGEST_STEP = 16.0
"""Grey levels that count however noisy the picture is."""
_SMALLEST_STEP = 4.0
"""Grey levels of a thumbnail's pixel: less is the sensor's noise even in the best light."""
_COARSE = 4
_COARSE_NOISE_FACTOR = 2.0
_SMALLEST_COARSE_STEP = 2.0
"""Grey levels over a patch of 4 by 4 of the thumbnail's pixels, against the whole picture's: a code in the dark."""


class Attention(Enum):
    """How closely a frame is looked at."""

    ASLEEP = 0
    GLANCE = 1
    AWAKE = 2


class ChangeGate:
    """Awake while something is new. Compares with the last frame that was new, so that slow changes add up."""

    def __init__(self, alert_frames: int = ALERT_FRAMES, glance_every: int = GLANCE_EVERY) -> None:
        self._alert_frames = alert_frames
        self._glance_every = glance_every
        self._last: Luma | None = None
        self._alert = 0
        self._slept = 0

    def attention(self, luma: Luma) -> Attention:
        """How closely to look at this frame (h, w)."""
        small = thumbnail(luma)
        if self._last is None or _differs(self._last, small):
            self._last = small
            self._alert = self._alert_frames
        if self._alert > 0:
            self._alert -= 1
            self._slept = 0
            return Attention.AWAKE
        self._slept += 1
        if self._slept % self._glance_every:
            return Attention.ASLEEP
        return Attention.GLANCE if self._slept % (2 * self._glance_every) else Attention.AWAKE

    def stay_awake(self) -> None:
        """Something is in front of the camera: go on looking."""
        self._alert = self._alert_frames


def thumbnail(luma: Luma) -> Luma:
    """The frame at 90 to 180 lines, each pixel the mean of 8 or more: uint8."""
    height, width = luma.shape
    apart = max(1, height // _ROWS_APART)
    if min(height, width) < 2 * _MEAN_OF * apart:
        return luma.copy()
    rows = luma[: height - height % (_MEAN_OF * apart) : 2 * apart, : width - width % (_MEAN_OF * apart)]
    size = rows.shape[1] // (_MEAN_OF * apart), rows.shape[0] // 2  # whole factors: others are ten times slower
    return np.asarray(cv2.resize(rows, size, interpolation=cv2.INTER_AREA), np.uint8)


def _differs(last: Luma, small: Luma) -> bool:
    if last.shape != small.shape:
        return True
    noise = cv2.norm(last, small, cv2.NORM_L1) / max(1, small.size)
    largest = cv2.norm(last, small, cv2.NORM_INF)
    if largest > min(_LARGEST_STEP, max(_SMALLEST_STEP, _NOISE_FACTOR * noise)):
        return True
    return _largest_patch(last, small) > max(_SMALLEST_COARSE_STEP, _COARSE_NOISE_FACTOR * noise)


def _largest_patch(last: Luma, small: Luma) -> float:
    """How far the most changed patch is from the picture's median change, grey levels."""
    step = cv2.subtract(small, last, dtype=cv2.CV_32F)
    patches = max(1, small.shape[1] // _COARSE), max(1, small.shape[0] // _COARSE)
    coarse = cv2.resize(step, patches, interpolation=cv2.INTER_AREA)
    return float(np.abs(coarse - np.median(coarse)).max())
