"""A job is due by the wall of its zone: once where an hour comes twice, once where it does not come at all."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.runtime.schedule import newest_due, next_due

BERLIN = "Europe/Berlin"


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("cron", "now", "due"),
    [
        ("0 6 * * *", "2026-07-01T03:59:59.999", "2026-06-30T04:00:00"),
        ("0 6 * * *", "2026-07-01T04:00:00", "2026-07-01T04:00:00"),
        ("0 6 * * *", "2026-12-01T05:00:00", "2026-12-01T05:00:00"),
        ("* * * * *", "2026-07-01T04:00:59", "2026-07-01T04:00:00"),
        ("0 6 1 * *", "2026-07-20T00:00:00", "2026-07-01T04:00:00"),
    ],
)
def test_the_newest_time_of_the_zone_that_has_come(cron: str, now: str, due: str) -> None:
    assert newest_due(cron, BERLIN, ms(now)) == ms(due)


def test_a_time_that_comes_twice_is_due_the_first_time_alone() -> None:  # A15
    first = ms("2026-10-25T00:30:00")
    at_each_quarter = {newest_due("30 2 * * *", BERLIN, first + quarter * 900_000) for quarter in range(4 * 23)}
    assert at_each_quarter == {first}


def test_a_time_that_never_comes_is_due_when_the_clock_has_jumped_over_it() -> None:  # A15
    assert newest_due("30 2 * * *", BERLIN, ms("2026-03-29T01:29:00")) == ms("2026-03-28T01:30:00")
    assert newest_due("30 2 * * *", BERLIN, ms("2026-03-29T01:30:00")) == ms("2026-03-29T01:30:00")
    assert newest_due("30 2 * * *", BERLIN, ms("2026-03-30T00:29:00")) == ms("2026-03-29T01:30:00")


def test_every_quarter_is_due_through_both_changes() -> None:
    for night in ("2026-03-28T22:00:00", "2026-10-24T22:00:00"):
        for quarter in range(32):
            at = ms(night) + quarter * 900_000
            assert newest_due("*/15 * * * *", "UTC", at) == at


def test_what_is_never_due_is_no_run() -> None:
    assert newest_due("0 0 30 2 *", "UTC", ms("2026-07-01T00:00:00")) is None


@pytest.mark.parametrize(
    ("cron", "now", "due"),
    [
        ("0 6 * * *", "2026-07-01T03:59:59.999", "2026-07-01T04:00:00"),
        ("0 6 * * *", "2026-07-01T04:00:00", "2026-07-02T04:00:00"),
        ("30 2 * * *", "2026-10-24T23:00:00", "2026-10-25T00:30:00"),  # A15: the first of the two
        ("30 2 * * *", "2026-10-25T00:45:00", "2026-10-26T01:30:00"),  # A15: not the second
        ("30 2 * * *", "2026-03-29T00:00:00", "2026-03-29T01:30:00"),  # A15: when the clock has jumped over it
        ("0 6 1 * *", "2026-07-20T00:00:00", "2026-08-01T04:00:00"),
    ],
)
def test_the_next_time_of_the_zone(cron: str, now: str, due: str) -> None:
    assert next_due(cron, BERLIN, ms(now)) == ms(due)


@pytest.mark.parametrize("zone", [BERLIN, "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu"])
def test_what_is_next_is_the_newest_when_it_comes(zone: str) -> None:
    """Through a whole year, both changes of each zone among its nights."""
    at, times = ms("2026-01-01T00:00:00"), []
    while len(times) < 365:
        found = next_due("30 2 * * *", zone, at)
        assert found is not None
        assert newest_due("30 2 * * *", zone, found) == found
        assert newest_due("30 2 * * *", zone, found - 1) == (times[-1] if times else newest_due("30 2 * * *", zone, at))
        times.append(found)
        at = found
    assert len({datetime.fromtimestamp(each / 1000, ZoneInfo(zone)).date() for each in times}) == 365, "once each day"


def test_what_is_never_due_is_never_next() -> None:
    assert next_due("0 0 30 2 *", "UTC", ms("2026-07-01T00:00:00")) is None
