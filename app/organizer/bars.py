"""Bars beside their names and figures, one row each: gates, reasons, classes.

Owns the look, and that a screen reader is told every row with what its columns mean. Values are texts that a
`present_*` function made; a bar is never the only place where a number stands.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.organizer.empty_state import EmptyState
from app.widgets.plain_text import PaintedText, draw_line, draw_lines, plain
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName, accent, type_px
from app.widgets.typeface import fitting, font

_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
MOST_ROWS = 24
"""More bars than that nobody compares by eye; the rest is said to be there."""
_NAME_SHARE, _CELL_EM = 0.30, 5.6
_STACKED_EM = 30
"""Where there is less room than that, a bar lies below its name and not beside it."""
_BAR_PX = GRID_PX


@dataclass(frozen=True, slots=True)
class BarRow:
    """One bar. `share` is its length, from 0 to 1; `value` its figure; `cells` what stands in the other columns.

    `note` stands below the name; `is_trouble`: it asks for a look. `is_aside`: it counts for nothing here.
    """

    name: str
    share: float
    value: str
    cells: tuple[str, ...] = ()
    note: str = ""
    is_trouble: bool = False
    is_aside: bool = False


@dataclass(frozen=True, slots=True)
class BarText:
    """Rows under their columns: `name`, `value` (above the bars), and one for each cell. `rest` says what is left out.

    Without rows `nothing` says so, and `step` what comes next.
    """

    name: str
    value: str
    cells: tuple[str, ...] = ()
    rows: tuple[BarRow, ...] = ()
    rest: str = ""
    nothing: str = ""
    step: str = ""

    def spoken(self, row: BarRow) -> str:
        """A row for a screen reader."""
        told = [f"{title}: {cell}" for title, cell in zip(self.cells, row.cells, strict=False) if cell]
        return ". ".join(filter(None, (row.name, f"{self.value}: {row.value}", *told, row.note)))


class Bars(QWidget):
    """All rows, below the names of their columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = BarText("", "")
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self.head = _Head(self)
        self.rows: list[_Row] = []
        self.rest = _Rest(self)
        self.empty = EmptyState(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.head)
        self._column.addWidget(self.rest)
        self._column.addWidget(self.empty)
        self._column.addStretch(1)

    @property
    def shown(self) -> BarText:
        """What is shown."""
        return self._text

    def show_bars(self, text: BarText) -> None:
        """Shows rows."""
        self._text = text
        wanted = text.rows[:MOST_ROWS]
        while len(self.rows) < len(wanted):
            self._add()
        for place, row in enumerate(self.rows):
            if place < len(wanted):
                row.show_row(text, wanted[place])
            row.setVisible(place < len(wanted))
        self.head.show_row(text)
        self.head.setVisible(bool(wanted))
        self.rest.show_rest(text.rest)
        self.rest.setVisible(bool(text.rest))
        self.empty.show_text(text.nothing, text.step)
        self.empty.setVisible(not wanted)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.empty.show_theme(theme)
        for each in (self.head, self.rest, *self.rows):
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.empty.show_base(base_px)
        for each in (self.head, self.rest, *self.rows):
            each.show_base(base_px)

    def _add(self) -> None:
        made = _Row(self)
        made.show_theme(self._theme)
        made.show_base(self._base_px)
        self.rows.append(made)
        self._column.insertWidget(len(self.rows), made)


class _Painted(PaintedText):
    """A line of the table: where its columns are depends on how many there are, and on the width alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def is_stacked(self) -> bool:
        return self.width() < _STACKED_EM * self._base_px

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        self._base_px = base_px
        self.updateGeometry()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(12 * self._base_px, round(self.line_px + GRID_PX))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, self.sizeHint().height())

    @property
    def line_px(self) -> float:
        return QFontMetricsF(font(self._base_px)).height()

    @property
    def small_px(self) -> int:
        return type_px(self._base_px, -1)

    def places(self, cells: int, height: float, value_px: float) -> tuple[QRectF, QRectF, QRectF, list[QRectF]]:
        """Where the name, the bar, its figure and each further cell lie; stacked, bar and figure are a line below.

        Beside the name, the figure stands behind the end of its bar: its place begins there, and ends with the bar's.
        """
        width = float(self.width())
        cell = min(_CELL_EM * self._base_px, 0.5 * width / cells) if cells else 0.0
        right = width - cells * cell
        others = [QRectF(right + at * cell + GRID_PX, 0, max(0.0, cell - GRID_PX), height) for at in range(cells)]
        if self.is_stacked:
            figure = QRectF(width - value_px, height, value_px, height)
            bar = QRectF(0, height, max(0.0, width - value_px - 2 * GRID_PX), height)
            return QRectF(0, 0, right, height), bar, figure, others
        name = _NAME_SHARE * width
        bar = QRectF(name + GRID_PX, 0, max(0.0, right - name - GRID_PX), height)
        return QRectF(0, 0, name, height), bar, bar, others

    def write(self, painter: QPainter, place: QRectF, side: Qt.AlignmentFlag, text: str, px: int) -> None:
        """A line, smaller where it would not fit."""
        painter.setFont(fitting(plain(text), place.width(), px))
        draw_line(painter, place, side, text)


class _Head(_Painted):
    """The names of the columns, on two lines where one has no room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = BarText("", "")

    def show_row(self, text: BarText) -> None:
        self._shown = text
        self.setAccessibleName(plain(", ".join(filter(None, (text.name, text.value, *text.cells))), 400))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        metrics = QFontMetricsF(font(self.small_px))
        is_tight = any(metrics.horizontalAdvance(title) > place.width() for place, title, _ in self._titles())
        return QSize(12 * self._base_px, round((2 if is_tight else 1) * metrics.height() + GRID_PX))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        painter = QPainter(self)
        painter.setPen(QColor(self._theme.muted))
        painter.setFont(font(self.small_px))
        for place, title, side in self._titles():
            draw_lines(painter, place, side, title, 2)
        painter.end()

    def _titles(self) -> list[tuple[QRectF, str, Qt.AlignmentFlag]]:
        text, height = self._shown, float(self.height())
        name, bar, _, cells = self.places(len(text.cells), height, 0.0)
        if self.is_stacked:
            half = name.width() / 2
            name, bar = QRectF(0, 0, half, height), QRectF(half, 0, half, height)
        found = [(name, text.name, _LEFT), (bar, text.value, _RIGHT if self.is_stacked else _LEFT)]
        return found + [(place, title, _RIGHT) for place, title in zip(cells, text.cells, strict=True)]


