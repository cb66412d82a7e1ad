"""An event and its policy: what the organizer decided before doors.

Owns gates, ticket classes and the event's calendar. Times are UTC milliseconds; days are the event's own, by its
time zone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.model.codes import CodeRules
from core.model.ids import ClassId, EventId, GateId
from core.model.moments import Millis


class Direction(StrEnum):
    """Which way a lane lets people pass."""

    ENTRY = "entry"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Gate:
    """A door of the event, by its name on the signs."""

    id: GateId
    name: str


@dataclass(frozen=True, slots=True)
class TicketClass:
    """What one class of ticket buys. `gates` and `dates` are None where they do not matter."""

    id: ClassId
    name: str
    gates: frozenset[GateId] | None = None
    dates: frozenset[date] | None = None
    entries: int = 1
    opens_doors: bool = True
    """False for what is sold with tickets and is none: parking, a T-shirt."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its calendar, its gates and its classes. The leeway and the budget have one value for all lanes."""

    id: EventId
    name: str
    time_zone: str
    starts_ms: Millis
    ends_ms: Millis
    gates: Mapping[GateId, Gate] = field(default_factory=dict)
    classes: Mapping[ClassId, TicketClass] = field(default_factory=dict)
    online_budget_ms: int = 400
    codes: CodeRules = field(default_factory=CodeRules)

    def day_of(self, at_ms: Millis) -> date:
        """The event's own calendar day of an instant."""
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(self.time_zone)).date()

    def is_within(self, dates: Collection[date]) -> bool:
        """Whether every day of the event, from its start to its end, is one of `dates`."""
        first = self.day_of(self.starts_ms)
        days = (self.day_of(self.ends_ms) - first).days + 1
        return days <= len(dates) and all(first + timedelta(number) in dates for number in range(days))

    def gate_names(self, gates: frozenset[GateId]) -> tuple[str, ...]:
        """The names on the signs, sorted; a gate without an entry goes by its id."""
        return tuple(sorted(self.gates[gate].name if gate in self.gates else gate for gate in gates))
