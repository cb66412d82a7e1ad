"""The event's own calendar and the names on its signs."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.model.event import Event, TicketClass
from core.model.ids import ClassId, GateId
from core.model.moments import Millis
from tests.support import facts


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("time_zone", "utc", "day"),
    [
        ("Europe/Berlin", "2026-11-22T22:59:59.999", date(2026, 11, 22)),
        ("Europe/Berlin", "2026-11-22T23:00:00", date(2026, 11, 23)),
        ("Europe/Berlin", "2026-07-01T21:59:59", date(2026, 7, 1)),
        ("Europe/Berlin", "2026-07-01T22:00:00", date(2026, 7, 2)),
        ("Pacific/Auckland", "2026-11-22T10:59:59", date(2026, 11, 22)),
        ("Pacific/Auckland", "2026-11-22T11:00:00", date(2026, 11, 23)),
        ("America/Los_Angeles", "2026-11-23T07:59:59", date(2026, 11, 22)),
        ("Asia/Kathmandu", "2026-11-22T18:15:00", date(2026, 11, 23)),
        ("UTC", "1970-01-01T00:00:00", date(1970, 1, 1)),
    ],
)
def test_a_day_begins_at_the_events_own_midnight(time_zone: str, utc: str, day: date) -> None:  # A12, A16
    assert facts.event(time_zone=time_zone).day_of(_ms(utc)) == day  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "is_within"), [([], False), ([18], False), ([19], False), ([18, 19], True), ([17, 18, 19, 20], True)]
)
def test_an_event_is_within_dates_that_hold_all_its_days(days: list[int], *, is_within: bool) -> None:
    assert facts.event().is_within({date(2026, 11, day) for day in days}) is is_within


def test_gates_are_told_by_their_names_in_order() -> None:
    event: Event = facts.event()
    assert event.gate_names(frozenset({facts.SOUTH, facts.NORTH})) == ("North gate", "South gate")
    assert event.gate_names(frozenset({GateId("back"), facts.NORTH})) == ("North gate", "back")
    assert event.gate_names(frozenset()) == ()


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("2026-11-01T12:00:00", {1, 2, 9}),  # before it: its first day's
        ("2026-11-20T19:00:00", {1, 2, 9}),
        ("2026-11-20T23:00:00", {1, 3, 9}),  # midnight in Berlin
        ("2026-12-24T19:00:00", {1, 3, 9}),  # after it: its last day's
    ],
)
def test_guests_are_expected_on_the_day_of_their_tickets(utc: str, expected: set[int]) -> None:
    """Parking never; a class that the event does not have always."""
    classes = [
        TicketClass(ClassId(1), "Weekend"),
        TicketClass(ClassId(2), "Friday", dates=frozenset({date(2026, 11, 20)})),
        TicketClass(ClassId(3), "Saturday", dates=frozenset({date(2026, 11, 21)})),
        TicketClass(ClassId(4), "Parking", opens_doors=False),
    ]
    event = replace(
        facts.event(time_zone="Europe/Berlin"),
        starts_ms=Millis(_ms("2026-11-20T18:00:00")),
        ends_ms=Millis(_ms("2026-11-21T22:00:00")),
        classes={each.id: each for each in classes},
    )
    at = Millis(_ms(utc))
    assert {cls for cls in (1, 2, 3, 4, 9) if event.is_expected(ClassId(cls), at)} == expected
