"""A field that holds one of several choices, and shows all of them when it is touched.

Owns its look, that every choice is large enough to be touched, and that texts are taken literally.
"""

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QListView, QSizePolicy, QWidget

from app.widgets.plain_text import draw_line, plain
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName
from app.widgets.typeface import fitting

_LEFT = Qt.AlignmentFlag.AlignLeft
_ARROW_PX = 5 * GRID_PX
"""The place of the sign that there is more to see."""


class ChoiceBox(QComboBox):
    """Choices by their keys, in their order. `currentIndexChanged` tells of another one, whoever chose it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = THEMES[ThemeName.DARK]
        self.setView(QListView(self))  # the usual one takes no size for its rows
        self.setMinimumHeight(TOUCH_PX)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_name(name)
        self.show_theme(self._theme)

    @property
    def chosen(self) -> str:
        """The key of what is chosen; empty where there is nothing to choose."""
        key = self.currentData()
        return key if isinstance(key, str) else ""

    def show_name(self, name: str) -> None:
        """What a screen reader calls it."""
        self.setAccessibleName(plain(name))

    def show_choices(self, choices: Iterable[tuple[str, str]]) -> None:
        """Offers these, each a key and its text; what was chosen stays so where it is still there."""
        wanted, chosen = [(key, plain(text)) for key, text in choices], self.chosen
        if wanted == [(self.itemData(place), self.itemText(place)) for place in range(self.count())]:
            return
        was_blocked = self.blockSignals(True)
        self.clear()
        for key, text in wanted:
            self.addItem(text, key)
        self.blockSignals(was_blocked)
        self.choose(chosen)
        self.updateGeometry()

    def choose(self, key: str) -> None:
        """Chooses; the first one for a key that is not there."""
        self.setCurrentIndex(max(0, self.findData(key)))

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self.setStyleSheet(f"""
            QAbstractItemView {{ color: {theme.text}; background: {theme.raised}; border: 2px solid {theme.line};
                                 selection-color: {theme.text}; selection-background-color: {theme.sunken};
                                 outline: none; }}
            QAbstractItemView::item {{ min-height: {TOUCH_PX}px; padding: 0 {GRID_PX}px; }}
        """)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for the longest choice."""
        metrics = QFontMetricsF(self.font())
        texts = [metrics.horizontalAdvance(self.itemText(place)) for place in range(self.count())]
        return QSize(round(max([*texts, 0.0])) + 2 * GRID_PX + _ARROW_PX, max(TOUCH_PX, round(1.9 * metrics.height())))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """It can be touched."""
        return QSize(2 * TOUCH_PX, self.sizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Chooses only while it has the focus: a page that is scrolled past it must change nothing."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Draws the field, what is chosen, and the sign that there is more."""
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = 3 if self.hasFocus() else 2
        painter.setPen(QPen(QColor(theme.focus if self.hasFocus() else theme.line), width))
        painter.setBrush(QColor(theme.raised))
        inset = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), GRID_PX, GRID_PX)
        text = QRectF(self.rect()).adjusted(1.5 * GRID_PX, 0, -_ARROW_PX, 0)
        painter.setPen(QColor(theme.text if self.isEnabled() else theme.muted))
        painter.setFont(fitting(self.currentText(), text.width(), self.font().pixelSize(), QFont.Weight.Normal))
        draw_line(painter, text, _LEFT, self.currentText())
        self._paint_arrow(painter)
        painter.end()

    def _paint_arrow(self, painter: QPainter) -> None:
        middle = QPointF(self.width() - _ARROW_PX / 2, self.height() / 2)
        pen = QPen(painter.pen().color(), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        for side in (-1, 1):
            painter.drawLine(middle + QPointF(6 * side, -3), middle + QPointF(0, 3))
