"""The door to zxing-cpp: QR codes of model 2, upright or turned, dark on light or light on dark, and other kinds of
printed code where an event has them.

The library's own `QRCode` family takes in Micro QR, whose weak checks find codes in empty scenes: never used here.
"""

from collections.abc import Iterable
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
from core.model.codes import QR_ONLY, Symbology

_WITH_HINTS = (Symbology.QR, Symbology.AZTEC, Symbology.DATA_MATRIX)
_SMALLEST_SIDE = 21
"""A QR code has at least 21 modules a side, and a module at least a pixel."""
_DIM = 70
"""A located code whose light modules are darker than this is on a dim screen."""
_BURNT_SHARE = 0.04
"""Share of saturated pixels, beside others that are far from it, that means a lamp's reflection."""
_SMALL_SIDE = 60
"""Pixels: a code smaller than this is too far away."""


_FORMATS = {
    Symbology.QR: "QRCodeModel2",
    Symbology.AZTEC: "Aztec",
    Symbology.DATA_MATRIX: "DataMatrix",
    Symbology.PDF417: "PDF417",
    Symbology.CODE128: "Code128",
    Symbology.CODE39: "Code39",
    Symbology.EAN13: "EAN13",
    Symbology.ITF: "ITF",
}
"""The library's names. Each kind is named by itself: its families hold kinds that find codes in empty scenes."""


class ZxingDecoder:
    """zxing-cpp on the whole frame. Raises DecoderMissing when the library can't be loaded."""

    name = "zxing"

    def __init__(self, symbologies: Iterable[Symbology] = QR_ONLY) -> None:
        try:
            import zxingcpp
        except (ImportError, OSError) as err:
            raise DecoderMissing("decoder_missing", library="zxing-cpp", reason=str(err)) from err
        self._read = zxingcpp.read_barcodes
        self._how: dict[str, Any] = {
            "formats": tuple(getattr(zxingcpp.BarcodeFormat, _FORMATS[each]) for each in symbologies),
            "text_mode": zxingcpp.TextMode.Plain,
            "return_errors": True,
        }
        self._squares = {getattr(zxingcpp.BarcodeFormat, _FORMATS[each]) for each in _WITH_HINTS}
        self._kinds_of_text = {zxingcpp.ContentType.Text, zxingcpp.ContentType.Mixed}

    def decode(self, luma: Luma) -> Reading:
        """Every code of the frame; those seen but not read come with a hint."""
        if min(checked(luma).shape) < _SMALLEST_SIDE:
            return Reading()
        seen = self._read(luma, **self._how)
        read = [self._decoded(code) for code in seen if code.valid and code.bytes]
        located = tuple(_located(luma, _corners(code.position)) for code in seen if self._is_located(code))
        return Reading(nearest_first(read, luma.shape), located, self.name if read else "")

    def _is_located(self, code: Any) -> bool:
        """A code that is there for certain and not read: of the flat kinds, any fence looks like one."""
        return not code.valid and code.format in self._squares

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
