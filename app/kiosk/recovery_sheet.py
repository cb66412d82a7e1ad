"""Guests of before a restart, of whom nobody knows what the door showed: staff say whether they entered.

It waits under More until there is time, steps aside for each guest, and can be answered in any order.
"""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.kiosk.sheet import Sheet
from app.kiosk.staff_words import RecoveryWords
from app.runtime.staff_line import Undoable
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PlainLabel, PlainParagraph, plain_label
from app.widgets.theme import GRID_PX
from app.widgets.times import CalendarWords, long_duration_text
from app.widgets.typeface import font

AT_ONCE = 4
"""As many as a small screen holds; the next come when these are answered."""


class RecoverySheet(Sheet):
    """`answered` tells the scan and whether its guest entered."""

    answered = Signal(object, bool)

    def __init__(
        self,
        title: str,
        guests: Sequence[Undoable],
        words: RecoveryWords,
        calendar: CalendarWords,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent)
        self.text = PlainParagraph(self)
        self.text.show_text(words.text)
        self.rows: list[tuple[PlainLabel, FittedKey, FittedKey]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addWidget(self.text)
        for guest in guests[:AT_ONCE]:
            column.addLayout(self._row(guest, words, calendar))
        column.addStretch(1)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.text.setFont(font(base_px))
        for row in self.rows:
            for each in row:
                each.setFont(font(base_px))

    def _row(self, guest: Undoable, words: RecoveryWords, calendar: CalendarWords) -> QHBoxLayout:
        ago, what = long_duration_text(guest.ago_ms, calendar), guest.class_name or words.a_guest
        label = plain_label(words.guest.fill(ago=ago, what=what), self)
        yes, no = FittedKey(self), FittedKey(self)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        row.addWidget(label, 1)
        for each, text, entered in ((yes, words.entered, True), (no, words.not_entered, False)):
            each.show_text(text)
            each.clicked.connect(lambda _=False, entered=entered: self.answered.emit(guest.scan, entered))
            row.addWidget(each)
        self.rows.append((label, yes, no))
        return row
