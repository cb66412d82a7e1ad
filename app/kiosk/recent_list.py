"""The last ten decisions of this lane, newest first: time, sign, and who or why.

Where there is no room for ten lines, the older ones are signs alone, side by side: all ten are always in sight.
"""

from collections import deque
from collections.abc import Iterable
from itertools import islice

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.kiosk.present import RecentText
from app.widgets.plain_text import PaintedText, draw_line
from app.widgets.signs import paint_sign
from app.widgets.theme import GRID_PX, Theme, type_px
from app.widgets.typeface import font
from core.model.outcomes import TABLE

KEPT = 10
_LEFT = Qt.AlignmentFlag.AlignLeft


def lines_of(height: float, base_px: int, count: int) -> int:
    """How many of `count` decisions have a line of their own; the others share the next one, as signs."""
    room = int((height + 1) // _line_px(height, base_px))
    return count if room >= count else max(0, room - 1)


def _line_px(height: float, base_px: int) -> float:
    return max(2.0 * base_px, height / KEPT)


class RecentList(PaintedText):
    """Paints the last decisions: as lines where there is room, else as signs."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = theme
        self._name = name
        self._base_px = 16
        self._decisions: deque[RecentText] = deque(maxlen=KEPT)
        self._tell()

    @property
    def decisions(self) -> tuple[RecentText, ...]:
        """Newest first."""
        return tuple(self._decisions)

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.update()

    def show_name(self, name: str) -> None:
        """Takes what a screen reader calls it, in another language."""
        self._name = name
        self._tell()

    def add(self, decision: RecentText) -> None:
        """Puts a decision on top; the eleventh falls off."""
        self._decisions.appendleft(decision)
        self._tell()

    def show_decisions(self, decisions: Iterable[RecentText]) -> None:
        """Shows these in place of all others, the newest first."""
        self._decisions = deque(islice(decisions, KEPT), maxlen=KEPT)
        self._tell()

    def _tell(self) -> None:
        told = "; ".join(f"{each.time} {each.text}" for each in self._decisions)
        self.setAccessibleName(f"{self._name}: {told}" if told else self._name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the rows, the newest brighter than the others."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.ground))
        height = _line_px(self.height(), self._base_px)
        decisions = list(self._decisions)
        lines = lines_of(self.height(), self._base_px, len(decisions))
        for index, decision in enumerate(decisions[:lines]):
            row = QRectF(0, index * height, self.width(), height)
            self._paint_row(painter, row, decision, is_newest=index == 0)
        top = lines * height
        strip = QRectF(0, top, self.width(), min(height, self.height() - top))
        self._paint_signs(painter, strip, decisions[lines:], KEPT - lines)
        painter.end()

    def _paint_signs(self, painter: QPainter, strip: QRectF, decisions: Iterable[RecentText], most: int) -> None:
        px = type_px(self._base_px, -1)
        cell = min(strip.width() / max(1, most), 2.0 * px)
        side = min(0.8 * cell, strip.height() - 4, px)
        for index, decision in enumerate(decisions):
            row = TABLE[decision.outcome]
            place = QRectF(strip.left() + index * cell, strip.center().y() - side / 2, cell, side)
            paint_sign(painter, row.look.shape, place, self._theme.signs[row.outcome_class])

    def _paint_row(self, painter: QPainter, row: QRectF, decision: RecentText, *, is_newest: bool) -> None:
        px = type_px(self._base_px, -1)
        painter.setFont(font(px))
        time_px = QFontMetricsF(painter.font()).horizontalAdvance("00:00:00")
        painter.setPen(QColor(self._theme.muted))
        draw_line(painter, QRectF(row.left(), row.top(), time_px + 1, row.height()), _LEFT, decision.time)
        outcome_class = TABLE[decision.outcome].outcome_class
        sign = QRectF(row.left() + time_px + GRID_PX, row.center().y() - px / 2, 2.0 * px, px)
        paint_sign(painter, TABLE[decision.outcome].look.shape, sign, self._theme.signs[outcome_class])
        painter.setPen(QColor(self._theme.text if is_newest else self._theme.muted))
        painter.setFont(font(px, QFont.Weight.Medium if is_newest else QFont.Weight.Normal))
        left = sign.right() + GRID_PX
        draw_line(painter, QRectF(left, row.top(), row.right() - left, row.height()), _LEFT, decision.text)
