"""A night as it is told when it is over: its figures, its curve, its incidents and how much of it has been heard.

Owns which figures there are, and that a report says what it lacks: answers that could not be had, answers that are old,
kiosks that have not told all. Every number is the ledger's own, as the Live page shows it. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.insight.completeness import FACTS_PER_SCAN, Completeness, completeness_of
from core.insight.hearing import SILENT_MS, is_off
from core.insight.refusals import is_refusal
from core.insight.series import MINUTE_MS, Series, series_of, trimmed, until_now
from core.model.moments import Millis
from core.sync.incident_replies import Incident
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import ArrivalsReply, ClassCount, EventRow, StatusReply

EARLY_MS = 2 * 60 * MINUTE_MS
"""Guests who come before the doors' hour belong to the night."""
LATE_MS = 4 * 60 * MINUTE_MS
MOST_STEPS = 1_440
MOST_INCIDENTS = 200
"""What one answer of the server holds; a report that lists more is read by nobody."""
PEAK_MS = 15 * MINUTE_MS
"""What "the busiest quarter of an hour" is."""
_ACTIVE, _PENDING = "active", "pending"


class Answer(StrEnum):
    """The answers that a report is made of."""

    STATUS = "status"
    ARRIVALS = "arrivals"
    KIOSKS = "kiosks"
    INCIDENTS = "incidents"


@dataclass(frozen=True, slots=True)
class NightSources:
    """What was answered; None for what could not be had. `old` are answers that are not of now, and of when they are.

    `has_more`: there are older incidents than those.
    """

    event: EventRow
    status: StatusReply
    arrivals: ArrivalsReply | None
    kiosks: Sequence[KioskReply] | None
    incidents: Sequence[Incident] | None
    has_more: bool = False
    old: Mapping[Answer, Millis] = field(default_factory=dict)


class Told(StrEnum):
    """Whether a kiosk has told all that it has."""

    ALL = "all"
    MISSING = "missing"  # scans that are known to be there and are not here
    UNSURE = "unsure"  # it was not heard until the end, or has never compared its records with the server's
    NOTHING = "nothing"  # it was never heard


@dataclass(frozen=True, slots=True)
class KioskLine:
    """One kiosk of the night: where it stood, when it was heard last, and how many of its scans are missing."""

    name: str
    gate: str
    seen_ms: Millis | None
    told: Told
    missing: int = 0
    is_revoked: bool = False


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate: its entries, and the busiest quarter of an hour there (None without curves, or where nobody came)."""

    name: str
    admitted: int
    peak: int | None = None
    peak_ms: Millis | None = None


@dataclass(frozen=True, slots=True)
class Night:
    """All of a night's report. `refusals` are outcomes with their numbers, the most frequent first."""

    name: str
    zone: str
    starts_ms: Millis
    ends_ms: Millis
    as_of_ms: Millis
    tickets: int
    entries: int
    admissions: int
    guests: int
    inside: int
    remaining: int
    refused: int
    double: int
    quarantined: int
    capacity: int | None
    classes: tuple[ClassCount, ...]
    gates: tuple[GateLine, ...]
    refusals: tuple[tuple[str, int], ...]
    series: Series | None
    peak: int | None
    peak_ms: Millis | None
    heard: Completeness
    kiosks: tuple[KioskLine, ...] | None
    incidents: tuple[Incident, ...] | None
    has_more: bool
    old: Mapping[Answer, Millis]

    @property
    def is_over(self) -> bool:
        """Whether the event had ended when its figures were told."""
        return self.as_of_ms >= self.ends_ms

    @property
    def lacks(self) -> frozenset[Answer]:
        """The answers that could not be had."""
        found = {Answer.ARRIVALS: self.series, Answer.KIOSKS: self.kiosks, Answer.INCIDENTS: self.incidents}
        return frozenset(answer for answer, value in found.items() if value is None)

    @property
    def told_all(self) -> int:
        """How many kiosks have told all that they have."""
        return sum(line.told is Told.ALL for line in self.kiosks or ())


