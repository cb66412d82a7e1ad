"""What an event needs to be one: a name, a time zone, a beginning and an end, a gate, a class of tickets."""

from dataclasses import asdict
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, QTimeZone, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.organizer.setup import questions
from app.organizer.setup.checking import checked
from app.organizer.setup.list_section import spare_name
from app.organizer.setup.present import failure_text, finding_text
from app.organizer.setup.zone_field import ZoneField, zone_names
from app.organizer.surroundings import Surroundings
from app.widgets.fields import Field, TextField
from app.widgets.form import key, set_tone
from app.widgets.moment_field import MomentField
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font
from core.sync.answers import Done, Later, Rejected
from core.sync.event_flaws import is_time_zone
from core.sync.messages import MAX_NAME, ClassRow, EventReply, EventRow, GateRow

_DRAFT_ID = "f" * 32
"""Any id that is one: the server gives the event its own."""


class CreateForm(QWidget):
    """What an event needs to be one."""

    made = Signal(str)
    changed = Signal()

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.at = at
        self._is_touched = False
        said = at.words.set_up
        self.name, self.zone = TextField(MAX_NAME), ZoneField(said.event, at.desk.now_ms)
        self.starts, self.ends = (MomentField(said.moments, ZoneInfo("UTC")) for _ in range(2))
        self.gate, self.ticket_class = TextField(MAX_NAME), TextField(MAX_NAME)
        self.fields: tuple[Field, ...] = (
            *(self.name, self.zone, self.starts, self.ends),
            *(self.gate, self.ticket_class),
        )
        self._build()
        self.zone.changed.connect(self._follow_zone)
        self.zone.show_value(own_zone())
        self._follow_zone()

    @property
    def is_unsaved(self) -> bool:
        """Whether somebody has begun."""
        return self._is_touched

    @property
    def message(self) -> str:
        """What is said of the whole."""
        return self._message.text()

    def make(self) -> None:
        """Makes the event, once nothing is wrong."""
        words = self.at.words.set_up
        self._message.show_text("")
        for each in self.fields:
            each.show_trouble(each.own_trouble)
        for moment in (self.starts, self.ends):
            if moment.value is None:
                moment.show_trouble(words.moments.missing)
        if any(each.trouble for each in self.fields):
            self._mark()
            return
        fields = self._event_fields()
        found = checked(EventRow(_DRAFT_ID, "", "UTC", 0, 0), fields)
        if not isinstance(found, EventRow):
            for finding in found:
                self._field_at(finding.place).show_trouble(finding_text(finding, words))
            self._mark()
            return
        self.make_key.setEnabled(False)
        self.at.desk.do(questions.create(fields), self._hear)

    def say(self) -> None:
        """In the language of now."""
        words = self.at.words.set_up
        event, first = words.event, words.first
        self.name.say(event.name, event.name_help)
        self.zone.say(event.zone, event.zone_help)
        self.zone.say_zone(event)
        self.starts.say(event.starts)
        self.ends.say(event.ends)
        for moment in (self.starts, self.ends):
            moment.say_moment(words.moments)
        self.gate.say(first.gate)
        self.ticket_class.say(first.class_name, first.more_later)
        if not self._is_touched:
            self.gate.show_value(first.gate_fresh)
            self.ticket_class.show_value(first.class_fresh)
        show_on_button(self.make_key, first.make)
        self._message.show_text("")

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._message.setStyleSheet(f"color: {theme.notice};")
        for each in self.fields:
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        for each in self.fields:
            each.show_base(base_px)
        self.make_key.setFont(font(base_px))
        self._message.setFont(font(base_px))

    def _event_fields(self) -> dict[str, Any]:
        gate, ticket_class = self.gate.value, self.ticket_class.value
        return {
            "name": self.name.value,
            "time_zone": self.zone.value,
            "starts_ms": self.starts.value,
            "ends_ms": self.ends.value,
            "gates": [asdict(GateRow(spare_name(gate, []), gate))],
            "classes": [asdict(ClassRow(1, ticket_class))],
        }

    def _field_at(self, place: tuple[str | int, ...]) -> Field:
        fields: dict[str, Field] = {"name": self.name, "time_zone": self.zone, "starts_ms": self.starts}
        fields |= {"ends_ms": self.ends, "gates": self.gate, "classes": self.ticket_class}
        return fields.get(str(place[0]), self.name)

    def _mark(self) -> None:
        self._message.show_text(self.at.words.set_up.lines.marked)
        marked = next((each for each in self.fields if each.trouble), None)
        if marked is not None:
            marked.take_focus()

    def _hear(self, told: "Done[EventReply] | Later | Rejected") -> None:
        self.make_key.setEnabled(True)
        match told:
            case Done(value=reply):
                self._is_touched = False
                self.at.teller.tell(self.at.words.set_up.first.made.fill(name=reply.policy.name))
                self.made.emit(reply.policy.event)
            case Rejected() | Later():
                self._message.show_text(failure_text(told, self.at.words))
            case _:
                assert_never(told)

    def _follow_zone(self) -> None:
        if is_time_zone(self.zone.value):
            for each in (self.starts, self.ends):
                each.show_zone(ZoneInfo(self.zone.value))

    def _note_change(self) -> None:
        self._is_touched = True
        self.changed.emit()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * GRID_PX)
        for each in self.fields:
            each.changed.connect(self._note_change)
            column.addWidget(each)
        self._message = PlainParagraph(self)
        self._message.hide()
        self.make_key = key("", self)
        set_tone(self.make_key, "main")
        self.make_key.clicked.connect(lambda _=False: self.make())
        column.addWidget(self._message)
        column.addWidget(self.make_key)
        column.setAlignment(self.make_key, Qt.AlignmentFlag.AlignLeft)


def own_zone() -> str:
    """This computer's time zone, by its name; UTC where it tells none."""
    name = bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace")
    return name if is_time_zone(name) and name in zone_names() else "UTC"
