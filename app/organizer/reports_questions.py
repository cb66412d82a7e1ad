"""What the page of reports asks of a server: the answers that a night's report is made of, and the files it saves.

Owns the paths and how answers are read, and what of the incidents the cache keeps: nothing that names a guest.
"""

from app.organizer.live.questions import DEVICES, STATUS
from app.organizer.reports_words import Paper
from app.organizer.shapes import reader_of
from core.insight.night_report import LATE_MS, MOST_INCIDENTS, span_of
from core.insight.question import Json, Question, Topic
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
        keep=without_guests,
    )


def without_guests(page: Json) -> Json:
    """Incidents as a report lists them: what, when, at which gates, and what was found out, by whom of the staff.

    No guest, no ticket, no order and no scan stays in it, and no note: whoever writes one may name a guest.
    """
    return {
        "incidents": [_without_guest(each) for each in page["incidents"]],
        "after": "more" if page["after"] else None,
    }


_SAID_OF_INCIDENT = (
    *("kind", "severity", "state", "opened_ms", "closed_ms"),
    *("is_order_provable", "device_name", "finding", "found_by"),
)
_SAID_OF_SIDE = ("gate", "gate_name", "device", "device_name", "at_ms", "uncertainty_ms", "clock_quality")


def _without_guest(incident: Json) -> Json:
    said = {name: incident[name] for name in _SAID_OF_INCIDENT}
    sides = {name: _without_scan(incident[name]) for name in ("loser", "winner")}
    return {**said, **sides, "scan": "", "tid": None, "order": None, "found_note": None}


def _without_scan(side: Json) -> Json:
    if side is None:
        return None
    said = {name: side[name] for name in _SAID_OF_SIDE}
    return {**said, "scan": "", "operator": None, "shown": None}


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
