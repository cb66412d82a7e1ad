"""An event once more at another time: every date moved, by the clock on the wall.

Owns which fields of an event are instants and days. What was open from 20:00 is open from 20:00 again, whether or not
the clocks have changed in between.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.sync.messages import ClassRow, EventReply, EventRow


@dataclass(frozen=True, slots=True)
class Moved:
    """One date of the copy: which, what it was, what it is now (ISO 8601, in the event's zone)."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CopyReply:
    """The new event, and each date of the old one beside the new one's."""

    event: EventReply
    moved: list[Moved]


class DateKind(StrEnum):
    """What of an event is at a time."""

    STARTS = "starts"
    ENDS = "ends"
    OLD_CODES_END = "old codes end"
    LEASE_ENDS = "kiosks may go on until"
    CLASS_DAY = "class"


@dataclass(frozen=True, slots=True)
class Shift:
    """One date of an event and that of its copy, by the event's own clock; `name` is the class whose day it is."""

    kind: DateKind
    before: datetime | date
    after: datetime | date
    name: str = ""

    @property
    def moved(self) -> Moved:
        """As it is told over the interface."""
        return Moved(" ".join(filter(None, (self.kind.value, self.name))), _told(self.before), _told(self.after))


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


def shifts(before: EventRow, after: EventRow) -> list[Shift]:
    """Every date of an event beside that of its copy (`moved_to`), whether or not it is another."""
    pairs = zip(_dates(before), _dates(after), strict=True)
    return [Shift(kind, was, now, name) for (kind, name, was), (_, _, now) in pairs]


def dates_moved(before: EventRow, after: EventRow) -> list[Moved]:
    """Every date that is another in a copy."""
    return [each.moved for each in shifts(before, after) if each.before != each.after]


def longer_by_ms(before: EventRow, after: EventRow) -> int:
    """How much longer the copy is: an hour either way where one of the two nights has a change of the clocks."""
    return (after.ends_ms - after.starts_ms) - (before.ends_ms - before.starts_ms)


def _local(at_ms: int, zone: ZoneInfo) -> datetime:
    """The time on the wall, without its zone."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).replace(tzinfo=None)


def _with_days(row: ClassRow, days: timedelta) -> ClassRow:
    if row.dates is None:
        return row
    return replace(row, dates=[(date.fromisoformat(day) + days).isoformat() for day in row.dates])


def _told(at: datetime | date) -> str:
    return at.isoformat(" ", "minutes") if isinstance(at, datetime) else at.isoformat()


def _dates(row: EventRow) -> Iterator[tuple[DateKind, str, datetime | date]]:
    zone = ZoneInfo(row.time_zone)
    instants = {
        DateKind.STARTS: row.starts_ms,
        DateKind.ENDS: row.ends_ms,
        DateKind.OLD_CODES_END: row.codes.legacy_until_ms,
        DateKind.LEASE_ENDS: row.lease_until_ms,
    }
    for kind, at_ms in instants.items():
        if at_ms is not None:
            yield kind, "", datetime.fromtimestamp(at_ms / 1000, zone)
    for each in row.classes:
        for day in each.dates or ():
            yield DateKind.CLASS_DAY, each.name, date.fromisoformat(day)
