"""Whose codes open the doors: ours, another shop's, or both until a day; how old ones look; what cameras look for."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget

from app.organizer.setup import questions
from app.organizer.setup.event_section import say_steps
from app.organizer.setup.list_section import FieldsForm, spare_name
from app.organizer.setup.section import Section
from app.organizer.surroundings import Surroundings
from app.widgets.choice_fields import ChoiceField, Option, TickField, TicksField
from app.widgets.fields import Field, NumberField, TextField
from app.widgets.item_list import Item, ItemList
from app.widgets.moment_field import MomentField
from app.widgets.plain_text import PlainParagraph
from app.widgets.row_key import RowText
from app.widgets.theme import Theme
from app.widgets.typeface import font
from core.insight.question import Deed
from core.model.codes import AdapterKind, CodeMode, Symbology
from core.sync.answers import Rejected
from core.sync.event_flaws import Place
from core.sync.messages import MAX_NAME, AdapterRow, EventReply, EventRow

_MOST_ADAPTERS = 16
_LONGEST_CODE, _LONGEST_HOST, _LONGEST_SECRET = 256, 253, 4096
_ASKS: Mapping[str, frozenset[str]] = {
    AdapterKind.OPAQUE: frozenset({"prefix", "least", "most", "folds_case"}),
    AdapterKind.UUID: frozenset(),
    AdapterKind.URL: frozenset({"host", "field", "folds_case"}),
    AdapterKind.JSON: frozenset({"field", "folds_case"}),
    AdapterKind.HMAC: frozenset({"least", "most", "secret"}),
}
"""What each kind of code is described by (`core.model.codes.Adapter`); the rest stays as it is."""
SECRET = "secret"  # noqa: S105  the name of a field


class AdapterForm(FieldsForm):
    """How one kind of old code looks. A secret goes in and never comes out."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at = at
        self.kind = ChoiceField()
        self.add("name", TextField(MAX_NAME))
        self.add("kind", self.kind)
        self.add("host", TextField(_LONGEST_HOST))
        self.add("field", TextField(MAX_NAME))
        self.add("prefix", TextField(MAX_NAME))
        for name in ("least", "most"):
            self.add(name, NumberField(1, _LONGEST_CODE))
        self.add("folds_case", TickField())
        self.add(SECRET, TextField(_LONGEST_SECRET, is_secret=True))
        self.kind.changed.connect(self._show_parts)

    def show_item(self, item: Item) -> None:
        """Only what its kind is described by."""
        super().show_item(item)
        self._show_parts()

    def say(self) -> None:
        """In the language of now."""
        words = self._at.words.set_up
        said = words.codes
        told = {
            "name": (said.name, said.name_help),
            "kind": (said.kind, ""),
            "host": (said.host, ""),
            "field": (said.member, said.member_help),
            "prefix": (said.prefix, ""),
            "least": (said.least, ""),
            "most": (said.most, ""),
            "folds_case": (said.folds_case, ""),
            SECRET: (said.secret, said.secret_help),
        }
        for name, (text, help_text) in told.items():
            self.fields[name].say(text, help_text)
        self.kind.show_options([Option(kind.value, words.adapter_kinds[kind]) for kind in AdapterKind])
        say_steps(self._at, *(field for field in self.fields.values() if isinstance(field, NumberField)))

    def _show_parts(self) -> None:
        asked = _ASKS.get(str(self.kind.value), frozenset()) | {"name", "kind"}
        for name, field in self.fields.items():
            field.setVisible(name in asked)


