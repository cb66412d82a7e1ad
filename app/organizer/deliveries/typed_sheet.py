"""A sheet with one line to type before a deed: why something is given up, where it should go instead.

Owns that nothing is done with an empty line, and that what was typed stays while the server refuses it.
"""

from PySide6.QtCore import Signal

from app.organizer.sheet_page import SheetPage
from app.organizer.surroundings import Surroundings
from app.widgets.form import entry
from app.widgets.plain_text import plain_label, show_in_line, show_on_button
from app.widgets.theme import TOUCH_PX, Theme
from app.widgets.typeface import font


class TypedSheet(SheetPage):
    """One line and two keys."""

    decided = Signal(str)
    """What was typed, as somebody said yes."""

    def __init__(
        self, at: Surroundings, label: str, yes: str, *, most: int, first: str = "", tone: str = "main"
    ) -> None:
        super().__init__(at)
        self._first = first
        self._is_busy = False
        self.label = plain_label(label, self)
        self.field = entry(label, most, self)
        show_in_line(self.field, first)
        self.field.textChanged.connect(lambda _: self._let())
        self.field.returnPressed.connect(self._decide)
        for part in (self.label, self.field):
            self.room.addWidget(part)
        self.no, self.yes = self.a_key(at.words.deliveries.deeds.no), self.a_key("", tone)
        show_on_button(self.yes, yes)
        self.no.clicked.connect(self.left)
        self.yes.clicked.connect(self._decide)
        self.show_keys((self.no, self.yes))
        self.setFocusProxy(self.field)
        self._let()

    @property
    def is_busy(self) -> bool:
        """Whether the server has been asked and has not answered."""
        return self._is_busy

    @property
    def is_unsaved(self) -> bool:
        """Whether something else was typed than stood there."""
        return self.field.text() != self._first

    @property
    def typed(self) -> str:
        """What is typed."""
        return " ".join(self.field.text().split())

    def wait(self, *, is_waiting: bool) -> None:
        """While the server is asked nothing else begins."""
        self._is_busy = is_waiting
        if is_waiting:
            self.tell(self.at.words.deliveries.deeds.working)
        self._let()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self.label.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.label.setFont(font(base_px))
        self.field.setFont(font(base_px))
        self.field.setMinimumHeight(TOUCH_PX)

    def _let(self) -> None:
        self.yes.setEnabled(bool(self.typed) and self.typed != self._first and not self._is_busy)
        self.no.setEnabled(not self._is_busy)

    def _decide(self) -> None:
        if self.yes.isEnabled():
            self.decided.emit(self.typed)
