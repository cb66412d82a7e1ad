"""When a job is due: a line of cron in a time zone.

Owns the clock of jobs, and nothing of running them. Guards against the hour that a zone has twice: there APScheduler's
trigger names one instant again and again.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

_LOOKS_BACK = tuple(timedelta(minutes=minutes) for minutes in (2, 90, 26 * 60, 8 * 24 * 60, 32 * 24 * 60))
_HOUR = timedelta(hours=1)
_LOOKS_AHEAD = timedelta(days=366)


def newest_due(cron: str, zone: str, now_ms: int) -> int | None:
    """The newest instant (unix ms) not after `now_ms` at which the job was due; None without one in 32 days.

    Those before it are not made up for: one run does what several would have done. A local time that a day has twice
    is due once, the first time; one that a day has not is due when the clock has jumped over it.
    """
    trigger = _trigger(cron, zone)
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    for back in _LOOKS_BACK:
        due = [at for at in _between(trigger, now - back, now) if not _is_second(at)]
        if due:
            return int(due[-1].timestamp() * 1000)
    return None


def next_due(cron: str, zone: str, now_ms: int) -> int | None:
    """The first instant (unix ms) after `now_ms` at which the job will be due; None without one in a year."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    for at in _between(_trigger(cron, zone), now, now + _LOOKS_AHEAD):
        if not _is_second(at):
            return int(at.timestamp() * 1000)
    return None


@lru_cache(maxsize=256)
def _trigger(cron: str, zone: str) -> CronTrigger:
    """Made once: a worker asks for each every few seconds."""
    return CronTrigger.from_crontab(cron, timezone=ZoneInfo(zone))


def _between(trigger: CronTrigger, start: datetime, end: datetime) -> Iterator[datetime]:
    after = start
    while (found := trigger.get_next_fire_time(None, after)) is not None and found <= end:
        if found > start:
            yield found
        at = found.astimezone(UTC)
        after = at + timedelta(milliseconds=1) if at >= after else after + _HOUR


def _is_second(at: datetime) -> bool:
    """Whether a clock on the wall has shown this time before on the same day."""
    return at.fold == 1 and at.utcoffset() != at.replace(fold=0).utcoffset()
