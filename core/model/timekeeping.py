"""What time it is, as far as a kiosk can know.

Owns the arithmetic of trusted time: the server's time at the last sync plus the boot clock's elapsed time; without one
a supervisor's word; without that the wall clock, which is read once and carried on by the boot clock. Below everything
lies the floor, an instant that has certainly passed. The readings themselves are arguments. In words: docs/time.md.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Annotated, Protocol

from annotated_types import Ge, Le, MaxLen

from core.model.moments import LATEST_MS, ClockQuality, Millis, Moment

SLOWEST_SAMPLE_MS = 2_000
"""A reply that took longer tells too little about when it was sent."""
SYNC_FLOOR_MS = 1_000
DRIFT_PPM = 100
DRIFT_MS = 120_000
"""A clock farther off than this is an incident of its device: told to people, never part of a fact's order."""
HOLDOVER_UNCERTAINTY_MS = 300_000
FLOOR_SLACK_MS = 2_000
"""A synced time, by which the floor was raised, may have been ahead by as much: half of the slowest sample and 1 s."""
STEP_NOTICED_MS = 2_000
"""What slewing and leap seconds do to a wall clock stays below; more is somebody's hand, or a time service's."""
FARTHEST_AHEAD_MS = 400 * 86_400_000
"""No kiosk lies in a cupboard for longer between two manifests: a wall clock that claims so is wrong."""
CORRECTION_UNCERTAINTY_MS = 120_000
"""How well a person sets a clock by another clock."""
SUREST_CORRECTION_MS, LEAST_SURE_CORRECTION_MS = 1_000, 3_600_000
REWRITTEN_AFTER_MS = 60_000
REWRITTEN_WHEN_BETTER_MS = 100

_Instant = Annotated[int, Ge(0), Le(LATEST_MS)]
_Elapsed = Annotated[int, Ge(0), Le(LATEST_MS)]
_BootId = Annotated[str, MaxLen(64)]


class Mark(Protocol):
    """Something that was so at an instant of a boot clock."""

    @property
    def boot_ms(self) -> int:
        """The boot clock then."""

    @property
    def boot_id(self) -> str:
        """Which boot it was."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The machine's clocks at one instant: wall clock and boot clock in milliseconds, and which boot it is."""

    wall_ms: int
    boot_ms: int
    boot_id: str


@dataclass(frozen=True, slots=True)
class Sample:
    """The server's time as a reply told it: received at `boot_ms` of that boot, `rtt_ms` after the question."""

    server_ms: _Instant
    rtt_ms: int
    boot_ms: _Elapsed
    boot_id: _BootId

    @property
    def is_useful(self) -> bool:
        """Whether the round trip was short enough to tell the time, and the time one that a record can carry."""
        return 0 <= self.rtt_ms <= SLOWEST_SAMPLE_MS and 0 <= self.server_ms <= LATEST_MS


@dataclass(frozen=True, slots=True)
class Correction:
    """What a supervisor said the time was, and how sure of it; good for that boot."""

    at_ms: _Instant
    uncertainty_ms: Annotated[int, Ge(SUREST_CORRECTION_MS), Le(LEAST_SURE_CORRECTION_MS)]
    boot_ms: _Elapsed
    boot_id: _BootId


