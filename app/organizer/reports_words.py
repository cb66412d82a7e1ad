"""The words of the page of reports, and of the report itself, section by section as in `resources/words`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from app.organizer.incidents_words import KindWord
from app.widgets.incident_words import read_finding_words
from app.widgets.outcome_words import OutcomeWords, read_outcome_words
from app.widgets.times import CalendarWords
from app.widgets.words import Table, Template, load_tables, read_by_member, read_section, read_text, table_at
from core.insight.night_report import Answer, Told
from core.journal.scan import Finding
from core.model.outcomes import Outcome


class Paper(StrEnum):
    """What can be saved, in the order of the keys."""

    REPORT = "report"
    SCANS = "scans"
    ADMISSIONS = "admissions"
    INCIDENTS = "incidents"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class ReportsWords:
    """The page."""

    papers: str
    holds: str
    holds_told: str
    save: str
    saving: Annotated[Template, "name"]
    saved: Annotated[Template, "path"]
    saved_kept: Annotated[Template, "path", "time"]
    not_saved: Annotated[Template, "cause"]
    busy: str
    not_allowed: str
    not_yet: str
    choose: str
    formulas: str


@dataclass(frozen=True, slots=True)
class NightWords:
    """The report."""

    title: Annotated[Template, "name"]
    when: Annotated[Template, "begin", "end", "zone"]
    made: Annotated[Template, "made", "as_of"]
    running: Annotated[Template, "time"]
    old: Annotated[Template, "parts"]
    old_part: Annotated[Template, "what", "time"]
    kept: Annotated[Template, "time"]
    kept_incidents: Annotated[Template, "time"]
    not_known: str
    lacks: Annotated[Template, "what"]
    incomplete: Annotated[Template, "told", "all", "names"]
    complete: Annotated[Template, "all"]
    no_kiosk: str
    missing: Annotated[Template, "name", "count"]
    missing_short: Annotated[Template, "count"]
    quarantined: Annotated[Template, "count"]
    admitted: str
    admitted_of: Annotated[Template, "total"]
    guests: str
    guests_short: str
    inside: str
    inside_of: Annotated[Template, "total"]
    remaining: str
    refused: str
    double: str
    double_told: str
    peak: str
    peak_at: Annotated[Template, "time"]
    curve: str
    per_minute: str
    curve_told: Annotated[Template, "count", "peak", "time"]
    curve_empty: str
    gates: str
    gate: str
    entries: str
    share: str
    busiest: str
    no_gate: str
    classes: str
    ticket_class: str
    tickets_short: str
    never_came: str
    no_class: str
    refusals: str
    outcome: str
    times: str
    no_refusal: str
    refusals_note: str
    incidents: str
    time: str
    what: str
    where: str
    state: str
    open: str
    resolved: Annotated[Template, "finding", "who"]
    withdrawn: str
    no_incident: str
    more_incidents: Annotated[Template, "count"]
    incidents_told: Annotated[Template, "count", "open"]
    kiosks: str
    kiosk: str
    seen: str
    never: str
    revoked: str
    no_kiosk_yet: str
    kiosks_note: str
    page: Annotated[Template, "page", "pages"]
    footer: Annotated[Template, "name", "as_of"]


@dataclass(frozen=True, slots=True)
class ReportWords:
    """All that a report says, without the window's words."""

    calendar: CalendarWords
    page: ReportsWords
    night: NightWords
    papers: Mapping[Paper, str]
    papers_told: Mapping[Paper, str]
    answers: Mapping[Answer, str]
    told: Mapping[Told, str]
    outcomes: Mapping[Outcome, OutcomeWords]
    findings: Mapping[Finding, str]
    kinds: Mapping[KindWord, str]


def load_report_words(language: str) -> ReportWords:
    """The words of a language. Raises WordsError."""
    return read_report_words(load_tables(language))


def read_report_words(tables: Table) -> ReportWords:
    """The sections of a language's tables. Raises WordsError."""
    return ReportWords(
        calendar=read_section(table_at(tables, "calendar"), CalendarWords, "calendar"),
        page=read_section(table_at(tables, "organizer_reports"), ReportsWords, "organizer_reports"),
        night=read_section(table_at(tables, "night_report"), NightWords, "night_report"),
        papers=read_by_member(table_at(tables, "organizer_papers"), Paper, read_text, "organizer_papers"),
        papers_told=read_by_member(
            table_at(tables, "organizer_papers_told"), Paper, read_text, "organizer_papers_told"
        ),
        answers=read_by_member(table_at(tables, "night_report_answer"), Answer, read_text, "night_report_answer"),
        told=read_by_member(table_at(tables, "night_report_told"), Told, read_text, "night_report_told"),
        outcomes=read_outcome_words(tables),
        findings=read_finding_words(tables),
        kinds=_kinds(table_at(tables, "organizer_incident_kind")),
    )


def _kinds(kinds: Table) -> Mapping[KindWord, str]:
    """The titles of the kinds, as the page of incidents calls them."""
    return {
        kind: read_text(table_at(kinds, kind.value)["title"], f"organizer_incident_kind.{kind}") for kind in KindWord
    }
