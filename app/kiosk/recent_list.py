"""The last ten decisions of this lane, newest first: time, sign, and who or why."""

from collections import deque
from collections.abc import Iterable

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


class RecentList(PaintedText):
    """Paints as many of the last decisions as there is room for."""

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
        self._decisions = deque(decisions, maxlen=KEPT)
        self._tell()

    def _tell(self) -> None:
        told = "; ".join(f"{each.time} {each.text}" for each in self._decisions)
        self.setAccessibleName(f"{self._name}: {told}" if told else self._name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the rows, the newest brighter than the others."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.ground))
        height = max(2.0 * self._base_px, self.height() / KEPT)
        for index, decision in enumerate(self._decisions):
            row = QRectF(0, index * height, self.width(), height)
            if row.bottom() > self.height() + 1:
                break
            self._paint_row(painter, row, decision, is_newest=index == 0)
        painter.end()

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
