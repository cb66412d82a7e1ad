"""The door to pyzbar: a second opinion, and the decoder of a machine without zxing-cpp.

pyzbar is a thin layer over the system's libzbar, which may be missing although pyzbar is installed. It reads no code
that is light on dark.
"""

import contextlib
from collections.abc import Iterable

import numpy as np

from app.device.decoder import Corners, Decoded, DecoderMissing, Luma, Reading, checked, nearest_first, text_of
from core.model.codes import QR_ONLY, Symbology

_SMALLEST_SIDE = 21
_SYMBOLS = {
    Symbology.QR: "QRCODE",
    Symbology.CODE128: "CODE128",
    Symbology.CODE39: "CODE39",
    Symbology.EAN13: "EAN13",
    Symbology.ITF: "I25",
}
"""The library's names of the kinds that it reads."""


class PyzbarDecoder:
    """zbar on the whole frame. Raises DecoderMissing when libzbar can't be loaded.

    It knows neither Aztec nor Data Matrix, and its PDF417 is none that reads.
    """

    name = "pyzbar"

    def __init__(self, symbologies: Iterable[Symbology] = QR_ONLY) -> None:
        try:
            from pyzbar import pyzbar
        except (ImportError, OSError) as err:  # ImportError: no libzbar.so; OSError: a DLL that it needs
            raise DecoderMissing("decoder_missing", library="libzbar", reason=str(err)) from err
        self._read = pyzbar.decode
        self._problem = pyzbar.PyZbarError
        self._symbols = [pyzbar.ZBarSymbol[_SYMBOLS[each]] for each in symbologies if each in _SYMBOLS]

    def decode(self, luma: Luma) -> Reading:
        """Every code of the frame. zbar says nothing about codes that it sees and can't read."""
        if min(checked(luma).shape) < _SMALLEST_SIDE or not self._symbols:
            return Reading()
        found = []
        with contextlib.suppress(self._problem):  # zbar is out of memory: this frame holds nothing for it
            found = self._read(np.ascontiguousarray(luma), symbols=self._symbols)
        read = [_decoded(code.data, code.polygon) for code in found if code.data]
        return Reading(nearest_first(read, luma.shape), (), self.name if read else "")


def _decoded(payload: bytes, polygon: list[tuple[int, int]]) -> Decoded:
    text, is_exact = text_of(payload)
    return Decoded(text, _corners(polygon), is_exact)


def _corners(polygon: list[tuple[int, int]]) -> Corners:
    """zbar's polygon is a convex hull of any number of points; its box where it isn't four."""
    if len(polygon) == 4:
        one, two, three, four = ((int(x), int(y)) for x, y in polygon)
        return one, two, three, four
    columns, rows = [int(x) for x, _ in polygon] or [0], [int(y) for _, y in polygon] or [0]
    left, right, top, bottom = min(columns), max(columns), min(rows), max(rows)
    return (left, top), (right, top), (right, bottom), (left, bottom)
