"""One figure as large as it matters: the number, what it counts, and a note below it.

Owns the look. The text comes from a `present_*` function; figures are tabular, so that a number that changes does not
tremble.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets.plain_text import PaintedText, draw_line, draw_lines, lines_of, plain
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName, type_px
from app.widgets.typeface import fitting, font

_LEFT = Qt.AlignmentFlag.AlignLeft
_STEP = 4
_NOTE_LINES = 2


@dataclass(frozen=True, slots=True)
class FigureText:
    """`figure` is a number as it is read (`3,812`, `3,590–3,604`), `unit` what it counts, `note` what it rests on.

    `is_trouble`: the note asks for a look.
    """

    figure: str
    unit: str
    note: str = ""
    is_trouble: bool = False

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return ". ".join(filter(None, (f"{self.figure} {self.unit}", self.note)))


class FigureTile(PaintedText):
    """One figure."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = FigureText("", "")
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    @property
    def shown(self) -> FigureText:
        """What is shown."""
        return self._shown

    def show_figure(self, shown: FigureText) -> None:
        """Shows a figure."""
        self._shown = shown
        self.setAccessibleName(plain(shown.spoken, 400))
        self.updateGeometry()
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for the figure, its unit, and two lines of note."""
        return QSize(12 * self._base_px, round(sum(self._heights())))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as it is wished; the figure gives way to the width."""
        return QSize(8 * self._base_px, round(sum(self._heights())))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the figure."""
        painter, theme, shown = QPainter(self), self._theme, self._shown
        figure_px, unit_px, note_px = self._heights()
        width = float(self.width())
        painter.setPen(QColor(theme.text))
        painter.setFont(self._figure_font(width))
        draw_line(painter, QRectF(0, 0, width, figure_px), _LEFT, shown.figure)
        painter.setFont(self._unit_font(width))
        draw_line(painter, QRectF(0, figure_px, width, unit_px), _LEFT, shown.unit)
        if shown.note:
            painter.setPen(QColor(theme.notice if shown.is_trouble else theme.muted))
            painter.setFont(self._note_font())
            height = QFontMetricsF(self._note_font()).height()
            lines = len(lines_of(shown.note, self._note_font(), width, _NOTE_LINES))
            area = QRectF(0, figure_px + unit_px + GRID_PX / 2, width, min(note_px, lines * height))
            draw_lines(painter, area, _LEFT, shown.note, _NOTE_LINES)
        painter.end()

    def _heights(self) -> tuple[float, float, float]:
        figure = QFontMetricsF(font(type_px(self._base_px, _STEP), QFont.Weight.Bold)).height()
        unit = QFontMetricsF(font(self._base_px, QFont.Weight.Medium)).height()
        note = QFontMetricsF(self._note_font()).height() * _NOTE_LINES + GRID_PX
        return figure, unit, note if self._shown.note else 0.0

    def _figure_font(self, width: float) -> QFont:
        """A million between two bounds is long: the figure gives way down to the size of text."""
        tries = [font(type_px(self._base_px, step), QFont.Weight.Bold) for step in range(_STEP, -1, -1)]
        shown = plain(self._shown.figure)
        return next((each for each in tries if QFontMetricsF(each).horizontalAdvance(shown) <= width), tries[-1])

    def _unit_font(self, width: float) -> QFont:
        return fitting(self._shown.unit, width, self._base_px, QFont.Weight.Medium)

    def _note_font(self) -> QFont:
        return font(type_px(self._base_px, -1))
