"""The page of incidents in each state worth a look."""

from typing import Any

from app.organizer.incidents_detail import IncidentDetail
from app.organizer.incidents_page import IncidentsPage
from app.organizer.incidents_questions import incidents as incidents_asked
from core.model.roles import RIGHTS, Role
from core.sync.answers import Rejected
from core.sync.incident_replies import IncidentPage
from tests.organizer.shots import page
from tests.organizer.still_desk import NOW_MS, StillDesk, failed, old

LIST = "incidents.open.any."
LONG = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh of the North-by-Northwest Family Entrance"


def side(gate: str, device: str, minutes: float, **fields: Any) -> dict[str, Any]:
    """One side of an incident, so many minutes ago, as the server tells it."""
    told = {
        "scan": "1" * 32,
        "gate": gate.lower(),
        "gate_name": f"{gate} gate",
        "device": "a" * 32,
        "device_name": device,
        "operator": "Ana",
        "at_ms": int(NOW_MS - minutes * 60_000),
        "uncertainty_ms": 300,
        "clock_quality": "synced",
        "shown": "admitted_offline",
        "source": "offline",
    }
    return told | fields


def told(kind: str = "double_admission", number: int = 1, minutes: float = 8, **fields: Any) -> dict[str, Any]:
    """An incident as the server tells it."""
    one = {
        "scan": f"{number:032x}",
        "kind": kind,
        "severity": "high",
        "state": "open",
        "opened_ms": int(NOW_MS - minutes * 60_000),
        "closed_ms": None,
        "is_order_provable": True,
        "tid": "5" * 32,
        "order": "R-1024",
        "loser": side("East", "East 2", minutes + 1),
        "winner": side("North", "North 1", minutes + 4, operator="Ben", shown="admitted", source="online"),
        "device_name": "East 2",
        "finding": None,
        "found_by": None,
        "found_note": None,
        "notes": [],
        "name": "Jonas Fischer",
    }
    return one | fields


def of_kiosk(kind: str, number: int, minutes: float, **fields: Any) -> dict[str, Any]:
    """An incident of a kiosk itself."""
    alone = {"tid": None, "order": None, "loser": None, "winner": None, "name": "", "severity": "normal"}
    return told(kind, number, minutes, **(alone | fields))


DOUBLE = told()
NOTED = told(
    state="resolved",
    closed_ms=NOW_MS - 60_000,
    finding="shared_code",
    found_by="ana",
    found_note="two friends, one screenshot",
    notes=[{"at_ms": NOW_MS - 240_000, "author": "ben", "note": "asked at both gates"}],
)
DRIFT = of_kiosk("clock_drift", 5, 95, offset_ms=245_000)
SEVERAL = [
    DOUBLE,
    told("late_cancel", 2, 21, winner=None, name="Ada Lovelace", order="R-77"),
    told("against_rules", 3, 34, winner=None, severity="normal", name="Mara Weiß", order=None),
    told("override_used", 4, 61, winner=None, severity="normal", name=""),
    DRIFT,
    of_kiosk("journal_gap", 6, 130, missing=12, severity="high"),
    of_kiosk("journal_fork", 7, 1_500, severity="high"),
    told("id_reuse", 8, 1_600, winner=None),
]
LONGEST = told(
    name=LONG,
    order="ORDER-2026-11-26-0000000000000000000042",
    is_order_provable=False,
    loser=side("East", LONG, 9, gate_name=LONG, operator=LONG, clock_quality="suspect"),
    winner=side("North", LONG, 8, gate_name=LONG, operator=LONG, uncertainty_ms=240_000),
    notes=[{"at_ms": NOW_MS - 240_000, "author": LONG, "note": "asked at both gates, and nobody knew anything. " * 40}],
)


def desk(*incidents: dict[str, Any], after: str | None = None, **told: Any) -> dict[str, Any]:
    """What lies on the desk: a list, and each of its incidents."""
    ones = {f"incident.{each['scan']}.{each['kind']}": each for each in incidents}
    return {LIST: {"incidents": [*incidents], "after": after}, **ones, **told}


def choose(number: int) -> Any:
    """Somebody chooses a row."""

    def act(page: IncidentsPage) -> None:
        body = page.list_frame.body
        page._choose(body.list.rows[number].name)  # type: ignore[union-attr]

    return act


def to_the_end(page: IncidentsPage) -> None:
    """Somebody has scrolled down to what is done about it."""
    body = page.detail_frame.body
    assert isinstance(body, IncidentDetail)
    body.scrolled.show_part(body.note_key)


def auditor() -> StillDesk:
    """Somebody who may look and not say what it was."""
    return StillDesk(desk(*SEVERAL), rights=RIGHTS[Role.AUDITOR])


def page_of(incidents: list[dict[str, Any]]) -> IncidentPage:
    """A list as its question reads it."""
    return incidents_asked("open", None).read({"incidents": incidents, "after": None})


SHOTS = (
    page("organizer.incidents.none", IncidentsPage, desk()),
    page("organizer.incidents.several", IncidentsPage, desk(*SEVERAL, after="1.2.3")),
    page("organizer.incidents.double", IncidentsPage, desk(*SEVERAL), choose(0)),
    page("organizer.incidents.double-end", IncidentsPage, desk(*SEVERAL), choose(0), to_the_end),
    page("organizer.incidents.resolved", IncidentsPage, desk(NOTED), choose(0), to_the_end),
    page("organizer.incidents.kiosk", IncidentsPage, desk(*SEVERAL), choose(4)),
    page("organizer.incidents.auditor", IncidentsPage, auditor, choose(0), to_the_end),
    page("organizer.incidents.old", IncidentsPage, {LIST: old(page_of(SEVERAL))}),
    page("organizer.incidents.failed", IncidentsPage, {LIST: failed()}),
    page(
        "organizer.incidents.gone",
        IncidentsPage,
        desk(DOUBLE)
        | {
            f"incident.{DOUBLE['scan']}.double_admission": failed(Rejected(404, "incident_unknown")),
        },
        choose(0),
    ),
    page("organizer.incidents.longest", IncidentsPage, desk(LONGEST), choose(0), has_long_names=True),
)
DATA = {
    *("Jonas Fischer", "Ada Lovelace", "Mara Weiß", "East gate", "North gate", "East 2", "North 1", "Ana", "Ben"),
    *("ana", "ben", "two friends, one screenshot", "asked at both gates", "R-1024", "R-77"),
    *("doorlight clock set", "doorlight queue export", "doorlight incident show"),
}
