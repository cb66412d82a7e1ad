"""Digits to touch, for a PIN or a number: no keyboard is needed at a door."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.widgets.fitted_key import FittedKey
from app.widgets.form import entry
from app.widgets.plain_text import PlainParagraph
from app.widgets.theme import GRID_PX, TOUCH_PX, type_px
from app.widgets.typeface import font

MOST_WIDTH, MOST_KEY = 45, 5
"""In letters' heights: wider keys would be further apart than a hand is."""
_DELETE, _ENTER = "delete", "enter"
_ROWS = (("1", "2", "3", _DELETE), ("4", "5", "6", "0"), ("7", "8", "9", _ENTER))
"""Three rows: a small screen has the height for no fourth."""


class PinPad(QWidget):
    """Twelve keys and a field. `entered` tells what was typed, by touch or by keyboard.

    `is_secret`: nobody reads over a shoulder.
    """

    entered = Signal(str)

    def __init__(
        self, name: str, most: int, delete: str, enter: str, *, is_secret: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.field = entry(name, most, self)
        if is_secret:
            self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.returnPressed.connect(self._enter)
        self.told = PlainParagraph(self)
        self.told.setProperty("tone", "trouble")
        self.keys: dict[str, FittedKey] = {}
        texts = {_DELETE: delete, _ENTER: enter}
        self._digits = QWidget(self)  # as tall as its keys may be: a large screen must not pull them apart
        grid = QGridLayout(self._digits)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID_PX)
        for row, values in enumerate(_ROWS):
            for column, value in enumerate(values):
                self.keys[value] = self._key(value, texts.get(value, value))
                grid.addWidget(self.keys[value], row, column)
        for column, share in enumerate((2, 2, 2, 4)):
            grid.setColumnStretch(column, share)
        left = QVBoxLayout()
        left.setSpacing(GRID_PX)
        left.addWidget(self.field)
        left.addWidget(self.told)
        left.addStretch(1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2 * GRID_PX)
        whole.addLayout(left, 1)
        right = QVBoxLayout()
        right.addWidget(self._digits, 1)
        right.addStretch(0)
        whole.addLayout(right, 2)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.field.setFont(font(type_px(base_px, 1)))
        self.told.setFont(font(base_px))
        self.setMaximumWidth(MOST_WIDTH * base_px)
        self._digits.setMaximumHeight(len(_ROWS) * (MOST_KEY * base_px + GRID_PX))
        for each in self.keys.values():
            each.setFont(font(base_px))
            each.setMaximumHeight(MOST_KEY * base_px)

    def refuse(self, text: str) -> None:
        """Says what was wrong, and takes another try."""
        self.field.clear()
        self.told.show_text(text)
        self.field.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """A digit is one wherever the focus is."""
        if event.text().isdigit() and event.text().isascii():
            self._touch(event.text())
        elif event.key() == Qt.Key.Key_Backspace:
            self._touch(_DELETE)
        else:
            super().keyPressEvent(event)

    def _key(self, value: str, text: str) -> FittedKey:
        made = FittedKey(self)
        made.show_text(text)
        made.setMinimumHeight(TOUCH_PX)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        made.clicked.connect(lambda: self._touch(value))
        return made

    def _touch(self, value: str) -> None:
        field = self.field
        if value == _ENTER:
            self._enter()
        elif value == _DELETE:
            field.backspace()
        elif len(field.text()) < field.maxLength():
            field.insert(value)

    def _enter(self) -> None:
        if self.field.text():
            self.entered.emit(self.field.text())
