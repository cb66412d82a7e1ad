"""The sheet on which staff type what is printed below a code that can't be read any more.

Owns field, keys and the groups as they stand on the ticket. Says what was typed; refuses to know any ticket.
"""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.kiosk.sheet import Sheet
from app.kiosk.typing_present import HEX_KEYS, LETTER_KEYS, TypingFacts, TypingText, present_typing
from app.kiosk.words import KioskWords
from app.widgets.fitted_key import FittedKey
from app.widgets.form import entry, key
from app.widgets.plain_text import LEAST_PX, draw_line, plain, plain_label
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, type_px
from app.widgets.typeface import font
from core.gate.typed import GROUPS, MOST_TYPED, Number, Typed, WholeCode
from core.model.ids import TicketHandle

_LEFT = Qt.AlignmentFlag.AlignLeft
_MOST_KEY_PX = 72
_MOST_LINE = 200
"""Characters of the line about what was typed; it is elided where it finds no room."""


class TypingSheet(Sheet):
    """Steps aside for a verdict, of its own code as of any other."""

    number_typed = Signal(object)
    """A `TicketHandle`: the number that is printed on a ticket."""
    code_typed = Signal(str)
    """A whole code, as it would have been scanned."""
    picture_wanted = Signal()
    """Staff have a picture of the code in a file."""

    def __init__(self, words: KioskWords, *, has_old_codes: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(words.typing.title, parent)
        self._said = words.typing
        self._facts = TypingFacts(has_old_codes=has_old_codes)
        self._is_small = False
        self.field = entry(self._said.field, MOST_TYPED, self)
        self.field.setPlaceholderText(plain(self._said.field))
        self.field.textChanged.connect(self._take_text)
        self.field.returnPressed.connect(self.check)
        self._groups = GroupsView(self)
        self._line = plain_label("", self, _MOST_LINE)
        self._line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.check_key = self._key(self._said.check, self.check)
        self.erase_key = self._key(self._said.erase, self.field.backspace)
        self.clear_key = self._key(self._said.clear, self.field.clear)
        self.picture_key = self._key(self._said.picture, self.picture_wanted.emit)
        self.case_key = self._key(self._said.case, self._turn_case)
        self.letter_keys = [
            [self._letter(letter) for letter in row] for row in (LETTER_KEYS if has_old_codes else HEX_KEYS)
        ]
        self._build()
        self._show()

    @property
    def text(self) -> TypingText:
        """What is shown."""
        return present_typing(self._facts, self._said)

    @property
    def read(self) -> Typed:
        """What stands in the field, as far as it goes."""
        return self._facts.read

    @Slot()
    def check(self) -> None:
        """Asks about what was typed, when it is whole."""
        match self._facts.read:
            case Number(tid=tid):
                self.number_typed.emit(tid)
            case WholeCode(text=text):
                self.code_typed.emit(text)
            case _:
                pass

    @Slot(object, int)
    def show_doubt(self, tid: TicketHandle, group: int) -> None:
        """Shows the group to look at again, where that number still stands in the field."""
        if self._facts.read == Number(tid):
            self._facts = TypingFacts(self._facts.typed, self._facts.has_old_codes, group)
            self._show()

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        super().show_theme(theme)
        self._groups.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self._groups.show_base(base_px)
        self.field.setFont(font(type_px(base_px, 1), QFont.Weight.Medium))
        for part in (self._line, *self._all_keys()):
            part.setFont(font(base_px))

    def be_opened(self) -> None:
        """Typing begins in the field."""
        self.field.setFocus()

    def _all_keys(self) -> list[QPushButton]:
        letters = [key for row in self.letter_keys for key in row]
        return [*letters, self.check_key, self.erase_key, self.clear_key, self.picture_key, self.case_key]

    def _take_text(self, typed: str) -> None:
        self._facts = TypingFacts(typed, self._facts.has_old_codes)
        self._show()

    def _type(self, letter: str) -> None:
        self.field.insert(letter.lower() if self._is_small else letter)

    def _turn_case(self) -> None:
        self._is_small = not self._is_small
        for row in self.letter_keys:
            for each in row:
                each.show_text(each.told.lower() if self._is_small else each.told.upper())

    def _show(self) -> None:
        text = self.text
        self._groups.show_groups(text.groups, text.wrong)
        self._line.show_text(text.line)
        self._line.setProperty("tone", "trouble" if text.is_trouble else "")
        self._line.style().polish(self._line)
        self.check_key.setEnabled(text.can_check)

    def _key(self, text: str, pressed: Callable[[], object]) -> QPushButton:
        made = key(text, self)
        made.setAutoDefault(False)  # Enter in the field checks what was typed, and presses nothing else
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda: pressed())
        return made

    def _letter(self, letter: str) -> FittedKey:
        made = FittedKey(self)
        made.show_text(letter)
        made.setMinimumHeight(TOUCH_PX)
        made.setMaximumHeight(_MOST_KEY_PX)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        made.clicked.connect(lambda: self._type(letter))
        return made

    def _build(self) -> None:
        """A number has its groups and a line about them; another shop's code has no groups, and more letters."""
        has_letters = self._facts.has_old_codes
        grid = QGridLayout()
        grid.setSpacing(GRID_PX)
        for place, row in enumerate(self.letter_keys):
            for column, each in enumerate(row):
                grid.addWidget(each, place, column)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        whole.setSpacing(GRID_PX)
        whole.addLayout(_row(self.field, self.erase_key, self.clear_key, self.check_key))
        whole.addLayout(_row(self._line if has_letters else self._groups, self.case_key, self.picture_key))
        self._groups.setVisible(not has_letters)
        self.case_key.setVisible(has_letters)
        if not has_letters:
            whole.addWidget(self._line)
        whole.addLayout(grid, 8)
        whole.addStretch(1)


