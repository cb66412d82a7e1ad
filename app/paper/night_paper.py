"""A night's report on paper: figures, a curve, tables; A4, as many pages as it takes.

Owns the layout. Texts come as they are to be read, numbers as they are to be drawn; nothing is computed here but
places. Curves are lines, not pictures: they stay sharp on any paper. The same report makes the same bytes.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from app.paper.alone import drawn_alone
from app.paper.sheet import printable, register_typefaces

_WIDTH, _HEIGHT = A4
_MARGIN = 18 * mm
_PAD = 6
"""What the library's frame keeps free at each side."""
_ROOM = _WIDTH - 2 * _MARGIN - 2 * _PAD
_REGULAR, _MEDIUM, _BOLD = "Roboto-Regular", "Roboto-Medium", "Roboto-Bold"
_INK, _QUIET, _RULE, _CURVE = HexColor("#14171B"), HexColor("#525C69"), HexColor("#C3CAD3"), HexColor("#0B5CAD")
_WARN_GROUND, _WARN_EDGE = HexColor("#FFF4D6"), HexColor("#D9A200")
_CHART_HEIGHT = 62 * mm
_FIGURES_IN_A_ROW = 4
_TICKS = 5


@dataclass(frozen=True, slots=True)
class PaperFigure:
    """One large number with its name, and a word about it."""

    value: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PaperFigures:
    """Large numbers, four in a row."""

    figures: Sequence[PaperFigure]


@dataclass(frozen=True, slots=True)
class PaperCurve:
    """A curve over time. `marks` are places on the axis (0 to 1) with their texts; `told` says the same in words."""

    title: str
    values: Sequence[float]
    marks: Sequence[tuple[float, str]]
    unit: str
    told: str


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """A column: its head, its share of the page's width, and whether it holds numbers."""

    head: str
    share: float
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table; where it has no rows, `empty` stands in its place. `note` stands below it."""

    title: str
    columns: Sequence[PaperColumn]
    rows: Sequence[Sequence[str]]
    empty: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PaperWarnings:
    """What whoever reads the report must know before its figures."""

    lines: Sequence[str]


PaperBlock = PaperFigures | PaperCurve | PaperTable | PaperWarnings


@dataclass(frozen=True, slots=True)
class PaperNight:
    """The whole report in words. `footer` stands on each page; `page` has `{page}` and `{pages}`."""

    title: str
    subtitle: str
    made: str
    blocks: Sequence[PaperBlock]
    footer: str
    page: str


@drawn_alone
def night_paper(night: PaperNight) -> bytes:
    """The report as a PDF."""
    register_typefaces()
    document = io.BytesIO()
    pages = SimpleDocTemplate(
        document,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 6 * mm,
        title=printable(night.title, _REGULAR),
        author="Doorlight",
        creator="Doorlight",
        invariant=1,
    )
    story: list[Any] = [
        Paragraph(_text(night.title), _TITLE),
        Paragraph(_text(night.subtitle), _USUAL),
        Paragraph(_text(night.made), _SMALL),
        Spacer(1, 4 * mm),
    ]
    for block in night.blocks:
        story += _drawn(block)
    pages.build(story, canvasmaker=lambda *args, **options: _Numbered(night, *args, **options))
    return document.getvalue()


class _Numbered(Canvas):  # type: ignore[misc]  # the library has no types
    """Writes on each page which of how many it is, once it is known how many there are."""

    def __init__(self, night: PaperNight, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._night = night
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802
        """Keeps a page until the last."""
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Writes all pages."""
        for number, page in enumerate(self._kept, 1):
            self.__dict__.update(page)
            self._foot(number)
            super().showPage()
        super().save()

    def _foot(self, number: int) -> None:
        self.setFont(_REGULAR, 8)
        self.setFillColor(_QUIET)
        self.drawString(_MARGIN + _PAD, _MARGIN - 2 * mm, printable(self._night.footer, _REGULAR))
        told = self._night.page.format(page=number, pages=len(self._kept))
        self.drawRightString(_WIDTH - _MARGIN - _PAD, _MARGIN - 2 * mm, printable(told, _REGULAR))


def _style(name: str, typeface: str, size: float, leading: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=typeface, fontSize=size, leading=leading, textColor=_INK, **more)


_TITLE = _style("title", _BOLD, 20, 25)
_USUAL = _style("usual", _REGULAR, 10, 14)
_SMALL = ParagraphStyle("small", parent=_USUAL, fontSize=8.5, leading=11.5, textColor=_QUIET)
_HEADING = _style("heading", _BOLD, 12.5, 16, spaceBefore=5 * mm, spaceAfter=1.5 * mm, keepWithNext=1)
_CELL = _style("cell", _REGULAR, 9, 12)
_NUMBER = ParagraphStyle("number", parent=_CELL, alignment=TA_RIGHT)
_HEAD = ParagraphStyle("head", parent=_CELL, fontName=_MEDIUM, textColor=_QUIET)
_HEAD_NUMBER = ParagraphStyle("head number", parent=_HEAD, alignment=TA_RIGHT)
_VALUE = _style("value", _BOLD, 19, 23)
_WARNING = _style("warning", _MEDIUM, 9.5, 13)


def _text(text: str) -> str:
    """Text from outside for a paragraph, which reads markup: taken literally."""
    return escape(printable(text, _REGULAR))


