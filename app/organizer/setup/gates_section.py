"""The doors and gates: named, added, taken away, with what that means for classes and kiosks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from PySide6.QtWidgets import QWidget

from app.organizer.setup.checking import Finding
from app.organizer.setup.list_section import FieldsForm, ListSection, spare_name
from app.organizer.surroundings import Surroundings
from app.widgets.fields import Field, TextField
from app.widgets.item_list import Item
from app.widgets.plain_text import PlainParagraph
from app.widgets.row_key import RowText
from app.widgets.theme import Theme, type_px
from app.widgets.typeface import font
from core.sync.answers import Rejected
from core.sync.event_flaws import FlawKind, Place
from core.sync.messages import MAX_NAME, GateRow

MOST_GATES = 64
"""More than anybody walks past in one evening; the event itself knows no bound."""


class GateForm(FieldsForm):
    """One gate: its name. Its id is made of the first name that is saved, and stays."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = TextField(MAX_NAME)
        self.add("name", self.name)
        self.uses = PlainParagraph(self)
        self.column.addWidget(self.uses)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self.uses.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        self.uses.setFont(font(type_px(base_px, -1)))


class GatesSection(ListSection):
    """All gates."""

    names = ("gates",)

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        self._kiosks: Mapping[str, int] = {}
        self.gate_form = GateForm()
        super().__init__(at, self.gate_form, MOST_GATES, parent)
        self.list.opened.connect(self._show_uses)

    def show_kiosks(self, kiosks: Mapping[str, int]) -> None:
        """How many kiosks work at each gate."""
        self._kiosks = kiosks
        self.list.show_items(self.list.items)

    def say(self) -> None:
        """In the language of now."""
        said = self.at.words.set_up.gates
        self.list.say(add=said.add, done=said.done, remove=said.remove, empty=said.empty)
        self._show_uses()

    def describe(self, item: Item) -> RowText:
        """Its name, who comes in there, what stands there."""
        said = self.at.words.set_up.gates
        parts = [self._classes_told(str(item["id"]))]
        if self._kiosks.get(str(item["id"])):
            parts.append(said.kiosks_here.fill(count=self._kiosks[str(item["id"])]))
        return RowText(str(item["name"]), " · ".join(filter(None, parts)))

    def fresh(self, others: Sequence[Item]) -> dict[str, Any]:
        """Called by its number, until somebody names it."""
        name = self.at.words.set_up.gates.fresh.fill(number=len(others) + 1)
        return asdict(GateRow("", name))

    def values(self) -> dict[str, Any]:
        """New gates get an id of their name."""
        items = self.list.items
        for each in items:
            if not each["id"]:
                each["id"] = spare_name(str(each["name"]), [str(other["id"]) for other in items])
        return {"gates": items}

    def own_troubles(self) -> list[tuple[Field, str]]:
        """A gate that a class or a kiosk still needs is missed by those."""
        troubles, said = super().own_troubles(), self.at.words.set_up.gates
        lost = self._lost()
        if self.row is None or not lost:
            return troubles
        for gate, name in lost.items():
            naming = [each.name for each in self.row.classes if gate in (each.gates or ())]
            if naming:
                self.tell(said.still_named.fill(names=", ".join(naming), gate=name))
            elif self._kiosks.get(gate):
                self.tell(said.still_used.fill(gate=name))
        return troubles

    def word_for(self, finding: Finding) -> str:
        """A class that names a lost gate has been told of already."""
        if getattr(finding, "kind", None) is FlawKind.GATE_STRANGE:
            return self.message
        return super().word_for(finding)

    def field_at(self, place: Place) -> Field | None:
        """The gate's id is made of its name."""
        return super().field_at(place if place[2:] != ("id",) else (*place[:2], "name"))

    def place_refusal(self, refusal: Rejected) -> bool:
        """The server knows of a kiosk that this page does not know of."""
        lost = self._lost()
        if not lost or "kiosk" not in refusal.detail:
            return False
        self.tell(self.at.words.set_up.gates.still_used.fill(gate=", ".join(lost.values())))
        return True

    def _lost(self) -> dict[str, str]:
        kept = {each["id"] for each in self.list.items}
        return {each["id"]: each["name"] for each in self._base.get("gates", ()) if each["id"] not in kept}

    def _classes_told(self, gate: str) -> str:
        said = self.at.words.set_up.gates
        if self.row is None or not gate:
            return ""
        if all(each.gates is None for each in self.row.classes):
            return said.every_class
        naming = [each.name for each in self.row.classes if each.gates is None or gate in each.gates]
        return said.named_by.fill(names=", ".join(naming)) if naming else ""

    def _show_uses(self) -> None:
        said, at = self.at.words.set_up.gates, self.list.at
        gate = "" if at is None else str(self.list.items[at]["id"])
        self.gate_form.name.say(said.name, said.name_help.fill(id=gate) if gate else "")
        self.gate_form.uses.show_text(said.removing)
