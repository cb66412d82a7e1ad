"""A copied event is at the same hours of other days."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.sync.event_copy import DateKind, dates_moved, longer_by_ms, moved_to, shifts
from core.sync.messages import ClassRow, CodesRow, EventRow, GateRow

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1000)


def summer() -> EventRow:
    return EventRow(
        "ab",
        "Summer Night",
        "Europe/Berlin",
        at("2026-07-03T20:00"),
        at("2026-07-05T04:00"),
        gates=[GateRow("north", "North")],
        classes=[ClassRow(1, "Friday", dates=["2026-07-03"]), ClassRow(2, "Both")],
        codes=CodesRow("t1", legacy_until_ms=at("2026-07-01T12:00")),
        lease_until_ms=at("2026-07-07T04:00"),
    )


def test_hours_stay_over_a_change_of_the_clocks() -> None:
    copy = moved_to(summer(), at("2026-12-04T20:00"), "Winter Night")
    assert (copy.event, copy.name) == ("", "Winter Night")
    assert copy.ends_ms == at("2026-12-06T04:00")
    assert copy.lease_until_ms == at("2026-12-08T04:00")
    assert copy.codes.legacy_until_ms == at("2026-12-02T12:00")
    assert [each.dates for each in copy.classes] == [["2026-12-04"], None]
    assert copy.ends_ms - copy.starts_ms == summer().ends_ms - summer().starts_ms
    over_the_change = moved_to(summer(), at("2026-10-24T20:00"), "October")
    assert over_the_change.ends_ms == at("2026-10-26T04:00"), "an hour longer, the same time on the wall"


def test_each_date_is_shown_before_and_after() -> None:
    moved = dates_moved(summer(), moved_to(summer(), at("2027-07-02T20:00"), "Next"))
    assert [(each.what, each.before, each.after) for each in moved] == [
        ("starts", "2026-07-03 20:00+02:00", "2027-07-02 20:00+02:00"),
        ("ends", "2026-07-05 04:00+02:00", "2027-07-04 04:00+02:00"),
        ("old codes end", "2026-07-01 12:00+02:00", "2027-06-30 12:00+02:00"),
        ("kiosks may go on until", "2026-07-07 04:00+02:00", "2027-07-06 04:00+02:00"),
        ("class Friday", "2026-07-03", "2027-07-02"),
    ]


def test_a_copy_at_another_hour_moves_everything_by_as_much() -> None:
    copy = moved_to(summer(), at("2026-07-04T18:30"), "Earlier")
    assert copy.ends_ms == at("2026-07-06T02:30")
    assert [each.dates for each in copy.classes] == [["2026-07-04"], None]


def test_a_time_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="calendar"):
        moved_to(summer(), int(datetime(9999, 12, 31, 20, tzinfo=UTC).timestamp() * 1000), "Never")


def test_every_field_that_is_a_time_is_known() -> None:
    """A new instant or day of an event must be moved too: this fails until somebody says which it is."""
    instants = {"starts_ms", "ends_ms", "lease_until_ms", "legacy_until_ms", "dates"}
    others = {"online_budget_ms", "warn_ms", "amber_ms", "cooldown_ms", "per_day", "checkout_at"}  # lengths, hours
    others |= {"keep_names_days", "keep_facts_days"}
    found = {
        each.name
        for row in (EventRow, ClassRow, CodesRow)
        for each in fields(row)
        if each.name.endswith(("_ms", "_at", "_until", "_day", "_days", "dates"))
    }
    assert found - others <= instants, "core.sync.event_copy does not move it"


def test_what_is_no_date_stays() -> None:
    row = summer()
    copy = moved_to(row, row.starts_ms, row.name)
    assert copy.copied_from == row.event
    assert replace(copy, event=row.event, copied_from=row.copied_from) == row
    assert dates_moved(row, copy) == []


def test_an_event_over_a_change_of_the_clocks_is_an_hour_longer_and_says_so() -> None:
    before = replace(summer(), ends_ms=at("2026-07-04T04:00"), lease_until_ms=None)
    for start, by in (("2026-10-24T20:00", 1), ("2027-03-27T20:00", -1), ("2026-08-01T20:00", 0)):
        after = moved_to(before, at(start), "Next")
        assert longer_by_ms(before, after) == by * 3_600_000
        ends = next(each for each in shifts(before, after) if each.kind is DateKind.ENDS)
        assert isinstance(ends.after, datetime)
        assert f"{ends.after:%H:%M}" == "04:00"
