"""A staff badge to print and cut: one A4 page, the badge as large as a bank card (ISO/IEC 7810, ID-1), upright.

Owns the layout. It bears the event, the name and the code, and no word that would need a language: what somebody may do
is the kiosk's to know, and may change while the badge stays. The same badge makes the same bytes.
"""

import io
from dataclasses import dataclass, field

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from app.paper.alone import drawn_alone
from app.paper.qr import QUIET_ZONE, qr_runs
from app.paper.sheet import printable, register_typefaces

_PAGE_WIDTH, _PAGE_HEIGHT = A4
_WIDTH, _HEIGHT = 53.98 * mm, 85.6 * mm
_TOP = 20 * mm
_CODE_SIDE = 46 * mm
"""With its quiet zone: a badge's modules are more than a millimetre wide, readable as it hangs from somebody's neck."""
_INSET = 4 * mm
_REGULAR, _BOLD = "Roboto-Regular", "Roboto-Bold"
_NAME_SIZES = (15, 13, 11, 9)
_EVENT_SIZES = (10, 9, 8)


@dataclass(frozen=True, slots=True)
class PaperBadge:
    """What is on it: the event, whose it is, and the text of its code."""

    event_name: str
    name: str
    text: str = field(repr=False)


@drawn_alone
def badge_sheet(badge: PaperBadge) -> bytes:
    """The badge as a PDF of one page. Names may hold any Unicode: what the typeface lacks is a question mark."""
    register_typefaces()
    document = io.BytesIO()
    canvas = Canvas(document, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle("Doorlight")
    canvas.setCreator("Doorlight")
    left, bottom = (_PAGE_WIDTH - _WIDTH) / 2, _PAGE_HEIGHT - _TOP - _HEIGHT
    canvas.setLineWidth(0.4)
    canvas.setStrokeGray(0.55)
    canvas.roundRect(left, bottom, _WIDTH, _HEIGHT, 3.18 * mm, stroke=1, fill=0)
    top, middle = bottom + _HEIGHT, left + _WIDTH / 2
    _draw_centred(canvas, badge.event_name, _REGULAR, _EVENT_SIZES, middle, top - 9 * mm)
    _draw_centred(canvas, badge.name, _BOLD, _NAME_SIZES, middle, top - 17 * mm)
    _draw_code(canvas, badge.text, left + (_WIDTH - _CODE_SIDE) / 2, bottom + _INSET)
    canvas.save()
    return document.getvalue()


def _draw_centred(
    canvas: Canvas, text: str, typeface: str, sizes: tuple[int, ...], middle: float, baseline: float
) -> None:
    """One line in the largest size that fits; what fits in none ends in an ellipsis."""
    shown, room = printable(text, typeface), _WIDTH - 2 * _INSET
    fitting = [size for size in sizes if pdfmetrics.stringWidth(shown, typeface, size) <= room]
    size = fitting[0] if fitting else sizes[-1]
    while not fitting and shown and pdfmetrics.stringWidth(f"{shown}…", typeface, size) > room:
        shown = shown[:-1]
    canvas.setFillGray(0)
    canvas.setFont(typeface, size)
    canvas.drawCentredString(middle, baseline, shown if fitting else f"{shown}…")


def _draw_code(canvas: Canvas, text: str, x: float, y: float) -> None:
    """As one filled path, so that no printer leaves hairlines between its rows."""
    modules, runs = qr_runs(text)
    module = _CODE_SIDE / (modules + 2 * QUIET_ZONE)
    top = y + _CODE_SIDE - QUIET_ZONE * module
    path = canvas.beginPath()
    for run in runs:
        path.rect(x + (QUIET_ZONE + run.column) * module, top - (run.row + 1) * module, run.length * module, module)
    canvas.drawPath(path, stroke=0, fill=1)
