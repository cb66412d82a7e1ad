"""What the page of reports asks of a server: the answers that a night's report is made of, and the files it saves.

Owns the paths and how answers are read. Incidents name guests: they are not kept in the cache.
"""

from app.organizer.live.questions import DEVICES, STATUS
from app.organizer.reports_words import Paper
from app.organizer.shapes import reader_of
from core.insight.night_report import LATE_MS, MOST_INCIDENTS, span_of
from core.insight.question import Question, Topic
from core.model.roles import Right
from core.sync.incident_replies import IncidentPage
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import ArrivalsReply, EventReply, EventRow, StatusReply

_EVENT_PATH = "/api/v1/events/{event}"
_event = reader_of(EventReply)
_arrivals = reader_of(ArrivalsReply)
_incidents = reader_of(IncidentPage)
_FACTS = frozenset({Topic.FACTS})
EVERY_S = 60.0
"""A report is of a night, not of a second."""


def event_told() -> Question[EventReply]:
    """The event as its organizer set it up."""
    return Question(
        "reports.event",
        _EVENT_PATH,
        _event,
        Right.READ_EVENT,
        frozenset({Topic.MANIFEST}),
        every_s=EVERY_S,
    )


def status() -> Question[StatusReply]:
    """The figures: those of the page Live."""
    return STATUS


def arrivals(event: EventRow) -> Question[ArrivalsReply]:
    """The curve of the whole event, whatever the time is: what is to come is left out when it is drawn."""
    since_ms, until_ms, step_min = span_of(event, event.ends_ms + LATE_MS)
    params = {"since_ms": str(since_ms), "until_ms": str(until_ms), "step_min": str(step_min)}
    name, path = f"reports.arrivals.{since_ms}.{until_ms}", f"{_EVENT_PATH}/arrivals"
    return Question(name, path, _arrivals, Right.READ_STATUS, _FACTS, params, every_s=EVERY_S)


def kiosks() -> Question[list[KioskReply]]:
    """The devices: those of the page Live."""
    return DEVICES


def incidents() -> Question[IncidentPage]:
    """The newest incidents, whatever became of them."""
    return Question(
        "reports.incidents",
        f"{_EVENT_PATH}/incidents",
        _incidents,
        Right.READ_INCIDENTS,
        frozenset({Topic.INCIDENTS}),
        {"limit": str(MOST_INCIDENTS)},
        every_s=EVERY_S,
        is_kept=False,
    )


PATHS = {
    Paper.SCANS: f"{_EVENT_PATH}/exports/scans",
    Paper.ADMISSIONS: f"{_EVENT_PATH}/exports/admissions",
    Paper.INCIDENTS: f"{_EVENT_PATH}/exports/incidents",
    Paper.LEDGER: f"{_EVENT_PATH}/ledger",
}
"""Where the server makes the files of its own."""
EXTENSIONS = {
    Paper.REPORT: "pdf",
    Paper.SCANS: "csv",
    Paper.ADMISSIONS: "csv",
    Paper.INCIDENTS: "csv",
    Paper.LEDGER: "jsonl",
}
