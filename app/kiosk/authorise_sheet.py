"""Who decides, why, and their PIN: for a supervisor's word, for a locked page, for somebody who comes on shift.

Owns the steps, each a page of large keys; a step with nothing to choose is passed over. Whether a PIN is right is asked
of whoever opened the sheet.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.kiosk.choice_keys import ChoiceKeys
from app.kiosk.pin_pad import PinPad
from app.kiosk.sheet import Sheet
from app.kiosk.staff_words import OverrideWords
from app.widgets.plain_text import PlainParagraph
from app.widgets.theme import GRID_PX, type_px
from app.widgets.typeface import font
from core.gate.operators import MOST_DIGITS, Operator

Check = Callable[[Operator, str], str]
"""Says what is wrong with a person's PIN; empty for the right one."""
_MANY = 8
"""From so many names on, three stand side by side."""


class AuthoriseSheet(Sheet):
    """`authorised` tells who it was (an `Operator`) and the value of the reason, empty where none was asked for."""

    holds_codes = True
    authorised = Signal(object, str)

    def __init__(
        self,
        title: str,
        people: Sequence[Operator],
        check: Check,
        words: OverrideWords,
        reasons: Sequence[tuple[str, str]] = (),
        text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent)
        self._words = words
        self._check = check
        self._people = {each.id: each for each in people}
        self._who = people[0]
        self._reason = ""
        self._base_px = 16
        self.text = PlainParagraph(self)
        self._pages = QStackedWidget(self)
        self.reasons = self._choice(reasons, self._take_reason)
        names = [(each.id, each.name) for each in people]
        self.names = self._choice(names, self._take_name, 3 if len(names) > _MANY else 2)
        self.pad = PinPad(title, MOST_DIGITS, words.delete, words.enter, is_secret=True, parent=self)
        self.pad.entered.connect(self._try)
        place = QWidget(self)
        middle = QHBoxLayout(place)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.addStretch(1)
        middle.addWidget(self.pad, 18)
        middle.addStretch(1)
        for page in (self.reasons, self.names, place):
            self._pages.addWidget(page)
        self._told = text
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX)
        column.addWidget(self.text)
        column.addWidget(self._pages, 1)
        self._ask_why() if reasons else self._ask_who()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.text.setFont(font(type_px(base_px, 0)))
        for part in (self.reasons, self.names, self.pad):
            part.show_base(base_px)

    def be_opened(self) -> None:
        """A PIN can be typed at once, where nothing else is asked first."""
        if self._pages.currentIndex() == self._pages.count() - 1:
            self.pad.field.setFocus()

    def _choice(self, choices: Sequence[tuple[str, str]], take: Callable[[str], None], columns: int = 2) -> ChoiceKeys:
        keys = ChoiceKeys(choices, columns, self)
        keys.chosen.connect(take)
        return keys

    def _ask_why(self) -> None:
        self._say(self._words.why)
        self._pages.setCurrentIndex(0)

    def _take_reason(self, reason: str) -> None:
        self._reason = reason
        self._ask_who()

    def _ask_who(self) -> None:
        if len(self._people) == 1:
            self._take_name(next(iter(self._people)))
        else:
            self._say(self._words.who)
            self._pages.setCurrentIndex(1)

    def _take_name(self, id_: str) -> None:
        self._who = self._people[id_]
        self._say(self._words.pin.fill(name=self._who.name))
        self._pages.setCurrentIndex(2)
        self.pad.field.setFocus()

    def _say(self, text: str) -> None:
        self.text.show_text(f"{self._told} · {text}" if self._told else text)

    def _try(self, pin: str) -> None:
        wrong = self._check(self._who, pin)
        if wrong:
            self.pad.refuse(wrong)
        else:
            self.authorised.emit(self._who, self._reason)
