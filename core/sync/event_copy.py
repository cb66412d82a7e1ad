"""An event once more at another time: every date moved, by the clock on the wall.

Owns which fields of an event are instants and days. What was open from 20:00 is open from 20:00 again, whether or not
the clocks have changed in between.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.sync.messages import ClassRow, EventRow


@dataclass(frozen=True, slots=True)
class Moved:
    """One date of the copy: which, what it was, what it is now (ISO 8601, in the event's zone)."""

    what: str
    before: str
    after: str


def moved_to(row: EventRow, starts_ms: int, name: str) -> EventRow:
    """The event with its start at `starts_ms` (unix milliseconds) and everything else as long after it; without an id.

    It says which event it is a copy of.

    Raises ValueError for a time beyond the calendar.
    """
    zone = ZoneInfo(row.time_zone)
    try:
        by = _local(starts_ms, zone) - _local(row.starts_ms, zone)
        days = _local(starts_ms, zone).date() - _local(row.starts_ms, zone).date()

        def later(at_ms: int) -> int:
            there = (_local(at_ms, zone) + by).replace(tzinfo=zone)
            return int(there.timestamp() * 1000)

        until, lease = row.codes.legacy_until_ms, row.lease_until_ms
        return replace(
            row,
            event="",
            copied_from=row.event or None,
            name=name,
            starts_ms=starts_ms,
            ends_ms=later(row.ends_ms),
            classes=[_with_days(each, days) for each in row.classes],
            codes=replace(row.codes, legacy_until_ms=None if until is None else later(until)),
            lease_until_ms=None if lease is None else later(lease),
        )
    except OverflowError as err:
        raise ValueError("a date is beyond the calendar") from err


def dates_moved(before: EventRow, after: EventRow) -> list[Moved]:
    """Every date of an event beside that of its copy."""
    return [
        Moved(what, was, now) for (what, was), (_, now) in zip(_dates(before), _dates(after), strict=True) if was != now
    ]


def _local(at_ms: int, zone: ZoneInfo) -> datetime:
    """The time on the wall, without its zone."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).replace(tzinfo=None)


def _with_days(row: ClassRow, days: timedelta) -> ClassRow:
    if row.dates is None:
        return row
    return replace(row, dates=[(date.fromisoformat(day) + days).isoformat() for day in row.dates])


def _dates(row: EventRow) -> Iterator[tuple[str, str]]:
    zone = ZoneInfo(row.time_zone)
    instants = {
        "starts": row.starts_ms,
        "ends": row.ends_ms,
        "old codes end": row.codes.legacy_until_ms,
        "kiosks may go on until": row.lease_until_ms,
    }
    for what, at_ms in instants.items():
        if at_ms is not None:
            yield what, datetime.fromtimestamp(at_ms / 1000, zone).isoformat(" ", "minutes")
    for each in row.classes:
        for day in each.dates or ():
            yield f"class {each.name}", day
