"""Times as a person writes them down, by the clock on the wall of a time zone.

Owns what such a time means: one instant on most days, two in the hour that comes again as clocks go back, none in the
hour that they skip.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from core.model.moments import Millis


@dataclass(frozen=True, slots=True)
class Once:
    """The one instant that is meant (unix ms)."""

    at_ms: Millis


@dataclass(frozen=True, slots=True)
class Twice:
    """Clocks go back over this time: the instant before that, and the one after it (unix ms)."""

    first_ms: Millis
    second_ms: Millis


@dataclass(frozen=True, slots=True)
class Skipped:
    """Clocks never show this time: they go from `last` to `next` (both on the wall)."""

    last: datetime
    next: datetime


WallTime: TypeAlias = Once | Twice | Skipped


def meant_by(local: datetime, zone: ZoneInfo) -> WallTime:
    """What a time on the wall means. Raises ValueError or OverflowError at the ends of the calendar."""
    first, second = (_instant(local.replace(tzinfo=None, fold=fold), zone) for fold in (0, 1))
    if first == second:
        return Once(first)
    if first < second:
        return Twice(first, second)
    # In a gap each of the two readings is the other side's: the gap is as wide as they differ (PEP 495).
    change = _change_between(second, first, zone)
    return Skipped(
        on_the_wall(Millis(change - 1), zone).replace(microsecond=0) + timedelta(seconds=1), on_the_wall(change, zone)
    )


def on_the_wall(at_ms: int, zone: ZoneInfo) -> datetime:
    """What the clock shows at an instant (unix ms), without its zone. Raises OverflowError beyond the calendar."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).replace(tzinfo=None)


def is_second_time(at_ms: int, zone: ZoneInfo) -> bool:
    """Whether the clock has shown this time once already, before it went back."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).fold == 1


def offset_minutes(at_ms: int, zone: ZoneInfo) -> int:
    """By how much the zone's clocks are ahead of UTC at an instant."""
    offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).utcoffset() or timedelta()
    return round(offset.total_seconds() / 60)


def _instant(local: datetime, zone: ZoneInfo) -> Millis:
    return Millis(round(local.replace(tzinfo=zone).timestamp() * 1000))


def _change_between(early: Millis, late: Millis, zone: ZoneInfo) -> Millis:
    """The instant at which the zone's offset changes, to the second, by halving."""
    before, after = early // 1000, late // 1000
    known = offset_minutes(before * 1000, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if offset_minutes(middle * 1000, zone) == known:
            before = middle
        else:
            after = middle
    return Millis(after * 1000)
