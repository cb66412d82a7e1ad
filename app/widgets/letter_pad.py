"""Keys to type with where there is no keyboard: letters and digits, large enough for gloves.

Owns the layouts. Types into whatever its owner says; it never takes the focus, so that a hand scanner still types into
the field.
"""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from app.widgets.plain_text import show_on_button
from app.widgets.theme import GRID_PX, TOUCH_PX

LAYOUTS: Mapping[str, tuple[str, str, str]] = {
    "qwerty": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "qwertz": ("qwertzuiop", "asdfghjkl", "yxcvbnm"),
}
DIGITS = ("1234567890", "-/.#äöüß", "éèáóñçş")
_ROWS, _COLUMNS = 3, 10


class LetterPad(QWidget):
    """Three rows of ten keys. A layout that is not known is the first."""

    typed = Signal(str)
    """One letter, or a space."""
    erased = Signal()
    """The last letter shall go."""

    def __init__(
        self, layout: str, *, space: str, erase: str, digits: str, letters: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._letters = LAYOUTS.get(layout, LAYOUTS["qwerty"])
        self._names = (digits, letters)
        self._is_digits = False
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID_PX)
        self.keys = [[self._key() for _ in range(_COLUMNS)] for _ in range(_ROWS)]
        for row, keys in enumerate(self.keys):
            for column, each in enumerate(keys):
                grid.addWidget(each, row, column)
                each.clicked.connect(lambda _=False, row=row, column=column: self._press(row, column))
        self.turn_key, self.space_key, self.erase_key = self.keys[2][7:]
        show_on_button(self.space_key, space)
        show_on_button(self.erase_key, erase)
        self._show()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Every key can be touched."""
        return QSize(_COLUMNS * (TOUCH_PX + GRID_PX), _ROWS * (TOUCH_PX + GRID_PX))

    def _press(self, row: int, column: int) -> None:
        pressed = self.keys[row][column]
        if pressed is self.turn_key:
            self._is_digits = not self._is_digits
            self._show()
        elif pressed is self.space_key:
            self.typed.emit(" ")
        elif pressed is self.erase_key:
            self.erased.emit()
        else:
            self.typed.emit(self._rows()[row][column])

    def _rows(self) -> tuple[str, ...]:
        return DIGITS if self._is_digits else self._letters

    def _show(self) -> None:
        show_on_button(self.turn_key, self._names[self._is_digits])
        for row, keys in enumerate(self.keys):
            letters = self._rows()[row]
            for column, each in enumerate(keys if row < _ROWS - 1 else keys[:7]):
                letter = letters[column] if column < len(letters) else ""
                show_on_button(each, letter.upper() if letter != "ß" else letter)
                each.setVisible(bool(letter))

    def _key(self) -> QPushButton:
        made = QPushButton(self)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # whoever has keys to press has keys to type
        made.setMinimumSize(TOUCH_PX, TOUCH_PX)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        made.setStyleSheet("padding: 0;")
        return made
