"""A time on the wall is one instant, two, or none."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.moments import Millis
from core.model.wall_clock import Once, Skipped, Twice, is_second_time, meant_by, offset_minutes, on_the_wall

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["Europe/Berlin", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def ms(text: str) -> Millis:
    return Millis(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000))


def test_a_usual_time_is_one_instant() -> None:
    assert meant_by(wall("2026-12-31T20:00"), BERLIN) == Once(ms("2026-12-31T19:00"))


def test_the_hour_that_comes_again_is_two() -> None:  # G8
    found = meant_by(wall("2026-10-25T02:30"), BERLIN)
    assert found == Twice(ms("2026-10-25T00:30"), ms("2026-10-25T01:30"))
    assert (is_second_time(found.first_ms, BERLIN), is_second_time(found.second_ms, BERLIN)) == (False, True)
    assert (offset_minutes(found.first_ms, BERLIN), offset_minutes(found.second_ms, BERLIN)) == (120, 60)


@pytest.mark.parametrize(
    ("at", "zone", "last", "next_"),
    [
        (wall("2027-03-28T02:30"), "Europe/Berlin", wall("2027-03-28T02:00"), wall("2027-03-28T03:00")),
        (wall("2027-03-28T02:00"), "Europe/Berlin", wall("2027-03-28T02:00"), wall("2027-03-28T03:00")),
        (wall("2026-10-04T02:10"), "Australia/Lord_Howe", wall("2026-10-04T02:00"), wall("2026-10-04T02:30")),
        (wall("2011-12-30T12:00"), "Pacific/Apia", wall("2011-12-30T00:00"), wall("2011-12-31T00:00")),
    ],
)
def test_a_time_that_clocks_skip_is_none(at: datetime, zone: str, last: datetime, next_: datetime) -> None:  # G8
    assert meant_by(at, ZoneInfo(zone)) == Skipped(last, next_)


@given(st.integers(0, 2**42), st.sampled_from(ZONES))
def test_an_instant_is_among_those_that_its_time_on_the_wall_means(at_ms: int, name: str) -> None:
    zone, at_ms = ZoneInfo(name), at_ms - at_ms % 1000
    match meant_by(on_the_wall(at_ms, zone), zone):
        case Once(found):
            assert found == at_ms
        case Twice(first, second):
            assert (second if is_second_time(at_ms, zone) else first) == at_ms
        case Skipped():
            raise AssertionError(name)
