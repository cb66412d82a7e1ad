"""How full a place is: each level announced once, however the crowd breathes around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.capacity import FALLS_BY, Fullness, Watch, watched

CAPACITY = 1_000


def announced(*inside: int, capacity: int = CAPACITY) -> list[Fullness]:
    """What is announced while so many are inside, one count after the other."""
    watch, told = Watch(), []
    for each in inside:
        watch, news = watched(watch, each, capacity)
        if news is not None:
            told.append(news)
    return told


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ((0, 500, 799), []),
        ((799, 800, 801), [Fullness.BUSY]),
        ((799, 949, 950, 999, 1_000), [Fullness.BUSY, Fullness.NEARLY_FULL, Fullness.FULL]),
        ((1_200,), [Fullness.FULL]),
        ((800, 799, 800, 790, 810, 751, 800), [Fullness.BUSY]),  # it breathes
        ((800, 749, 800), [Fullness.BUSY, Fullness.BUSY]),  # it has really fallen, and come back
        ((1_000, 960, 1_000), [Fullness.FULL]),
        ((1_000, 940, 1_000), [Fullness.FULL, Fullness.FULL]),
        ((1_000, 940, 960), [Fullness.FULL]),  # nearly full was passed on the way up
    ],
)
def test_each_level_is_announced_once(inside: tuple[int, ...], told: list[Fullness]) -> None:
    assert announced(*inside) == told


def test_without_hysteresis_a_breathing_crowd_would_never_be_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr("core.insight.capacity.FALLS_BY", 0)
    assert len(announced(800, 799, 800, 799, 800)) == 3


def test_a_place_of_one() -> None:
    assert announced(0, 1, 0, 1, capacity=1) == [Fullness.FULL, Fullness.FULL]


@given(st.lists(st.integers(0, 1_500), max_size=40), st.integers(1, 1_200))
def test_a_level_holds_and_is_told_at_most_once_per_fall(inside: list[int], capacity: int) -> None:
    watch, falls, told = Watch(), 0, 0
    for each in inside:
        before = watch
        watch, news = watched(watch, each, capacity)
        assert 100 * each >= (watch.level - FALLS_BY) * capacity
        assert all(watch.level >= level for level in Fullness if 100 * each >= level * capacity)
        falls += watch.level < before.level
        told += news is not None
        assert news is None or news is watch.level
    assert told <= (falls + 1) * (len(Fullness) - 1)
