"""The words of the organizer's window in one language, section by section as in `resources/words`.

Each page has a file of its own (`resources/words/<language>/organizer_<page>.toml`), a module that describes its
sections (`<page>_words.py`), and one field here. The window and the page that it opens with are read at the start, the
words of another page when something of it is said first: a window that is about to open does not wait for them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from app.organizer.live.words import LiveWords, read_live_words
from app.organizer.page import PageName
from app.organizer.refusal_words import RefusalCode, read_refusal_words
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

if TYPE_CHECKING:
    from app.organizer.deliveries.words import DeliveriesWords
    from app.organizer.devices_words import DevicesWords
    from app.organizer.import_words import ImportWords
    from app.organizer.incidents_words import IncidentsWords
    from app.organizer.reports_words import ReportWords
    from app.organizer.setup.setup_words import SetUpWords
    from app.organizer.tickets_words import TicketsWords

T = TypeVar("T")


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
    refusals: Mapping[RefusalCode, str]
    tables: Table = field(repr=False)
    read: dict[str, Any] = field(default_factory=dict, repr=False)
    """The words of pages that have said something, by their names here."""

    @property
    def tickets(self) -> "TicketsWords":
        """The Tickets page."""
        return self._late("tickets", _tickets)

    @property
    def imports(self) -> "ImportWords":
        """The import wizard."""
        return self._late("imports", _imports)

    @property
    def incidents(self) -> "IncidentsWords":
        """The Incidents page."""
        return self._late("incidents", _incidents)

    @property
    def devices(self) -> "DevicesWords":
        """The Devices page."""
        return self._late("devices", _devices)

    @property
    def deliveries(self) -> "DeliveriesWords":
        """The Deliveries page."""
        return self._late("deliveries", _deliveries)

    @property
    def reports(self) -> "ReportWords":
        """The Reports page."""
        return self._late("reports", _reports)

    @property
    def set_up(self) -> "SetUpWords":
        """The Set-up page."""
        return self._late("set_up", _set_up)

    def read_all(self) -> None:
        """Reads the words of all pages at once. Raises WordsError when a key is missing, unknown or misused."""
        for name, read in LATE.items():
            self._late(name, read)

    def _late(self, name: str, read: Callable[[Table], T]) -> T:
        if name not in self.read:
            self.read[name] = read(self.tables)
        found: T = self.read[name]
        return found


def load_organizer_words(language: str = "en") -> OrganizerWords:
    """The words of a language. Raises WordsError when a key of the window is missing, unknown or misused."""
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
        refusals=read_refusal_words(tables),
        tables=tables,
    )


def _tickets(tables: Table) -> "TicketsWords":
    from app.organizer.tickets_words import read_tickets_words

    return read_tickets_words(tables)


def _imports(tables: Table) -> "ImportWords":
    from app.organizer.import_words import read_import_words

    return read_import_words(tables)


def _incidents(tables: Table) -> "IncidentsWords":
    from app.organizer.incidents_words import read_incidents_words

    return read_incidents_words(tables)


def _devices(tables: Table) -> "DevicesWords":
    from app.organizer.devices_words import read_devices_words

    return read_devices_words(tables)


def _deliveries(tables: Table) -> "DeliveriesWords":
    from app.organizer.deliveries.words import read_deliveries_words

    return read_deliveries_words(tables)


def _reports(tables: Table) -> "ReportWords":
    from app.organizer.reports_words import read_report_words

    return read_report_words(tables)


def _set_up(tables: Table) -> "SetUpWords":
    from app.organizer.setup.setup_words import read_set_up_words

    return read_set_up_words(tables)


LATE: Mapping[str, Callable[[Table], object]] = {
    "tickets": _tickets,
    "imports": _imports,
    "incidents": _incidents,
    "devices": _devices,
    "deliveries": _deliveries,
    "reports": _reports,
    "set_up": _set_up,
}
"""What reads the words of each page but the first."""
