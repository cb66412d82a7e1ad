"""The page on which staff look for a guest, and say that it is them.

Owns the field, the keys and which of its two faces is seen: the list, or one guest. Searches nothing itself.
"""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.kiosk.guest_present import FoundText, GuestText
from app.kiosk.people_words import SearchWords
from app.kiosk.sheet import Sheet
from app.widgets.fitted_key import FittedKey
from app.widgets.form import entry
from app.widgets.letter_pad import LetterPad
from app.widgets.plain_text import PlainParagraph, plain_label
from app.widgets.row_key import PagedRows
from app.widgets.theme import GRID_PX, TOUCH_PX, Theme, type_px
from app.widgets.typeface import font
from core.people.search import MOST_TYPED
from core.people.view import Guest

PAUSE_MS = 120
"""After a letter, before the list is asked: whoever types does not look at it."""
_LOW_PX = 420
_MOST_LINES = 2


class SearchSheet(Sheet):
    """Steps aside for a verdict, as nothing is lost by it."""

    left = Signal()
    """It was closed, by whatever means."""
    typed = Signal(str)
    """What stands in the field, once typing pauses."""
    picked = Signal(int)
    """A row of the list was touched."""
    wanted = Signal(object, bool)
    """A `Guest` shall be presented; whether the ID was compared."""

    def __init__(self, title: str, words: SearchWords, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._words = words
        self._guest: Guest | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(lambda: self.typed.emit(self.field.text()))
        self._faces = QStackedLayout(self)
        self._faces.addWidget(self._build_list())
        self._faces.addWidget(self._build_guest())
        self._is_low = False

    # --- what is shown --------------------------------------------------------------------------------------------

    def show_found(self, text: FoundText) -> None:
        """Shows whom the words may mean."""
        self.note.show_text(text.note)
        self.rows.show_rows(text.rows)
        self._arrange()

    def show_guest(self, guest: Guest, text: GuestText) -> None:
        """Shows one guest, and what can be done with them."""
        self._guest = guest
        self.outcome_class = None
        self.name.show_text(text.name)
        for place, line in enumerate(self.lines):
            line.show_text(text.lines[place] if place < len(text.lines) else "")
        self.check.show_text(self._words.check_id if text.wants_id and text.can_be_presented else "")
        self.no_terms.show_text("" if text.can_be_presented else self._words.no_terms)
        self.matches_key.setVisible(text.wants_id and text.can_be_presented)
        self.differs_key.setVisible(text.wants_id and text.can_be_presented)
        self.present_key.setVisible(not text.wants_id and text.can_be_presented)
        self.present_key.show_text(text.ask)
        self._faces.setCurrentIndex(1)

    def show_list(self) -> None:
        """Shows the list again."""
        self._guest = None
        self._faces.setCurrentIndex(0)
        self.field.setFocus()

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
        self.name.setFont(font(type_px(base_px, 3), QFont.Weight.Bold))
        self.note.setFont(font(base_px))
        for each in (*self.lines, self.check, self.no_terms):
            each.setFont(font(type_px(base_px, 1)))
        self.field.setFont(font(type_px(base_px, 1)))
        for key in (self.turn_key, self.matches_key, self.differs_key, self.present_key, self.back_key):
            key.setFont(font(base_px, QFont.Weight.Medium))
        for row in self.pad.keys:
            for each_key in row:
                each_key.setFont(font(base_px, QFont.Weight.Medium))

    def be_opened(self) -> None:
        """The field takes what is typed."""
        self.field.setFocus()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """On a low screen there is room for the keys or for the list."""
        super().resizeEvent(event)
        self._is_low = self.height() < _LOW_PX
        if not self._is_low:
            self.pad.show()
        self._arrange()

    # --- parts ----------------------------------------------------------------------------------------------------

    def _build_list(self) -> QWidget:
        words, face = self._words, QWidget(self)
        self.field = entry(words.field, MOST_TYPED, face)
        self.field.setPlaceholderText(words.field)
        self.field.textChanged.connect(lambda _: self._pause.start())
        self.field.returnPressed.connect(self._pick_first)
        self.turn_key = FittedKey(face)
        self.turn_key.clicked.connect(self._turn_pad)
        self.note = PlainParagraph(face)
        self.rows = PagedRows(up=words.up, down=words.down, page=words.page, parent=face)
        self.rows.chosen.connect(self.picked)
        self.pad = LetterPad(
            words.keys, space=words.space, erase=words.erase, digits=words.digits, letters=words.words, parent=face
        )
        self.pad.typed.connect(self.field.insert)
        self.pad.erased.connect(self.field.backspace)
        top = QHBoxLayout()
        top.setSpacing(GRID_PX)
        top.addWidget(self.field, 1)
        top.addWidget(self.turn_key)
        column = QVBoxLayout(face)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addLayout(top)
        column.addWidget(self.note)
        column.addWidget(self.rows, 1)
        column.addWidget(self.pad)
        return face

    def _build_guest(self) -> QWidget:
        words, face = self._words, QWidget(self)
        self.name = plain_label("", face)
        self.lines = [PlainParagraph(face) for _ in range(_MOST_LINES)]
        self.check = PlainParagraph(face)
        self.no_terms = PlainParagraph(face)
        self.no_terms.setProperty("tone", "trouble")
        self.matches_key = self._key(words.matches, face)
        self.matches_key.clicked.connect(lambda: self._want(is_checked=True))
        self.differs_key = self._key(words.differs, face)
        self.differs_key.clicked.connect(lambda: self._want(is_checked=False))
        self.present_key = self._key(words.let_in, face)
        self.present_key.clicked.connect(lambda: self._want(is_checked=False))
        self.back_key = self._key(words.back, face)
        self.back_key.clicked.connect(self.show_list)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID_PX)
        for key in (self.back_key, self.differs_key, self.matches_key, self.present_key):
            row.addWidget(key, 1)
        column = QVBoxLayout(face)
        column.setContentsMargins(3 * GRID_PX, GRID_PX, 3 * GRID_PX, 2 * GRID_PX)
        column.setSpacing(GRID_PX)
        for part in (self.name, *self.lines, self.no_terms):
            column.addWidget(part)
        column.addStretch(1)
        column.addWidget(self.check)
        column.addLayout(row)
        return face

    def _key(self, text: str, parent: QWidget) -> FittedKey:
        made = FittedKey(parent)
        made.show_text(text)
        made.setMinimumHeight(TOUCH_PX + GRID_PX)
        return made

    # --- what the user does ---------------------------------------------------------------------------------------

    def _pick_first(self) -> None:
        """Enter takes the only one there is: of several, somebody has to choose."""
        if len(self.rows.shown) == 1 and self.rows.pages == 1:
            self.picked.emit(0)

    def _want(self, *, is_checked: bool) -> None:
        if self._guest is not None:
            guest, self._guest = self._guest, None
            self.wanted.emit(guest, is_checked)
            self.done.emit()

    def _turn_pad(self) -> None:
        self.pad.setVisible(self.pad.isHidden())
        self._arrange()

    def _arrange(self) -> None:
        """Beside the keys a low screen has room for one row, or for the line that stands in its place."""
        is_tight = self._is_low and not self.pad.isHidden()
        self.note.setVisible(bool(self.note.text()) and not (is_tight and self.rows.shown))
        self.rows.setVisible(not (is_tight and self.note.isVisibleTo(self)))
        self.turn_key.show_text(self._words.keyboard if self.pad.isHidden() else self._words.list)
