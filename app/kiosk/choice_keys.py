"""A few choices, one key each: names, reasons, the answers to a question."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.widgets.fitted_key import FittedKey
from app.widgets.theme import GRID_PX, TOUCH_PX
from app.widgets.typeface import font

MOST_KEY = 5
"""In letters' heights."""


class ChoiceKeys(QWidget):
    """Keys in `columns`; `chosen` tells the value of the one that was touched."""

    chosen = Signal(str)

    def __init__(self, choices: Iterable[tuple[str, str]], columns: int = 2, parent: QWidget | None = None) -> None:
        """`choices` are values with their texts."""
        super().__init__(parent)
        self.keys: dict[str, FittedKey] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID_PX)
        for place, (value, text) in enumerate(choices):
            self.keys[value] = self._key(value, text)
            grid.addWidget(self.keys[value], place // columns, place % columns)
        for column in range(columns):
            grid.setColumnStretch(column, 1)
        self._rows = max(1, -(-len(self.keys) // columns))

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        most = max(TOUCH_PX, MOST_KEY * base_px)
        self.setMaximumHeight(self._rows * (most + GRID_PX))  # a large screen must not pull the keys apart
        for each in self.keys.values():
            each.setFont(font(base_px))
            each.setMaximumHeight(most)

    def _key(self, value: str, text: str) -> FittedKey:
        made = FittedKey(self)
        made.show_text(text)
        made.setMinimumHeight(TOUCH_PX)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        made.clicked.connect(lambda: self.chosen.emit(value))
        return made
