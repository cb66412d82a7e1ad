"""The form of one of the door staff."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.organizer.setup.checking import Bound
from app.organizer.setup.event_section import say_steps
from app.organizer.surroundings import Surroundings
from app.widgets.choice_fields import ChoiceField, Option, TickField
from app.widgets.fields import Field, NumberField, TextField
from app.widgets.form import key, set_tone
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.theme import GRID_PX, Theme, type_px
from app.widgets.typeface import font
from core.gate.operators import LEAST_DIGITS, MOST_BUDGET, MOST_DIGITS, DoorRole, flaw_of_pin
from core.sync.event_flaws import FlawKind
from core.sync.messages import MAX_NAME, OperatorReply

USUAL_BUDGET = 20
_NEW: dict[str, Any] = {"name": "", "role": DoorRole.OPERATOR.value, "budget": USUAL_BUDGET, "is_active": True}


class StaffForm(QWidget):
    """Name, role, budget, PIN, whether they work; keys to save and to print."""

    changed = Signal()
    save_wanted = Signal()
    back_wanted = Signal()
    badge_wanted = Signal(str)
    """In this form: pdf or png."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at = at
        self.person: OperatorReply | None = None
        self._base = dict(_NEW)
        self.name, self.role, self.budget = TextField(MAX_NAME), ChoiceField(), NumberField(0, MOST_BUDGET)
        self.pin, self.works = TextField(MOST_DIGITS, is_secret=True), TickField()
        self.fields: tuple[Field, ...] = (self.name, self.role, self.budget, self.pin, self.works)
        self._build()

    @property
    def is_unsaved(self) -> bool:
        """Whether something is different from what the server has."""
        return self._values() != self._base or bool(self.pin.value)

    def show_person(self, person: OperatorReply | None, *, keeps_typed: bool = False) -> None:
        """Shows somebody, or a form for somebody new; `keeps_typed` keeps what was typed over what is new."""
        self.person = person
        self._base = dict(_NEW)
        if person is not None:
            told = {"name": person.name, "role": person.role.value, "budget": person.budget}
            self._base = {**told, "is_active": person.is_active}
        if not keeps_typed:
            self.name.show_value(self._base["name"])
            self.role.show_value(self._base["role"])
            self.budget.show_value(self._base["budget"])
            self.works.show_value(self._base["is_active"])
            self.pin.show_value("")
            for each in self.fields:
                each.show_trouble("")
        self.say()
        self._show()

    def forget(self) -> None:
        """Nobody is shown any more, and no PIN is kept."""
        self.show_person(None)

    def check(self) -> bool:
        """Says what is wrong at each field; whether nothing is."""
        words = self._at.words.set_up
        troubles = dict.fromkeys(self.fields, "")
        name, budget, pin = self.name.value, self.budget.value, self.pin.value
        if not name:
            troubles[self.name] = words.bounds[Bound.MISSING].fill(limit="")
        elif not name.isprintable():
            troubles[self.name] = words.flaws[FlawKind.UNPRINTABLE]
        if not isinstance(budget, int):
            troubles[self.budget] = words.bounds[Bound.NO_NUMBER].fill(limit="")
        elif not 0 <= budget <= MOST_BUDGET:
            troubles[self.budget] = words.bounds[Bound.TOO_LARGE].fill(limit=MOST_BUDGET)
        if (pin or self.person is None) and flaw_of_pin(pin) is not None:
            is_length = not (pin.isascii() and pin.isdigit() and LEAST_DIGITS <= len(pin) <= MOST_DIGITS)
            troubles[self.pin] = words.staff.pin_short if is_length else words.staff.pin_row
        for field, text in troubles.items():
            field.show_trouble(text)
        marked = next((field for field, text in troubles.items() if text), None)
        if marked is not None:
            marked.take_focus()
        return marked is None

    def changes(self) -> dict[str, Any]:
        """What is to be sent: all of somebody new, what is different of somebody known."""
        values, pin = self._values(), self.pin.value
        if self.person is None:
            return {**{name: told for name, told in values.items() if name != "is_active"}, "pin": pin}
        found = {name: told for name, told in values.items() if told != self._base[name]}
        return {**found, "pin": pin} if pin else found

    def role_text(self, person: OperatorReply) -> str:
        """What somebody may."""
        said = self._at.words.set_up.staff
        role = said.supervisor if person.role is DoorRole.SUPERVISOR else said.operator
        return said.works_line.fill(role=role, budget=person.budget) if person.role is DoorRole.SUPERVISOR else role

    def take_focus(self) -> None:
        """Whoever types now types a name."""
        self.name.take_focus()

    def say(self) -> None:
        """In the language of now."""
        words = self._at.words.set_up
        said = words.staff
        self.name.say(said.name)
        self.role.say(said.role)
        self.role.show_options(
            [Option(DoorRole.OPERATOR.value, said.operator), Option(DoorRole.SUPERVISOR.value, said.supervisor)]
        )
        self.budget.say(said.budget)
        is_new = self.person is None
        self.pin.say(said.pin if is_new else said.new_pin, said.pin_help if is_new else said.new_pin_help)
        self.works.say(said.works)
        say_steps(self._at, self.budget)
        told = {self.save_key: words.lines.save, self.back_key: said.all}
        told |= {self.pdf_key: said.badge_pdf, self.png_key: said.badge_png}
        for pressed, text in told.items():
            show_on_button(pressed, text)
        self._badge_help.show_text(said.badge_help)
        self._show()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        for each in self.fields:
            each.show_theme(theme)
        self._badge_help.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for each in self.fields:
            each.show_base(base_px)
        for pressed in (self.save_key, self.back_key, self.pdf_key, self.png_key):
            pressed.setFont(font(base_px))
        self._badge_help.setFont(font(type_px(base_px, -1)))

    def _values(self) -> dict[str, Any]:
        return {
            "name": self.name.value,
            "role": self.role.value,
            "budget": self.budget.value,
            "is_active": self.works.value,
        }

    def _note_change(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        is_known = self.person is not None
        self.save_key.setEnabled(self.is_unsaved)
        self.budget.setVisible(self.role.value == DoorRole.SUPERVISOR)
        self.works.setVisible(is_known)
        has_badge = self.person is not None and self.person.is_active
        for part in (self.pdf_key, self.png_key, self._badge_help):
            part.setVisible(has_badge)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * GRID_PX)
        for each in self.fields:
            each.changed.connect(self._note_change)
            column.addWidget(each)
        self.save_key, self.back_key, self.pdf_key, self.png_key = (key("", self) for _ in range(4))
        set_tone(self.save_key, "main")
        self.save_key.clicked.connect(lambda _=False: self.save_wanted.emit())
        self.back_key.clicked.connect(lambda _=False: self.back_wanted.emit())
        self.pdf_key.clicked.connect(lambda _=False: self.badge_wanted.emit("pdf"))
        self.png_key.clicked.connect(lambda _=False: self.badge_wanted.emit("png"))
        self._badge_help = PlainParagraph(self)
        for pair in ((self.save_key, self.back_key), (self.pdf_key, self.png_key)):
            row = QHBoxLayout()
            row.setSpacing(GRID_PX)
            for pressed in pair:
                row.addWidget(pressed)
            row.addStretch(1)
            column.addLayout(row)
        column.addWidget(self._badge_help)
