"""When all are in at this rate: never sooner for more guests, never without a reason where nobody can say."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.forecast import (
    FARTHEST_MS,
    FEWEST,
    MINUTE_MS,
    NOW_MIN,
    WINDOW_MIN,
    AllIn,
    CantSay,
    Forecast,
    Night,
    NoForecast,
    NotBeforeEnd,
    forecast,
    rate_now,
    rate_of,
)
from core.model.moments import Millis

NOW = Millis(1_795_719_840_000)
EVENING = Night([40] * 60, come=3_800, remaining=1_200, now_ms=NOW)
HOURS = 60 * MINUTE_MS

nights = st.builds(
    Night,
    st.lists(st.integers(0, 400), max_size=60),
    come=st.integers(0, 10_000),
    remaining=st.integers(0, 1_000_000),
    now_ms=st.just(NOW),
    ends_ms=st.none() | st.integers(-2, 40).map(lambda hours: Millis(NOW + hours * HOURS)),
    is_heard=st.booleans(),
)


def why(night: Night) -> NoForecast | None:
    told = forecast(night)
    return told.why if isinstance(told, CantSay) else None


def test_a_steady_stream_is_told_to_the_minute() -> None:
    told = forecast(EVENING)
    assert isinstance(told, AllIn)
    assert told.at_ms == NOW + 30 * MINUTE_MS
    assert told.from_ms < told.at_ms < (told.to_ms or 0)
    assert told.rate.per_min == 40


REASONS: list[tuple[Night, NoForecast | None]] = [
    (replace(EVENING, come=0, remaining=0, minutes=[]), NoForecast.NOBODY_EXPECTED),
    (replace(EVENING, remaining=0), NoForecast.ALL_IN),
    (replace(EVENING, ends_ms=NOW), NoForecast.OVER),
    (replace(EVENING, ends_ms=Millis(NOW + 1)), None),
    (replace(EVENING, come=0, minutes=[0] * 60), NoForecast.NOT_BEGUN),
    (replace(EVENING, come=0, minutes=[]), NoForecast.NOT_BEGUN),
    (replace(EVENING, is_heard=False), NoForecast.TOO_LITTLE_HEARD),
    (replace(EVENING, minutes=[40] * 45 + [0] * WINDOW_MIN), NoForecast.STANDSTILL),
    (replace(EVENING, minutes=[0] * 60, running=7), NoForecast.TOO_FEW),
    (replace(EVENING, minutes=[40] * (WINDOW_MIN - 1)), NoForecast.TOO_FEW),
    (replace(EVENING, minutes=[0] * 14 + [FEWEST - 1]), NoForecast.TOO_FEW),
    (replace(EVENING, minutes=[0] * 14 + [400]), NoForecast.UNSTEADY),
    (replace(EVENING, minutes=[100, 0, 0, 0, 0] * 3), None),
    (replace(EVENING, minutes=[2] * 15, remaining=100_000), NoForecast.FAR),
]


@pytest.mark.parametrize(("night", "reason"), REASONS)
def test_where_nobody_can_say_the_reason_is_told(night: Night, reason: NoForecast | None) -> None:
    assert why(night) is reason


def test_every_reason_is_told_somewhere() -> None:
    """A reason that nothing leads to is a sentence that nobody reads."""
    assert {reason for _, reason in REASONS} - {None} == set(NoForecast)


def test_what_is_not_in_before_the_end_is_counted() -> None:
    told = forecast(replace(EVENING, ends_ms=Millis(NOW + 20 * MINUTE_MS)))
    assert isinstance(told, NotBeforeEnd)
    assert told.missing == 400
    on_time = forecast(replace(EVENING, ends_ms=Millis(NOW + 30 * MINUTE_MS)))
    assert isinstance(on_time, AllIn), "the last minute is still before the end"


def test_a_bus_is_not_the_night() -> None:
    """The negative control: the mean of the same minutes believes that it is."""
    minutes = [10] * 57 + [10, 300, 10]
    rate = rate_of(minutes)
    assert rate is not None
    assert rate.per_min == 10
    assert sum(minutes[-WINDOW_MIN:]) / WINDOW_MIN > 25


def test_the_running_figure_is_of_the_last_whole_minutes() -> None:
    assert rate_now([0] * 20 + [10, 20, 30, 40, 50]) == 30
    assert rate_now([9] * (NOW_MIN - 1)) is None


@given(nights)
def test_a_forecast_is_ahead_and_between_its_bounds(night: Night) -> None:
    told = forecast(night)
    if isinstance(told, AllIn):
        assert night.now_ms < told.at_ms <= night.now_ms + FARTHEST_MS
        assert told.from_ms <= told.at_ms
        assert told.to_ms is None or told.at_ms <= told.to_ms
        assert night.ends_ms is None or told.at_ms <= night.ends_ms
    if isinstance(told, NotBeforeEnd):
        assert 0 < told.missing <= night.remaining
        assert night.now_ms < told.ends_ms


def _when(told: Forecast) -> float | None:
    match told:
        case AllIn():
            return float(told.at_ms)
        case NotBeforeEnd():
            return float("inf")
        case _:
            return None


@given(nights, st.integers(1, 5_000))
def test_more_guests_are_never_in_sooner(night: Night, more: int) -> None:
    first, second = _when(forecast(night)), _when(forecast(replace(night, remaining=night.remaining + more)))
    if first is not None and second is not None:
        assert first <= second


@given(nights, st.integers(2, 5))
def test_a_stream_that_is_as_many_times_faster_is_never_later(night: Night, times: int) -> None:
    faster = replace(night, minutes=[n * times for n in night.minutes])
    first, second = _when(forecast(night)), _when(forecast(faster))
    if first is not None and second is not None:
        assert second <= first


@given(nights, st.integers(-(10**9), 10**9))
def test_it_does_not_matter_on_which_day_it_is_asked(night: Night, by_ms: int) -> None:
    moved = replace(
        night,
        now_ms=Millis(night.now_ms + by_ms),
        ends_ms=None if night.ends_ms is None else Millis(night.ends_ms + by_ms),
    )
    one, other = forecast(night), forecast(moved)
    assert type(one) is type(other)
    if isinstance(one, AllIn) and isinstance(other, AllIn):
        assert other.at_ms == one.at_ms + by_ms


@pytest.mark.parametrize("per_min", [3, 12, 40])
def test_nine_of_ten_streams_lie_between_the_bounds(per_min: int) -> None:
    """Streams of pure chance around a true rate. The negative control: half the bounds hold far fewer of them."""
    dice = random.Random(per_min)
    held = narrow = 0
    for _ in range(400):
        minutes = [sum(dice.random() < per_min / 200 for _ in range(200)) for _ in range(WINDOW_MIN)]
        rate = rate_of(minutes)
        assert rate is not None
        held += rate.slowest <= per_min <= rate.fastest
        narrow += abs(rate.per_min - per_min) <= (rate.fastest - rate.per_min) / 2
    assert held >= 360
    assert narrow < 320
