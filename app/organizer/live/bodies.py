"""What the Live page's panels draw with: a figure, a curve, bars, a list of what to look at."""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.organizer.bars import Bars
from app.organizer.chart_text import ChartText
from app.organizer.chore import Chores
from app.organizer.empty_state import EmptyState
from app.organizer.figure_tile import FigureTile
from app.organizer.live.figures_present import Figure
from app.organizer.live.tables_present import LookText
from app.organizer.panel import PanelBody
from app.widgets.form import key
from app.widgets.plain_text import (
    PaintedText,
    PlainLabel,
    PlainParagraph,
    draw_line,
    plain,
    plain_label,
    show_on_button,
)
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName, accent, type_px
from app.widgets.typeface import font

if TYPE_CHECKING:
    from app.organizer.charts import NightChart

_CHARTS = "app.organizer.charts"
_CHART_EM, _LEGEND_EM = 15, 60
_SWATCH_PX = 3 * GRID_PX


class FigureBody(PanelBody):
    """A large figure, and how much of something it is."""

    def __init__(self) -> None:
        super().__init__()
        self.tile, self.gauge = FigureTile(self), Gauge(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.tile)
        column.addStretch(1)
        column.addWidget(self.gauge)

    def show_figure(self, figure: Figure) -> None:
        """Shows a figure."""
        self.tile.show_figure(figure.shown)
        self.gauge.show_share(figure.share, is_trouble=figure.shown.is_trouble)

    def show_theme(self, theme: Theme) -> None:
        self.tile.show_theme(theme)
        self.gauge.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        self.tile.show_base(base_px)


class Gauge(QWidget):
    """A thin bar; the figure above it says the same in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = None
        self._is_trouble = False
        self._theme = THEMES[ThemeName.DARK]
        self.setFixedHeight(GRID_PX)

    def show_share(self, share: float | None, *, is_trouble: bool) -> None:
        """Shows a share from 0 to 1; None: there is none."""
        self._share, self._is_trouble = share, is_trouble
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the bar; four tiles in a row keep one height, with or without."""
        if self._share is None:
            return
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colour = theme.notice if self._is_trouble else accent(theme)
        for share, ink in ((1.0, theme.sunken), (max(0.0, min(1.0, self._share)), colour)):
            painter.setBrush(QColor(ink))
            painter.drawRoundedRect(QRectF(0, 0, share * self.width(), self.height()), GRID_PX / 2, GRID_PX / 2)
        painter.end()


class Legend(PaintedText):
    """Which line is which night: a thick one, and a thin broken one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, str] = ("", "")
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_names(self, main: str, other: str) -> None:
        """Shows the names; an empty one is not there."""
        self._names = (plain(main), plain(other))
        self.setAccessibleName(", ".join(filter(None, self._names)))
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = type_px(base_px, -1)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(8 * self._base_px, round(1.6 * self._base_px))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints a piece of each line before its name."""
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(self._base_px))
        metrics = QFontMetricsF(painter.font())
        room = self.width() / max(1, sum(bool(name) for name in self._names))
        left = 0.0
        pens = (QPen(QColor(accent(theme)), 2), QPen(QColor(theme.muted), 1.5, Qt.PenStyle.DashLine))
        for name, pen in zip(self._names, pens, strict=True):
            if not name:
                continue
            middle = self.height() / 2
            painter.setPen(pen)
            painter.drawLine(QPointF(left, middle), QPointF(left + _SWATCH_PX, middle))
            painter.setPen(QColor(theme.text))
            wide = min(metrics.horizontalAdvance(name) + 1, room - _SWATCH_PX - 2 * GRID_PX)
            place = QRectF(left + _SWATCH_PX + GRID_PX, 0, max(0.0, wide), self.height())
            draw_line(painter, place, Qt.AlignmentFlag.AlignLeft, name)
            left = place.right() + 3 * GRID_PX
        painter.end()


