"""A key in a row of keys: its text gives way to the room that all of them have, by a second line before letters."""

from math import ceil

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.widgets.plain_text import lines_of, plain, show_on_button
from app.widgets.theme import GRID_PX, TOUCH_PX

_BORDER_PX = 2
_FRAME_PX = GRID_PX + 2 * _BORDER_PX
"""A key's border and the least space beside its text."""


class FittedKey(QPushButton):
    """A key whose text gives way, at its end, to the room that all the keys have."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def told(self) -> str:
        """All of the text."""
        return self._text

    def show_text(self, text: str) -> None:
        """Shows `text`, as much of it as there is room for; a screen reader says all of it."""
        told = plain(text)
        if told == self._text:
            return
        self._text = told
        self._fit()
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for all of the text."""
        return QSize(self.width_in(self.font()), self._least_height())

    def width_in(self, letters: QFont) -> int:
        """The room that all of the text would take."""
        return max(TOUCH_PX, ceil(QFontMetricsF(letters).horizontalAdvance(self._text)) + 2 * _FRAME_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """A key can be touched, however long the others are."""
        return QSize(TOUCH_PX, self._least_height())

    def _least_height(self) -> int:
        """A finger's, and more where the letters are larger; a second line takes what room a row gives beyond it."""
        return max(TOUCH_PX, ceil(1.9 * QFontMetricsF(self.font()).height()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Takes another width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Takes another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
            self._fit()

    def _fit(self) -> None:
        room, metrics = max(0, self.width() - 2 * _FRAME_PX), QFontMetricsF(self.font())
        lines = [self._text]
        if metrics.horizontalAdvance(self._text) > room and self.height() >= 2 * metrics.height() + 2 * _BORDER_PX:
            lines = lines_of(self._text, self.font(), room, 2)
        show_on_button(
            self, self._text, [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in lines]
        )
