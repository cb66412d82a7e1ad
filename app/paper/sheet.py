"""Sheets of tickets to print and cut: A4, eight to a page.

Owns the layout. A ticket on paper bears what a guest must know and what staff may type when its code is worn: the
event, the class, when it is valid, its number, and its handle in groups of four. It bears no personal data. The same
tickets make the same bytes.
"""

import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

import resources
from app.paper.alone import drawn_alone
from app.paper.qr import QUIET_ZONE, qr_runs
from core.ticket.wire import Code, parse

COLUMNS, ROWS = 2, 4
PER_PAGE = COLUMNS * ROWS

_PAGE_WIDTH, _PAGE_HEIGHT = A4
_MARGIN = 10 * mm
"""What office printers can't reach, and a finger's hold."""
_WIDTH = (_PAGE_WIDTH - 2 * _MARGIN) / COLUMNS
_HEIGHT = (_PAGE_HEIGHT - 2 * _MARGIN) / ROWS
_CODE_SIDE = 50 * mm
"""With its quiet zone: a T1's modules are 1.2 mm wide, readable at arm's length by a phone."""
_TEXT_LEFT = _CODE_SIDE + 2 * mm
_TEXT_WIDTH = _WIDTH - _TEXT_LEFT - 4 * mm
_MARK = 2 * mm

_REGULAR, _MEDIUM, _BOLD = "Roboto-Regular", "Roboto-Medium", "Roboto-Bold"
_LONGEST_TEXT = 200
"""Characters of a name that are laid out at all; more never fit their lines."""


@dataclass(frozen=True, slots=True)
class PaperTicket:
    """One ticket to print: three lines for people, the code's text, and its number on the sheet."""

    event_name: str
    class_name: str
    valid: str
    text: str = field(repr=False)
    number: int


@dataclass(frozen=True, slots=True)
class _Line:
    """How one piece of text is set: typeface, size and leading in points, and how many lines it may take."""

    font: str
    size: float
    leading: float
    most: int


_EVENT = _Line(_BOLD, 12, 14.5, 2)
_CLASS = _Line(_MEDIUM, 10.5, 13, 2)
_VALID = _Line(_REGULAR, 8.5, 11, 3)
_SMALL = _Line(_REGULAR, 8, 10, 1)


@drawn_alone
def ticket_sheet(tickets: Sequence[PaperTicket]) -> bytes:
    """A PDF of the tickets in their order, eight to a page.

    Names may hold any Unicode: what the typeface lacks is a question mark, what is no text is dropped. Raises
    ValueError for no tickets, and for a code that no QR code holds.
    """
    if not tickets:
        raise ValueError("a sheet needs a ticket")
    register_typefaces()
    document = io.BytesIO()
    canvas = Canvas(document, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle("Doorlight")
    canvas.setCreator("Doorlight")
    for place, ticket in enumerate(tickets):
        if place % PER_PAGE == 0:
            if place:
                canvas.showPage()
            _draw_cut_marks(canvas)
        _draw_ticket(canvas, ticket, place % PER_PAGE)
    canvas.save()
    return document.getvalue()


def handle_of(text: str) -> str:
    """A T1's ticket handle in four groups of four hex digits, to read aloud; empty for any other code."""
    code = parse(text)
    if not isinstance(code, Code):
        return ""
    digits = code.claims.tid.hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


@cache
def register_typefaces() -> None:
    """Makes the typefaces known to ReportLab, once."""
    for name in (_REGULAR, _MEDIUM, _BOLD):
        pdfmetrics.registerFont(TTFont(name, str(resources.path(f"typefaces/{name}.ttf"))))


# --- drawing ------------------------------------------------------------------------------------------------------


def _draw_cut_marks(canvas: Canvas) -> None:
    """A small cross wherever two cuts meet."""
    canvas.setLineWidth(0.4)
    canvas.setStrokeGray(0.55)
    for column, row in product(range(COLUMNS + 1), range(ROWS + 1)):
        x, y = _MARGIN + column * _WIDTH, _MARGIN + row * _HEIGHT
        canvas.line(x - _MARK, y, x + _MARK, y)
        canvas.line(x, y - _MARK, x, y + _MARK)


def _draw_ticket(canvas: Canvas, ticket: PaperTicket, place: int) -> None:
    row, column = divmod(place, COLUMNS)
    left = _MARGIN + column * _WIDTH
    top = _PAGE_HEIGHT - _MARGIN - row * _HEIGHT
    _draw_code(canvas, ticket.text, left + 1 * mm, top - (_HEIGHT + _CODE_SIDE) / 2)
    canvas.setFillGray(0)
    baseline = top - (_HEIGHT - _CODE_SIDE) / 2 - 6 * mm
    for text, line, gap in ((ticket.event_name, _EVENT, 2), (ticket.class_name, _CLASS, 2), (ticket.valid, _VALID, 0)):
        baseline = _draw_text(canvas, text, line, left + _TEXT_LEFT, baseline) - gap * mm
    bottom = top - (_HEIGHT + _CODE_SIDE) / 2 + 3 * mm
    _draw_text(canvas, handle_of(ticket.text), _SMALL, left + _TEXT_LEFT, bottom)
    _draw_text(canvas, f"№ {ticket.number}", _SMALL, left + _TEXT_LEFT, bottom + _SMALL.leading)


def _draw_code(canvas: Canvas, text: str, x: float, y: float) -> None:
    """The QR code as one filled path, so that no printer leaves hairlines between its rows."""
    modules, runs = qr_runs(text)
    module = _CODE_SIDE / (modules + 2 * QUIET_ZONE)
    top = y + _CODE_SIDE - QUIET_ZONE * module
    path = canvas.beginPath()
    for run in runs:
        left = x + (QUIET_ZONE + run.column) * module
        path.rect(left, top - (run.row + 1) * module, run.length * module, module)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_text(canvas: Canvas, text: str, line: _Line, x: float, baseline: float) -> float:
    """Sets a text from a baseline downwards; returns the baseline below it."""
    canvas.setFont(line.font, line.size)
    for written in _lines(printable(text, line.font), line):
        canvas.drawString(x, baseline, written)
        baseline -= line.leading
    return baseline


# --- text from outside --------------------------------------------------------------------------------------------


def printable(text: str, font: str) -> str:
    """What the typeface can show of a text, on one line: no control or direction marks, `?` for what it lacks."""
    glyphs = pdfmetrics.getFont(font).face.charToGlyph
    spaced = " ".join(unicodedata.normalize("NFC", text[: 2 * _LONGEST_TEXT]).split())
    kept = (char for char in spaced if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})
    return "".join(char if ord(char) in glyphs else "?" for char in kept)[:_LONGEST_TEXT]


def _lines(text: str, line: _Line) -> Iterator[str]:
    """The text in as many lines as it may take; an ellipsis where it was longer."""
    rest = text
    for number in range(1, line.most + 1):
        if not rest:
            return
        if _fits(rest, line):
            yield rest
            return
        if number == line.most:
            yield _head(rest, line, "…") + "…"
            return
        head = _head(rest, line)
        at = head.rfind(" ") if rest[len(head)] != " " else len(head)
        at = at if at > 0 else len(head)
        yield rest[:at].rstrip()
        rest = rest[at:].lstrip()


def _head(text: str, line: _Line, tail: str = "") -> str:
    """The longest beginning that fits with its tail; at least one character."""
    return next((text[:end] for end in range(len(text), 1, -1) if _fits(text[:end] + tail, line)), text[:1])


def _fits(text: str, line: _Line) -> bool:
    return bool(pdfmetrics.stringWidth(text, line.font, line.size) <= _TEXT_WIDTH)
