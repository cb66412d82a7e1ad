"""The words of the start window, section by section as in `resources/words`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from app.start.state import Cure, Leg, Part, Stage
from app.widgets.times import CalendarWords
from app.widgets.words import (
    Table,
    Template,
    load_tables,
    read_by_member,
    read_section,
    read_template,
    read_text,
    table_at,
)
from core.model.settings import ThemeName


@dataclass(frozen=True, slots=True)
class ChoiceWords:
    """The three choices: what each is, and in one sentence what happens."""

    try_it: str
    try_it_told: str
    door: str
    door_told: str
    event: str
    event_told: str


@dataclass(frozen=True, slots=True)
class StartLines:
    """Everything else that the window says."""

    title: str
    question: str
    runs: str
    nothing_runs: str
    others: Annotated[Template, "addresses"]
    alone: str
    fingerprint: Annotated[Template, "fingerprint"]
    owner_title: str
    owner_told: Annotated[Template, "name"]
    owner_password: Annotated[Template, "password"]
    owner_once: str
    copy: str
    copied: str
    noted: str
    door_is: Annotated[Template, "door", "gate", "event"]
    no_event: str
    enrol: str
    pick_event: str
    pick_gate: Annotated[Template, "event"]
    enrol_title: Annotated[Template, "gate", "event"]
    enrol_told: str
    enrol_yes: str
    close_title: str
    close_told: str
    close_yes: str
    back: str
    stop: str
    show: str
    report: Annotated[Template, "folder"]
    held: Annotated[Template, "process"]
    held_told: str
    close: str
    status: Annotated[Template, "status"]
    ours_already: str
    other_language: str


@dataclass(frozen=True, slots=True)
class StartWords:
    """All words of the start window in one language."""

    language: str
    choices: ChoiceWords
    lines: StartLines
    parts: Mapping[Part, str]
    legs: Mapping[Leg, str]
    cures: Mapping[Cure, str]
    stages: Mapping[Stage, Template]
    themes: Mapping[ThemeName, str]
    calendar: CalendarWords


def _read_time(value: object, where: str) -> Template:
    return read_template(value, frozenset({"time"}), where)


def load_start_words(language: str) -> StartWords:
    """The words of a language. Raises WordsError."""
    return read_start_words(load_tables(language), language)


def read_start_words(tables: Table, language: str = "en") -> StartWords:
    """The sections of a language's tables. Raises WordsError."""
    return StartWords(
        language=language,
        choices=read_section(table_at(tables, "start_choices"), ChoiceWords, "start_choices"),
        lines=read_section(table_at(tables, "start"), StartLines, "start"),
        parts=read_by_member(table_at(tables, "start_part"), Part, read_text, "start_part"),
        legs=read_by_member(table_at(tables, "start_leg"), Leg, read_text, "start_leg"),
        cures=read_by_member(table_at(tables, "start_cure"), Cure, read_text, "start_cure"),
        stages=read_by_member(table_at(tables, "start_stage"), Stage, _read_time, "start_stage"),
        themes=read_by_member(table_at(tables, "start_theme"), ThemeName, read_text, "start_theme"),
        calendar=read_section(table_at(tables, "calendar"), CalendarWords, "calendar"),
    )
