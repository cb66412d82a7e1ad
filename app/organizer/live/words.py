"""The words of the Live page, section by section as in `resources/words/<language>/organizer_live.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from app.organizer.live.ranges import Range
from app.widgets.words import Table, Template, read_by_member, read_section, read_text, table_at
from core.insight.forecast import NoForecast


class FullWord(StrEnum):
    """How full a place is, as far as it is worth a word."""

    BUSY = "busy"
    NEARLY_FULL = "nearly_full"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class FigureWords:
    """The four figures."""

    admitted: str
    of_expected: Annotated[Template, "count"]
    nobody_expected: str
    to_come: Annotated[Template, "count", "percent"]
    inside: str
    people: str
    of_capacity: Annotated[Template, "percent", "count"]
    between: Annotated[Template, "least", "most"]
    or_more: Annotated[Template, "figure"]
    rate: str
    per_minute: str
    one_per_minute: str
    before: Annotated[Template, "count"]
    unknown: str
    forecast: str
    about: Annotated[Template, "time"]
    at_this_rate: str
    window: Annotated[Template, "earliest", "latest"]
    from_on: Annotated[Template, "earliest"]
    not_by: Annotated[Template, "time"]
    outside: Annotated[Template, "count"]
    all_in: str
    over: str
    cant_say: str


@dataclass(frozen=True, slots=True)
class CompleteWords:
    """How complete the figures are."""

    devices: Annotated[Template, "reporting", "count"]
    no_device: str
    off: Annotated[Template, "count"]
    brief: Annotated[Template, "reporting", "count"]
    outstanding: Annotated[Template, "count"]
    pending_one: str
    pending: Annotated[Template, "count"]
    unheard: Annotated[Template, "count", "time"]
    more: str
    as_of: Annotated[Template, "time"]
    not_known: str


@dataclass(frozen=True, slots=True)
class CurveWords:
    """Guests over time."""

    title: str
    tonight: str
    unit: str
    read: Annotated[Template, "time", "count"]
    read_other: Annotated[Template, "name", "count"]
    summary: Annotated[Template, "guests", "from_time", "to_time", "peak", "peak_time", "now"]
    nobody: str
    nobody_step: str
    begins: str
    begins_step: str
    hint: str
    day: Annotated[Template, "day", "month"]
    other: Annotated[Template, "name", "day", "month", "year"]
    range: str
    compare: str
    alone: str
    not_whole: str


@dataclass(frozen=True, slots=True)
class GateWords:
    """The gates side by side."""

    title: str
    gate: str
    per_minute: str
    pace: str
    seconds: Annotated[Template, "count"]
    refused: str
    unread: str
    silent_all: Annotated[Template, "time"]
    silent_some: Annotated[Template, "silent", "count", "time"]
    closed_all: Annotated[Template, "time"]
    no_device: str
    never: str
    nothing: str
    nothing_step: str
    foot: str


@dataclass(frozen=True, slots=True)
class RefusalWords:
    """What doors did not let in, and why."""

    title: str
    reason: str
    count: str
    share: Annotated[Template, "count", "percent"]
    nothing: str
    nothing_step: str
    others: Annotated[Template, "count"]


@dataclass(frozen=True, slots=True)
class ClassWords:
    """The classes of tickets."""

    title: str
    name: str
    come: str
    of: Annotated[Template, "count", "whole"]
    expected: str
    inside: str
    inside_now: Annotated[Template, "count"]
    inside_of: Annotated[Template, "count", "percent", "whole"]
    capacity: str
    not_expected: str
    nothing: str
    nothing_step: str


@dataclass(frozen=True, slots=True)
class LookWords:
    """What somebody should look at."""

    title: str
    doubles: str
    open: str
    aside: str
    show: str
    nothing: str


@dataclass(frozen=True, slots=True)
class SaveWords:
    """A panel kept as a picture or as a table."""

    save: str
    save_panel: Annotated[Template, "title"]
    save_figures: str
    title: Annotated[Template, "title"]
    picture: str
    table: str
    done: Annotated[Template, "file"]
    failed: Annotated[Template, "file", "cause"]
    nothing: str
    as_of: str
    value: str
    least: str
    most: str
    figure: str


@dataclass(frozen=True, slots=True)
class LiveWords:
    """All of them in one language."""

    figures: FigureWords
    complete: CompleteWords
    curve: CurveWords
    gates: GateWords
    refusals: RefusalWords
    classes: ClassWords
    look: LookWords
    save: SaveWords
    ranges: Mapping[Range, str]
    full: Mapping[FullWord, str]
    full_told: Mapping[FullWord, str]
    no_forecast: Mapping[NoForecast, str]


def read_live_words(tables: Table) -> LiveWords:
    """The sections of a language's tables."""
    return LiveWords(
        figures=read_section(table_at(tables, "live_figures"), FigureWords, "live_figures"),
        complete=read_section(table_at(tables, "live_complete"), CompleteWords, "live_complete"),
        curve=read_section(table_at(tables, "live_curve"), CurveWords, "live_curve"),
        gates=read_section(table_at(tables, "live_gates"), GateWords, "live_gates"),
        refusals=read_section(table_at(tables, "live_refusals"), RefusalWords, "live_refusals"),
        classes=read_section(table_at(tables, "live_classes"), ClassWords, "live_classes"),
        look=read_section(table_at(tables, "live_look"), LookWords, "live_look"),
        save=read_section(table_at(tables, "live_save"), SaveWords, "live_save"),
        ranges=read_by_member(table_at(tables, "live_range"), Range, read_text, "live_range"),
        full=read_by_member(table_at(tables, "live_full"), FullWord, read_text, "live_full"),
        full_told=read_by_member(table_at(tables, "live_full_told"), FullWord, read_text, "live_full_told"),
        no_forecast=read_by_member(table_at(tables, "live_no_forecast"), NoForecast, read_text, "live_no_forecast"),
    )
