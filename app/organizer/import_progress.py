"""Where the import wizard is: a line of steps, and how far the one of now is."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.widgets.form import ShareBar, set_tone
from app.widgets.plain_text import PaintedText, PlainParagraph, draw_line, plain
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, text_on, type_px
from app.widgets.typeface import font


class StepLine(PaintedText):
    """Which step of a few this is: numbers in a line, the one of now filled, with its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._now = 0
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_step(self, names: Sequence[str], now: int, spoken: str) -> None:
        """Shows the steps; `now` counts from 0."""
        self._names, self._now = tuple(plain(name) for name in names), now
        self.setAccessibleName(plain(spoken))
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.setFixedHeight(round(3.6 * base_px))

    def sizeHint(self) -> QSize:  # noqa: N802
        """A line of circles, a line of names."""
        return QSize(6 * TOUCH_PX, round(3.6 * self._base_px))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the circles and the names that fit."""
        if not self._names:
            return
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        each, radius = self.width() / len(self._names), 0.95 * self._base_px
        y = radius + 2
        small = font(type_px(self._base_px, -1))
        fit = all(QFontMetricsF(small).horizontalAdvance(name) <= each - GRID_PX for name in self._names)
        painter.setPen(QPen(QColor(theme.line), 2))
        painter.drawLine(QPointF(each / 2, y), QPointF(self.width() - each / 2, y))
        for place, name in enumerate(self._names):
            middle = QPointF(each * (place + 0.5), y)
            is_now, is_past = place == self._now, place < self._now
            ground = theme.focus if is_now else theme.raised
            painter.setPen(QPen(QColor(theme.focus if is_now or is_past else theme.line), 2))
            painter.setBrush(QColor(ground))
            painter.drawEllipse(middle, radius, radius)
            painter.setPen(QColor(text_on(theme.focus) if is_now else theme.text if is_past else theme.muted))
            painter.setFont(font(type_px(self._base_px, -1), QFont.Weight.Medium))
            circle = QRectF(middle.x() - radius, y - radius, 2 * radius, 2 * radius)
            draw_line(painter, circle, Qt.AlignmentFlag.AlignHCenter, str(place + 1))
            if fit or is_now:
                wide = each if fit else min(self.width(), 3 * each)
                left = min(max(0.0, middle.x() - wide / 2), self.width() - wide)
                below = QRectF(left, y + radius, wide, self.height() - y - radius)
                painter.setPen(QColor(theme.text if is_now else theme.muted))
                painter.setFont(small)
                draw_line(painter, below, Qt.AlignmentFlag.AlignHCenter, name)
        painter.end()


class WorkFace(QWidget):
    """How far it is."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = ShareBar(theme, self)
        self.text = PlainParagraph(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2 * GRID_PX, 0, 0)
        column.setSpacing(2 * GRID_PX)
        column.addWidget(self.bar)
        column.addWidget(self.text)

    def show_share(self, share: float, text: str, *, is_trouble: bool = False) -> None:
        """Shows how far it is, from 0 to 1, and says it."""
        self.bar.show_share(share, text)
        self.text.show_text(text)
        set_tone(self.text, "trouble" if is_trouble else "")

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self.bar.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.text.setFont(font(base_px))
