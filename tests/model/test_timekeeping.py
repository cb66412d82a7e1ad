"""Trusted time: what a kiosk may believe of its clocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.moments import ClockQuality
from core.model.timekeeping import HOLDOVER_UNCERTAINTY_MS, Reading, Sample, trusted

SAMPLE = Sample(server_ms=1_000_000, rtt_ms=200, boot_ms=50_000, boot_id="boot-1")


@pytest.mark.parametrize(
    ("age_ms", "at_ms", "uncertainty_ms"),
    [
        (0, 1_000_100, 1_100),
        (10_000, 1_010_100, 1_101),
        (3_600_000, 4_600_100, 1_460),
        (86_400_000, 87_400_100, 9_740),
    ],
)
def test_synced_time_is_the_servers_plus_what_passed_since(age_ms: int, at_ms: int, uncertainty_ms: int) -> None:
    found = trusted(Reading(wall_ms=7, boot_ms=50_000 + age_ms, boot_id="boot-1"), SAMPLE)
    assert (found.at_ms, found.uncertainty_ms, found.quality) == (at_ms, uncertainty_ms, ClockQuality.SYNCED)


def test_a_wall_clock_that_jumps_does_not_move_synced_time() -> None:  # G8
    readings = [Reading(wall_ms=wall, boot_ms=60_000, boot_id="boot-1") for wall in (0, 10**12, 4 * 10**12)]
    assert len({trusted(reading, SAMPLE) for reading in readings}) == 1


@pytest.mark.parametrize("sample", [None, SAMPLE])
def test_after_a_restart_the_wall_clock_holds_over(sample: Sample | None) -> None:  # G8
    found = trusted(Reading(wall_ms=123_456, boot_ms=5, boot_id="boot-2"), sample)
    assert (found.at_ms, found.uncertainty_ms) == (123_456, HOLDOVER_UNCERTAINTY_MS)
    assert (found.quality, found.boot_id, found.is_suspect) == (ClockQuality.HOLDOVER, "boot-2", False)


@pytest.mark.parametrize(("rtt_ms", "is_useful"), [(-1, False), (0, True), (2_000, True), (2_001, False)])
def test_a_slow_reply_tells_no_time(rtt_ms: int, *, is_useful: bool) -> None:
    assert Sample(0, rtt_ms, 0, "boot-1").is_useful is is_useful


@given(
    asked_ms=st.integers(0, 10**9),
    there_ms=st.integers(0, 1_000),
    back_ms=st.integers(0, 1_000),
    age_ms=st.integers(0, 10**9),
    drift_ppm=st.integers(-99, 99),
)
def test_the_true_time_is_within_the_uncertainty(
    asked_ms: int, there_ms: int, back_ms: int, age_ms: int, drift_ppm: int
) -> None:
    """However a round trip splits into there and back, and whatever the boot clock drifts within its bounds."""
    sample = Sample(asked_ms + there_ms, there_ms + back_ms, 0, "boot-1")
    elapsed_ms = age_ms + age_ms * drift_ppm // 1_000_000
    found = trusted(Reading(0, elapsed_ms, "boot-1"), sample)
    true_ms = asked_ms + there_ms + back_ms + age_ms
    assert abs(found.at_ms - true_ms) <= found.uncertainty_ms
