"""A section whose field is a list of things: gates, classes, alerts.

Owns the way from a place in the event (`classes.2.entries`) to the field of a form: it opens the thing's form.
"""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.organizer.setup.section import Section
from app.organizer.surroundings import Surroundings
from app.widgets.fields import Field
from app.widgets.item_list import Item, ItemForm, ItemList
from app.widgets.row_key import RowText
from app.widgets.theme import GRID_PX, Theme
from core.sync.event_flaws import Place
from core.sync.messages import EventRow


class FieldsForm(ItemForm):
    """The form of one thing, field by field, by the event's own names for them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, Field] = {}
        self._item: dict[str, Any] = {}
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(3 * GRID_PX)

    def add(self, name: str, field: Field) -> None:
        """Puts a field below the others."""
        self.fields[name] = field
        field.changed.connect(self.note_change)
        self.column.addWidget(field)

    def note_change(self) -> None:
        """Somebody has typed."""
        self.changed.emit()

    def show_item(self, item: Item) -> None:
        """Shows one thing; what no field asks for is kept as it is."""
        self._item = dict(item)
        for name, field in self.fields.items():
            field.show_value(item.get(name))

    def item(self) -> dict[str, Any]:
        """The thing as it stands."""
        return {**self._item, **{name: field.value for name, field in self.fields.items()}}

    def field_at(self, place: Place) -> Field | None:
        """The field of a place within the thing."""
        return self.fields.get(str(place[0])) if place else None

    def inputs(self) -> list[Field]:
        """All of its fields."""
        return list(self.fields.values())

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        for each in self.fields.values():
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for each in self.fields.values():
            each.show_base(base_px)

    def take_focus(self) -> None:
        """Into its first field."""
        next(iter(self.fields.values())).take_focus()


class ListSection(Section):
    """A list of things; `names` has the one name of it."""

    opened = Signal()
    """Its list or a form of it is shown from now on."""

    def __init__(self, at: Surroundings, form: FieldsForm, most: int, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self.item_form = form
        self.list = ItemList(form, self.describe, self.fresh, most)
        self.list.changed.connect(self.note_change)
        self.list.opened.connect(lambda: self.wanted.emit(self.list))
        self.inputs += form.inputs()
        self.add_part(self.list)

    def describe(self, item: Item) -> RowText:
        """One thing as a row."""
        raise NotImplementedError

    def fresh(self, others: Sequence[Item]) -> dict[str, Any]:
        """A new thing beside the others."""
        raise NotImplementedError

    def values(self) -> dict[str, Any]:
        """As they stand."""
        return {self.names[0]: self.list.items}

    def load(self, row: EventRow) -> None:
        """Shows the event's."""
        self.list.show_items(self._fields_of(row)[self.names[0]])

    def field_at(self, place: Place) -> Field | None:
        """Opens the form of the thing; None where another one's form is open already, with what is wrong there."""
        if len(place) < 2 or not isinstance(place[1], int):
            return None
        is_marked = any(each.trouble for each in self.inputs)
        if self.list.at != place[1]:
            if is_marked or place[1] >= len(self.list.items):
                return None
            self.list.open(place[1])
        return self.item_form.field_at(place[2:])

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self.list.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.list.show_base(base_px)


def spare_name(name: str, taken: Sequence[str]) -> str:
    """An id of a name, such as `north-gate`, that no other has: letters of any script, digits, one dash between."""
    letters = "".join(letter if letter.isalnum() else " " for letter in name.casefold())
    plain = "-".join(letters.split())[:32] or "x"
    number, found = 1, plain
    while found in taken:
        number += 1
        found = f"{plain}-{number}"
    return found