class CodesSection(Section):
    """The rules of codes, saved as a whole."""

    names = ("codes",)

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self.mode, self.is_final, self.symbologies = ChoiceField(), TickField(), TicksField()
        self.until = MomentField(at.words.set_up.moments, at.zone)
        self.adapter_form = AdapterForm(at)
        self.adapters = ItemList(self.adapter_form, self._describe, self._fresh, _MOST_ADAPTERS)
        self._adapters_title = PlainParagraph(self)
        self._secrets: dict[str, str] = {}
        self.add(self.mode)
        self.add(self.until)
        self.add_part(self._adapters_title)
        self.add_part(self.adapters)
        for field in (self.symbologies, self.is_final):
            self.add(field)
        self.inputs += self.adapter_form.inputs()
        self.adapters.changed.connect(self.note_change)
        self.adapters.opened.connect(lambda: self.wanted.emit(self.adapters))
        self.mode.changed.connect(self._show_parts)

    @property
    def is_unsaved(self) -> bool:
        """A secret that was typed is something to save too."""
        return super().is_unsaved or bool(self._typed_secrets())

    def values(self) -> dict[str, Any]:
        """As they stand, without secrets."""
        adapters = [{name: told for name, told in each.items() if name != SECRET} for each in self.adapters.items]
        return {
            "codes": {
                **self._base.get("codes", {}),
                "mode": self.mode.value,
                "is_final": self.is_final.value,
                "legacy_until_ms": self.until.value,
                "adapters": adapters,
                "symbologies": self.symbologies.value,
            }
        }

    def load(self, row: EventRow) -> None:
        """Shows the event's."""
        self.mode.show_value(row.codes.mode)
        self.is_final.show_value(row.codes.is_final)
        self.until.show_zone(ZoneInfo(row.time_zone))
        self.until.show_value(row.codes.legacy_until_ms)
        self.adapters.show_items([{**asdict(each), SECRET: ""} for each in row.codes.adapters])
        self.symbologies.show_value(row.codes.symbologies)
        self._show_parts()

    def say(self) -> None:
        """In the language of now."""
        words = self.at.words.set_up
        said = words.codes
        self.mode.say(said.mode)
        self.mode.show_options(
            [
                Option(CodeMode.T1.value, said.t1, said.t1_line),
                Option(CodeMode.MIGRATING.value, said.migrating, said.migrating_line),
                Option(CodeMode.FOREIGN.value, said.foreign, said.foreign_line),
            ]
        )
        self.is_final.say(said.is_final, said.is_final_help)
        self.until.say(said.until, said.until_help)
        self.until.say_moment(words.moments)
        self.symbologies.say(said.symbologies, said.symbologies_help)
        self.symbologies.show_options([Option(each.value, words.symbology_names[each]) for each in Symbology])
        self._adapters_title.show_text(said.adapters)
        self.adapters.say(add=said.add, done=said.done, remove=said.remove, empty=said.empty)
        self.adapter_form.say()
        self._show_parts()

    def field_at(self, place: Place) -> Field | None:
        """By the rules' own names; a place in a form of code opens it."""
        fields: dict[str, Field] = {"mode": self.mode, "legacy_until_ms": self.until, "symbologies": self.symbologies}
        if len(place) > 3 and place[1] == "adapters" and isinstance(place[2], int):
            if self.adapters.at != place[2]:
                self.adapters.open(place[2])
            return self.adapter_form.field_at(place[3:])
        return fields.get(str(place[1])) if len(place) > 1 else None

    def deed(self, changes: Mapping[str, Any], seen: Mapping[str, Any]) -> Deed[EventReply]:
        """By their own route, with what was typed as secrets."""
        codes = changes.get("codes", self.values()["codes"])
        return questions.set_codes(codes, self._typed_secrets(), seen.get("codes", self._base["codes"]))

    def place_refusal(self, refusal: Rejected) -> bool:
        """Two refusals have words of their own."""
        said = self.at.words.set_up.codes
        told = {"adapter_in_use": said.in_use, "adapter_key_missing": said.no_secret}.get(refusal.code)
        if told is None:
            return False
        self.tell(told.fill(name=refusal.detail))
        return True

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self.adapters.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.adapters.show_base(base_px)
        self._adapters_title.setFont(font(base_px, QFont.Weight.Medium))

    def _typed_secrets(self) -> dict[str, str]:
        """By the names of their adapters, in base64."""
        typed = {
            str(each["name"]): str(each[SECRET]) for each in self.adapters.items if each["kind"] == AdapterKind.HMAC
        }
        return {name: base64.b64encode(text.encode()).decode() for name, text in typed.items() if text}

    def _show_parts(self) -> None:
        takes_old = self.mode.value != CodeMode.T1
        self.until.setVisible(self.mode.value == CodeMode.MIGRATING)
        for part in (self._adapters_title, self.adapters):
            part.setVisible(takes_old or bool(self.adapters.items))

    def _describe(self, item: Item) -> RowText:
        kinds = {kind.value: text for kind, text in self.at.words.set_up.adapter_kinds.items()}
        return RowText(str(item["name"]), kinds.get(str(item["kind"]), ""))

    def _fresh(self, others: Sequence[Item]) -> dict[str, Any]:
        name = spare_name(self.at.words.set_up.codes.fresh, [str(each["name"]) for each in others])
        return {**asdict(AdapterRow(name, AdapterKind.OPAQUE.value)), SECRET: ""}
