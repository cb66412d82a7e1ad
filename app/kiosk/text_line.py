"""One line to type, the key that ends it, and letters to touch where there is no keyboard."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QWidget

from app.kiosk.people_words import SearchWords
from app.widgets.fitted_key import FittedKey
from app.widgets.form import entry
from app.widgets.letter_pad import LetterPad
from app.widgets.theme import GRID_PX, type_px
from app.widgets.typeface import font


class TextLine(QWidget):
    """`entered` tells the text, by the key or by Enter."""

    entered = Signal(str)

    def __init__(self, name: str, most: int, go_on: str, letters: SearchWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = entry(name, most, self)
        self.pad = LetterPad(
            letters.keys,
            space=letters.space,
            erase=letters.erase,
            digits=letters.digits,
            letters=letters.words,
            parent=self,
        )
        self.pad.typed.connect(self.field.insert)
        self.pad.erased.connect(self.field.backspace)
        self.go_on = FittedKey(self)
        self.go_on.show_text(go_on)
        self.field.returnPressed.connect(self._enter)
        self.go_on.clicked.connect(self._enter)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID_PX)
        grid.addWidget(self.field, 0, 0)
        grid.addWidget(self.go_on, 0, 1)
        grid.addWidget(self.pad, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        grid.setAlignment(Qt.AlignmentFlag.AlignTop)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.field.setFont(font(type_px(base_px, 1)))
        self.go_on.setFont(font(base_px))
        for row in self.pad.keys:
            for key in row:
                key.setFont(font(base_px, QFont.Weight.Medium))

    def _enter(self) -> None:
        self.entered.emit(self.field.text())