class ChartBody(PanelBody):
    """A curve with its legend and what it is at the cursor.

    The library that draws it takes most of a second to load: it is loaded beside the window once there is a curve to be
    seen and the figures beside it are painted; meanwhile the curve's sentence stands in its place.
    """

    chart_made = Signal()
    """The curve's own part is there: it takes its place in the order of the keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self._text: ChartText | None = None
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self.chart: NightChart | None = None
        self.legend, self.empty = Legend(self), EmptyState(self)
        self.reading, self.summary = plain_label("", self), PlainLabel(self, 400)
        self.reading.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.reading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.setSpacing(GRID_PX // 2)
        self._head.addWidget(self.legend, 1)
        self._head.addWidget(self.reading, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID_PX // 2)
        self._column.addLayout(self._head)
        self._column.addWidget(self.summary, 1)
        self._column.addWidget(self.empty, 1)
        self._chores = Chores(self)
        self._is_loading = False

    def show_curve(self, chart: ChartText | None, nothing: str, step: str) -> None:
        """Shows a curve; None: there is none, and what is said in its place."""
        self._text = chart
        self.empty.show_text(nothing, step)
        self.legend.show_names(chart.main.name if chart else "", chart.other.name if chart and chart.other else "")
        self.summary.show_text(chart.summary if chart else "")
        self._show()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.legend.show_theme(theme)
        self.empty.show_theme(theme)
        self.summary.setStyleSheet(f"color: {theme.muted};")
        if self.chart is not None:
            self.chart.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        self._base_px = base_px
        self.legend.show_base(base_px)
        self.empty.show_base(base_px)
        for each in (self.reading, self.summary):
            each.setFont(font(type_px(base_px, -1)))
        self.setMinimumHeight(_CHART_EM * base_px)
        if self.chart is not None:
            self.chart.show_base(base_px)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The reading has a line of its own where both have no room in one."""
        super().resizeEvent(event)
        is_tight = self.width() < _LEGEND_EM * self._base_px
        way = QBoxLayout.Direction.TopToBottom if is_tight else QBoxLayout.Direction.LeftToRight
        self._head.setDirection(way)

    def _want_chart(self) -> None:
        if self.chart is not None or self._is_loading:
            return
        self._is_loading = True
        if hasattr(sys.modules.get(_CHARTS), "NightChart"):  # it stands there before it is whole
            self._make_chart()
        else:
            QTimer.singleShot(0, self, self._load)

    def _load(self) -> None:
        self._chores.run(lambda _: import_module(_CHARTS), lambda _: self._make_chart())

    def _make_chart(self) -> None:
        made: NightChart = import_module(_CHARTS).NightChart(self)
        made.on_reading(self.reading.show_text)
        made.show_theme(self._theme)
        made.show_base(self._base_px)
        self.chart = made
        self._column.addWidget(made, 1)
        self._is_loading = False
        self._show()
        self.chart_made.emit()

    def _show(self) -> None:
        has_curve = self._text is not None
        self.legend.setVisible(has_curve)
        self.empty.setVisible(not has_curve)
        self.summary.setVisible(has_curve and self.chart is None)
        if self.chart is not None:
            self.chart.setVisible(has_curve)
            if self._text is not None:
                self.chart.show_chart(self._text)
        elif has_curve:
            self._want_chart()


class BarsBody(PanelBody):
    """Bars."""

    def __init__(self) -> None:
        super().__init__()
        self.bars = Bars(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.bars)

    def show_theme(self, theme: Theme) -> None:
        self.bars.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        self.bars.show_base(base_px)


class LookBody(PanelBody):
    """Counts of what somebody should look at, and the key to it."""

    def __init__(self) -> None:
        super().__init__()
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self.counts: list[tuple[PlainLabel, PlainParagraph]] = []
        self.nothing = PlainParagraph(self)
        self.show_key = key("", self)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(GRID_PX // 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.nothing)
        column.addLayout(self._rows)
        column.addWidget(self.show_key, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def show_look(self, text: LookText) -> None:
        """Shows counts."""
        while len(self.counts) < len(text.counts):
            self._add()
        for place, (count, what) in enumerate(self.counts):
            is_there = place < len(text.counts)
            count.setVisible(is_there)
            count.show_text(text.counts[place][0] if is_there else "")
            what.show_text(text.counts[place][1] if is_there else "")
        self.nothing.show_text(text.nothing)
        show_on_button(self.show_key, text.key)
        self.show_key.setVisible(not text.nothing)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.nothing.setStyleSheet(f"color: {theme.muted};")
        for count, what in self.counts:
            count.setStyleSheet(f"color: {theme.notice};")
            what.setStyleSheet(f"color: {theme.text};")

    def show_base(self, base_px: int) -> None:
        self._base_px = base_px
        self.nothing.setFont(font(base_px))
        self.show_key.setFont(font(base_px))
        for count, what in self.counts:
            count.setFont(font(type_px(base_px, 1)))
            what.setFont(font(base_px))

    def _add(self) -> None:
        count, what = plain_label("", self), PlainParagraph(self)
        count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        count.setMinimumWidth(3 * self._base_px)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        row.addWidget(count)
        row.addWidget(what, 1)
        self._rows.addLayout(row)
        self.counts.append((count, what))
        self.show_base(self._base_px)
        self.show_theme(self._theme)
