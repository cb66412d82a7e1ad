"""QR codes of tickets, as pictures and as rows of modules.

Owns the choice of symbol: never Micro QR (door scanners don't look for it), error correction Q (a quarter of a worn or
folded ticket may be missing), the least version that holds the text. A T1 with a 128-bit tag fills version 4-Q in
alphanumeric mode to the last character.
"""

import io
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import segno

_WHITE_ON_BLACK, _PLAIN = "\x1b[97;40m", "\x1b[0m"
"""Blocks are the light modules, whatever the terminal's own colours are (ECMA-48, section 8.3.117)."""
QUIET_ZONE = 4
"""Modules of clear margin on each side (ISO/IEC 18004, section 9.1)."""


class Run(NamedTuple):
    """Dark modules side by side: `length` of them in `row` from `column`; row 0 is the top one, without the margin."""

    row: int
    column: int
    length: int


def qr_png(text: str, *, scale: int, border: int = QUIET_ZONE) -> bytes:
    """A PNG of the text's QR code, `scale` pixels a module and `border` modules of margin.

    Raises ValueError for a text that no QR code holds: empty, not UTF-8, longer than version 40-Q.
    """
    picture = io.BytesIO()
    _symbol(text).save(picture, kind="png", scale=scale, border=border)
    return picture.getvalue()


def qr_terminal(text: str) -> str:
    """The text's QR code in lines of half blocks, for a screen that a camera is held to. Raises ValueError as `qr_png`.

    Error correction L: nothing on a screen is worn, and the symbol has to fit a terminal.
    """
    if not text:
        raise ValueError("nothing to encode")
    drawn = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out=drawn, compact=True)
    return "\n".join(f"{_WHITE_ON_BLACK}{line}{_PLAIN}" for line in drawn.getvalue().splitlines())


def qr_runs(text: str, *, is_on_screen: bool = False) -> tuple[int, list[Run]]:
    """The modules along one side of the text's QR code, and its dark modules in runs. Raises ValueError as `qr_png`.

    On a screen with error correction L, as in a terminal: nothing is worn there, and fewer modules are larger ones.
    """
    matrix = _symbol(text, "l" if is_on_screen else "q").matrix
    return len(matrix), [run for row, modules in enumerate(matrix) for run in _runs(row, modules)]


def _runs(row: int, modules: bytearray) -> Iterator[Run]:
    column = 0
    for is_dark, group in groupby(modules, key=bool):
        length = sum(1 for _ in group)
        if is_dark:
            yield Run(row, column, length)
        column += length


def _symbol(text: str, correction: str = "q") -> segno.QRCode:
    if not text:
        raise ValueError("nothing to encode")
    return segno.make(text, error=correction, micro=False, boost_error=False)
