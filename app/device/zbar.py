"""The door to pyzbar: a second opinion, and the decoder of a machine without zxing-cpp.

pyzbar is a thin layer over the system's libzbar, which may be missing although pyzbar is installed. It reads no code
that is light on dark.
"""

import contextlib

import numpy as np

from app.device.decoder import Corners, Decoded, DecoderMissing, Luma, Reading, checked, nearest_first, text_of

_SMALLEST_SIDE = 21


class PyzbarDecoder:
    """zbar on the whole frame, QR codes only. Raises DecoderMissing when libzbar can't be loaded."""

    name = "pyzbar"

    def __init__(self) -> None:
        try:
            from pyzbar import pyzbar
        except (ImportError, OSError) as err:  # ImportError: no libzbar.so; OSError: a DLL that it needs
            raise DecoderMissing("decoder_missing", library="libzbar", reason=str(err)) from err
        self._read = pyzbar.decode
        self._problem = pyzbar.PyZbarError
        self._symbols = [pyzbar.ZBarSymbol.QRCODE]

    def decode(self, luma: Luma) -> Reading:
        """Every code of the frame. zbar says nothing about codes that it sees and can't read."""
        if min(checked(luma).shape) < _SMALLEST_SIDE:
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
