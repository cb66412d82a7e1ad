"""The door to zxing-cpp: QR codes of model 2, upright or turned, dark on light or light on dark.

The library's own `QRCode` family takes in Micro QR, whose weak checks find codes in empty scenes: never used here.
"""

from typing import Any

import numpy as np

from app.device.decoder import (
    Corners,
    Decoded,
    DecoderMissing,
    Hint,
    Located,
    Luma,
    Reading,
    checked,
    nearest_first,
    text_of,
)

_SMALLEST_SIDE = 21
"""A QR code has at least 21 modules a side, and a module at least a pixel."""
_DIM = 70
"""A located code whose light modules are darker than this is on a dim screen."""
_BURNT_SHARE = 0.04
"""Share of saturated pixels, beside others that are far from it, that means a lamp's reflection."""
_SMALL_SIDE = 60
"""Pixels: a code smaller than this is too far away."""


class ZxingDecoder:
    """zxing-cpp on the whole frame. Raises DecoderMissing when the library can't be loaded."""

    name = "zxing"

    def __init__(self) -> None:
        try:
            import zxingcpp
        except (ImportError, OSError) as err:
            raise DecoderMissing("decoder_missing", library="zxing-cpp", reason=str(err)) from err
        self._read = zxingcpp.read_barcodes
        self._how: dict[str, Any] = {
            "formats": zxingcpp.BarcodeFormat.QRCodeModel2,
            "text_mode": zxingcpp.TextMode.Plain,
            "return_errors": True,
        }
        self._kinds_of_text = {zxingcpp.ContentType.Text, zxingcpp.ContentType.Mixed}

    def decode(self, luma: Luma) -> Reading:
        """Every code of the frame; those seen but not read come with a hint."""
        if min(checked(luma).shape) < _SMALLEST_SIDE:
            return Reading()
        seen = self._read(luma, **self._how)
        read = [self._decoded(code) for code in seen if code.valid and code.bytes]
        located = tuple(_located(luma, _corners(code.position)) for code in seen if not code.valid)
        return Reading(nearest_first(read, luma.shape), located, self.name if read else "")

    def _decoded(self, code: Any) -> Decoded:
        declared = code.text if code.content_type in self._kinds_of_text else None
        text, is_exact = text_of(bytes(code.bytes), declared)
        return Decoded(text, _corners(code.position), is_exact)


def _corners(position: Any) -> Corners:
    one, two, three, four = position.top_left, position.top_right, position.bottom_right, position.bottom_left
    return (one.x, one.y), (two.x, two.y), (three.x, three.y), (four.x, four.y)


def _located(luma: Luma, corners: Corners) -> Located:
    return Located(corners, hint_for(luma, corners))


def hint_for(luma: Luma, corners: Corners) -> Hint:
    """What keeps the code at `corners` from being read, judged by the light and the size of its patch."""
    columns, rows = [x for x, _ in corners], [y for _, y in corners]
    patch = luma[max(0, min(rows)) : max(rows) + 1, max(0, min(columns)) : max(columns) + 1]
    if patch.size == 0:
        return Hint.HOLD_STILL
    bright = float(np.percentile(patch[::2, ::2], 90))
    burnt = float((patch >= 253).mean())
    if burnt > _BURNT_SHARE and float(np.median(patch)) < 215:
        return Hint.TILT_AWAY
    if bright < _DIM:
        return Hint.BRIGHTER_SCREEN
    return Hint.COME_CLOSER if max(patch.shape) < _SMALL_SIDE else Hint.HOLD_STILL