def _row(first: QWidget, *others: QWidget) -> QHBoxLayout:
    """Side by side, the first with all the room that the others leave."""
    row = QHBoxLayout()
    row.setSpacing(GRID_PX)
    row.addWidget(first, 1)
    for each in others:
        row.addWidget(each)
    return row


LEAST_LETTERS = 2.9
"""How wide four of the widest letters are, in sizes of them."""


class GroupsView(QWidget):
    """The groups of four as they stand on the ticket; those to look at again are marked, and not by colour alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = THEMES[ThemeName.DARK]
        self._base_px = 16
        self._groups: tuple[str, ...] = ()
        self._wrong: tuple[int, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(TOUCH_PX)

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        self._theme = theme
        self.update()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.setFixedHeight(max(TOUCH_PX, int(2.6 * base_px)))
        self.update()

    def show_groups(self, groups: tuple[str, ...], wrong: tuple[int, ...]) -> None:
        """Shows the groups; `wrong` counts from 1."""
        self._groups, self._wrong = groups, wrong
        self.setAccessibleName(plain(" ".join(groups)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paints the groups, and an empty frame for each that is missing; of a whole code the last that can be read."""
        painter = QPainter(self)
        first = max(0, len(self._groups) - max(GROUPS, int(self.width() / (LEAST_LETTERS * LEAST_PX + 2 * GRID_PX))))
        groups = self._groups[first:]
        count = max(GROUPS, len(groups))
        step = min(self.width() / count, 6.0 * self._base_px)
        fitting_px = min(self._base_px, int((step - 2 * GRID_PX) / LEAST_LETTERS))
        size = type_px(self._base_px, 2) if count == GROUPS else max(LEAST_PX, fitting_px)
        painter.setFont(font(size, QFont.Weight.Bold))
        for place in range(count):
            group = groups[place] if place < len(groups) else ""
            area = QRectF(place * step, 2, step - GRID_PX, self.height() - 4)
            is_wrong = first + place + 1 in self._wrong
            painter.setPen(QColor(self._theme.notice if is_wrong else self._theme.text))
            draw_line(painter, area.adjusted(GRID_PX / 2, 0, 0, 0), _LEFT, group)
            painter.fillRect(
                QRectF(area.left(), area.bottom() - (4 if is_wrong else 2), area.width(), 4 if is_wrong else 2),
                QColor(self._theme.notice if is_wrong else self._theme.line),
            )
        painter.end()
