"""One line that says how a deed went: `Moved. The kiosk hears of it within seconds.`

Owns how long it stays: what went well leaves by itself, what did not stays until somebody has closed it. A screen
reader says both.
"""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.widgets.announcing import announce
from app.widgets.form import key
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font

SHOWN_MS = 8_000
"""Long enough to be read twice."""


class NoticeLine(QWidget):
    """Hidden while there is nothing to say."""

    def __init__(self, close: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text = PlainParagraph(self)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.close_key = key(close, self)
        self.close_key.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        row.setSpacing(2 * GRID_PX)
        row.addWidget(self.text, 1)
        row.addWidget(self.close_key)
        self._leaving = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._leaving.timeout.connect(self.clear)
        self._is_trouble = False
        self._theme: Theme | None = None
        self.hide()

    def tell(self, text: str, *, is_trouble: bool = False) -> None:
        """Says `text`."""
        self._is_trouble = is_trouble
        self.text.show_text(text)
        self._style()
        self.show()
        announce(self, text, is_urgent=is_trouble)
        if is_trouble:
            self._leaving.stop()
        else:
            self._leaving.start()

    def clear(self) -> None:
        """Says nothing more."""
        self._leaving.stop()
        self.hide()

    def show_close(self, text: str) -> None:
        """Takes another language's word for closing."""
        show_on_button(self.close_key, text)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self._style()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.text.setFont(font(base_px))
        self.close_key.setFont(font(base_px))

    def _style(self) -> None:
        if self._theme is None:
            return
        colour = self._theme.notice if self._is_trouble else self._theme.text
        self.setStyleSheet(f"NoticeLine {{ background: {self._theme.raised}; border-top: 2px solid {colour}; }}")
        self.text.setStyleSheet(f"color: {colour};")
