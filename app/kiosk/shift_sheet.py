"""What a shift leaves to the next, to be read, saved and printed; and who comes on shift.

Owns nothing of it: the lines come from `app.kiosk.shift_present`.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.kiosk.sheet import Sheet
from app.kiosk.shift_present import ShiftText
from app.kiosk.staff_words import ShiftWords
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PlainLabel, plain_label
from app.widgets.theme import GRID_PX, type_px
from app.widgets.typeface import font

MOST_SHOWN = 7
"""As many outcomes as a small screen has lines; the file has all of them."""


class ShiftSheet(Sheet):
    """Shows a `ShiftText`. `saved` wants it as a file; `ended` ends the shift of whoever is on it."""

    saved = Signal()
    ended = Signal()

    def __init__(self, title: str, text: ShiftText, words: ShiftWords, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.head = plain_label(text.head, self)
        shown = text.shown if len(text.shown) <= MOST_SHOWN else (*text.shown[: MOST_SHOWN - 1], words.more)
        self.shown: list[PlainLabel] = [plain_label(line, self) for line in shown]
        self.rest: list[PlainLabel] = [plain_label(line, self) for line in text.rest]
        self.told = plain_label("", self)
        self.save, self.end = FittedKey(self), FittedKey(self)
        self.save.show_text(words.save)
        self.save.clicked.connect(self.saved)
        self.end.show_text(words.log_out)
        self.end.clicked.connect(self.ended)
        self.end.setVisible(text.is_manned)
        self._arrange()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.head.setFont(font(type_px(base_px, 1)))
        for each in (*self.shown, *self.rest, self.told, self.save, self.end):
            each.setFont(font(base_px))

    def tell(self, text: str) -> None:
        """Says what became of the file."""
        self.told.show_text(text)

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(4 * GRID_PX)
        grid.setVerticalSpacing(0)
        for side, lines in enumerate((self.shown, self.rest)):
            grid.setColumnStretch(side, 1)
            for place, each in enumerate(lines):
                grid.addWidget(each, place, side)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        for made in (self.save, self.end):
            made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            row.addWidget(made)
        row.addWidget(self.told, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addWidget(self.head)
        column.addLayout(grid)
        column.addStretch(1)
        column.addLayout(row)
