"""A table as a spreadsheet takes it: CSV (RFC 4180) whose cells are shown and never run.

Owns which cells a spreadsheet would take for a formula. Who writes the file, and where, is not here.
"""

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"
"""Tells the usual spreadsheets that what follows is UTF-8: else names lose their umlauts."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell instead of showing it."""


def shown_cell(cell: object) -> str:
    """A cell that a spreadsheet shows and does not run; nothing for None."""
    text = "" if cell is None else str(cell)
    return "'" + text if text.startswith(_FORMULA) else text


def line_of(cells: Iterable[object]) -> str:
    """One line, with its end."""
    line = io.StringIO()
    csv.writer(line).writerow([shown_cell(cell) for cell in cells])
    return line.getvalue()


def file_of(rows: Iterable[Sequence[object]]) -> bytes:
    """The whole file of some rows, the head among them."""
    return (BYTE_ORDER_MARK + "".join(map(line_of, rows))).encode()
