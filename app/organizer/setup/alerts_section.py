"""What doors do before a guest goes on: the event's attention items."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from PySide6.QtWidgets import QWidget

from app.organizer.setup.list_section import FieldsForm, ListSection
from app.organizer.surroundings import Surroundings
from app.widgets.choice_fields import ChoiceField, Option
from app.widgets.fields import TextField
from app.widgets.item_list import Item
from app.widgets.row_key import RowText
from core.model.attention import MOST_ITEMS, AttentionKind
from core.sync.messages import AttentionRow

_MOST_LINE = 120


class AlertForm(FieldsForm):
    """One alert: what staff read, and what it is about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text, self.kind = TextField(_MOST_LINE), ChoiceField()
        self.add("text", self.text)
        self.add("kind", self.kind)


class AlertsSection(ListSection):
    """All alerts. Their numbers stay: classes and tickets name them by it."""

    names = ("attention",)

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        self.alert_form = AlertForm()
        super().__init__(at, self.alert_form, MOST_ITEMS, parent)

    def say(self) -> None:
        """In the language of now."""
        words = self.at.words.set_up
        said = words.alerts
        self.list.say(add=said.add, done=said.done, remove=said.remove, empty=said.empty)
        self.alert_form.text.say(said.text, said.text_help)
        self.alert_form.kind.say(said.kind, said.intro)
        self.alert_form.kind.show_options([Option(kind.value, words.alert_kinds[kind]) for kind in AttentionKind])

    def describe(self, item: Item) -> RowText:
        """What staff read, and whom it is for."""
        said, number = self.at.words.set_up.alerts, item["number"]
        naming = [each.name for each in self.row.classes if number in each.attention] if self.row else []
        return RowText(str(item["text"]), said.used_by.fill(names=", ".join(naming)) if naming else said.unused)

    def fresh(self, others: Sequence[Item]) -> dict[str, Any]:
        """With the first number that is free."""
        taken = {each["number"] for each in others}
        number = next(number for number in range(1, MOST_ITEMS + 1) if number not in taken)
        return asdict(AttentionRow(number, AttentionKind.AGE.value, self.at.words.set_up.alerts.fresh))
