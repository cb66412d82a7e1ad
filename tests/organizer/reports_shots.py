"""The page of reports in its states: a whole night, one that lacks something, one of old figures, none at all."""

from dataclasses import asdict, replace
from typing import Any

from app.organizer.reports_page import ReportsPage
from app.organizer.reports_questions import arrivals, event_told, incidents, kiosks, status
from app.organizer.reports_words import Paper
from core.model.roles import RIGHTS, Role
from core.sync.incident_replies import Incident, Side
from core.sync.messages import ClassCount, Curve, EventReply, GateCount, GateRow, KioskWord
from tests.insight import test_night_report as nights
from tests.organizer.shots import page
from tests.organizer.still_desk import NOW_MS, StillDesk, failed, old

LATER = NOW_MS - nights.END - 60_000
"""The night of the tests, moved so that it is over at this desk's hour."""
_LONG = "the gate behind the large tent beside the old harbour"


def moved(**changes: Any) -> dict[str, Any]:
    """The night as the server tells it, at this desk's time."""
    event = replace(nights.EVENT, starts_ms=nights.START + LATER, ends_ms=nights.END + LATER)
    word = KioskWord("north", NOW_MS, NOW_MS, 0, 0, 40)
    told = {
        event_told().name: asdict(EventReply(event, 7, 100)),
        status().name: asdict(replace(nights.STATUS, at_ms=NOW_MS, kiosks=[word])),
        arrivals(event).name: asdict(replace(nights.ARRIVALS, since_ms=nights.START + LATER, at_ms=NOW_MS)),
        kiosks().name: [asdict(nights.kiosk(at_ms=NOW_MS))],
        incidents().name: {"incidents": [asdict(incident("open")), asdict(incident("resolved"))], "after": None},
    }
    return told | changes


def incident(state: str) -> Incident:
    """One of a ticket that let two people in."""
    sides = [
        Side("ab", gate.lower(), gate, "cd", "North 1", "Ana", NOW_MS, 100, "synced", "admitted")
        for gate in ("North gate", "East gate")
    ]
    finding = ("shared_code", "ana", None) if state == "resolved" else (None, None, None)
    named = ("ab", "double_admission", "high", state, NOW_MS, None, True, "00ff", "77", *sides, None, *finding)
    return Incident(*named)


def read(question: Any, told: Any) -> Any:
    """An answer as its question reads it."""
    return question.read(told)


def of_old_figures() -> dict[str, Any]:
    told = moved()
    ages = {
        name: old(read(question, told[name]))
        for question in (event_told(), status(), kiosks())
        for name in (question.name,)
    }
    return told | ages | {incidents().name: failed()}


def of_kept_incidents() -> dict[str, Any]:
    told = of_old_figures()
    return told | {incidents().name: old(read(incidents(), moved()[incidents().name]), 40)}


def longest() -> dict[str, Any]:
    event = replace(
        nights.EVENT,
        starts_ms=nights.START + LATER,
        ends_ms=nights.END + LATER,
        gates=[GateRow(f"g{n}", f"{_LONG} {n}"[:64]) for n in range(6)],
    )
    full = replace(
        nights.STATUS,
        at_ms=NOW_MS,
        tickets=1_000_000,
        redemptions=987_654,
        remaining=12_346,
        gates=[GateCount(f"g{n}", f"{_LONG} {n}"[:64], 164_609) for n in range(6)],
        classes=[ClassCount(n, f"{_LONG} {n}"[:64], 166_667, 164_609, 164_609, 9, 2_058) for n in range(6)],
    )
    curves = [Curve(f"g{n}", f"{_LONG} {n}"[:64], [9] * 90) for n in range(6)]
    silent = [replace(nights.kiosk(queue=2_800), id=str(n), name=f"{_LONG} {n}"[:64]) for n in range(8)]
    return moved(
        **{
            event_told().name: asdict(EventReply(event, 7, 100)),
            status().name: asdict(full),
            arrivals(event).name: asdict(replace(nights.ARRIVALS, gates=curves, at_ms=NOW_MS)),
            kiosks().name: [asdict(each) for each in silent],
        }
    )


def seen_by(role: Role, told: dict[str, Any]) -> StillDesk:
    """A desk of somebody who may less."""
    return StillDesk(told, rights=RIGHTS[role])


def saving(shown: ReportsPage) -> None:
    """A file is on its way."""
    shown._saving = Paper.SCANS
    shown._show_state()


SHOTS = (
    page("organizer.reports.whole", ReportsPage, moved()),
    page("organizer.reports.missing", ReportsPage, moved(**{kiosks().name: [asdict(nights.kiosk(queue=28))]})),
    page("organizer.reports.old", ReportsPage, of_old_figures()),
    page("organizer.reports.kept", ReportsPage, of_kept_incidents()),
    page("organizer.reports.failed", ReportsPage, {event_told().name: failed(), status().name: failed()}),
    page("organizer.reports.loading", ReportsPage, {}),
    page("organizer.reports.saving", ReportsPage, moved(), saving),
    page("organizer.reports.operator", ReportsPage, lambda: seen_by(Role.OPERATOR, moved())),
    page("organizer.reports.longest", ReportsPage, longest(), has_long_names=True),
)
DATA = {"Day ticket", "North gate", "East gate", "North 1", "Summer Night"}
