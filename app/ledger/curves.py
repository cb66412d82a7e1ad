"""When guests came, and what each kiosk showed: the counts of a night by the minute and by the lane.

Owns what is told of `app.ledger.counters` beyond its sums. Reads nothing else but the kiosks' names.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from app.ledger.counters import MINUTE_MS, Counted, minute_of, read_counts, read_minutes
from app.ledger.schema import devices
from core.model.event import Event
from core.model.ids import GateId
from core.sync.messages import ArrivalsReply, Curve, LaneReply

MOST_STEPS = 1_440
"""A day by the minute: more points than any screen is wide."""


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes since 1970 from `first` to `last`, both included, in steps of `step` minutes."""

    first: int
    last: int
    step: int

    @property
    def steps(self) -> int:
        """How many steps it takes to cover all of it."""
        return -(-(self.last - self.first + 1) // self.step)


def span_of(since_ms: int, until_ms: int, step_min: int) -> Span | None:
    """The span of these instants; None where it is none, or has more than `MOST_STEPS` steps."""
    span = Span(minute_of(since_ms), minute_of(until_ms), step_min)
    return span if 0 < span.steps <= MOST_STEPS else None


def arrivals_of(connection: Connection, event: Event, span: Span, now_ms: int) -> ArrivalsReply:
    """The curves of an event; a gate of the event that nobody came through has one too."""
    entries = _curves(read_minutes(connection, event.id, Counted.ARRIVALS, span.first, span.last), span)
    shown = _curves(read_minutes(connection, event.id, Counted.SHOWN_AT, span.first, span.last), span)
    nobody = [0] * span.steps
    return ArrivalsReply(
        event=event.id.hex,
        at_ms=now_ms,
        since_ms=span.first * MINUTE_MS,
        step_ms=span.step * MINUTE_MS,
        gates=[
            Curve(gate, event.gates[GateId(gate)].name if gate in event.gates else gate, entries.get(gate, nobody))
            for gate in sorted(entries.keys() | set(event.gates))
        ],
        outcomes=[Curve(outcome, outcome, shown[outcome]) for outcome in sorted(shown)],
    )


def lanes_of(connection: Connection, event: Event) -> list[LaneReply]:
    """The event's kiosks in the order of their names, those that showed nothing yet among them."""
    counts = {each.name: each.n for each in read_counts(connection, event.id, (Counted.SHOWN_BY,))}
    shown: dict[str, dict[str, int]] = defaultdict(dict)
    for name in sorted(counts):
        device, _, outcome = name.partition(":")
        shown[device][outcome] = counts[name]
    columns = (devices.c.id, devices.c.name, devices.c.gate)
    found = connection.execute(select(*columns).where(devices.c.event_id == event.id).order_by(devices.c.name))
    return [LaneReply(row.id.hex, row.name, row.gate, shown.get(row.id.hex, {})) for row in found]


def _curves(counts: Iterable[tuple[str, int, int]], span: Span) -> dict[str, list[int]]:
    curves: dict[str, list[int]] = defaultdict(lambda: [0] * span.steps)
    for name, minute, n in counts:
        curves[name][(minute - span.first) // span.step] += n
    return curves
