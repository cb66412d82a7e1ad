"""The question before a deed, over the page: what it does, how much it touches, yes or no.

Owns that Escape is no, and that a destructive deed begins with no: its key is reached by Tab, or wants a number typed
first. Whoever asked is called when somebody says yes.
"""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.organizer.over_sheet import OverSheet, key_row
from app.organizer.surroundings import Confirmation
from app.organizer.words import ConfirmWords
from app.widgets.announcing import announce
from app.widgets.form import entry, key, set_tone
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.theme import TOUCH_PX
from app.widgets.typeface import font

MOST_TYPED = 32


class ConfirmSheet(OverSheet):
    """Lies over all of its parent while it asks."""

    def __init__(self, words: Callable[[], ConfirmWords], parent: QWidget) -> None:
        super().__init__(parent)
        self._words = words
        self._do: Callable[[], None] | None = None
        self._asked = Confirmation("", "", "")
        self.text, self.wants = PlainParagraph(self.content), PlainParagraph(self.content)
        self.field = entry("", MOST_TYPED, self.content)
        self.no, self.yes = key("", self.content), key("", self.content)
        self.field.textChanged.connect(self._let)
        self.field.returnPressed.connect(self._enter)
        self.yes.clicked.connect(self._confirm)
        self.no.clicked.connect(self.close_sheet)
        for each in (self.text, self.wants, self.field):
            self.column.addWidget(each)
        self.column.addLayout(key_row(self.no, self.yes))

    def ask(self, asked: Confirmation, do: Callable[[], None]) -> None:
        """Asks. Another question that was open is answered with no."""
        self._asked, self._do = asked, do
        self.title.show_text(asked.title)
        self.text.show_text(asked.text)
        self.wants.show_text(self._words().type_it.fill(text=asked.typed) if asked.typed else "")
        self.field.setVisible(bool(asked.typed))
        self.field.clear()
        self.field.setAccessibleName(self.wants.text())
        show_on_button(self.yes, asked.yes)
        show_on_button(self.no, self._words().no)
        set_tone(self.yes, "danger" if asked.is_destructive else "main")
        self._let()
        self.open_over(self.field if asked.typed else self.no if asked.is_destructive else self.yes)
        announce(self, f"{asked.title} {asked.text}", is_urgent=True)

    def close_sheet(self) -> None:
        """No."""
        self._do = None
        super().close_sheet()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for each in (self.text, self.wants):
            each.setFont(font(base_px))
        for part in (self.field, self.yes, self.no):
            part.setFont(font(base_px))
            part.setMinimumHeight(TOUCH_PX)
        super().show_base(base_px)

    def _let(self) -> None:
        self.yes.setEnabled(self.field.text().strip() == self._asked.typed)

    def _enter(self) -> None:
        if self.yes.isEnabled():
            self._confirm()

    def _confirm(self) -> None:
        do = self._do
        self.close_sheet()
        if do is not None:
            do()
