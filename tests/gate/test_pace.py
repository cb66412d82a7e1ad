"""How long a lane takes for a guest: while guests stand in line, and only then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.gate.pace import FEWEST, PAUSE_MS, RECENT_MS, pace_of


def line_of(*gaps: int) -> list[int]:
    """The times of verdicts with these gaps between them."""
    times = [0]
    for gap in gaps:
        times.append(times[-1] + gap)
    return times


@pytest.mark.parametrize(
    ("gaps", "pace"),
    [
        ([4_000] * FEWEST, 4_000),
        ([4_000] * (FEWEST - 1), None),
        ([4_000, 4_000, 4_000, 5_000, 5_000, 40_000], 4_500),
        ([4_000] * 4 + [PAUSE_MS + 1] + [4_000], 4_000),
        ([PAUSE_MS + 1] * 20, None),
        ([PAUSE_MS] * FEWEST, PAUSE_MS),
        ([], None),
    ],
)
def test_a_pause_is_no_guests_time(gaps: list[int], pace: int | None) -> None:
    times = line_of(*gaps)
    assert pace_of(times, times[-1]) == pace


def test_what_is_long_ago_says_nothing() -> None:
    times = line_of(*[9_000] * 6)
    assert pace_of(times, RECENT_MS) == 9_000
    assert pace_of(times, RECENT_MS + 1 + times[1]) is None
    assert pace_of([], 10**12) is None


@given(st.lists(st.integers(0, 3 * PAUSE_MS), max_size=60))
def test_a_pace_is_one_of_a_guest_in_a_line(gaps: list[int]) -> None:
    times = line_of(*gaps)
    pace = pace_of(times, times[-1])
    if pace is not None:
        counted = [gap for gap in gaps if gap <= PAUSE_MS]
        assert min(counted) <= pace <= max(counted)
