"""The page of incidents: what waits, one of them whole, and one tap that says what it was."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QStackedLayout, QVBoxLayout, QWidget

from app.kiosk.inbox_present import ConflictText, InboxText
from app.kiosk.people_words import PeopleWords
from app.kiosk.sheet import Sheet
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PlainParagraph, plain_label
from app.widgets.row_key import PagedRows
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, type_px
from app.widgets.typeface import font
from core.journal.scan import Finding

_MOST_SIDES = 3
"""Both sides, and that nobody can say which came first; or one side, and why."""


class InboxSheet(Sheet):
    """Steps aside for a verdict: nothing that was not tapped is lost by it."""

    left = Signal()
    """It was closed, by whatever means."""
    picked = Signal(int)
    """A row of the list was touched."""
    found = Signal(object)
    """A `Finding`: what the conflict was that is shown."""

    def __init__(self, title: str, words: PeopleWords, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._words = words
        self._faces = QStackedLayout(self)
        self._faces.addWidget(self._build_list())
        self._faces.addWidget(self._build_conflict())

    @property
    def is_list(self) -> bool:
        """Whether the list is seen."""
        return self._faces.currentIndex() == 0

    def show_inbox(self, text: InboxText) -> None:
        """Shows what waits."""
        self.note.show_text(text.note)
        self.rows.show_rows(text.rows, from_start=False)

    def show_conflict(self, text: ConflictText) -> None:
        """Shows one of them, with both sides."""
        self.what.show_text(f"{text.title} · {text.guest}")
        self.step.show_text(text.step)
        for place, line in enumerate(self.sides):
            line.show_text(text.sides[place] if place < len(text.sides) else "")
        self.ask.show_text(text.ask)
        self._faces.setCurrentIndex(1)

    def show_list(self) -> None:
        """Shows the list again."""
        self._faces.setCurrentIndex(0)

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
        self.note.setFont(font(type_px(base_px, -1)))
        self.what.setFont(font(type_px(base_px, 1), QFont.Weight.Bold))
        for each in (self.step, *self.sides):
            each.setFont(font(base_px))
        self.ask.setFont(font(base_px, QFont.Weight.Medium))
        for key in (*self.finding_keys.values(), self.back_key):
            key.setFont(font(base_px, QFont.Weight.Medium))

    def _build_list(self) -> QWidget:
        said, face = self._words.search, QWidget(self)
        self.note = PlainParagraph(face)
        self.rows = PagedRows(up=said.up, down=said.down, page=said.page, parent=face)
        self.rows.chosen.connect(self.picked)
        column = QVBoxLayout(face)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addWidget(self.note)
        column.addWidget(self.rows, 1)
        return face

    def _build_conflict(self) -> QWidget:
        face = QWidget(self)
        self.what = plain_label("", face)
        self.step = PlainParagraph(face)
        self.sides = [PlainParagraph(face) for _ in range(_MOST_SIDES)]
        self.ask = plain_label("", face)
        self.finding_keys = {finding: self._key(self._words.findings[finding], face) for finding in Finding}
        grid = QGridLayout()
        grid.setSpacing(GRID_PX)
        for place, (finding, key) in enumerate(self.finding_keys.items()):
            key.clicked.connect(lambda _=False, finding=finding: self.found.emit(finding))
            grid.addWidget(key, place // 2, place % 2)
            grid.setColumnStretch(place % 2, 2)
        self.back_key = self._key(self._words.search.back, face)
        self.back_key.clicked.connect(self.show_list)
        grid.addWidget(self.back_key, 1, 2)
        grid.setColumnStretch(2, 1)
        texts = QVBoxLayout()
        texts.setSpacing(GRID_PX // 2)
        for part in (self.what, self.step, *self.sides):
            texts.addWidget(part)
        texts.addStretch(1)
        texts.addWidget(self.ask)
        column = QVBoxLayout(face)
        column.setContentsMargins(3 * GRID_PX, GRID_PX, 3 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addLayout(texts, 1)
        column.addLayout(grid)
        return face

    def _key(self, text: str, parent: QWidget) -> FittedKey:
        made = FittedKey(parent)
        made.show_text(text)
        made.setMinimumHeight(TOUCH_PX)
        return made
