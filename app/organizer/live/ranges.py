"""Over which time the Live page looks back, and how that is asked of the server.

Owns the ranges, and that none of them asks for more points than a screen shows. Pure: the event and the time in,
parameters out.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.insight.series import MINUTE_MS, MOST_POINTS
from core.sync.messages import EventRow

DAY_MS = 24 * 60 * MINUTE_MS
LEAD_MS = 3 * 60 * MINUTE_MS
"""Doors open before the event begins, and the last scan may come after its end."""
WISHED_POINTS = 288
"""A day in steps of five minutes: more of them tremble, and say no more."""
MORNING = time(6)
"""When one night ends and the next one begins, in the event's own time."""
STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440)


class Range(StrEnum):
    """How far back."""

    HOUR = "hour"
    FOUR_HOURS = "four_hours"
    TONIGHT = "tonight"
    WHOLE = "whole"


_LAST_MIN = {Range.HOUR: (60, 1), Range.FOUR_HOURS: (240, 2)}


def parameters_of(chosen: Range, event: EventRow | None, now_ms: int, zone: ZoneInfo) -> Mapping[str, str]:
    """How a range is asked of `/arrivals`. Without an event that is known, the whole of it is tonight."""
    if chosen in _LAST_MIN:
        minutes, step = _LAST_MIN[chosen]
        return {"last_min": str(minutes), "step_min": str(step)}
    if chosen is Range.WHOLE and event is not None:
        return span_of(event.starts_ms - LEAD_MS, event.ends_ms + LEAD_MS, WISHED_POINTS)
    since_ms = night_of(now_ms, zone)
    return span_of(since_ms, since_ms + DAY_MS - MINUTE_MS, WISHED_POINTS)


def compared_with(event: EventRow) -> Mapping[str, str]:
    """How all of another event is asked, as finely as one answer holds: each range cuts its own part out of it."""
    return span_of(event.starts_ms - LEAD_MS, event.ends_ms + LEAD_MS, MOST_POINTS)


def span_of(since_ms: int, until_ms: int, most: int) -> Mapping[str, str]:
    """A span in at most `most` steps, each a round number of minutes."""
    since = max(0, since_ms)
    minutes = max(1, (until_ms - since) // MINUTE_MS + 1)
    least = -(-minutes // most)
    step = next((each for each in STEPS_MIN if each >= least), least)
    return {"since_ms": str(since), "until_ms": str(max(since, until_ms)), "step_min": str(step)}


def night_of(now_ms: int, zone: ZoneInfo) -> int:
    """When the night of an instant began: at six in the morning before it, in the event's own time (unix ms)."""
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    day = local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)
    return round(datetime.combine(day, MORNING, zone).timestamp() * 1000)
