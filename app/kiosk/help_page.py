"""The six signs explained. A touch or the next verdict ends it."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.kiosk.sheet import Sheet, SheetName
from app.kiosk.words import KioskWords
from app.widgets.plain_text import draw_line
from app.widgets.signs import paint_sign
from app.widgets.theme import GRID_PX, type_px
from app.widgets.typeface import font
from core.model.outcomes import LOOKS, OutcomeClass

_LEFT = Qt.AlignmentFlag.AlignLeft


class HelpPage(Sheet):
    """Paints one row per class: its ground and sign, what it means, how it looks."""

    def __init__(self, words: KioskWords, parent: QWidget | None = None) -> None:
        super().__init__(words.sheet_titles[SheetName.HELP], parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._words = words
        self._base_px = 16
        told = ". ".join(f"{words.classes[each].sign}: {words.classes[each].meaning}" for each in OutcomeClass)
        self.setAccessibleName(f"{self.title}. {told}")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self._base_px = base_px
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A touch anywhere."""
        event.accept()
        self.done.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the rows."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.ground))
        height = (self.height() - GRID_PX) / len(OutcomeClass)
        for index, outcome_class in enumerate(OutcomeClass):
            row = QRectF(GRID_PX, GRID_PX + index * height, self.width() - 2 * GRID_PX, height - GRID_PX)
            self._paint_row(painter, row, outcome_class)
        painter.end()

    def _paint_row(self, painter: QPainter, row: QRectF, outcome_class: OutcomeClass) -> None:
        ground, words = self.theme.grounds[outcome_class], self._words.classes[outcome_class]
        tile = QRectF(row.left(), row.top(), 2.2 * row.height(), row.height())
        painter.fillRect(tile, QColor(ground.ground))
        if outcome_class is OutcomeClass.ADMIT_AND_ACT:
            painter.fillRect(tile.adjusted(0, tile.height() * 0.82, 0, 0), QColor(ground.band))
            tile.adjust(0, 0, 0, -tile.height() * 0.18)
        margin = tile.height() * 0.18
        paint_sign(painter, LOOKS[outcome_class].shape, tile.adjusted(margin, margin, -margin, -margin), ground.text)
        left = tile.right() + 2 * GRID_PX
        title_px, usual_px = type_px(self._base_px, 2), type_px(self._base_px, 0)
        upper = QRectF(left, row.center().y() - title_px * 1.25, row.right() - left, title_px * 1.3)
        painter.setPen(QColor(self.theme.text))
        painter.setFont(font(title_px, QFont.Weight.Medium))
        draw_line(painter, upper, _LEFT, words.meaning)
        painter.setPen(QColor(self.theme.muted))
        painter.setFont(font(usual_px))
        draw_line(painter, QRectF(left, upper.bottom(), upper.width(), usual_px * 1.4), _LEFT, words.sign)
