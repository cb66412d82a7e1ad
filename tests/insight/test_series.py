"""Curves of a night: cut, made coarser and laid over one another without losing a guest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.series import (
    MINUTE_MS,
    MOST_POINTS,
    Series,
    coarser,
    laid_over,
    series_of,
    trimmed,
    until_now,
)
from core.model.moments import Millis

T0 = Millis(1_795_719_840_000)
HOUR_MS = 60 * MINUTE_MS


def night(*per_min: float, step_min: int = 1, since_ms: int = T0) -> Series:
    return Series(Millis(since_ms), step_min * MINUTE_MS, tuple(map(float, per_min)))


def test_gates_add_up_to_guests_per_minute() -> None:
    series = series_of(T0, 5 * MINUTE_MS, [[10, 0, 5], [0, 20, 5]])
    assert series.per_min == (2.0, 4.0, 2.0)
    assert series.guests == 40
    assert (series.until_ms, series.middle_ms(0)) == (T0 + 15 * MINUTE_MS, T0 + 150_000)
    assert series_of(T0, MINUTE_MS, []).per_min == ()


def test_gates_of_different_length_are_no_answer() -> None:
    with pytest.raises(ValueError, match="zip"):
        series_of(T0, MINUTE_MS, [[1], [1, 2]])


def test_a_curve_of_more_points_than_a_screen_has_is_refused() -> None:
    with pytest.raises(ValueError, match="points"):
        night(*[0] * (MOST_POINTS + 1))


def test_a_minute_that_runs_is_not_shown() -> None:
    series = night(4, 5, 6)
    assert until_now(series, T0 + 3 * MINUTE_MS).per_min == (4.0, 5.0, 6.0)
    assert until_now(series, T0 + 3 * MINUTE_MS - 1).per_min == (4.0, 5.0)
    assert until_now(series, T0 - 1).per_min == ()


def test_a_curve_begins_shortly_before_its_first_guest() -> None:
    assert trimmed(night(0, 0, 0, 0, 7, 0)).per_min == (0.0, 0.0, 7.0, 0.0)
    assert trimmed(night(0, 0, 0, 0, 7)).since_ms == T0 + 2 * MINUTE_MS
    assert trimmed(night(0, 0)).per_min == (0.0, 0.0)
    assert trimmed(night(3, 0)).per_min == (3.0, 0.0)


def test_last_years_night_is_laid_over_this_one() -> None:
    """Both began at eight; what lies outside of what is shown is left out."""
    year_ms = 364 * 24 * HOUR_MS
    last = night(*range(10), since_ms=T0 - year_ms)
    over = laid_over(last, year_ms, T0 + 2 * MINUTE_MS, T0 + 5 * MINUTE_MS)
    assert (over.since_ms, over.per_min) == (T0 + 2 * MINUTE_MS, (2.0, 3.0, 4.0))
    assert laid_over(last, year_ms, T0 - HOUR_MS, T0 + HOUR_MS).per_min == last.per_min
    assert laid_over(last, 0, T0, T0 + HOUR_MS).per_min == ()


def test_steps_find_their_instant() -> None:
    series = night(1, 2, 3)
    assert [series.step_at(T0 + at) for at in (-1, 0, MINUTE_MS - 1, MINUTE_MS, 3 * MINUTE_MS)] == [None, 0, 0, 1, None]


def test_coarser_steps_are_means() -> None:
    assert coarser(night(1, 3, 5, 7, 9), 2 * MINUTE_MS).per_min == (2.0, 6.0)
    assert coarser(night(1, 3), MINUTE_MS // 2).per_min == (1.0, 3.0)


@given(
    st.lists(st.integers(0, 500), max_size=200),
    st.integers(-200, 200),
    st.integers(-300, 300),
    st.integers(0, 300),
)
def test_what_is_laid_over_is_never_outside_nor_other_than_it_was(
    counts: list[int], by_min: int, since_min: int, span_min: int
) -> None:
    other = night(*counts)
    since, until = T0 + since_min * MINUTE_MS, T0 + (since_min + span_min) * MINUTE_MS
    over = laid_over(other, by_min * MINUTE_MS, since, until)
    assert not over.per_min or since <= over.since_ms <= over.until_ms <= until
    for at, value in enumerate(over.per_min):
        was = other.step_at(over.middle_ms(at) - by_min * MINUTE_MS)
        assert was is not None
        assert other.per_min[was] == value
