"""A key in a row of keys: its text gives way to the room that all of them have."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.widgets.plain_text import plain
from app.widgets.theme import GRID_PX, TOUCH_PX

_FRAME_PX = GRID_PX + 4
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
        self._text = plain(text)
        self._fit()
        self.setAccessibleName(self._text)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for all of the text."""
        wide = QFontMetricsF(self.font()).horizontalAdvance(self._text)
        return QSize(max(TOUCH_PX, round(wide) + 2 * _FRAME_PX), TOUCH_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """A key can be touched, however long the others are."""
        return QSize(TOUCH_PX, TOUCH_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Takes another width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Takes another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        room = max(0, self.width() - 2 * _FRAME_PX)
        shown = QFontMetricsF(self.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, room)
        self.setText(shown.replace("&", "&&"))
