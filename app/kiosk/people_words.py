"""The words of the pages about people: search, group, incidents; section by section as in `resources/words`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from app.widgets.incident_words import DoubtedTimeWords, read_doubted_time_words, read_finding_words
from app.widgets.words import Table, Template, read_by_member, read_section, read_text, table_at
from core.journal.scan import Finding


class ConflictWord(StrEnum):
    """The conflicts that have words of their own; `unknown` for what a newer server may tell of."""

    DOUBLE_ADMISSION = "double_admission"
    LATE_CANCEL = "late_cancel"
    AGAINST_RULES = "against_rules"
    OVERRIDE_USED = "override_used"
    QUARANTINED = "quarantined"
    UNKNOWN = "unknown"


class AsideWord(StrEnum):
    """Why the server keeps a scan in quarantine, as far as a door should know."""

    UNKNOWN_TICKET = "unknown_ticket"
    DEVICE_REVOKED = "device_revoked"
    GEN_NOT_ISSUED = "gen_not_issued"
    CLASS_MISMATCH = "class_mismatch"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SearchWords:
    """Looking for a guest."""

    field: str
    hint: str
    loading: Annotated[Template, "percent"]
    no_list: str
    unreadable: Annotated[Template, "reason"]
    nobody: str
    cut: str
    looking: str
    unused: str
    some_used: Annotated[Template, "used", "allowed"]
    order: Annotated[Template, "order"]
    reference: Annotated[Template, "reference"]
    beside: str
    others: str
    let_in: str
    let_out: str
    ask: str
    check_id: str
    matches: str
    differs: str
    back: str
    no_terms: str
    nameless: str
    keys: str
    space: str
    erase: str
    digits: str
    words: str
    list: str
    keyboard: str
    page: Annotated[Template, "page", "pages"]
    up: str
    down: str


@dataclass(frozen=True, slots=True)
class GroupWords:
    """A group at the door."""

    who: str
    first: str
    looking: str
    alone: str
    unknown: str
    here: str
    all: str
    admit: Annotated[Template, "count"]
    done: Annotated[Template, "admitted", "asked"]


@dataclass(frozen=True, slots=True)
class InboxWords:
    """What has to be looked at."""

    nothing: str
    heard: Annotated[Template, "time"]
    never: str
    more: str
    unknown_guest: str
    first: str
    then: str
    one: str
    other: str
    not_provable: str
    this_kiosk: str
    side: Annotated[Template, "gate", "device", "time"]
    operator: Annotated[Template, "operator"]
    showed: Annotated[Template, "word"]
    knew: str
    reason: Annotated[Template, "reason"]
    what: str


@dataclass(frozen=True, slots=True)
class ConflictWords:
    """What happened, and what to do about it."""

    title: str
    step: str


@dataclass(frozen=True, slots=True)
class PeopleWords:
    """All of them in one language."""

    search: SearchWords
    group: GroupWords
    inbox: InboxWords
    doubted_time: DoubtedTimeWords
    conflicts: Mapping[ConflictWord, ConflictWords]
    findings: Mapping[Finding, str]
    aside: Mapping[AsideWord, str]


def read_people_words(tables: Table) -> PeopleWords:
    """The sections of a language's tables."""
    return PeopleWords(
        search=read_section(table_at(tables, "people"), SearchWords, "people"),
        group=read_section(table_at(tables, "group"), GroupWords, "group"),
        inbox=read_section(table_at(tables, "inbox"), InboxWords, "inbox"),
        doubted_time=read_doubted_time_words(tables),
        conflicts=read_by_member(table_at(tables, "conflict"), ConflictWord, _conflict, "conflict"),
        findings=read_finding_words(tables),
        aside=read_by_member(table_at(tables, "aside"), AsideWord, read_text, "aside"),
    )


def _conflict(value: object, where: str) -> ConflictWords:
    return read_section(table_at({where: value}, where), ConflictWords, where)
