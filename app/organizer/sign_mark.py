"""A sign of a class of outcomes as a part of a page: what it means, the text beside it says."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.widgets.signs import aspect, paint_sign
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName
from core.model.outcomes import LOOKS, OutcomeClass


class SignMark(QWidget):
    """A sign of its class, in its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = OutcomeClass.HOLD
        self._theme = THEMES[ThemeName.DARK]
        self.setFixedSize(4 * GRID_PX, 4 * GRID_PX)

    def show_sign(self, sign: OutcomeClass, theme: Theme) -> None:
        """Shows a sign."""
        self._sign, self._theme = sign, theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints it."""
        painter, shape = QPainter(self), LOOKS[self._sign].shape
        side = self.height() / max(1.0, aspect(shape))
        area = QRectF(0, (self.height() - side) / 2, self.width(), side)
        paint_sign(painter, shape, area, self._theme.signs[self._sign])
        painter.end()
