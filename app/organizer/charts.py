"""Curves over the time of an event: axes with hours and guests, a cursor for pointer and keyboard, and a text for it.

The one door to pyqtgraph. Owns how a curve is drawn and read off; what it says comes from a `present_*` function. No
text from outside goes into pyqtgraph's own labels, which take markup: names stand in plain labels beside the plot.
Left and Right move the cursor by a step, Page Up and Down by ten, Home and End to the ends.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QSlider, QWidget

from app.organizer.chart_text import ChartText, Line
from app.widgets.announcing import announce
from app.widgets.plain_text import plain
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName, accent, type_px
from app.widgets.typeface import font
from core.insight.series import Series

pg.setConfigOptions(antialias=True, useOpenGL=False, exitCleanup=False)

MINUTE_MS = 60_000
TIME_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080)
"""How far the marks of a time axis may be apart."""
COUNT_STEPS = (1, 2, 5)
LEAST_PX = 12 * GRID_PX
"""Below this height a curve says nothing."""
_PAGE = 10
_RING_PX = 3
_FILL = 0.18
_FILL_PLAIN = 0.35
"""Of the ground under the curve; in high contrast it has to be seen as well."""
_HEAD = 1.08
"""How much room is left above the highest point."""


class TimeAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Hours below the plot, in the event's own time. Its values are minutes since the curve began."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self._origin_ms = 0
        self._instant: Callable[[int], str] = str
        self._zone_ms: Callable[[int], int] = lambda _: 0
        self._mark_px = 80.0
        self.enableAutoSIPrefix(False)

    def show_times(self, text: ChartText, mark_px: float) -> None:
        """Takes where the curve begins, how an instant is written, and how much room that takes."""
        self._origin_ms, self._instant, self._zone_ms = text.main.series.since_ms, text.instant, text.zone_ms
        self._mark_px = mark_px
        self.picture = None
        self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803
        """Marks on whole hours of the event's clocks, no closer than their texts."""
        span_min = maxVal - minVal
        if span_min <= 0 or size <= 0:
            return []
        wanted = span_min * self._mark_px / size
        step = next((each for each in TIME_STEPS_MIN if each >= wanted), TIME_STEPS_MIN[-1])
        ahead_min = (self._origin_ms + self._zone_ms(self._origin_ms)) / MINUTE_MS
        first = -(-(minVal + ahead_min) // step) * step - ahead_min
        return [(float(step), [float(at) for at in np.arange(first, maxVal + 0.001, step)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802, ARG002
        """As the page writes an instant."""
        return [plain(self._instant(self._origin_ms + round(each * MINUTE_MS))) for each in values]


class CountAxis(pg.AxisItem):  # type: ignore[misc]
    """Whole guests beside the plot."""

    def __init__(self) -> None:
        super().__init__("left")
        self.enableAutoSIPrefix(False)
        self._mark_px = 48.0

    def show_size(self, mark_px: float) -> None:
        """Takes how far marks are apart at least."""
        self._mark_px = mark_px
        self.picture = None
        self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803
        """Whole numbers, a few of them."""
        step = whole_step((maxVal - minVal) * self._mark_px / max(1.0, size))
        return [(float(step), [float(at) for at in range(0, int(maxVal) + 1, step)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802, ARG002
        """Without decimals."""
        return [f"{each:.0f}" for each in values]


def whole_step(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that is not less than `least`."""
    scale = 1
    while True:
        for each in COUNT_STEPS:
            if each * scale >= least:
                return each * scale
        scale *= 10


class NightChart(QSlider):
    """A curve with a cursor. To the keyboard and to screen readers it is a slider over its steps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._text: ChartText | None = None
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self._is_hovered = False
        self._take_reading: Callable[[str], None] = lambda _: None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setPageStep(_PAGE)
        self.setMinimumHeight(LEAST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._build()
        self.valueChanged.connect(self._read_off)

    def on_reading(self, take: Callable[[str], None]) -> None:
        """`take` is told what the curves are at the cursor; an empty text where there is none."""
        self._take_reading = take

    @property
    def shown(self) -> ChartText | None:
        """What is drawn."""
        return self._text

    @property
    def points(self) -> int:
        """How many points are drawn, of all curves."""
        return sum(0 if curve.xData is None else len(curve.xData) for curve in (self._main, self._other))

    @property
    def reading(self) -> str:
        """What the curves are at the cursor."""
        has_steps = self._text is not None and bool(self._text.main.series.per_min)
        return self._text.read(self.value()) if self._text is not None and has_steps else ""

    def show_chart(self, text: ChartText) -> None:
        """Draws curves. The cursor stays at its instant, or at the end where it was there."""
        at_ms = self._cursor_ms()
        self._text = text
        self._draw(self._main, text.main, text.main.series)
        self._draw(self._other, text.other, text.main.series)
        steps = len(text.main.series.per_min)
        was_blocked = self.blockSignals(True)
        self.setRange(0, max(0, steps - 1))
        found = None if at_ms is None else text.main.series.step_at(at_ms)
        self.setValue(max(0, steps - 1) if found is None else found)
        self.blockSignals(was_blocked)
        self._fit()
        self.setAccessibleName(plain(text.summary, 400))
        self.setAccessibleDescription(plain(text.hint, 400))
        self._move_cursor()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        ink = QColor(accent(theme))
        under = QColor(ink)
        under.setAlphaF(_FILL_PLAIN if theme.name is ThemeName.HIGH_CONTRAST else _FILL)
        self._plot.setBackground(QColor(theme.raised))
        self._main.setPen(pg.mkPen(ink, width=2))
        self._main.setBrush(pg.mkBrush(under))
        self._other.setPen(pg.mkPen(QColor(theme.muted), width=1.5, style=Qt.PenStyle.DashLine))
        self._line.setPen(pg.mkPen(QColor(theme.text), width=1))
        self._dots.setBrush(pg.mkBrush(ink))
        self._dots.setPen(pg.mkPen(QColor(theme.raised), width=2))
        for axis in (self._times, self._counts):
            axis.setPen(pg.mkPen(QColor(theme.line)))
            axis.setTextPen(pg.mkPen(QColor(theme.muted)))
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        letters = font(type_px(base_px, -1))
        metrics = QFontMetricsF(letters)
        for axis in (self._times, self._counts):
            axis.setStyle(tickFont=letters, tickTextOffset=GRID_PX // 2, tickLength=-GRID_PX // 2)
        self._times.setHeight(round(metrics.height()) + GRID_PX)
        self._counts.setWidth(round(metrics.horizontalAdvance("0000")) + GRID_PX)
        self._counts.show_size(1.8 * metrics.height())
        self._fit()

    # --- pointer and keyboard -----------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """The cursor follows."""
        self._is_hovered = True
        self._go_to(event.position().x())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A finger has no hover."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._go_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Nothing is dragged."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """The wheel belongs to the page."""
        event.ignore()

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        """The cursor is seen."""
        super().enterEvent(event)
        self._is_hovered = True

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """The cursor goes, unless the keyboard holds it."""
        super().leaveEvent(event)
        self._is_hovered = False
        self._move_cursor()

    def focusInEvent(self, event: Any) -> None:  # noqa: N802
        """The cursor is seen, and said."""
        super().focusInEvent(event)
        self._read_off()

    def focusOutEvent(self, event: Any) -> None:  # noqa: N802
        """The cursor goes."""
        super().focusOutEvent(event)
        self._move_cursor()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The plot fills it, but for the ring."""
        super().resizeEvent(event)
        self._plot.setGeometry(self.rect().adjusted(_RING_PX, _RING_PX, -_RING_PX, -_RING_PX))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """A ring shows the focus; all else is the plot's."""
        if not self.hasFocus():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.focus), _RING_PX))
        inset = _RING_PX / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), GRID_PX / 2, GRID_PX / 2)
        painter.end()

    # --- its parts ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._times, self._counts = TimeAxis(), CountAxis()
        self._plot = pg.PlotWidget(self, axisItems={"bottom": self._times, "left": self._counts}, enableMenu=False)
        for part in (self._plot, self._plot.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._plot.setFrameShape(QFrame.Shape.NoFrame)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        self._plot.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._plot.showGrid(x=False, y=True, alpha=0.25)
        self._main = pg.PlotCurveItem(fillLevel=0.0)
        self._other = pg.PlotCurveItem()
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._dots = pg.ScatterPlotItem(size=10)
        for item in (self._main, self._other, self._line, self._dots):
            self._plot.addItem(item, ignoreBounds=True)

    def _draw(self, curve: Any, line: Line | None, main: Series) -> None:
        if line is None or not line.series.per_min:
            curve.setData([], [])
            return
        series = line.series
        first = (series.since_ms - main.since_ms + series.step_ms / 2) / MINUTE_MS
        curve.setData(first + np.arange(len(series.per_min)) * (series.step_ms / MINUTE_MS), np.array(series.per_min))

    def _fit(self) -> None:
        if self._text is None:
            return
        main, other = self._text.main.series, self._text.other
        heights = [*main.per_min, *(other.series.per_min if other is not None else ())]
        until_ms = max(main.until_ms, other.series.until_ms if other is not None and other.series.per_min else 0)
        minutes = (until_ms - main.since_ms) / MINUTE_MS
        self._plot.setXRange(0, max(1.0, minutes), padding=0)
        self._plot.setYRange(0, max(4.0, _HEAD * max(heights, default=0.0)), padding=0)
        metrics = QFontMetricsF(font(type_px(self._base_px, -1), QFont.Weight.Normal))
        longest = max(metrics.horizontalAdvance(self._text.instant(at)) for at in (main.since_ms, main.until_ms))
        self._times.show_times(self._text, 1.5 * longest + 2 * GRID_PX)

    def _cursor_ms(self) -> int | None:
        """The instant at which the cursor stands; None: nowhere, or at the end, where it stays."""
        if self._text is None or self.value() == self.maximum():
            return None
        return self._text.main.series.middle_ms(self.value())

    def _go_to(self, x: float) -> None:
        if self._text is None:
            return
        place = self._plot.getViewBox().mapSceneToView(self._plot.mapToScene(round(x) - _RING_PX, 0))
        step_min = self._text.main.series.step_ms / MINUTE_MS
        before = self.value()
        self.setValue(int(place.x() // step_min))
        if before == self.value():
            self._move_cursor()

    def _read_off(self) -> None:
        self._move_cursor()
        if self.hasFocus():
            announce(self, plain(self.reading, 400))

    def _move_cursor(self) -> None:
        text, reading = self._text, self.reading
        is_seen = bool(reading) and (self.hasFocus() or self._is_hovered)
        self._line.setVisible(is_seen)
        self._dots.setVisible(is_seen)
        if text is not None and is_seen:
            series = text.main.series
            x = (series.middle_ms(self.value()) - series.since_ms) / MINUTE_MS
            self._line.setValue(x)
            self._dots.setData([x], [series.per_min[self.value()]])
        self._take_reading(reading if is_seen else "")
