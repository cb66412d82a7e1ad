"""The words of the page of incidents in one language, section by section as in `resources/words`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from app.widgets.incident_words import DoubtedTimeWords, read_doubted_time_words
from app.widgets.words import Table, Template, read_by_member, read_section, table_at


class KindWord(StrEnum):
    """The kinds of incidents that have words of their own; `unknown` for what a newer server may tell of."""

    DOUBLE_ADMISSION = "double_admission"
    LATE_CANCEL = "late_cancel"
    AGAINST_RULES = "against_rules"
    OVERRIDE_USED = "override_used"
    ID_REUSE = "id_reuse"
    JOURNAL_FORK = "journal_fork"
    JOURNAL_GAP = "journal_gap"
    CLOCK_DRIFT = "clock_drift"
    UNKNOWN = "unknown"


def kind_word(kind: str) -> KindWord:
    """The words of a kind, whatever a server calls it."""
    return KindWord(kind) if kind in set(KindWord) else KindWord.UNKNOWN


@dataclass(frozen=True, slots=True)
class ListWords:
    """The list, and what it is narrowed by."""

    list: str
    which: str
    open: str
    resolved: str
    all: str
    kind: str
    any_kind: str
    none_open: str
    none_resolved: str
    none: str
    none_of_kind: str
    new_above: Annotated[Template, "count"]
    newer: str
    older: str
    newest: str
    page: Annotated[Template, "page"]
    back: str
    choose: str
    gone: str


@dataclass(frozen=True, slots=True)
class IncidentWords:
    """One incident."""

    opened: Annotated[Template, "time"]
    is_open: str
    is_resolved: Annotated[Template, "finding", "who", "time"]
    is_resolved_by_nobody: Annotated[Template, "finding", "time"]
    is_withdrawn: Annotated[Template, "time"]
    is_over: Annotated[Template, "time"]
    high: str
    happened: str
    do: str
    first: str
    then: str
    one: str
    other: str
    apart: Annotated[Template, "time"]
    same_moment: str
    not_provable: str
    kiosk: str
    time: str
    shift: str
    nobody: str
    decided: str
    online: str
    offline: str
    not_told: str
    showed: str
    guest: str
    nameless: str
    order: Annotated[Template, "order"]
    history: str
    device_page: str
    ahead: Annotated[Template, "time"]
    behind: Annotated[Template, "time"]
    unknown_device: str


@dataclass(frozen=True, slots=True)
class DoubleWords:
    """How a ticket could let two people in."""

    both_offline: str
    one_offline: Annotated[Template, "gate"]
    online: str
    unknown: str


@dataclass(frozen=True, slots=True)
class DeviceWords:
    """What is the matter with a kiosk itself."""

    gap: Annotated[Template, "device", "missing"]
    gap_unknown: Annotated[Template, "device"]
    drift: Annotated[Template, "device", "off"]
    drift_unknown: Annotated[Template, "device"]
    fork: Annotated[Template, "device"]


@dataclass(frozen=True, slots=True)
class KindWords:
    """What happened, in general, and what to do about it, step by step."""

    title: str
    happened: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResolutionWords:
    """Saying what it was."""

    ask: str
    again: str
    staff_error_device: str
    other_device: str
    done: Annotated[Template, "finding"]
    refused: Annotated[Template, "cause"]
    not_allowed: str


@dataclass(frozen=True, slots=True)
class NoteWords:
    """What somebody wrote down."""

    title: str
    none: str
    line: Annotated[Template, "time", "author"]
    field: str
    add: str
    added: str
    refused: Annotated[Template, "cause"]
    most: Annotated[Template, "count"]


@dataclass(frozen=True, slots=True)
class IncidentsWords:
    """All of them in one language."""

    list: ListWords
    one: IncidentWords
    double: DoubleWords
    device: DeviceWords
    kinds: Mapping[KindWord, KindWords]
    resolution: ResolutionWords
    notes: NoteWords
    doubted_time: DoubtedTimeWords


def read_incidents_words(tables: Table) -> IncidentsWords:
    """The sections of a language's tables."""
    kinds = table_at(tables, "organizer_incident_kind")
    return IncidentsWords(
        list=read_section(table_at(tables, "organizer_incidents"), ListWords, "organizer_incidents"),
        one=read_section(table_at(tables, "organizer_incident"), IncidentWords, "organizer_incident"),
        double=read_section(table_at(tables, "organizer_incident_double"), DoubleWords, "organizer_incident_double"),
        device=read_section(table_at(tables, "organizer_incident_device"), DeviceWords, "organizer_incident_device"),
        kinds=read_by_member(kinds, KindWord, _kind, "organizer_incident_kind"),
        resolution=read_section(
            table_at(tables, "organizer_incident_finding"), ResolutionWords, "organizer_incident_finding"
        ),
        notes=read_section(table_at(tables, "organizer_incident_notes"), NoteWords, "organizer_incident_notes"),
        doubted_time=read_doubted_time_words(tables),
    )


def _kind(value: object, where: str) -> KindWords:
    return read_section(table_at({where: value}, where), KindWords, where)
