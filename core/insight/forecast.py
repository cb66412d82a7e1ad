"""When all expected guests will be in, at the rate at which they come now; or why nobody can say.

Owns the rate and its uncertainty, and the closed list of reasons for which there is no forecast. The rate is that of
the last quarter of an hour: the median of the means of five pieces of three minutes each, so that one bus, or one
minute in which a lane stood still, is not taken for the night. Its uncertainty is the larger of what chance alone makes
of so few guests (Poisson) and of how much the pieces differ. It says nothing of how the stream will swell or ebb: that
is why it is always told as "at this rate". Pure: counts and the time in, a value out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import fmean, median, stdev
from typing import TypeAlias

from core.model.moments import Millis

PIECES, PIECE_MIN = 5, 3
WINDOW_MIN = PIECES * PIECE_MIN
"""The recent past that stands for now: shorter and it trembles, longer and it is late."""
NOW_MIN = 5
"""Over how many whole minutes the rate is told as a figure."""
FEWEST = 20
"""Guests in the window without whom a rate is chance: with fewer its uncertainty is more than a third of it."""
LEAST_SURE = 0.5
"""A rate whose uncertainty is more than half of it is none."""
MEDIAN_COST = 1.25
"""By how much a median strays further than a mean would (the root of pi/2): the price of being robust."""
SIGMAS = 1.645
"""Nine of ten rates lie within as many standard errors (normal approximation)."""
MINUTE_MS = 60_000
FARTHEST_MS = 24 * 60 * MINUTE_MS
"""Nobody plans by a rate further than a day ahead."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Guests per minute, and its standard error."""

    per_min: float
    error: float

    @property
    def slowest(self) -> float:
        """The lower end of what nine of ten such rates are; nothing where it is less."""
        return max(0.0, self.per_min - SIGMAS * self.error)

    @property
    def fastest(self) -> float:
        """The upper end."""
        return self.per_min + SIGMAS * self.error


class NoForecast(StrEnum):
    """Why nobody can say when all are in, in the order in which it is asked."""

    NOBODY_EXPECTED = "nobody_expected"  # no ticket was sold for today
    ALL_IN = "all_in"  # there is nothing left to forecast
    OVER = "over"  # the event has ended
    NOT_BEGUN = "not_begun"  # nobody has come yet
    TOO_LITTLE_HEARD = "too_little_heard"  # most kiosks are silent: the rate is not the night's
    STANDSTILL = "standstill"  # guests have come, and nobody in the last quarter of an hour, nor since
    TOO_FEW = "too_few"  # too few came in it for a rate
    UNSTEADY = "unsteady"  # the rate trembles too much
    FAR = "far"  # further ahead than a rate reaches


@dataclass(frozen=True, slots=True)
class AllIn:
    """All are in at `at_ms` at this rate; nine of ten times between `from_ms` and `to_ms` (None: nobody can say)."""

    at_ms: Millis
    from_ms: Millis
    to_ms: Millis | None
    rate: Rate


@dataclass(frozen=True, slots=True)
class NotBeforeEnd:
    """At this rate `missing` guests are still outside when the event ends."""

    ends_ms: Millis
    missing: int
    rate: Rate


@dataclass(frozen=True, slots=True)
class CantSay:
    """There is no forecast, and why."""

    why: NoForecast


Forecast: TypeAlias = AllIn | NotBeforeEnd | CantSay


@dataclass(frozen=True, slots=True)
class Night:
    """What a forecast is made of. `minutes` are entries per whole minute, the newest last, without the running one.

    `come` and `remaining` are guests; `running` those of the minute that runs: no rate, but no standstill either.
    `is_heard`: enough kiosks report for the minutes to be the night's.
    """

    minutes: Sequence[int]
    come: int
    remaining: int
    now_ms: Millis
    ends_ms: Millis | None = None
    is_heard: bool = True
    running: int = 0


def rate_of(minutes: Sequence[int]) -> Rate | None:
    """The rate of the last `WINDOW_MIN` of these whole minutes; None: there are fewer of them."""
    if len(minutes) < WINDOW_MIN:
        return None
    window = minutes[-WINDOW_MIN:]
    pieces = [fmean(window[at : at + PIECE_MIN]) for at in range(0, WINDOW_MIN, PIECE_MIN)]
    chance = sqrt(max(1, sum(window))) / WINDOW_MIN
    return Rate(median(pieces), MEDIAN_COST * max(chance, stdev(pieces) / sqrt(PIECES)))


def rate_now(minutes: Sequence[int]) -> float | None:
    """Guests per minute over the last `NOW_MIN` whole minutes; None: there are fewer of them."""
    return fmean(minutes[-NOW_MIN:]) if len(minutes) >= NOW_MIN else None


def forecast(night: Night) -> Forecast:
    """When all expected guests are in, or why nobody can say; the reasons in the order of `NoForecast`."""
    why = _why_not(night)
    if why is not None:
        return CantSay(why)
    rate = rate_of(night.minutes)
    if rate is None or sum(night.minutes[-WINDOW_MIN:]) < FEWEST:
        return CantSay(NoForecast.TOO_FEW)
    if rate.per_min <= 0 or rate.error > LEAST_SURE * rate.per_min:
        return CantSay(NoForecast.UNSTEADY)
    at_ms = _after(night, rate.per_min)
    if night.ends_ms is not None and at_ms > night.ends_ms:
        let_in = int(rate.per_min * (night.ends_ms - night.now_ms) / MINUTE_MS)
        return NotBeforeEnd(night.ends_ms, max(1, night.remaining - let_in), rate)
    if at_ms - night.now_ms > FARTHEST_MS:
        return CantSay(NoForecast.FAR)
    latest = _after(night, rate.slowest) if rate.slowest > 0 else None
    to_ms = latest if latest is not None and latest - night.now_ms <= FARTHEST_MS else None
    return AllIn(at_ms, _after(night, rate.fastest), to_ms, rate)


def _why_not(night: Night) -> NoForecast | None:
    if night.come + night.remaining == 0:
        return NoForecast.NOBODY_EXPECTED
    if night.remaining == 0:
        return NoForecast.ALL_IN
    if night.ends_ms is not None and night.now_ms >= night.ends_ms:
        return NoForecast.OVER
    if night.come == 0 and not sum(night.minutes):
        return NoForecast.NOT_BEGUN
    if not night.is_heard:
        return NoForecast.TOO_LITTLE_HEARD
    if not sum(night.minutes[-WINDOW_MIN:]) + night.running:
        return NoForecast.STANDSTILL
    return None


def _after(night: Night, per_min: float) -> Millis:
    return Millis(night.now_ms + round(night.remaining / per_min * MINUTE_MS))
