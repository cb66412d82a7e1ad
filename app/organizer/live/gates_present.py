"""The gates side by side: how many guests pass, how long each takes, what is refused or unread, who is silent.

Every figure says what it is made of: the bar is entries per minute of the last quarter of an hour; the time per guest
is the median that the gate's kiosks tell (`core.gate.pace`); refusals are of the whole night by where a kiosk is now;
codes that could not be read are since each kiosk started.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from app.organizer.bars import BarRow, BarText
from app.organizer.live.complete_present import Say
from core.insight.forecast import WINDOW_MIN
from core.insight.hearing import Hearing, hearing_of
from core.insight.refusals import is_refusal
from core.insight.series import MINUTE_MS
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import ArrivalsReply, LaneReply

ACTIVE = "active"
LEAST_LOOKS = 20
"""Codes that cameras must have seen before the share of those that they could not read says something."""


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What is known of one gate. None: not known, or nothing to say yet."""

    name: str
    per_min: float
    refused: int | None = None
    pace_ms: int | None = None
    unread_percent: int | None = None
    kiosks: int | None = None
    silent: int = 0
    silent_since_ms: int | None = None
    closed: int = 0
    closed_since_ms: int | None = None

    @property
    def is_silent(self) -> bool:
        """Whether nobody hears of it any more who should be heard."""
        return self.silent > 0 and self.silent + self.closed == self.kiosks

    @property
    def is_closed(self) -> bool:
        """Whether it has kiosks, all of them switched off or at rest."""
        return bool(self.kiosks) and self.closed == self.kiosks


@dataclass(frozen=True, slots=True)
class Gates:
    """Rows as they are shown, and as they are written into a table."""

    shown: BarText
    rows: tuple[tuple[object, ...], ...]


def gates_of(
    pace: ArrivalsReply, lanes: Sequence[LaneReply] | None, kiosks: Sequence[KioskReply] | None, at_ms: int
) -> list[GateFacts]:
    """Each gate of the event, by name; `at_ms` is when the kiosks were told of.

    `lanes` and `kiosks` None: whoever asks may not see them.
    """
    refused = _refused(lanes)
    at_gate: Mapping[str, list[KioskReply]] = _by_gate(kiosks or ())
    found = []
    for curve in pace.gates:
        facts = GateFacts(
            curve.name or curve.id,
            _per_min(curve.counts, pace),
            refused=None if refused is None else refused.get(curve.id, 0),
        )
        found.append(facts if kiosks is None else _with_kiosks(facts, at_gate.get(curve.id, []), kiosks, at_ms))
    return sorted(found, key=lambda each: (each.name.casefold(), each.name))


def present_gates(gates: Sequence[GateFacts], say: Say) -> Gates:
    """A bar for each gate; silent ones ask for a look."""
    words = say.words.gates
    has_kiosks = any(each.kiosks is not None for each in gates)
    titles = (words.pace, words.refused, words.unread) if has_kiosks else ()
    most = max((each.per_min for each in gates), default=0.0)
    rows = tuple(_row(each, most, say, has_kiosks=has_kiosks) for each in gates)
    text = BarText(words.gate, words.per_minute, titles, rows, nothing=words.nothing, step=words.nothing_step)
    head = (words.gate, words.per_minute, words.pace, words.refused, words.unread)
    cells = [
        (
            each.name,
            round(each.per_min, 2),
            None if each.pace_ms is None else each.pace_ms / 1000,
            each.refused,
            None if each.unread_percent is None else f"{each.unread_percent} %",
        )
        for each in gates
    ]
    return Gates(text, (head, *cells))


def _row(gate: GateFacts, most: float, say: Say, *, has_kiosks: bool) -> BarRow:
    words = say.words.gates
    cells = (
        "" if gate.pace_ms is None else words.seconds.fill(count=f"{gate.pace_ms / 1000:.0f}"),
        "" if gate.refused is None else say.number(gate.refused),
        "" if gate.unread_percent is None else f"{gate.unread_percent} %",
    )
    return BarRow(
        gate.name,
        gate.per_min / most if most else 0.0,
        f"{gate.per_min:.1f}" if gate.per_min < 10 else f"{gate.per_min:.0f}",
        cells if has_kiosks else (),
        note=_note(gate, say),
        is_trouble=gate.silent > 0,
        is_aside=gate.kiosks == 0 or gate.is_closed,
    )


def _note(gate: GateFacts, say: Say) -> str:
    words = say.words.gates
    if gate.kiosks == 0:
        return words.no_device
    if gate.is_closed and gate.closed_since_ms is not None:
        return words.closed_all.fill(time=say.clock(gate.closed_since_ms))
    if not gate.silent or gate.kiosks is None:
        return ""
    since = words.never if gate.silent_since_ms is None else say.clock(gate.silent_since_ms)
    if gate.is_silent:
        return words.silent_all.fill(time=since)
    return words.silent_some.fill(silent=gate.silent, count=gate.kiosks, time=since)


def _per_min(counts: Sequence[int], pace: ArrivalsReply) -> float:
    """Over the last whole quarter of an hour, or what there is of it."""
    whole = max(0, min(len(counts), (pace.at_ms - pace.since_ms) // pace.step_ms))
    window = counts[max(0, whole - WINDOW_MIN * MINUTE_MS // pace.step_ms) : whole]
    return fmean(window) * MINUTE_MS / pace.step_ms if window else 0.0


def _refused(lanes: Sequence[LaneReply] | None) -> dict[str, int] | None:
    if lanes is None:
        return None
    found: dict[str, int] = defaultdict(int)
    for lane in lanes:
        found[lane.gate] += sum(n for outcome, n in lane.shown.items() if is_refusal(outcome))
    return found


def _by_gate(kiosks: Sequence[KioskReply]) -> dict[str, list[KioskReply]]:
    found: dict[str, list[KioskReply]] = defaultdict(list)
    for each in kiosks:
        if each.state == ACTIVE:
            found[each.gate].append(each)
    return found


def _with_kiosks(gate: GateFacts, kiosks: Sequence[KioskReply], beside: Sequence[KioskReply], at_ms: int) -> GateFacts:
    heard = [(each, hearing_of(each, beside, at_ms)) for each in kiosks]
    silent = [each for each, hearing in heard if hearing in {Hearing.NEVER, Hearing.SILENT}]
    closed = [each for each, hearing in heard if hearing in {Hearing.OFF, Hearing.RESTING}]
    told = [each.vitals.told for each in kiosks if each.vitals is not None]
    paces = [each.pace_ms for each in told if each.pace_ms is not None]
    misses, looks = sum(each.misses for each in told), sum(each.misses + each.reads for each in told)
    return GateFacts(
        gate.name,
        gate.per_min,
        gate.refused,
        pace_ms=round(median(paces)) if paces else None,
        unread_percent=round(100 * misses / looks) if looks >= LEAST_LOOKS else None,
        kiosks=len(kiosks),
        silent=len(silent),
        silent_since_ms=min((each.last_seen_ms for each in silent if each.last_seen_ms is not None), default=None),
        closed=len(closed),
        closed_since_ms=max((each.last_seen_ms for each in closed if each.last_seen_ms is not None), default=None),
    )
