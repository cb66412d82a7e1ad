"""Instants and durations as the people at the door read them: in the event's time zone, in few letters."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.widgets.words import Template

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
_LAST_MS = 253_402_300_799_000 - DAY_MS  # the last day of year 9999, in any time zone


@dataclass(frozen=True, slots=True)
class CalendarWords:
    """Instants, durations, counts and lists of names."""

    months: tuple[str, ...]
    day_and_time: Annotated[Template, "day", "month", "time"]
    seconds: Annotated[Template, "count"]
    minutes: Annotated[Template, "count"]
    hours: Annotated[Template, "count"]
    days: Annotated[Template, "count"]
    hours_and_minutes: Annotated[Template, "hours", "minutes"]
    thousands: str
    choice: Annotated[Template, "names", "last"]


def clock_text(at_ms: int, zone: ZoneInfo) -> str:
    """Hours and minutes: `20:02`."""
    return f"{_local(at_ms, zone):%H:%M}"


def second_text(at_ms: int, zone: ZoneInfo) -> str:
    """Hours, minutes and seconds: `20:02:05`."""
    return f"{_local(at_ms, zone):%H:%M:%S}"


def instant_text(at_ms: int, zone: ZoneInfo, now_ms: int, words: CalendarWords) -> str:
    """`20:02` on the event's own day of `now_ms`, `14 Jun, 20:02` on any other."""
    is_today = _local(at_ms, zone).date() == _local(now_ms, zone).date()
    return clock_text(at_ms, zone) if is_today else day_text(at_ms, zone, words)


def day_text(at_ms: int, zone: ZoneInfo, words: CalendarWords) -> str:
    """With its day, whatever day it is: `14 Jun, 20:02`."""
    at = _local(at_ms, zone)
    return words.day_and_time.fill(day=at.day, month=words.months[at.month - 1], time=f"{at:%H:%M}")


def zone_named(name: str) -> ZoneInfo:
    """The time zone of this name; UTC where this computer knows none of it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones, or a very long one
        return ZoneInfo("UTC")


def duration_text(duration_ms: int, words: CalendarWords) -> str:
    """The largest unit that fits, rounded down: `12 s`, `5 min`, `3 h`, `2 d`."""
    if duration_ms < MINUTE_MS:
        return words.seconds.fill(count=max(0, duration_ms) // SECOND_MS)
    if duration_ms < HOUR_MS:
        return words.minutes.fill(count=duration_ms // MINUTE_MS)
    if duration_ms < 2 * DAY_MS:
        return words.hours.fill(count=duration_ms // HOUR_MS)
    return words.days.fill(count=duration_ms // DAY_MS)


def long_duration_text(duration_ms: int, words: CalendarWords) -> str:
    """As `duration_text`, with the minutes of hours: `2 h 10 min`."""
    minutes = duration_ms % HOUR_MS // MINUTE_MS
    if not HOUR_MS <= duration_ms < 2 * DAY_MS or minutes == 0:
        return duration_text(duration_ms, words)
    return words.hours_and_minutes.fill(hours=duration_ms // HOUR_MS, minutes=minutes)


def about_text(uncertainty_ms: int, words: CalendarWords) -> str:
    """An uncertainty, rounded up: what is said is never less than what there is."""
    unit_ms = SECOND_MS if uncertainty_ms < MINUTE_MS else MINUTE_MS if uncertainty_ms < HOUR_MS else HOUR_MS
    return duration_text(-(-uncertainty_ms // unit_ms) * unit_ms, words)


def number_text(number: int, words: CalendarWords) -> str:
    """A count in groups of three: `41,203`."""
    return f"{number:,}".replace(",", words.thousands)


def megabytes_text(octets: int) -> str:
    """Whole megabytes (10^6 bytes), rounded up, so that a small file is not nothing."""
    return str(-(-octets // 1_000_000))


def choice_text(names: tuple[str, ...], words: CalendarWords) -> str:
    """`North`, `North or East`, `North, West or East`."""
    *others, last = names or ("",)
    return words.choice.fill(names=", ".join(others), last=last) if others else last


def _local(at_ms: int, zone: ZoneInfo) -> datetime:
    bounded = min(max(at_ms, 0), _LAST_MS)  # a forged or damaged ticket may say anything
    return datetime.fromtimestamp(bounded / 1_000, UTC).astimezone(zone)