def span_of(event: EventRow, now_ms: int) -> tuple[int, int, int]:
    """From when to when a report's curve goes (unix ms), and in steps of how many minutes: at most `MOST_STEPS`."""
    since_ms = max(0, event.starts_ms - EARLY_MS)
    until_ms = max(since_ms + MINUTE_MS, min(now_ms, event.ends_ms + LATE_MS))
    minutes = (until_ms - since_ms) // MINUTE_MS + 1
    return since_ms, until_ms, -(-minutes // (MOST_STEPS - 1))


def night_of(sources: NightSources) -> Night:
    """The report of what was answered."""
    status, event = sources.status, sources.event
    arrivals = sources.arrivals
    curve = None if arrivals is None else _curve(arrivals, [each.counts for each in arrivals.gates])
    peak = _peak(curve) if curve is not None else None
    refusals = refusals_of(status)
    return Night(
        name=event.name,
        zone=event.time_zone,
        starts_ms=Millis(event.starts_ms),
        ends_ms=Millis(event.ends_ms),
        as_of_ms=Millis(status.at_ms),
        tickets=status.tickets,
        entries=status.redemptions,
        admissions=status.admissions,
        guests=sum(each.guests for each in status.classes),
        inside=status.inside,
        remaining=status.remaining,
        refused=sum(n for _, n in refusals),
        double=status.double_admissions,
        quarantined=status.quarantined,
        capacity=status.capacity,
        classes=tuple(status.classes),
        gates=_gates(status, arrivals),
        refusals=refusals,
        series=None if curve is None else trimmed(_without_tail(until_now(curve, status.at_ms), event.ends_ms)),
        peak=None if peak is None else peak[0],
        peak_ms=None if peak is None else peak[1],
        heard=completeness_of(status.kiosks, status.at_ms),
        kiosks=None if sources.kiosks is None else _kiosks(sources.kiosks, event, status.at_ms),
        incidents=None if sources.incidents is None else tuple(sources.incidents),
        has_more=sources.has_more,
        old=sources.old,
    )


def refusals_of(status: StatusReply) -> tuple[tuple[str, int], ...]:
    """How often doors showed each outcome that stopped a guest, the most frequent first."""
    found = [(name, n) for name, n in status.shown.items() if n and is_refusal(name)]
    return tuple(sorted(found, key=lambda each: (-each[1], each[0])))


def _curve(arrivals: ArrivalsReply, counts: Sequence[Sequence[int]]) -> Series:
    return series_of(arrivals.since_ms, arrivals.step_ms, counts)


def _without_tail(curve: Series, ends_ms: int) -> Series:
    """Without the steps behind the event's end in which nobody came any more."""
    kept = len(curve.per_min)
    while kept and not curve.per_min[kept - 1] and curve.since_ms + kept * curve.step_ms > ends_ms:
        kept -= 1
    return Series(curve.since_ms, curve.step_ms, curve.per_min[:kept])


def _peak(curve: Series) -> tuple[int, Millis] | None:
    """How many came in the busiest quarter of an hour, and when it began; None where nobody came."""
    width = max(1, PEAK_MS // curve.step_ms)
    counts = [round(n * curve.step_ms / MINUTE_MS) for n in curve.per_min]
    sums = [sum(counts[at : at + width]) for at in range(max(1, len(counts) - width + 1))]
    most = max(sums, default=0)
    return (most, Millis(curve.since_ms + sums.index(most) * curve.step_ms)) if most else None


def _gates(status: StatusReply, arrivals: ArrivalsReply | None) -> tuple[GateLine, ...]:
    peaks = {}
    for each in arrivals.gates if arrivals is not None else ():
        peaks[each.id] = _peak(series_of(arrivals.since_ms, arrivals.step_ms, [each.counts])) if arrivals else None
    lines = []
    for gate in status.gates:
        peak = peaks.get(gate.id)
        lines.append(GateLine(gate.name, gate.admitted, *(peak or (None, None))))
    return tuple(lines)


def _kiosks(kiosks: Sequence[KioskReply], event: EventRow, at_ms: int) -> tuple[KioskLine, ...]:
    """Those that were let in once; one that still waits for its digits was no door of the night."""
    gates = {gate.id: gate.name for gate in event.gates}
    found = [each for each in kiosks if each.state != _PENDING]
    until_ms = min(at_ms, event.ends_ms)
    ordered = sorted(found, key=lambda each: each.name)
    return tuple(_kiosk(each, gates.get(each.gate, each.gate), until_ms) for each in ordered)


def _kiosk(kiosk: KioskReply, gate: str, until_ms: int) -> KioskLine:
    queue = kiosk.vitals.told.queue if kiosk.vitals is not None else 0
    lost = max(0, (kiosk.told_facts or 0) - (kiosk.held_facts or 0))
    missing = -(-(queue + lost) // FACTS_PER_SCAN)
    seen = None if kiosk.last_seen_ms is None else Millis(kiosk.last_seen_ms)
    if missing:
        told = Told.MISSING
    elif seen is None:
        told = Told.NOTHING
    else:
        told = Told.ALL if kiosk.told_facts is not None and _was_there(kiosk, until_ms) else Told.UNSURE
    return KioskLine(kiosk.name, gate, seen, told, missing, kiosk.state != _ACTIVE)


def _was_there(kiosk: KioskReply, until_ms: int) -> bool:
    """Whether it said until the end how many scans wait at it, or was ended in order before, with nothing waiting.

    One that fell silent may have let in more since.
    """
    if kiosk.vitals is not None and kiosk.vitals.at_ms >= until_ms - SILENT_MS:
        return True
    return is_off(kiosk.vitals, kiosk.last_seen_ms, missing=0)
