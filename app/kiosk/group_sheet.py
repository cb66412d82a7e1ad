"""The page of a group: everybody of an order, who of them is here, and what the door said to each.

Owns the ticks. It holds codes: another guest's code waits until the group is in.
"""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.kiosk.guest_present import GroupText
from app.kiosk.people_words import PeopleWords
from app.kiosk.sheet import Sheet
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PlainParagraph
from app.widgets.row_key import PagedRows
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme
from app.widgets.typeface import font


class GroupSheet(Sheet):
    """One group."""

    holds_codes = True
    left = Signal()
    """It was closed, by whatever means."""
    turned = Signal(int)
    """The row whose tick was touched."""
    all_wanted = Signal()
    """Everybody is here."""
    admit_wanted = Signal()
    """Those who are ticked shall be let in."""

    def __init__(self, title: str, words: PeopleWords, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        said = words.search
        self.note = PlainParagraph(self)
        self.rows = PagedRows(up=said.up, down=said.down, page=said.page, parent=self)
        self.rows.chosen.connect(self.turned)
        self.all_key = self._key(words.group.all)
        self.all_key.clicked.connect(self.all_wanted)
        self.admit_key = self._key("")
        self.admit_key.clicked.connect(self.admit_wanted)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID_PX)
        row.addWidget(self.all_key, 1)
        row.addWidget(self.admit_key, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addWidget(self.note)
        column.addWidget(self.rows, 1)
        column.addLayout(row)

    def show_group(self, text: GroupText) -> None:
        """Shows who belongs to it, and where each stands."""
        self.note.show_text(text.note)
        self.rows.show_rows(text.rows, from_start=False)
        self.all_key.setVisible(not text.is_done and any(row.is_ticked is not None for row in text.rows))
        self.admit_key.setVisible(bool(text.admit))
        self.admit_key.show_text(text.admit)

    def be_left(self) -> None:
        """Says so."""
        self.left.emit()

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        super().show_theme(theme)
        self.rows.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.rows.show_base(base_px)
        self.note.setFont(font(base_px, QFont.Weight.Medium))
        for each in (self.all_key, self.admit_key):
            each.setFont(font(base_px, QFont.Weight.Medium))

    def _key(self, text: str) -> FittedKey:
        made = FittedKey(self)
        made.show_text(text)
        made.setMinimumHeight(TOUCH_PX + GRID_PX)
        return made
