"""What a shift leaves to the next, to be read, saved and printed; and who comes on shift.

Owns nothing of it: the lines come from `app.kiosk.shift_present`.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.kiosk.sheet import Sheet
from app.kiosk.shift_present import ShiftText
from app.kiosk.staff_words import ShiftWords
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PlainLabel, plain_label
from app.widgets.theme import GRID_PX, type_px
from app.widgets.typeface import font


class ShiftSheet(Sheet):
    """Shows a `ShiftText`. `saved` wants it as a file; `ended` ends the shift of whoever is on it."""

    saved = Signal()
    ended = Signal()

    def __init__(self, title: str, text: ShiftText, words: ShiftWords, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.head = plain_label(text.head, self)
        self.lines: list[PlainLabel] = [plain_label(line, self) for line in text.lines]
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
        for each in (*self.lines, self.told, self.save, self.end):
            each.setFont(font(base_px))

    def tell(self, text: str) -> None:
        """Says what became of the file."""
        self.told.show_text(text)

    def _arrange(self) -> None:
        inner = QWidget(self)
        lines = QVBoxLayout(inner)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(GRID_PX // 2)
        for each in self.lines:
            lines.addWidget(each)
        lines.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        area.setAccessibleName(self.title)
        area.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
        area.setWidget(inner)
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
        column.addWidget(area, 1)
        column.addLayout(row)
