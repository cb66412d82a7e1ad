"""The go/no-go sheet on paper: one A4 page to sign, with the code that shows whether a door reads.

Owns the layout. Texts come as they are said on the screen; the same sheet makes the same bytes.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from app.paper.alone import drawn_alone
from app.paper.qr import QUIET_ZONE, qr_runs
from app.paper.sheet import printable, register_typefaces

_WIDTH, _HEIGHT = A4
_MARGIN = 18 * mm
_CODE_SIDE = 42 * mm
_REGULAR, _MEDIUM, _BOLD = "Roboto-Regular", "Roboto-Medium", "Roboto-Bold"
_TOLD_LEFT = _MARGIN + 62 * mm
_WORD_LEFT = _WIDTH - _MARGIN - 24 * mm


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One part: its name, what was found, the word of its mark, what to do."""

    part: str
    told: str
    word: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class PaperCheck:
    """The whole sheet in words. `code` is the text of its QR code."""

    title: str
    place: str
    made: str
    outcome: str
    intro: str
    rows: Sequence[PaperRow]
    code: str
    code_told: str
    signed: str


@drawn_alone
def check_sheet(check: PaperCheck) -> bytes:
    """The sheet as a PDF of one page."""
    register_typefaces()
    document = io.BytesIO()
    canvas = Canvas(document, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(printable(check.title, _REGULAR))
    canvas.setCreator("Doorlight")
    _draw_head(canvas, check)
    baseline = _HEIGHT - _MARGIN - 52 * mm
    for row in check.rows:
        baseline = _draw_row(canvas, row, baseline)
    canvas.setFont(_REGULAR, 9)
    canvas.drawString(_MARGIN, _MARGIN, printable(check.signed, _REGULAR))
    canvas.line(_MARGIN + 40 * mm, _MARGIN - 1, _WIDTH - _MARGIN, _MARGIN - 1)
    canvas.save()
    return document.getvalue()


def _draw_head(canvas: Canvas, check: PaperCheck) -> None:
    top = _HEIGHT - _MARGIN
    for text, typeface, size, down in (
        (check.title, _BOLD, 15, 5),
        (check.place, _REGULAR, 10, 12),
        (check.made, _REGULAR, 10, 18),
        (check.outcome, _BOLD, 22, 30),
        (check.intro, _REGULAR, 10, 37),
    ):
        canvas.setFont(typeface, size)
        canvas.drawString(_MARGIN, top - down * mm, printable(text, typeface))
    modules, runs = qr_runs(check.code)
    module = _CODE_SIDE / (modules + 2 * QUIET_ZONE)
    left, upper = _WIDTH - _MARGIN - _CODE_SIDE, top
    path = canvas.beginPath()
    for run in runs:
        x = left + (QUIET_ZONE + run.column) * module
        path.rect(x, upper - (QUIET_ZONE + run.row + 1) * module, run.length * module, module)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.setFont(_REGULAR, 7)
    canvas.drawRightString(_WIDTH - _MARGIN, upper - _CODE_SIDE, printable(check.code_told, _REGULAR))


def _draw_row(canvas: Canvas, row: PaperRow, baseline: float) -> float:
    """Draws a row from a baseline downwards; the baseline of the next."""
    canvas.setLineWidth(0.3)
    canvas.setStrokeGray(0.7)
    canvas.line(_MARGIN, baseline + 4.2 * mm, _WIDTH - _MARGIN, baseline + 4.2 * mm)
    canvas.setStrokeGray(0)
    canvas.setFont(_MEDIUM, 10)
    canvas.drawString(_MARGIN, baseline, printable(row.part, _MEDIUM))
    canvas.setFont(_BOLD, 10)
    canvas.drawRightString(_WIDTH - _MARGIN, baseline, printable(row.word, _BOLD))
    canvas.setFont(_REGULAR, 10)
    for line in _wrapped(printable(row.told, _REGULAR), 10, _WORD_LEFT - _TOLD_LEFT):
        canvas.drawString(_TOLD_LEFT, baseline, line)
        baseline -= 4.6 * mm
    canvas.setFont(_REGULAR, 8.5)
    for line in _wrapped(printable(row.cure, _REGULAR), 8.5, _WIDTH - _MARGIN - _TOLD_LEFT):
        canvas.drawString(_TOLD_LEFT, baseline, line)
        baseline -= 4 * mm
    return float(baseline - 2.6 * mm)


def _wrapped(text: str, size: float, width: float) -> Iterator[str]:
    """The text in lines that fit, broken between words."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and pdfmetrics.stringWidth(longer, _REGULAR, size) > width:
            yield line
            line = word
        else:
            line = longer
    if line:
        yield line
