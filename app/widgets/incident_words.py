"""What a door and the organizer say alike of incidents: what one was, and a time that is in doubt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from app.widgets.times import CalendarWords, about_text, second_text
from app.widgets.words import Table, Template, read_by_member, read_section, read_text, table_at
from core.journal.scan import Finding
from core.model.moments import ClockQuality

LOUD_FROM_MS = 2_000
"""A clock that is surer than this needs no word about it."""


@dataclass(frozen=True, slots=True)
class DoubtedTimeWords:
    """A time by a clock that is not sure."""

    unsure: Annotated[Template, "time", "uncertainty"]
    clock_suspect: Annotated[Template, "time"]


def read_doubted_time_words(tables: Table) -> DoubtedTimeWords:
    """The section `[doubted_time]` of a language's tables."""
    return read_section(table_at(tables, "doubted_time"), DoubtedTimeWords, "doubted_time")


def read_finding_words(tables: Table) -> Mapping[Finding, str]:
    """The section `[finding]`: what a person may find out about an incident, each in a word or two."""
    return read_by_member(table_at(tables, "finding"), Finding, read_text, "finding")


def doubted_time_text(
    at_ms: int, uncertainty_ms: int, quality: str, zone: ZoneInfo, words: DoubtedTimeWords, calendar: CalendarWords
) -> str:
    """`20:14:05`, with how unsure it is where that is worth a word."""
    time = second_text(at_ms, zone)
    if quality == ClockQuality.SUSPECT:
        return words.clock_suspect.fill(time=time)
    if uncertainty_ms >= LOUD_FROM_MS:
        return words.unsure.fill(time=time, uncertainty=about_text(uncertainty_ms, calendar))
    return time
