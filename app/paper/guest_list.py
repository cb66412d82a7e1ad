"""The emergency list on paper: every ticket with a box to tick, by name, to go on without any machine.

Owns the layout: A4, 48 lines a page, page n of m, when it was printed and the totals on each page. Whoever is in
already is grey with the time; who may not come in is struck through. Pages are compressed as they are done: memory is
bounded by what a page weighs on paper, not by what is in the ledger.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from app.paper.alone import drawn_alone
from app.paper.sheet import printable, register_typefaces

LINES = 48
_WIDTH, _HEIGHT = A4
_LEFT, _TOP, _STEP = 12 * mm, _HEIGHT - 26 * mm, 5.2 * mm
_BOX = 3.4 * mm
_NAME, _CLASS, _CODE, _NOTE = _LEFT + 7 * mm, _LEFT + 92 * mm, _LEFT + 130 * mm, _LEFT + 154 * mm
_REGULAR, _MEDIUM = "Roboto-Regular", "Roboto-Medium"
_SIZE = 9
_GREY = 0.6


@dataclass(frozen=True, slots=True)
class ListLine:
    """One ticket: who or which order, its class, its short code; `note` says when it was used, or that it is over."""

    who: str
    class_name: str
    code: str
    note: str
    is_over: bool
    is_denied: bool


@dataclass(frozen=True, slots=True)
class ListHead:
    """What each page says: the event, when it was printed, and the totals, as texts."""

    event_name: str
    printed: str
    totals: str


@drawn_alone
def guest_list(head: ListHead, lines: Iterable[ListLine], count: int) -> bytes:
    """A PDF of the lines in their order; `count` is how many there will be. An empty list is one page that says so."""
    register_typefaces()
    document = io.BytesIO()
    canvas = Canvas(document, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle("Doorlight")
    pages = max(1, -(-count // LINES))
    drawn = 0
    for line in lines:
        if drawn % LINES == 0:
            if drawn:
                canvas.showPage()
            _draw_head(canvas, head, drawn // LINES + 1, pages)
        _draw_line(canvas, line, _TOP - (drawn % LINES) * _STEP)
        drawn += 1
    if not drawn:
        _draw_head(canvas, head, 1, 1)
        canvas.drawString(_LEFT, _TOP, "There is no ticket.")
    canvas.save()
    return document.getvalue()


def _draw_head(canvas: Canvas, head: ListHead, page: int, pages: int) -> None:
    canvas.setFillGray(0)
    canvas.setFont(_MEDIUM, 12)
    canvas.drawString(_LEFT, _HEIGHT - 14 * mm, _fitting(head.event_name, _MEDIUM, 12, 140 * mm))
    canvas.setFont(_REGULAR, _SIZE)
    canvas.drawRightString(_WIDTH - _LEFT, _HEIGHT - 14 * mm, f"page {page} of {pages}")
    canvas.drawString(_LEFT, _HEIGHT - 19 * mm, f"{head.totals}   printed {head.printed}")
    canvas.drawRightString(_WIDTH - _LEFT, _HEIGHT - 19 * mm, "tick, and write the time")
    canvas.line(_LEFT, _HEIGHT - 21 * mm, _WIDTH - _LEFT, _HEIGHT - 21 * mm)


def _draw_line(canvas: Canvas, line: ListLine, y: float) -> None:
    canvas.setFillGray(_GREY if line.is_over else 0)
    canvas.setStrokeGray(_GREY if line.is_over else 0)
    if not line.is_denied:
        canvas.rect(_LEFT, y - 0.6 * mm, _BOX, _BOX, stroke=1, fill=0)
    canvas.setFont(_REGULAR, _SIZE)
    who = _fitting(line.who, _REGULAR, _SIZE, _CLASS - _NAME - 2 * mm)
    canvas.drawString(_NAME, y, who)
    canvas.drawString(_CLASS, y, _fitting(line.class_name, _REGULAR, _SIZE, _CODE - _CLASS - 2 * mm))
    canvas.drawString(_CODE, y, line.code)
    canvas.drawString(_NOTE, y, _fitting(line.note, _REGULAR, _SIZE, _WIDTH - _LEFT - _NOTE))
    if line.is_denied:
        canvas.line(_NAME, y + 1.1 * mm, _NOTE - 3 * mm, y + 1.1 * mm)


def _fitting(text: str, font: str, size: float, width: float) -> str:
    """As much of a text as fits, with an ellipsis where it was longer."""
    shown = printable(text, font)
    if pdfmetrics.stringWidth(shown, font, size) <= width:
        return shown
    while shown and pdfmetrics.stringWidth(shown + "…", font, size) > width:
        shown = shown[:-1]
    return shown + "…"
