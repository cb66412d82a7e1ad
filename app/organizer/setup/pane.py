"""The side of the Set-up page on which one section is seen to: its title, and its parts below each other."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.organizer.surroundings import Surroundings
from app.widgets.form import key, set_tone
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.theme import GRID_PX, Theme, type_px
from app.widgets.typeface import font


class Pane(QWidget):
    """One section's side. `parts` have the size and colours of the page."""

    def __init__(self, *parts: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts = parts
        self._title = PlainParagraph(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, GRID_PX, 2 * GRID_PX)
        column.setSpacing(3 * GRID_PX)
        column.addWidget(self._title)
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)

    def show_title(self, text: str) -> None:
        """Says what is seen to here."""
        self._title.show_text(text)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._title.setFont(font(type_px(base_px, 2)))


class WayOut(QWidget):
    """What there is, a few sentences, and a key that leads to another page."""

    pressed = Signal()

    def __init__(self, at: Surroundings, texts: Callable[[], tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.at = at
        self._texts = texts
        self._figure, self._text, self._lines = (PlainParagraph(self) for _ in range(3))
        self.key = key("", self)
        self.key.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        set_tone(self.key, "main")
        self.key.clicked.connect(lambda _=False: self.pressed.emit())
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID_PX)
        for part in (self._figure, self._lines, self._text):
            row.addWidget(part)
        row.addWidget(self.key, 0)

    def show_figure(self, text: str, lines: str = "") -> None:
        """Says what there is; below, part by part."""
        self._figure.show_text(text)
        self._lines.show_text(lines)

    def say(self) -> None:
        """In the language of now."""
        text, act = self._texts()
        self._text.show_text(text)
        show_on_button(self.key, act)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        for each in (self._text, self._lines):
            each.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._figure.setFont(font(type_px(base_px, 1)))
        for each in (self._text, self._lines, self.key):
            each.setFont(font(base_px))