class _Rest(_Painted):
    """What is left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""

    def show_rest(self, text: str) -> None:
        self._shown = text
        self.setAccessibleName(plain(text))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        painter = QPainter(self)
        painter.setPen(QColor(self._theme.muted))
        self.write(painter, QRectF(self.rect()), _LEFT, self._shown, self.small_px)
        painter.end()


class _Row(_Painted):
    """One bar with its figures: all in one line; stacked, bar and figure lie below the name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._row = BarText("", ""), BarRow("", 0.0, "")

    def show_row(self, text: BarText, row: BarRow) -> None:
        self._text, self._row = text, row
        self.setAccessibleName(plain(text.spoken(row), 400))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        height = (2 if self.is_stacked else 1) * self.line_px + GRID_PX
        if self._row.note:
            height += QFontMetricsF(font(self.small_px)).height()
        return QSize(12 * self._base_px, round(height))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        painter, theme, row = QPainter(self), self._theme, self._row
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = GRID_PX / 2
        painter.translate(0, top)
        name, bar, figure, cells = self.places(len(self._text.cells), self.line_px, self._value_px())
        ink = theme.notice if row.is_trouble else theme.muted if row.is_aside else theme.text
        painter.setPen(QColor(ink))
        self.write(painter, name, _LEFT, row.name, self._base_px)
        if self.is_stacked:
            self._paint_bar(painter, bar, has_track=True)
            self._write_value(painter, figure, _RIGHT)
        else:
            self._bar_and_value(painter, bar)
        painter.setPen(QColor(theme.muted if row.is_aside else theme.text))
        for place, cell in zip(cells, row.cells, strict=False):
            self.write(painter, place, _RIGHT, cell, self._base_px)
        if row.note:
            painter.setPen(QColor(theme.notice if row.is_trouble else theme.muted))
            note = QRectF(0, figure.bottom(), figure.right(), self.height() - top - figure.bottom() - top)
            self.write(painter, note, _LEFT, row.note, self.small_px)
        painter.end()

    def _value_px(self) -> float:
        """The room of the longest figure: all bars are measured against one length."""
        metrics = QFontMetricsF(font(self._base_px, QFont.Weight.Medium))
        widest = max((metrics.horizontalAdvance(plain(each.value)) for each in self._text.rows), default=0.0)
        return min(widest + 1, 0.85 * self.width())

    def _write_value(self, painter: QPainter, place: QRectF, side: Qt.AlignmentFlag) -> None:
        painter.setPen(QColor(self._theme.muted if self._row.is_aside else self._theme.text))
        painter.setFont(fitting(plain(self._row.value), place.width(), self._base_px, QFont.Weight.Medium))
        draw_line(painter, place, side, self._row.value)

    def _bar_and_value(self, painter: QPainter, place: QRectF) -> None:
        """The figure stands behind its bar."""
        track = place.adjusted(0, 0, -min(place.width(), self._value_px() + 1.5 * GRID_PX), 0)
        long = self._paint_bar(painter, track, has_track=False)
        self._write_value(painter, place.adjusted(long + GRID_PX * (long > 0), 0, 0, 0), _LEFT)

    def _paint_bar(self, painter: QPainter, place: QRectF, *, has_track: bool) -> float:
        """How long it became."""
        theme, row = self._theme, self._row
        track = QRectF(place.left(), place.center().y() - _BAR_PX / 2, place.width(), _BAR_PX)
        long = max(0.0, min(1.0, row.share)) * track.width()
        painter.setPen(Qt.PenStyle.NoPen)
        if has_track:
            painter.setBrush(QColor(theme.sunken))
            painter.drawRoundedRect(track, 2, 2)
        painter.setBrush(QColor(theme.notice if row.is_trouble else theme.muted if row.is_aside else accent(theme)))
        if long > 0:
            long = max(2.0, long)
            painter.drawRoundedRect(QRectF(track.left(), track.top(), long, track.height()), 2, 2)
        return long
