"""An event and its policy: what the organizer decided before doors.

Owns gates, ticket classes and the event's calendar. Times are UTC milliseconds; days are the event's own, by its
time zone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.model.attention import AttentionItem
from core.model.codes import CodeRules
from core.model.ids import ClassId, EventId, GateId
from core.model.moments import Millis
from core.model.questions import Question


class Direction(StrEnum):
    """Which way a lane lets people pass."""

    ENTRY = "entry"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Gate:
    """A door of the event, by its name on the signs."""

    id: GateId
    name: str


class Reentry(StrEnum):
    """What a guest may do who has left."""

    NEVER = "never"
    AFTER_EXIT = "after_exit"


class OfflineReentry(StrEnum):
    """What a kiosk does that can't ask whether a guest has left by another door."""

    HOLD = "hold"
    TRUST = "trust"


@dataclass(frozen=True, slots=True)
class PassageRules:
    """How often a ticket's entries may be taken, beyond their number. None: without that limit.

    `per_day` and `days` count by the event's own calendar. `reentries` bounds the returns after an exit, which take no
    entry. `cooldown_ms` is the least time between two entries.
    """

    per_day: int | None = None
    days: int | None = None
    reentry: Reentry = Reentry.NEVER
    reentries: int | None = None
    cooldown_ms: int = 0


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
    rules: PassageRules = PassageRules()
    attention: frozenset[int] = frozenset()
    """The numbers of the event's attention items that concern every ticket of the class."""
    questions: tuple[Question, ...] = ()
    """What is asked before a first entry, in this order."""
    capacity: int | None = None
    """How many of its guests may be inside at once; None where nobody has said. No door refuses anybody for it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its calendar, its gates and its classes. All lanes have the same budget for online questions."""

    id: EventId
    name: str
    time_zone: str
    starts_ms: Millis
    ends_ms: Millis
    gates: Mapping[GateId, Gate] = field(default_factory=dict)
    classes: Mapping[ClassId, TicketClass] = field(default_factory=dict)
    online_budget_ms: int = 400
    codes: CodeRules = field(default_factory=CodeRules)
    checkout_at: time | None = None
    """The event's own time of day at which everybody inside counts as gone; None: nobody does."""
    offline_reentry: OfflineReentry = OfflineReentry.HOLD
    may_override_unpaid: bool = True
    attention: Mapping[int, AttentionItem] = field(default_factory=dict)
    checks_identity_by_name: bool = True
    """Whether a guest whom staff found by name shows an ID before the door lets them in."""
    capacity: int | None = None
    """How many people may be inside at once; None where nobody has said. No door refuses anybody for it."""

    def day_of(self, at_ms: Millis) -> date:
        """The event's own calendar day of an instant."""
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(self.time_zone)).date()

    def is_expected(self, cls: ClassId, at_ms: Millis) -> bool:
        """Whether guests of a class are expected at the doors on the event's day of an instant.

        Before the event that is its first day, after it the last one. A class that the event does not have is expected:
        its tickets were sold.
        """
        its = self.classes.get(cls)
        if its is None:
            return True
        day = self.day_of(Millis(min(max(at_ms, self.starts_ms), self.ends_ms)))
        return its.opens_doors and (its.dates is None or day in its.dates)

    def last_checkout(self, until_ms: Millis) -> Millis | None:
        """The latest automatic check-out at or before an instant, or None where the event has none.

        A time of day that a change of clocks skips is taken as if they had not changed yet; of two, the first.
        """
        if self.checkout_at is None:
            return None
        today = self.day_of(until_ms)
        instants = (self._checkout_on(today - timedelta(days)) for days in (-1, 0, 1, 2))
        return next(instant for instant in instants if instant <= until_ms)

    def _checkout_on(self, day: date) -> Millis:
        local = datetime.combine(day, self.checkout_at or time(), ZoneInfo(self.time_zone))
        return Millis(round(local.timestamp() * 1000))

    def is_within(self, dates: Collection[date]) -> bool:
        """Whether every day of the event, from its start to its end, is one of `dates`."""
        first = self.day_of(self.starts_ms)
        days = (self.day_of(self.ends_ms) - first).days + 1
        return days <= len(dates) and all(first + timedelta(number) in dates for number in range(days))

    def gate_names(self, gates: frozenset[GateId]) -> tuple[str, ...]:
        """The names on the signs, sorted; a gate without an entry goes by its id."""
        return tuple(sorted(self.gates[gate].name if gate in self.gates else gate for gate in gates))
