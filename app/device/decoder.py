"""What a decoder is: a frame's luminance in, the codes in it out.

Owns the values that pass between cameras, decoders and the door. A code's text is a secret until it is redeemed: no
`repr` here shows one, and nothing in this package logs one.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.errors import AppError

Luma = npt.NDArray[np.uint8]
"""Luminance, shape (h, w), any strides."""
Point = tuple[int, int]
Corners = tuple[Point, Point, Point, Point]
"""Top left, top right, bottom right, bottom left as the code has them, in the frame's pixels."""

MOST_PIXELS = 64_000_000
"""No camera at a door has more; a larger picture is an attack on the memory."""


class Hint(Enum):
    """What helps with a code that is seen and not read; the value is the key of its words."""

    HOLD_STILL = "hint_hold_still"
    TILT_AWAY = "hint_tilt_away"
    BRIGHTER_SCREEN = "hint_brighter_screen"
    COME_CLOSER = "hint_come_closer"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A code that was read. Not `is_exact`: the bytes were no text, and `text` shows them escaped."""

    text: str = field(repr=False)
    corners: Corners
    is_exact: bool = True

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the corners, pixels."""
        return sum(x for x, _ in self.corners) / 4, sum(y for _, y in self.corners) / 4


@dataclass(frozen=True, slots=True)
class Located:
    """A code that is seen, not read, and what would help."""

    corners: Corners
    hint: Hint


@dataclass(frozen=True, slots=True)
class Reading:
    """What one frame held, the code nearest to the frame's centre first. `by` names the stage that read it.

    Not `looked`: the frame showed nothing new, and nobody looked any closer.
    """

    texts: tuple[Decoded, ...] = ()
    located: tuple[Located, ...] = ()
    by: str = ""
    looked: bool = True


class Decoder(Protocol):
    """Reads printed codes: QR codes, and what else it was made for.

    Never invents one: what can't be proven by the code's own error correction is not returned.
    """

    name: str

    def decode(self, luma: Luma) -> Reading:
        """The codes in a frame, uint8 of shape (h, w) in any strides. Empty or tiny frames hold none.

        Raises ValueError for another shape or type, or more than `MOST_PIXELS`.
        """


class DecoderMissing(AppError):
    """No decoder's library can be loaded."""


def checked(luma: Luma) -> Luma:
    """The frame itself, if it is one. Raises ValueError for another shape or type, or more than `MOST_PIXELS`."""
    if luma.ndim != 2 or luma.dtype != np.uint8:
        raise ValueError(f"a frame is uint8 of shape (h, w), not {luma.dtype} of {luma.shape}")
    if luma.size > MOST_PIXELS:
        raise ValueError(f"a frame has at most {MOST_PIXELS} pixels, not {luma.size}")
    return luma


def text_of(payload: bytes, declared: str | None = None) -> tuple[str, bool]:
    """The payload as text, and whether it is one exactly.

    1. UTF-8, as tickets are
    2. else what the code declares it to be (an ECI, kanji), where the decoder knows that it is text
    3. else the bytes, escaped: nobody's ticket, but somebody's code
    """
    try:
        return payload.decode("utf-8"), True  # (1)
    except UnicodeDecodeError:
        if declared is not None:
            return declared, True  # (2)
        return payload.decode("utf-8", "backslashreplace"), False  # (3)


def nearest_first(found: list[Decoded], shape: tuple[int, ...]) -> tuple[Decoded, ...]:
    """Without repetitions of a text, the nearest to the frame's centre first. `shape` is (h, w)."""
    distinct = {code.text: code for code in reversed(found)}

    def distance(code: Decoded) -> float:
        x, y = code.centre
        return (x - shape[1] / 2) ** 2 + (y - shape[0] / 2) ** 2

    return tuple(sorted(distinct.values(), key=distance))
