"""The words of the Set-up page, section by section as in `resources/words/<language>/organizer_set_up.toml`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.organizer.setup.checking import LIMITED, Bound
from app.organizer.setup.section_words import (
    AlertsWords,
    ClassesWords,
    CodesWords,
    CopyWords,
    EventWords,
    FirstWords,
    GatesWords,
    KiosksWords,
    QuestionsWords,
    RulesWords,
    SetUpLines,
    StaffWords,
    TicketsWords,
)
from app.widgets.moment_field import MomentWords
from app.widgets.words import Member, Table, Template, read_by_member, read_section, read_template, read_text, table_at
from core.insight.preparation import NAMED, Lack
from core.model.attention import AttentionKind
from core.model.codes import AdapterKind, Symbology
from core.model.questions import QuestionKind
from core.sync.event_flaws import FlawKind

_TABLE = "organizer_set_up"


class SectionName(StrEnum):
    """The sections of the page, in their order."""

    EVENT = "event"
    GATES = "gates"
    CLASSES = "classes"
    ALERTS = "alerts"
    CODES = "codes"
    RULES = "rules"
    TICKETS = "tickets"
    STAFF = "staff"
    KIOSKS = "kiosks"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class SetUpWords:
    """All words of the page."""

    lines: SetUpLines
    sections: Mapping[SectionName, str]
    lacks: Mapping[Lack, Template]
    flaws: Mapping[FlawKind, str]
    bounds: Mapping[Bound, Template]
    question_kinds: Mapping[QuestionKind, str]
    alert_kinds: Mapping[AttentionKind, str]
    adapter_kinds: Mapping[AdapterKind, str]
    symbology_names: Mapping[Symbology, str]
    moments: MomentWords
    event: EventWords
    gates: GatesWords
    classes: ClassesWords
    questions: QuestionsWords
    alerts: AlertsWords
    codes: CodesWords
    rules: RulesWords
    staff: StaffWords
    tickets: TicketsWords
    kiosks: KiosksWords
    copy: CopyWords
    first: FirstWords


_PARTS: dict[str, Any] = {
    "moments": MomentWords,
    "event": EventWords,
    "gates": GatesWords,
    "classes": ClassesWords,
    "questions": QuestionsWords,
    "alerts": AlertsWords,
    "codes": CodesWords,
    "rules": RulesWords,
    "staff": StaffWords,
    "tickets": TicketsWords,
    "kiosks": KiosksWords,
    "copy": CopyWords,
    "first": FirstWords,
}


def read_set_up_words(tables: Table) -> SetUpWords:
    """The page's sections of a language's tables."""
    parts = {name: read_section(*_at(tables, name, section)) for name, section in _PARTS.items()}
    return SetUpWords(
        lines=read_section(table_at(tables, _TABLE), SetUpLines, _TABLE),
        sections=_plain(tables, "sections", SectionName),
        lacks=_filled(tables, "lacks", Lack, NAMED, "name"),
        flaws=_plain(tables, "flaws", FlawKind),
        bounds=_filled(tables, "bounds", Bound, LIMITED, "limit"),
        question_kinds=_plain(tables, "question_kinds", QuestionKind),
        alert_kinds=_plain(tables, "alert_kinds", AttentionKind),
        adapter_kinds=_plain(tables, "adapter_kinds", AdapterKind),
        symbology_names=_plain(tables, "symbologies", Symbology),
        **parts,
    )


def _at(tables: Table, name: str, section: Any) -> tuple[Table, Any, str]:
    where = f"{_TABLE}_{name}"
    return table_at(tables, where), section, where


def _plain(tables: Table, name: str, members: type[Member]) -> dict[Member, str]:
    """One text per member."""
    where = f"{_TABLE}_{name}"
    return read_by_member(table_at(tables, where), members, read_text, where)


def _filled(
    tables: Table, name: str, members: type[Member], filled: Collection[Member], placeholder: str
) -> dict[Member, Template]:
    """One line per member; those in `filled` have the placeholder."""
    where = f"{_TABLE}_{name}"
    texts = read_by_member(table_at(tables, where), members, read_text, where)
    wanted = {member: frozenset({placeholder} if member in filled else ()) for member in members}
    return {member: read_template(text, wanted[member], f"{where}.{member}") for member, text in texts.items()}
