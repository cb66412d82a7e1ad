"""One line to type, and the key that ends it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.widgets.fitted_key import FittedKey
from app.widgets.form import entry
from app.widgets.theme import GRID_PX, type_px
from app.widgets.typeface import font


class TextLine(QWidget):
    """`entered` tells the text, by the key or by Enter."""

    entered = Signal(str)

    def __init__(self, name: str, most: int, go_on: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = entry(name, most, self)
        self.go_on = FittedKey(self)
        self.go_on.show_text(go_on)
        self.field.returnPressed.connect(self._enter)
        self.go_on.clicked.connect(self._enter)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID_PX)
        grid.addWidget(self.field, 0, 0)
        grid.addWidget(self.go_on, 0, 1)
        grid.setColumnStretch(0, 1)
        grid.setAlignment(Qt.AlignmentFlag.AlignTop)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.field.setFont(font(type_px(base_px, 1)))
        self.go_on.setFont(font(base_px))

    def _enter(self) -> None:
        self.entered.emit(self.field.text())
