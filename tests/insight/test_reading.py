"""Several readings as one: as old as the oldest, as wrong as the worst."""

from itertools import permutations

import pytest

from core.insight.reading import Freshness, Reading, together
from core.model.moments import Millis
from core.sync.answers import Later
from core.sync.health import Trouble

FRESH = Reading(Freshness.FRESH, 1, Millis(100))
OLD = Reading(Freshness.OLD, 2, Millis(40), Later(Trouble.SLOW), Millis(50))
LOADING: Reading[int] = Reading(Freshness.LOADING)
FAILED: Reading[int] = Reading(Freshness.FAILED, None, None, Later(Trouble.UNREACHABLE), Millis(30))


@pytest.mark.parametrize(
    ("readings", "state", "as_of_ms", "since_ms"),
    [
        ((FRESH, FRESH), Freshness.FRESH, 100, None),
        ((FRESH, OLD), Freshness.OLD, 40, 50),
        ((FRESH, LOADING), Freshness.LOADING, None, None),
        ((OLD, LOADING), Freshness.LOADING, None, 50),
        ((OLD, FAILED), Freshness.FAILED, None, 30),
        ((FRESH, LOADING, FAILED), Freshness.FAILED, None, 30),
    ],
)
def test_the_worst_of_them_is_told_in_any_order(
    readings: tuple[Reading[int], ...], state: Freshness, as_of_ms: int | None, since_ms: int | None
) -> None:
    for each in permutations(readings):
        told = together(*each)
        assert (told.state, told.as_of_ms, told.fault_since_ms) == (state, as_of_ms, since_ms)
        assert (told.value is None) is any(reading.value is None for reading in each)


def test_values_keep_their_places() -> None:
    assert together(FRESH, OLD).value == (1, 2)
    assert together(OLD).fault == Later(Trouble.SLOW)
