"""What the Live page knows of a night at a moment: each answer with its age, and which of them a panel rests on.

Owns how several answers make one panel's value. Plain values: no widget and no question is in here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

from app.organizer.live.curves_present import Beside
from core.insight.reading import Freshness, Reading, together
from core.model.ids import EventId
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import ArrivalsReply, EventReply, EventRow, LaneReply, StatusReply

A = TypeVar("A")
B = TypeVar("B")

MOST_COMPARED = 50
"""Events that are offered for a comparison, the latest: a longer list nobody reads."""
OfStatus: TypeAlias = tuple[StatusReply, ArrivalsReply | None]
OfBoth: TypeAlias = tuple[StatusReply, ArrivalsReply]
OfGates: TypeAlias = tuple[ArrivalsReply, list[LaneReply] | None, list[KioskReply] | None, int]


def loading() -> Reading[Any]:
    """Nothing is known yet."""
    return Reading(Freshness.LOADING)


@dataclass(slots=True)
class Known:
    """The last readings of all questions. `sees_kiosks`: whoever is logged in may read the event's kiosks."""

    event: EventId | None = None
    sees_kiosks: bool = True
    status: Reading[StatusReply] = field(default_factory=loading)
    pace: Reading[ArrivalsReply] = field(default_factory=loading)
    lanes: Reading[list[LaneReply]] = field(default_factory=loading)
    kiosks: Reading[list[KioskReply]] = field(default_factory=loading)
    arrivals: Reading[ArrivalsReply] = field(default_factory=loading)
    events: Reading[list[EventReply]] = field(default_factory=loading)
    compared: Reading[ArrivalsReply] = field(default_factory=loading)
    compared_with: str = ""
    """The event (hex) that lies beside this one; empty for none."""

    def row_of(self, event: str) -> EventRow | None:
        """An event as its organizer set it up, where it is known."""
        return next((each.policy for each in self.events.value or () if each.policy.event == event), None)

    @property
    def row(self) -> EventRow | None:
        """The event that is shown."""
        return None if self.event is None else self.row_of(self.event.hex)

    @property
    def beside(self) -> Beside | None:
        """The night that lies beside this one, where all of it is known."""
        row, told = self.row_of(self.compared_with), self.compared.value
        return Beside(row, told) if row is not None and told is not None else None

    def others(self) -> list[EventRow]:
        """The events that this one can be compared with: the one that it was copied from, then the latest first."""
        mine = self.row
        if mine is None:
            return []
        rows = [each.policy for each in self.events.value or () if each.policy.event != mine.event]
        rows.sort(key=lambda row: (row.event != mine.copied_from, -row.starts_ms))
        return rows[:MOST_COMPARED]

    def of_status(self) -> Reading[OfStatus]:
        """For panels that rest on the status; the pace is there where it is known."""
        return _mapped(self.status, lambda status: (status, self.pace.value))

    def of_both(self) -> Reading[OfBoth]:
        """For the forecast: both or nothing."""
        return together(self.status, self.pace)

    def of_gates(self) -> Reading[OfGates]:
        """For the gates; without the kiosks where they may not be read."""
        if not self.sees_kiosks:
            return _mapped(self.pace, lambda pace: (pace, None, None, pace.at_ms))
        whole = together(self.pace, self.lanes, self.kiosks)
        at_ms = self.kiosks.as_of_ms
        return _mapped(whole, lambda told: (*told, told[0].at_ms if at_ms is None else at_ms))


def _mapped(reading: Reading[A], make: Callable[[A], B]) -> Reading[B]:
    value = None if reading.value is None else make(reading.value)
    return replace(reading, value=value)  # type: ignore[arg-type, return-value]