def _drawn(block: PaperBlock) -> list[Any]:
    match block:
        case PaperFigures():
            return [_figures(block)]
        case PaperCurve():
            heading = Paragraph(_text(block.title), _HEADING)
            return [KeepTogether([heading, _Chart(block), Paragraph(_text(block.told), _SMALL)])]
        case PaperTable():
            return _table(block)
        case PaperWarnings():
            return [_warnings(block), Spacer(1, 4 * mm)]


def _figures(block: PaperFigures) -> Table:
    cells = [
        [Paragraph(_text(each.value), _VALUE), Paragraph(_text(each.name), _USUAL), Paragraph(_text(each.note), _SMALL)]
        for each in block.figures
    ]
    cells += [[] for _ in range(-len(cells) % _FIGURES_IN_A_ROW)]
    rows = [cells[at : at + _FIGURES_IN_A_ROW] for at in range(0, len(cells), _FIGURES_IN_A_ROW)]
    table = Table(rows, colWidths=[_ROOM / _FIGURES_IN_A_ROW] * _FIGURES_IN_A_ROW)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEABOVE", (0, 0), (-1, -1), 0.7, _RULE),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return table


def _table(block: PaperTable) -> list[Any]:
    heading, below = Paragraph(_text(block.title), _HEADING), []
    if block.note:
        below = [Spacer(1, 1 * mm), Paragraph(_text(block.note), _SMALL)]
    if not block.rows:
        return [KeepTogether([heading, Paragraph(_text(block.empty), _USUAL), *below])]
    head = [Paragraph(_text(each.head), _HEAD_NUMBER if each.is_number else _HEAD) for each in block.columns]
    styles = [_NUMBER if each.is_number else _CELL for each in block.columns]
    rows = [[Paragraph(_text(cell), style) for cell, style in zip(row, styles, strict=True)] for row in block.rows]
    table = Table([head, *rows], colWidths=[each.share * _ROOM for each in block.columns], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, 0), 0.9, _INK),
                ("LINEBELOW", (0, 1), (-1, -1), 0.3, _RULE),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("LEFTPADDING", (1, 0), (-1, -1), 4),
                ("RIGHTPADDING", (0, 0), (-2, -1), 4),
                ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return [heading, table, *below]


def _warnings(block: PaperWarnings) -> Table:
    table = Table([[Paragraph(_text(line), _WARNING)] for line in block.lines], colWidths=[_ROOM])
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), _WARN_GROUND),
                ("LINEBEFORE", (0, 0), (0, -1), 3, _WARN_EDGE),
                ("LEFTPADDING", (0, 0), (-1, -1), 9),
            ]
        )
    )
    return table


class _Chart(Flowable):  # type: ignore[misc]  # the library has no types
    """A curve with its axes, drawn as lines."""

    def __init__(self, curve: PaperCurve) -> None:
        super().__init__()
        self._curve = curve
        self.width, self.height = _ROOM, _CHART_HEIGHT

    def draw(self) -> None:
        """Draws it from its lower left corner on."""
        canvas: Canvas = self.canv
        top = nice_top(max(self._curve.values, default=0.0))
        left, bottom = 12 * mm, 9 * mm
        width, height = self.width - left - 4 * mm, self.height - bottom - 7 * mm
        self._grid(canvas, top, left, bottom, width, height)
        for place, text in self._curve.marks:
            x = left + place * width
            canvas.setStrokeColor(_RULE)
            canvas.line(x, bottom, x, bottom - 1.2 * mm)
            canvas.drawCentredString(x, bottom - 4.8 * mm, printable(text, _REGULAR))
        canvas.drawString(left, bottom + height + 2.5 * mm, printable(self._curve.unit, _REGULAR))
        self._line(canvas, top, left, bottom, width, height)

    def _grid(self, canvas: Canvas, top: float, left: float, bottom: float, width: float, height: float) -> None:
        canvas.setFont(_REGULAR, 8)
        canvas.setFillColor(_QUIET)
        canvas.setStrokeColor(_RULE)
        canvas.setLineWidth(0.4)
        for tick in range(_TICKS):
            y = bottom + height * tick / (_TICKS - 1)
            canvas.line(left, y, left + width, y)
            canvas.drawRightString(left - 1.5 * mm, y - 2.6, f"{top * tick / (_TICKS - 1):g}")

    def _line(self, canvas: Canvas, top: float, left: float, bottom: float, width: float, height: float) -> None:
        values = self._curve.values
        if len(values) < 2:
            return
        path = canvas.beginPath()
        for at, value in enumerate(values):
            x, y = left + width * (at + 0.5) / len(values), bottom + height * value / top
            (path.lineTo if at else path.moveTo)(x, y)
        canvas.setStrokeColor(_CURVE)
        canvas.setLineWidth(1.1)
        canvas.setLineJoin(1)
        canvas.drawPath(path, stroke=1, fill=0)


def nice_top(most: float) -> float:
    """Where an axis ends that holds `most`: four steps of a number that people count in."""
    for power in (1, 10, 100, 1_000, 10_000, 100_000):
        for step in (1, 2, 3, 4, 5, 6, 8):
            if 4 * step * power >= most:
                return float(4 * step * power)
    return most
