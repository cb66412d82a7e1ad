"""A list of things of one kind that somebody sets up: rows, and behind each row the form of one of them.

Owns the way between the list and the form. What a thing is, how its row reads and what its form asks is its page's.
A thing is a mapping as in the event's JSON; the list never looks into it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.widgets.fields import WIDEST
from app.widgets.form import key, set_tone
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.row_key import RowKey, RowText
from app.widgets.tab_order import tab_as_laid_out, tab_with_more
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName
from app.widgets.typeface import font

Item: TypeAlias = Mapping[str, Any]


class ItemForm(QWidget):
    """The form of one thing."""

    changed = Signal()

    def show_item(self, item: Item) -> None:
        """Shows one thing."""
        raise NotImplementedError

    def item(self) -> dict[str, Any]:
        """The thing as it stands in the form."""
        raise NotImplementedError

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""

    def take_focus(self) -> None:
        """Whoever types now types into its first field."""


class ItemList(QWidget):
    """The rows, or the form of one of them. `describe` makes a row of a thing, `fresh` a new thing beside others."""

    changed = Signal()
    opened = Signal()
    """Another side of it is shown: the page may want to scroll to it."""

    def __init__(
        self,
        form: ItemForm,
        describe: Callable[[Item], RowText],
        fresh: Callable[[Sequence[Item]], dict[str, Any]],
        most: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.form, self._describe, self._fresh, self._most = form, describe, fresh, most
        self._items: list[dict[str, Any]] = []
        self._at: int | None = None
        self._theme, self._base_px = THEMES[ThemeName.DARK], 16
        self.rows: list[RowKey] = []
        self._empty = PlainParagraph(self)
        self.add_key, self.done_key, self.remove_key = (key("", self) for _ in range(3))
        set_tone(self.remove_key, "danger")
        self._build()
        self._show()

    @property
    def items(self) -> list[dict[str, Any]]:
        """All things, as they stand."""
        return [dict(each) for each in self._items]

    @property
    def at(self) -> int | None:
        """Which of them is open."""
        return self._at

    def show_items(self, items: Sequence[Item]) -> None:
        """Shows things, as a list; an open form stays where its thing is still there."""
        self._items = [dict(each) for each in items]
        if self._at is not None and self._at >= len(self._items):
            self._at = None
        if self._at is not None:
            self.form.show_item(self._items[self._at])
        self._show()

    def say(self, *, add: str, done: str, remove: str, empty: str) -> None:
        """Says what the keys do, and what stands where there is nothing."""
        for pressed, text in ((self.add_key, add), (self.done_key, done), (self.remove_key, remove)):
            show_on_button(pressed, text)
        self._empty.show_text(empty)
        self._show()

    def open(self, at: int) -> None:
        """Shows the form of one of them."""
        self._at = at
        self.form.show_item(self._items[at])
        self._show()
        tab_with_more(self)  # the thing may have brought rows of its own
        self.form.take_focus()
        self.opened.emit()

    def close_form(self) -> None:
        """Shows the list again."""
        before, self._at = self._at, None
        self._show()
        if before is not None and before < len(self._items):
            self.rows[before].setFocus(Qt.FocusReason.OtherFocusReason)
        self.opened.emit()

    def add(self) -> None:
        """A new thing, with its form."""
        self._items.append(self._fresh(self._items))
        self.changed.emit()
        self.open(len(self._items) - 1)

    def remove(self) -> None:
        """Takes the open one away."""
        if self._at is not None:
            del self._items[self._at]
            self._at = None
            self._show()
            self.add_key.setFocus(Qt.FocusReason.OtherFocusReason)
            self.changed.emit()
            self.opened.emit()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self._empty.setStyleSheet(f"color: {theme.muted};")
        self.form.show_theme(theme)
        for each in self.rows:
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self._base_px = base_px
        self.form.show_base(base_px)
        for each in (self._empty, self.add_key, self.done_key, self.remove_key):
            each.setFont(font(base_px))
        for row in self.rows:
            row.show_base(base_px)
            row.setMaximumWidth(WIDEST * base_px)

    def _note_change(self) -> None:
        if self._at is not None:
            self._items[self._at] = self.form.item()
            self.changed.emit()

    def _show(self) -> None:
        is_open = self._at is not None
        while len(self.rows) < len(self._items):
            self.rows.append(self._row(len(self.rows)))
            tab_with_more(self)
        for place, each in enumerate(self.rows):
            each.setVisible(not is_open and place < len(self._items))
            if place < len(self._items):
                each.show_row(self._describe(self._items[place]))
        self._empty.setVisible(not is_open and not self._items and bool(self._empty.text()))
        self.add_key.setVisible(not is_open)
        self.add_key.setEnabled(len(self._items) < self._most)
        for part in (self.form, self.done_key, self.remove_key):
            part.setVisible(is_open)

    def _row(self, place: int) -> RowKey:
        made = RowKey(self)
        made.show_theme(self._theme)
        made.show_base(self._base_px)
        made.setMaximumWidth(WIDEST * self._base_px)
        made.clicked.connect(lambda _=False: self.open(place))
        self._rows.addWidget(made)
        return made

    def _build(self) -> None:
        self._rows = QVBoxLayout()
        self._rows.setSpacing(GRID_PX)
        self.form.setParent(self)
        self.form.changed.connect(self._note_change)
        self.add_key.clicked.connect(lambda _=False: self.add())
        self.done_key.clicked.connect(lambda _=False: self.close_form())
        self.remove_key.clicked.connect(lambda _=False: self.remove())
        keys = QHBoxLayout()
        keys.setSpacing(GRID_PX)
        for each in (self.add_key, self.done_key, self.remove_key):
            keys.addWidget(each)
        keys.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        column.addLayout(self._rows)
        column.addWidget(self._empty)
        column.addWidget(self.form)
        column.addLayout(keys)
        tab_as_laid_out(self)
