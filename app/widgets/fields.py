"""Fields of a form: what is asked above, where it is typed, what it means below, and what is wrong with it.

Owns that a field's trouble stands at the field, in words, and is heard with it. What a value may be is its page's to
decide; a field hands on what was typed.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.widgets.form import entry, key
from app.widgets.plain_text import PlainParagraph, plain, show_in_line
from app.widgets.theme import GRID_PX, THEMES, TOUCH_PX, Theme, ThemeName, type_px
from app.widgets.typeface import font

WIDEST = 46
"""In first steps of the type scale: wider than this a field is only further to look."""
NUMBER_WIDE = 9
"""Room for ten figures, in the same measure."""


class Field(QWidget):
    """One question of a form. What it asks for lies in `body`."""

    changed = Signal()
    """Somebody changed it; not what the page itself showed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._help, self._trouble = (PlainParagraph(self) for _ in range(3))
        self._theme = THEMES[ThemeName.DARK]
        self._name = ""
        self._is_quiet = False
        self.body = QVBoxLayout()
        self.body.setSpacing(GRID_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX // 2)
        column.addWidget(self._title)
        column.addLayout(self.body)
        column.addWidget(self._trouble)
        column.addWidget(self._help)
        for each in (self._title, self._help, self._trouble):
            each.hide()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    @property
    def value(self) -> object:
        """What was typed or chosen, as the event's JSON has it."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """What it asks for."""
        return self._name

    @property
    def trouble(self) -> str:
        """What is said to be wrong with it."""
        return self._trouble.text()

    @property
    def own_trouble(self) -> str:
        """What is wrong with what was typed, whatever the page thinks of it; empty for nothing."""
        return ""

    def show_value(self, value: object) -> None:
        """Shows a value; nobody changed it."""
        self._quietly(lambda: self._put(value))

    def say(self, name: str, help_text: str = "") -> None:
        """Says what it asks for, and below what that means."""
        self._name = name
        self._title.show_text(name)
        self._help.show_text(help_text)
        self._name_parts(name)

    def show_trouble(self, text: str) -> None:
        """Says what is wrong with it; empty for nothing."""
        self._trouble.show_text(text)
        self._mark()
        for part in self.parts():
            part.setAccessibleDescription(plain(text or self._help.text(), 400))

    def take_focus(self) -> None:
        """Whoever types now types here."""
        for part in self.parts()[:1]:
            part.setFocus(Qt.FocusReason.OtherFocusReason)

    def parts(self) -> list[QWidget]:
        """What can be typed into or pressed, the first in front."""
        return []

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self._help.setStyleSheet(f"color: {theme.muted};")
        self._trouble.setStyleSheet(f"color: {theme.notice};")
        self._mark()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._title.setFont(font(base_px, QFont.Weight.Medium))
        for each in (self._help, self._trouble):
            each.setFont(font(type_px(base_px, -1)))

    def _mark(self) -> None:
        """The edge of what is typed into says that something is wrong there; the words say what."""
        edge = f"QLineEdit {{ border-color: {self._theme.notice}; }}" if self.trouble else ""
        focus = f"QLineEdit:focus {{ border-color: {self._theme.focus}; }}" if edge else ""
        if self.styleSheet() != edge + focus:
            self.setStyleSheet(edge + focus)

    def _quietly(self, act: Callable[[], None]) -> None:
        """Does something that no person did."""
        before, self._is_quiet = self._is_quiet, True
        act()
        self._is_quiet = before

    def _put(self, value: object) -> None:
        raise NotImplementedError

    def _name_parts(self, name: str) -> None:
        for part in self.parts()[:1]:
            part.setAccessibleName(plain(name))

    def _note_change(self) -> None:
        self.show_trouble("")
        if not self._is_quiet:
            self.changed.emit()


class TextField(Field):
    """One line of text, at most `most_wide` first steps. `is_secret`: nobody who looks over a shoulder reads it."""

    def __init__(
        self, most: int, parent: QWidget | None = None, *, is_secret: bool = False, most_wide: int = WIDEST
    ) -> None:
        super().__init__(parent)
        self.most_wide = most_wide
        self.line = entry("", most, self)
        if is_secret:
            self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.textChanged.connect(self._note_change)
        self.body.addWidget(self.line)

    @property
    def value(self) -> str:
        """What was typed, without spaces around it."""
        return self.line.text().strip()

    def parts(self) -> list[QWidget]:
        """The line."""
        return [self.line]

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.line.setMaximumWidth(self.most_wide * base_px)
        self.line.setFont(font(base_px))

    def _put(self, value: object) -> None:
        show_in_line(self.line, str(value or ""))


class NumberField(Field):
    """A whole number, typed or stepped; `None` where nothing stands there."""

    def __init__(self, least: int, most: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least, self._most = least, most
        self.line = entry("", len(str(most)) + 2, self)
        self.line.textChanged.connect(self._note_change)
        self.less, self.more = self._stepper("−", -1), self._stepper("+", 1)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        for each in (self.less, self.line, self.more):
            row.addWidget(each)
        row.addStretch(1)
        self.body.addLayout(row)

    @property
    def value(self) -> "int | str | None":
        """The number; what was typed where it is none."""
        text = self.line.text().strip()
        if not text:
            return None
        return int(text) if text.isascii() and text.lstrip("-").isdigit() else text

    def say_steps(self, less: str, more: str) -> None:
        """Says what the two keys do, for a screen reader."""
        self.less.setAccessibleName(plain(f"{less}: {self.name}"))
        self.more.setAccessibleName(plain(f"{more}: {self.name}"))

    def parts(self) -> list[QWidget]:
        """The line, and the keys beside it."""
        return [self.line, self.less, self.more]

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.line.setFixedWidth(NUMBER_WIDE * base_px)
        for each in (self.less, self.line, self.more):
            each.setFont(font(base_px))

    def _put(self, value: object) -> None:
        show_in_line(self.line, "" if value is None else str(value))

    def _stepper(self, text: str, by: int) -> QPushButton:
        made = key(text, self)
        made.setFixedWidth(TOUCH_PX + GRID_PX)
        made.clicked.connect(lambda _=False: self._step(by))
        return made

    def _step(self, by: int) -> None:
        now = self.value
        number = now if isinstance(now, int) else self._least - by
        show_in_line(self.line, str(min(max(number + by, self._least), self._most)))
