"""One class of tickets: what it buys, where and when, how often, and what is asked and done at the door."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget

from app.organizer.setup.event_section import say_steps
from app.organizer.setup.list_section import FieldsForm, spare_name
from app.organizer.setup.setup_words import SetUpWords
from app.organizer.surroundings import Surroundings
from app.widgets.choice_fields import ChoiceField, Option, TickField, TicksField
from app.widgets.fields import Field, NumberField, TextField
from app.widgets.item_list import Item, ItemList
from app.widgets.plain_text import PlainParagraph, show_in_line
from app.widgets.row_key import RowText
from app.widgets.theme import Theme
from app.widgets.typeface import font
from core.model.event import Reentry
from core.model.questions import MOST_CHOICES, MOST_QUESTIONS, QuestionKind
from core.sync.event_flaws import Place
from core.sync.messages import LARGEST_CROWD, MAX_COOLDOWN_MS, MAX_NAME, AttentionRow, GateRow, QuestionRow

MINUTE_MS = 60_000
_MOST = 1_000
_MOST_LINE = 120


class ChoicesField(TextField):
    """Choices, with commas between."""

    @property
    def value(self) -> list[str]:  # type: ignore[override]
        """One by one."""
        return [each.strip() for each in self.line.text().split(",") if each.strip()]

    def _put(self, value: object) -> None:
        show_in_line(self.line, ", ".join(value) if isinstance(value, list) else "")


class QuestionForm(FieldsForm):
    """One question of a class."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at = at
        self.text, self.kind = TextField(_MOST_LINE), ChoiceField()
        self.choices, self.required = ChoicesField(MOST_CHOICES * (MAX_NAME + 2)), TickField()
        for name, field in (("text", self.text), ("kind", self.kind), ("choices", self.choices)):
            self.add(name, field)
        self.add("is_required", self.required)
        self.kind.changed.connect(self._show_choices)

    def say(self) -> None:
        """In the language of now."""
        words = self._at.words.set_up
        said = words.questions
        self.text.say(said.text)
        self.kind.say(said.kind)
        self.kind.show_options([Option(kind.value, words.question_kinds[kind]) for kind in QuestionKind])
        self.choices.say(said.choices, said.choices_help)
        self.required.say(said.required)

    def show_item(self, item: Item) -> None:
        """Choices belong to a choice alone."""
        super().show_item(item)
        self._show_choices()

    def item(self) -> dict[str, Any]:
        """What another kind of question had to choose from is no choice of this one."""
        made = super().item()
        return made if made["kind"] == QuestionKind.CHOICE else {**made, "choices": []}

    def _show_choices(self) -> None:
        self.choices.setVisible(self.kind.value == QuestionKind.CHOICE)


