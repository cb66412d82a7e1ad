"""What the event is: its name, its time zone, when it is, how many it holds, and how long its traces stay.

How long kiosks may go on without news has a deed of its own, and so a section of its own below.
"""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from app.organizer.setup import questions
from app.organizer.setup.section import Section
from app.organizer.setup.zone_field import ZoneField
from app.organizer.surroundings import Surroundings
from app.widgets.fields import Field, NumberField, TextField
from app.widgets.moment_field import MomentField
from core.insight.question import Deed
from core.sync.answers import Rejected
from core.sync.event_flaws import Place, is_time_zone
from core.sync.messages import LARGEST_CROWD, MAX_NAME, MOST_KEPT_DAYS, EventReply, EventRow

_LEASE_AFTER_END_MS = 48 * 60 * 60 * 1000
"""What the server takes where nobody has said."""


class EventSection(Section):
    """Name, zone, dates, capacity, retention."""

    names = ("name", "time_zone", "starts_ms", "ends_ms", "capacity", "keep_names_days", "keep_facts_days")

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        said = at.words.set_up
        self.name = TextField(MAX_NAME)
        self.zone = ZoneField(said.event, at.desk.now_ms)
        self.starts, self.ends = (MomentField(said.moments, at.zone) for _ in range(2))
        self.capacity = NumberField(1, LARGEST_CROWD)
        self.keep_names, self.keep_facts = (NumberField(0, MOST_KEPT_DAYS) for _ in range(2))
        for each in self.fields_by_name.values():
            self.add(each)
        self.zone.changed.connect(self._follow_zone)

    @property
    def fields_by_name(self) -> dict[str, Field]:
        """Its fields by the event's own names for them."""
        fields: tuple[Field, ...] = (self.name, self.zone, self.starts, self.ends)
        return dict(zip(self.names, (*fields, self.capacity, self.keep_names, self.keep_facts), strict=True))

    def values(self) -> dict[str, Any]:
        """As they stand."""
        return {name: field.value for name, field in self.fields_by_name.items()}

    def load(self, row: EventRow) -> None:
        """Shows the event's."""
        self._show_zone(row.time_zone)
        for name, field in self.fields_by_name.items():
            field.show_value(getattr(row, name))

    def say(self) -> None:
        """In the language of now."""
        said, moments = self.at.words.set_up.event, self.at.words.set_up.moments
        self.name.say(said.name, said.name_help)
        self.zone.say(said.zone, said.zone_help)
        self.zone.say_zone(said)
        self.starts.say(said.starts)
        self.ends.say(said.ends)
        for each in (self.starts, self.ends):
            each.say_moment(moments)
        self.capacity.say(said.capacity, said.capacity_help)
        self.keep_names.say(said.keep_names, said.keep_help)
        self.keep_facts.say(said.keep_facts, said.keep_help)
        say_steps(self.at, self.capacity, self.keep_names, self.keep_facts)

    def own_troubles(self) -> list[tuple[Field, str]]:
        """A moment that is missing is said in its own words."""
        missing = [
            (each, self.at.words.set_up.moments.missing) for each in (self.starts, self.ends) if each.value is None
        ]
        return [*super().own_troubles(), *missing]

    def field_at(self, place: Place) -> Field | None:
        """By its name."""
        return self.fields_by_name.get(str(place[0]))

    def _follow_zone(self) -> None:
        """What stands on the wall stays; the moments are those of the other clock."""
        self._show_zone(self.zone.value)
        self.note_change()

    def _show_zone(self, name: str) -> None:
        if name and is_time_zone(name):
            for each in (self.starts, self.ends):
                each.show_zone(ZoneInfo(name))


class LeaseSection(Section):
    """Until when kiosks trust their lists without news."""

    names = ("lease_until_ms",)

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self.until = MomentField(at.words.set_up.moments, at.zone)
        self._usual_ms = 0
        self.add(self.until)

    def values(self) -> dict[str, Any]:
        """As it stands; what the server would take by itself is nobody's word."""
        value = self.until.value
        return {"lease_until_ms": None if value == self._usual_ms and self._base["lease_until_ms"] is None else value}

    def load(self, row: EventRow) -> None:
        """Shows the event's."""
        self._usual_ms = row.ends_ms + _LEASE_AFTER_END_MS
        self.until.show_zone(ZoneInfo(row.time_zone))
        self.until.show_value(self._usual_ms if row.lease_until_ms is None else row.lease_until_ms)

    def say(self) -> None:
        """In the language of now."""
        said = self.at.words.set_up
        self.until.say(said.event.lease, said.event.lease_help)
        self.until.say_moment(said.moments)

    def own_troubles(self) -> list[tuple[Field, str]]:
        """It lasts as long as the event at least."""
        value, row, said = self.until.value, self.row, self.at.words.set_up
        if value is None:
            return [(self.until, said.moments.missing)]
        if isinstance(value, int) and row is not None and value < row.ends_ms:
            return [(self.until, said.event.lease_early)]
        return super().own_troubles()

    def field_at(self, place: Place) -> Field | None:
        """The only one."""
        del place
        return self.until

    def deed(self, changes: Mapping[str, Any], seen: Mapping[str, Any]) -> Deed[EventReply]:
        """By its own route."""
        del seen
        return questions.set_lease(changes["lease_until_ms"])

    def place_refusal(self, refusal: Rejected) -> bool:
        """There is one field that it can be about."""
        self.until.show_trouble(refusal.detail)
        return bool(refusal.detail)


def say_steps(at: Surroundings, *fields: NumberField) -> None:
    """Names the keys that step numbers."""
    for each in fields:
        each.say_steps(at.words.set_up.lines.fewer, at.words.set_up.lines.more)
