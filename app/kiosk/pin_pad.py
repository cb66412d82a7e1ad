"""Digits to touch, for a PIN or a number: no keyboard is needed at a door."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.widgets.fitted_key import FittedKey
from app.widgets.form import entry
from app.widgets.plain_text import plain_label
from app.widgets.theme import GRID_PX, TOUCH_PX, type_px
from app.widgets.typeface import font

MOST_PX = 460
"""Wider keys would be further apart than a hand is."""
MINUS = "-"
_DELETE, _ENTER = "delete", "enter"


class PinPad(QWidget):
    """Twelve keys and a field. `entered` tells what was typed, by touch or by keyboard.

    `is_secret`: nobody reads over a shoulder. A number may have a sign, a PIN has none.
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
        self.told = plain_label("", self)
        self.told.setProperty("tone", "trouble")
        self.keys: dict[str, FittedKey] = {}
        texts = {**{str(digit): str(digit) for digit in range(1, 10)}, _DELETE: delete, "0": "0", _ENTER: enter}
        if not is_secret:
            texts |= {MINUS: "±"}
        grid = QGridLayout()
        grid.setSpacing(GRID_PX)
        for place, (value, text) in enumerate(texts.items()):
            self.keys[value] = self._key(value, text)
            grid.addWidget(self.keys[value], place // 3, place % 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(self.field)
        column.addWidget(self.told)
        column.addLayout(grid, 1)
        self.setMaximumWidth(MOST_PX)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.field.setFont(font(type_px(base_px, 1)))
        self.told.setFont(font(base_px))
        for each in self.keys.values():
            each.setFont(font(base_px))

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
            field.setText(field.text()[:-1])
        elif value == MINUS:
            field.setText(field.text().removeprefix(MINUS) if field.text().startswith(MINUS) else MINUS + field.text())
        elif len(field.text()) < field.maxLength():
            field.setText(field.text() + value)

    def _enter(self) -> None:
        if self.field.text():
            self.entered.emit(self.field.text())