class ClassForm(FieldsForm):
    """One class. `gates` and `days` are what the event has."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at = at
        self._cooldown_ms = 0
        self.add("name", TextField(MAX_NAME))
        self.add("opens_doors", TickField())
        self.every_gate, self.every_day = TickField(), TickField()
        self._add_apart(self.every_gate)
        self.add("gates", TicksField())
        self._add_apart(self.every_day)
        self.add("dates", TicksField())
        for name in ("entries", "per_day", "days"):
            self.add(name, NumberField(1, _MOST))
        self.add("reentry", ChoiceField())
        self.add("reentries", NumberField(0, _MOST))
        self.add("cooldown_ms", NumberField(0, MAX_COOLDOWN_MS // MINUTE_MS))
        self.add("capacity", NumberField(1, LARGEST_CROWD))
        self.add("attention", TicksField())
        self.question_form = QuestionForm(at)
        self._questions_title = PlainParagraph(self)
        self.questions = ItemList(self.question_form, self._question_row, self._fresh_question, MOST_QUESTIONS)
        self.questions.changed.connect(self.note_change)
        self.column.addWidget(self._questions_title)
        self.column.addWidget(self.questions)
        for each in (self.every_gate, self.every_day, self.fields["reentry"]):
            each.changed.connect(self._show_parts)

    def inputs(self) -> list[Field]:
        """Its own, and those of its questions."""
        return [*super().inputs(), self.every_gate, self.every_day, *self.question_form.inputs()]

    def show_event(self, gates: Sequence[GateRow], days: Iterable[str], alerts: Sequence[AttentionRow]) -> None:
        """What there is to choose from."""
        said = self._at.words.set_up.classes
        self._ticks("gates").show_options([Option(each.id, each.name) for each in gates])
        self._ticks("dates").show_options([Option(day, day) for day in days])
        self._ticks("attention").show_options([Option(each.number, each.text) for each in alerts])
        self.fields["attention"].say(said.alerts, "" if alerts else said.no_alerts)

    def show_item(self, item: Item) -> None:
        """Null gates are all gates; a length is said in minutes."""
        self._cooldown_ms = int(item["cooldown_ms"])
        super().show_item({**item, "cooldown_ms": self._cooldown_ms // MINUTE_MS})
        self._item = dict(item)
        self.every_gate.show_value(item["gates"] is None)
        self.every_day.show_value(item["dates"] is None)
        self.questions.close_form()
        self.questions.show_items(item["questions"])
        self._show_parts()

    def item(self) -> dict[str, Any]:
        """As in the event's JSON."""
        made = super().item()
        made["gates"] = None if self.every_gate.value else made["gates"]
        made["dates"] = None if self.every_day.value else made["dates"]
        made["questions"] = self.questions.items
        minutes = made["cooldown_ms"]
        if isinstance(minutes, int):
            is_same = minutes == self._cooldown_ms // MINUTE_MS
            made["cooldown_ms"] = self._cooldown_ms if is_same else minutes * MINUTE_MS
        elif minutes is None:
            made["cooldown_ms"] = 0
        return made

    def field_at(self, place: Place) -> Field | None:
        """A place in a question opens the question."""
        if len(place) > 2 and place[0] == "questions" and isinstance(place[1], int):
            if self.questions.at != place[1]:
                self.questions.open(place[1])
            return self.question_form.field_at(place[2:] if place[2] != "id" else ("text",))
        return super().field_at(place)

    def say(self) -> None:
        """In the language of now."""
        words = self._at.words.set_up
        said, asked = words.classes, words.questions
        self._say_fields(words)
        self._questions_title.show_text(said.questions)
        self.questions.say(add=asked.add, done=asked.done, remove=asked.remove, empty=asked.empty)
        self.question_form.say()
        numbers = [field for field in self.fields.values() if isinstance(field, NumberField)]
        say_steps(self._at, *numbers)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        for each in (self.every_gate, self.every_day):
            each.show_theme(theme)
        self.questions.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for each in (self.every_gate, self.every_day):
            each.show_base(base_px)
        self._questions_title.setFont(font(base_px, QFont.Weight.Medium))
        self.questions.show_base(base_px)

    def _say_fields(self, words: SetUpWords) -> None:
        said = words.classes
        told = {
            "name": (said.name, said.name_help),
            "opens_doors": (said.opens, said.opens_help),
            "gates": (said.gates, ""),
            "dates": (said.days, ""),
            "entries": (said.entries, said.entries_help),
            "per_day": (said.per_day, said.no_limit),
            "days": (said.distinct_days, said.no_limit),
            "reentry": (said.reentry, ""),
            "reentries": (said.reentries, said.reentries_help),
            "cooldown_ms": (said.cooldown, ""),
            "capacity": (said.capacity, said.capacity_help),
            "attention": (said.alerts, ""),
        }
        for name, (text, help_text) in told.items():
            self.fields[name].say(text, help_text)
        self.every_gate.say(said.every_gate)
        self.every_day.say(said.every_day)
        reentry = self.fields["reentry"]
        if isinstance(reentry, ChoiceField):
            reentry.show_options(
                [Option(Reentry.NEVER.value, said.never), Option(Reentry.AFTER_EXIT.value, said.after_exit)]
            )

    def _show_parts(self) -> None:
        self.fields["gates"].setVisible(not self.every_gate.value)
        self.fields["dates"].setVisible(not self.every_day.value)
        self.fields["reentries"].setVisible(self.fields["reentry"].value == Reentry.AFTER_EXIT)

    def _ticks(self, name: str) -> TicksField:
        field = self.fields[name]
        if not isinstance(field, TicksField):
            raise TypeError(name)
        return field

    def _add_apart(self, field: Field) -> None:
        field.changed.connect(self.note_change)
        self.column.addWidget(field)

    def _question_row(self, item: Item) -> RowText:
        said = self._at.words.set_up.questions
        return RowText(str(item["text"]), said.asked if item["is_required"] else said.may_pass)

    def _fresh_question(self, others: Sequence[Item]) -> dict[str, Any]:
        text = self._at.words.set_up.questions.fresh.fill(number=len(others) + 1)
        id_ = spare_name(f"q{len(others) + 1}", [str(each["id"]) for each in others])
        return asdict(QuestionRow(id_, text, QuestionKind.TEXT.value))
