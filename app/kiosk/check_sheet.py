"""The page of the self-test: go or no go, a row for each part, and what to do about the one that was touched."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.kiosk.check_present import CheckText
from app.kiosk.check_words import SheetWords
from app.kiosk.people_words import SearchWords
from app.kiosk.sheet import Sheet
from app.widgets.fitted_key import FittedKey
from app.widgets.plain_text import PlainParagraph, plain_label
from app.widgets.row_key import PagedRows, RowText
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, type_px
from app.widgets.typeface import font
from core.gate.readiness import Mark
from core.model.outcomes import OutcomeClass

_SIGN = {Mark.WELL: OutcomeClass.ADMIT, Mark.LOOK: OutcomeClass.HOLD, Mark.BROKEN: OutcomeClass.DENY}


class CheckSheet(Sheet):
    """Holds no codes: a guest's verdict comes first, and the test code comes here alone."""

    play_wanted = Signal()
    ear_told = Signal(bool)
    """Whether somebody heard the sound."""
    again_wanted = Signal()
    print_wanted = Signal()
    left = Signal()
    """It was closed, by whatever means."""

    def __init__(self, title: str, words: SheetWords, paging: SearchWords, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._words = words
        self._text = CheckText(Mark.LOOK, "", "", ())
        self._touched: str | None = None
        self.outcome = plain_label("", self)
        self.intro = PlainParagraph(self)
        self.rows = PagedRows(up=paging.up, down=paging.down, page=paging.page, parent=self)
        self.rows.chosen.connect(self._touch)
        self.cure = PlainParagraph(self)
        self.note = PlainParagraph(self)
        self.play_key = self._key(words.play, self.play_wanted.emit)
        self.heard_key = self._key(words.heard, lambda: self.ear_told.emit(True))
        self.unheard_key = self._key(words.unheard, lambda: self.ear_told.emit(False))
        self.again_key = self._key(words.again, self.again_wanted.emit)
        self.print_key = self._key(words.print, self.print_wanted.emit)
        self._arrange()

    @property
    def keys(self) -> tuple[FittedKey, ...]:
        """All keys below the rows."""
        return self.play_key, self.heard_key, self.unheard_key, self.again_key, self.print_key

    def show_check(self, text: CheckText) -> None:
        """Shows what was found."""
        if text == self._text:
            return
        self._text = text
        self.outcome.show_text(text.title)
        self.intro.show_text(text.intro)
        rows = tuple(RowText(f"{row.part} · {row.word}", row.told, _SIGN[row.mark]) for row in text.rows)
        self.rows.show_rows(rows, from_start=False)
        self._show_cure()

    def show_note(self, text: str) -> None:
        """Says something below the rows, such as where the printed sheet lies."""
        self.note.show_text(text)

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
        self.outcome.setFont(font(type_px(base_px, 1), QFont.Weight.Bold))
        for part in (self.intro, self.cure, self.note):
            part.setFont(font(type_px(base_px, -1)))
        for each in self.keys:
            each.setFont(font(type_px(base_px, -1), QFont.Weight.Medium))

    @Slot(int)
    def _touch(self, number: int) -> None:
        self._touched = self._text.rows[number].part
        self._show_cure()

    def _show_cure(self) -> None:
        """Of the part that was touched, else of the first that has one."""
        rows = [row for row in self._text.rows if row.cure]
        chosen = next((row for row in rows if row.part == self._touched), rows[0] if rows else None)
        self.cure.show_text(f"{chosen.part}: {chosen.cure}" if chosen else "")

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2 * GRID_PX)
        head.addWidget(self.outcome)
        head.addWidget(self.intro, 1)
        keys = QHBoxLayout()
        keys.setSpacing(GRID_PX)
        for each in self.keys:
            keys.addWidget(each, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addLayout(head)
        column.addWidget(self.rows, 1)
        column.addWidget(self.cure)
        column.addWidget(self.note)
        column.addLayout(keys)
        self.note.show_text("")

    def _key(self, text: str, pressed: object) -> FittedKey:
        made = FittedKey(self)
        made.show_text(text)
        made.setMinimumHeight(TOUCH_PX)
        made.clicked.connect(pressed)
        return made
