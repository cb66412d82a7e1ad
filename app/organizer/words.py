"""The words of the organizer's window in one language, section by section as in `resources/words`.

Each page has a file of its own (`resources/words/<language>/organizer_<page>.toml`), a module that describes its
sections (`<page>_words.py`), and one field here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from app.organizer.deliveries.words import DeliveriesWords, read_deliveries_words
from app.organizer.devices_words import DevicesWords, read_devices_words
from app.organizer.import_words import ImportWords, read_import_words
from app.organizer.incidents_words import IncidentsWords, read_incidents_words
from app.organizer.live.words import LiveWords, read_live_words
from app.organizer.page import PageName
from app.organizer.refusal_words import RefusalCode, read_refusal_words
from app.organizer.reports_words import ReportWords, read_report_words
from app.organizer.setup.setup_words import SetUpWords, read_set_up_words
from app.organizer.tickets_words import TicketsWords, read_tickets_words
from app.organizer.window_words import WindowWords, read_window_words
from app.widgets.incident_words import read_finding_words
from app.widgets.outcome_words import OutcomeWords, read_outcome_words
from app.widgets.times import CalendarWords
from app.widgets.words import (
    Spoken,
    Table,
    Template,
    load_tables,
    read_by_member,
    read_section,
    read_text,
    table_at,
)
from core.journal.scan import Finding
from core.model.outcomes import Outcome
from core.sync.health import Trouble


@dataclass(frozen=True, slots=True)
class PanelWords:
    """What every panel says of how it stands."""

    loading: str
    as_of: Annotated[Template, "time", "age"]
    not_new: Annotated[Template, "cause"]
    failed: str
    since: Annotated[Template, "cause", "time"]
    last_good: Annotated[Template, "time", "age"]
    too_slow: str
    not_allowed: str
    gone: str
    refused: Annotated[Template, "status"]
    not_ours: str
    broken: str
    broken_step: str
    retry: str


@dataclass(frozen=True, slots=True)
class ConfirmWords:
    """The question before a deed."""

    no: str
    type_it: Annotated[Template, "text"]


@dataclass(frozen=True, slots=True)
class TableWords:
    """What a screen reader says of a table's keys, and the keys of a list that is turned over."""

    hint: str
    up: str
    down: str
    page: Annotated[Template, "page", "pages"]


@dataclass(slots=True)
class OrganizerWords(Spoken):
    """All words of the window in the language of now.

    Whoever speaks keeps this one object, and asks it at the moment of speaking: then `become` is all that a running
    window needs to speak another language.
    """

    calendar: CalendarWords
    panel: PanelWords
    confirm: ConfirmWords
    table: TableWords
    window: WindowWords
    troubles: Mapping[Trouble, str]
    pages: Mapping[PageName, str]
    outcomes: Mapping[Outcome, OutcomeWords]
    findings: Mapping[Finding, str]
    live: LiveWords
    tickets: TicketsWords
    refusals: Mapping[RefusalCode, str]
    imports: ImportWords
    incidents: IncidentsWords
    devices: DevicesWords
    deliveries: DeliveriesWords
    reports: ReportWords
    set_up: SetUpWords


def load_organizer_words(language: str = "en") -> OrganizerWords:
    """The words of a language. Raises WordsError when a key is missing, unknown or misused."""
    return read_organizer_words(load_tables(language))


def read_organizer_words(tables: Table) -> OrganizerWords:
    """The organizer's sections of a language's tables."""
    return OrganizerWords(
        calendar=read_section(table_at(tables, "calendar"), CalendarWords, "calendar"),
        panel=read_section(table_at(tables, "organizer_panel"), PanelWords, "organizer_panel"),
        confirm=read_section(table_at(tables, "organizer_confirm"), ConfirmWords, "organizer_confirm"),
        table=read_section(table_at(tables, "organizer_table"), TableWords, "organizer_table"),
        window=read_window_words(tables),
        troubles=read_by_member(table_at(tables, "organizer_trouble"), Trouble, read_text, "organizer_trouble"),
        pages=read_by_member(table_at(tables, "organizer_pages"), PageName, read_text, "organizer_pages"),
        outcomes=read_outcome_words(tables),
        findings=read_finding_words(tables),
        live=read_live_words(tables),
        tickets=read_tickets_words(tables),
        refusals=read_refusal_words(tables),
        imports=read_import_words(tables),
        incidents=read_incidents_words(tables),
        devices=read_devices_words(tables),
        deliveries=read_deliveries_words(tables),
        reports=read_report_words(tables),
        set_up=read_set_up_words(tables),
    )