@dataclass(frozen=True, slots=True)
class Floor:
    """An instant that has certainly passed. In the boot it was learned in it goes on with the boot clock."""

    at_ms: _Instant = 0
    boot_ms: _Elapsed = 0
    boot_id: _BootId = ""

    def in_boot(self, reading: Reading) -> "Floor":
        """The same floor, going on from a reading if it was learned in an earlier boot."""
        return self if self.boot_id == reading.boot_id else Floor(self.at_ms, reading.boot_ms, reading.boot_id)

    def by(self, reading: Reading) -> int:
        """The latest instant that has certainly passed at a reading: the boot clock counted as if it ran fast."""
        passed_ms = elapsed_ms(self, reading) or 0
        return self.at_ms + passed_ms - _drift_ms(passed_ms)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a kiosk knows of the time besides its clocks, and keeps over restarts."""

    sample: Sample | None = None
    floor: Floor = field(default_factory=Floor)
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """How far a kiosk trusts its clock, as a status line shows it.

    `skew_ms` is what the guests' phones say where they disagree (`core.model.skew`): positive when this kiosk's clock
    may be behind.
    """

    quality: ClockQuality
    uncertainty_ms: int
    skew_ms: int | None = None


def trusted(reading: Reading, known: Remembered, anchor: Reading) -> Moment:
    """The moment of a reading; the first of these that there is:

    1. a useful sample of this boot → `synced`, whatever the floor says
    2. a supervisor's correction of this boot that the floor does not contradict → `holdover`
    3. the wall clock of `anchor` (see `anchored`) carried on by the boot clock → `holdover`
    4. no wall clock that can be right, or two that contradict each other → `suspect`

    A suspect moment tells no time; its `at_ms` is the best there is to put facts in order and ages on a screen: it
    goes on with the boot clock and is never below the floor.
    """
    synced = _synced(reading, known.sample)
    if synced is not None:  # (1)
        return synced
    floor_ms = known.floor.by(reading)
    return _corrected(reading, known.correction, floor_ms) or _held_over(reading, anchor, floor_ms)


def anchored(anchor: Reading, reading: Reading, floor_ms: int) -> Reading:
    """The reading whose wall clock is believed from now on: the first of this run that can be right.

    A wall clock that was wrong beyond doubt (1970, 2038) and has been set to a possible time is believed anew; one
    that was possible all along is never exchanged for another.
    """
    carried_ms = _carried_ms(anchor, reading)
    if _is_possible(carried_ms, floor_ms) or not _is_possible(reading.wall_ms, floor_ms):
        return anchor
    return reading


def raised(floor: Floor, moment: Moment, reading: Reading) -> Floor:
    """The floor after a moment: a later synced one raises it, no other does; none ever lowers it."""
    if moment.quality is not ClockQuality.SYNCED or moment.at_ms <= floor.at_ms:
        return floor
    return Floor(moment.at_ms, reading.boot_ms, reading.boot_id)


def raised_by_proof(floor: Floor, at_ms: int, reading: Reading) -> Floor:
    """The floor once something proves that `at_ms` has passed: a signed manifest's issue, a synced fact's time."""
    if not floor.by(reading) < at_ms <= LATEST_MS:
        return floor
    return Floor(at_ms, reading.boot_ms, reading.boot_id)


def learned(known: Remembered, fresh: Sample, reading: Reading) -> Remembered:
    """What is known after a sample: the surer one of it and the one held, and the floor raised by that."""
    if not fresh.is_useful:
        return known
    told = together(known, replace(known, sample=fresh), reading)
    now = _synced(reading, told.sample)
    return told if now is None else replace(told, floor=raised(told.floor, now, reading))


def together(one: Remembered, other: Remembered, reading: Reading) -> Remembered:
    """What two memories of one kiosk amount to, its window's and its command line's say, in either order.

    The surer sample of this boot, or the later one where they contradict each other; the higher floor; the later
    correction of this boot, as long as no sample of this boot has overtaken it.
    """
    sample = _surer(one.sample, other.sample, reading)
    floor = max(one.floor, other.floor, key=lambda each: (each.at_ms, each.by(reading), each.boot_id))
    said = [each for each in (one.correction, other.correction) if each and elapsed_ms(each, reading) is not None]
    is_synced = _synced(reading, sample) is not None
    correction = (
        None if is_synced else max(said, key=lambda each: (each.boot_ms, each.uncertainty_ms, each.at_ms), default=None)
    )
    return Remembered(sample, floor, correction)


def is_worth_keeping(known: Remembered, kept: Remembered, reading: Reading) -> bool:
    """Whether what is known deserves a write: the first of a boot, a much surer or another time, a minute later."""
    now, then = _synced(reading, known.sample), _synced(reading, kept.sample)
    if now is None:
        return False
    if then is None or _contradict(now, then):
        return True
    is_surer = then.uncertainty_ms - now.uncertainty_ms > REWRITTEN_WHEN_BETTER_MS
    return is_surer or known.floor.at_ms - kept.floor.at_ms >= REWRITTEN_AFTER_MS


class CorrectionFlaw(Enum):
    """Why a time that a supervisor says is not taken."""

    SYNCED = "synced"
    BEFORE_THE_FLOOR = "before_the_floor"
    TOO_FAR_AHEAD = "too_far_ahead"
    UNCERTAINTY_OUT_OF_BOUNDS = "uncertainty_out_of_bounds"


def flaw_of(said: Correction, reading: Reading, known: Remembered) -> CorrectionFlaw | None:
    """Why a correction that is said now is not taken, or None."""
    floor_ms = known.floor.by(reading)
    if not SUREST_CORRECTION_MS <= said.uncertainty_ms <= LEAST_SURE_CORRECTION_MS:
        return CorrectionFlaw.UNCERTAINTY_OUT_OF_BOUNDS
    if _synced(reading, known.sample) is not None:
        return CorrectionFlaw.SYNCED
    if said.at_ms + said.uncertainty_ms < floor_ms - FLOOR_SLACK_MS:
        return CorrectionFlaw.BEFORE_THE_FLOOR
    if said.at_ms > floor_ms + FARTHEST_AHEAD_MS:
        return CorrectionFlaw.TOO_FAR_AHEAD
    return None


def elapsed_ms(mark: Mark, reading: Reading) -> int | None:
    """What the boot clock counted since a mark; None for a mark of another boot, or one that is yet to come."""
    if mark.boot_id != reading.boot_id or mark.boot_ms > reading.boot_ms:
        return None
    return reading.boot_ms - mark.boot_ms


def _synced(reading: Reading, sample: Sample | None) -> Moment | None:
    age_ms = elapsed_ms(sample, reading) if sample and sample.is_useful else None
    if sample is None or age_ms is None:
        return None
    uncertainty_ms = sample.rtt_ms // 2 + SYNC_FLOOR_MS + _drift_ms(age_ms)
    return _moment(sample.server_ms + sample.rtt_ms // 2 + age_ms, uncertainty_ms, ClockQuality.SYNCED, reading)


def _corrected(reading: Reading, said: Correction | None, floor_ms: int) -> Moment | None:
    passed_ms = elapsed_ms(said, reading) if said else None
    if said is None or passed_ms is None:
        return None
    at_ms, uncertainty_ms = said.at_ms + passed_ms, said.uncertainty_ms + _drift_ms(passed_ms)
    if at_ms + uncertainty_ms < floor_ms - FLOOR_SLACK_MS:
        return None
    return _moment(max(at_ms, floor_ms), uncertainty_ms, ClockQuality.HOLDOVER, reading)


def _held_over(reading: Reading, anchor: Reading, floor_ms: int) -> Moment:
    carried_ms = _carried_ms(anchor, reading)
    if not _is_possible(carried_ms, floor_ms):
        return _moment(floor_ms, HOLDOVER_UNCERTAINTY_MS, ClockQuality.SUSPECT, reading)
    at_ms, step_ms = max(carried_ms, floor_ms), abs(reading.wall_ms - carried_ms)
    if step_ms <= STEP_NOTICED_MS or not _is_possible(reading.wall_ms, floor_ms):
        return _moment(at_ms, HOLDOVER_UNCERTAINTY_MS, ClockQuality.HOLDOVER, reading)
    # Somebody has set the wall clock since, to a time as possible as the one before. The uncertainty covers both as
    # long as each could be within its own; beyond that one of them is wrong, and nothing here can say which.
    if step_ms > HOLDOVER_UNCERTAINTY_MS:
        return _moment(at_ms, HOLDOVER_UNCERTAINTY_MS, ClockQuality.SUSPECT, reading)
    return _moment(at_ms, HOLDOVER_UNCERTAINTY_MS + step_ms, ClockQuality.HOLDOVER, reading)


def _carried_ms(anchor: Reading, reading: Reading) -> int:
    """The anchor's wall time carried on by the boot clock; the reading's own where the anchor is of another boot."""
    passed_ms = elapsed_ms(anchor, reading)
    return reading.wall_ms if passed_ms is None else anchor.wall_ms + passed_ms


def _is_possible(wall_ms: int, floor_ms: int) -> bool:
    return floor_ms - FLOOR_SLACK_MS <= wall_ms <= floor_ms + FARTHEST_AHEAD_MS


def _surer(one: Sample | None, other: Sample | None, reading: Reading) -> Sample | None:
    """The sample to go by; one of another boot is only kept to say when the last sync was."""
    at_one, at_other = _synced(reading, one), _synced(reading, other)
    if one is None or other is None:
        return one or other
    if at_one is None or at_other is None:
        if at_one is None and at_other is None:
            return max(one, other, key=lambda each: (each.server_ms, -each.rtt_ms))
        return one if at_one else other
    if _contradict(at_one, at_other):  # the server's own clock was set: its last word counts
        return max(one, other, key=lambda each: (each.boot_ms, each.server_ms))
    return min(
        one, other, key=lambda each: (_uncertainty_ms(each, reading), -each.boot_ms, each.server_ms, each.rtt_ms)
    )


def _uncertainty_ms(sample: Sample, reading: Reading) -> int:
    moment = _synced(reading, sample)
    return LATEST_MS if moment is None else moment.uncertainty_ms


def _contradict(one: Moment, other: Moment) -> bool:
    return abs(one.at_ms - other.at_ms) > one.uncertainty_ms + other.uncertainty_ms


def _drift_ms(passed_ms: int) -> int:
    return passed_ms * DRIFT_PPM // 1_000_000


def _moment(at_ms: int, uncertainty_ms: int, quality: ClockQuality, reading: Reading) -> Moment:
    return Moment(Millis(min(at_ms, LATEST_MS)), uncertainty_ms, quality, reading.boot_id)
