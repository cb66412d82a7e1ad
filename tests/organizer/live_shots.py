"""The Live page in the states that an organizer meets."""

from collections.abc import Mapping
from dataclasses import replace
from math import exp
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.organizer import charts
from app.organizer.live.bodies import ChartBody
from app.organizer.live.controls import ALONE
from app.organizer.live.page import LivePage
from app.organizer.live.ranges import Range
from core.model.roles import RIGHTS, Role
from core.sync.kiosk_replies import KioskReply, KioskVitals
from core.sync.messages import (
    ArrivalsReply,
    ClassCount,
    ClassRow,
    Curve,
    EventReply,
    EventRow,
    GateCount,
    GateRow,
    KioskWord,
    LaneReply,
    StatusReply,
    Vitals,
)
from tests.organizer.shots import page
from tests.organizer.still_desk import EVENT, NOW_MS, StillDesk, failed, fresh, old

MINUTE_MS = charts.MINUTE_MS  # with the library that draws them, so that a picture has its curve at once
HOUR_MS = 60 * MINUTE_MS
GATES = (("east", "East gate"), ("north", "North gate"), ("vip", "VIP lounge"), ("west", "West gate"))
WEIGHTS = {"east": 0.9, "north": 1.6, "vip": 0.2, "west": 1.1}
STARTS_MS = NOW_MS - 2 * HOUR_MS
YEAR_MS = 364 * 24 * HOUR_MS
LAST_YEAR = "5b" * 16
LONG = "Sommernachtsfest am Ostseestrand mit Feuerwerk und Tanz bis Mitternacht"
DATA = {name for _, name in GATES} | {
    "Summer Night",
    "Summer Night last year",
    "Weekend ticket",
    "Day ticket",
    "Parking",
}
DATA |= {"north", "Nobody", LONG}


def crowd(minute: int, peak: int = 34, at: int = -25, wide: int = 65) -> float:
    """Guests per minute so many minutes after now, all gates together; the same each time."""
    if minute < -210:
        return 0.0
    tremble = 1 + 0.14 * (((minute * 7919) % 13) - 6) / 6
    return peak * exp(-(((minute - at) / wide) ** 2)) * tremble


def arrivals(minutes: int = 240, step: int = 2, scale: float = 1.0, at_ms: int = NOW_MS) -> ArrivalsReply:
    """The evening up to a moment."""
    since_ms = at_ms // MINUTE_MS * MINUTE_MS - (minutes // step * step - step + 1) * MINUTE_MS
    first = (since_ms - NOW_MS) // MINUTE_MS
    counts = {
        gate: [
            round(scale * weight / 3.8 * sum(crowd(first + at * step + part) for part in range(step)))
            for at in range(minutes // step)
        ]
        for gate, weight in WEIGHTS.items()
    }
    refused = {"already_used": 0.02, "wrong_gate": 0.013, "unlisted": 0.006, "bad_signature": 0.002, "unpaid": 0.004}
    outcomes = {"admitted": 0.93, "admitted_offline": 0.02, **refused}
    whole = [sum(counts[gate][at] for gate in counts) for at in range(minutes // step)]
    return ArrivalsReply(
        EVENT.hex,
        at_ms,
        since_ms,
        step * MINUTE_MS,
        [Curve(gate, name, counts[gate]) for gate, name in GATES],
        [Curve(name, name, [round(share * n) for n in whole]) for name, share in outcomes.items()],
    )


def status(capacity: int | None = 5_000, inside: int = 3_590, queue: int = 28) -> StatusReply:
    """What the ledger says then."""
    classes = [
        ClassCount(1, "Weekend ticket", 3_400, 2_610, 2_604, 2_480, 796),
        ClassCount(2, "Day ticket", 1_600, 1_215, 1_208, 1_110, 392, capacity=1_150),
        ClassCount(3, "Parking", 300, 0, 0, 0, 300, is_expected=False),
    ]
    kiosks = [
        KioskWord(gate, NOW_MS - 2_000, NOW_MS - 9_000, queue if at == 0 else 0, 0, 700)
        for at, (gate, _) in enumerate([*GATES, *GATES[:3]])
    ]
    kiosks.append(KioskWord("west", NOW_MS - 20 * MINUTE_MS, NOW_MS - 20 * MINUTE_MS, 0, 0, 480))
    return StatusReply(
        event=EVENT.hex,
        name="Summer Night",
        at_ms=NOW_MS,
        manifest_version=12,
        tickets=5_300,
        redemptions=3_825,
        admissions=3_826,
        inside=inside,
        facts=8_100,
        quarantined=3,
        double_admissions=1,
        incidents=2,
        by_class=[],
        by_gate=[],
        shown={"admitted": 3_700, "already_used": 80, "exit_recorded": 230},
        remaining=1_488,
        classes=classes,
        gates=[GateCount(gate, name, 900) for gate, name in GATES],
        capacity=capacity,
        kiosks=kiosks,
    )


def event(name: str = "Summer Night", id_: str = EVENT.hex, starts_ms: int = STARTS_MS, **more: Any) -> EventReply:
    """An event as it was set up."""
    row = EventRow(
        id_,
        name,
        "Europe/Berlin",
        starts_ms,
        starts_ms + 7 * HOUR_MS,
        gates=[GateRow(gate, called) for gate, called in GATES],
        classes=[ClassRow(1, "Weekend ticket")],
        **more,
    )
    return EventReply(row, 12, 5_300)


def kiosks() -> list[KioskReply]:
    """Eight of them; both of the west gate are silent, and one of the north."""
    found = []
    for at, gate in enumerate(("east", "east", "north", "north", "north", "vip", "west", "west")):
        silent_ms = 20 * MINUTE_MS if gate == "west" else 6 * MINUTE_MS if at == 4 else 2_000
        told = Vitals(
            NOW_MS - 5 * HOUR_MS, "0.6.0", 0, 12, reads=700, misses=9 + 31 * (gate == "vip"), pace_ms=4_200 + 900 * at
        )
        found.append(
            KioskReply(
                UUID(int=at + 1).hex,
                f"{gate} {at}",
                gate,
                "active",
                "mac",
                NOW_MS - silent_ms,
                None,
                None,
                None,
                is_over=False,
                vitals=KioskVitals(told, NOW_MS - silent_ms),
            )
        )
    return found


def closed() -> StillDesk:
    """The west gate is closed: both of its kiosks were ended in order."""
    found = [
        replace(each, vitals=replace(each.vitals, told=replace(each.vitals.told, is_ending=True)))
        if each.gate == "west" and each.vitals is not None
        else each
        for each in kiosks()
    ]
    words = [replace(each, is_off=each.gate == "west") for each in status().kiosks]
    return desk({"live.devices": fresh(found), "live.status": fresh(replace(status(), kiosks=words))})


def lanes() -> list[LaneReply]:
    """What they showed."""
    shown = {"admitted": 470, "already_used": 10, "wrong_gate": 6, "just_scanned_here": 30}
    return [LaneReply(each.id, each.name, each.gate, shown) for each in kiosks()]


def night(**other: Any) -> dict[str, Any]:
    """Everything that the page asks, by the names of its questions."""
    last = event("Summer Night last year", LAST_YEAR, STARTS_MS - YEAR_MS)
    told: dict[str, Any] = {
        "live.status": status(),
        "live.pace": arrivals(60, 1),
        "live.lanes": lanes(),
        "live.devices": kiosks(),
        "events": [event(copied_from=LAST_YEAR), last],
        "live.arrivals.four_hours.240.2": arrivals(),
        "live.arrivals.hour.60.1": arrivals(60, 1),
    }
    return {name: fresh(value) for name, value in (told | other).items()}


def desk(other: Mapping[str, Any] | None = None, role: Role = Role.OWNER) -> StillDesk:
    """A desk with a night on it; the other night's answer is there for whatever name its question has."""

    class WithLastYear(StillDesk):
        def _reading(self, question: Any) -> Any:
            if question.name.startswith("live.compared."):
                beside = arrivals(420, 1, scale=0.8, at_ms=NOW_MS + 3 * HOUR_MS)
                return fresh(replace(beside, since_ms=beside.since_ms - YEAR_MS))
            if question.name.startswith("live.arrivals.") and question.name not in self.told:
                return fresh(arrivals(420, 5))
            return super()._reading(question)

    return WithLastYear({**night(), **(other or {})}, rights=RIGHTS[role])


def aged() -> StillDesk:
    """Everything is twelve minutes old."""
    return StillDesk({name: old(reading.value) for name, reading in night().items()})


def nobody() -> StillDesk:
    """An event that was just made: no ticket, no kiosk, nobody."""
    empty = replace(
        status(None, 0),
        tickets=0,
        redemptions=0,
        admissions=0,
        remaining=0,
        quarantined=0,
        double_admissions=0,
        incidents=0,
        shown={},
        classes=[ClassCount(1, "Weekend ticket", 0, 0, 0, 0, 0)],
        kiosks=[],
    )
    quiet = {"live.status": empty, "live.pace": arrivals(60, 1, scale=0), "live.lanes": [], "live.devices": []}
    quiet |= {"events": [event()], "live.arrivals.four_hours.240.2": arrivals(scale=0)}
    return StillDesk({name: fresh(value) for name, value in quiet.items()})


def million() -> StillDesk:
    """As large as it gets."""
    many = replace(
        status(1_000_000, 951_204, 28_000),
        tickets=1_200_000,
        classes=[ClassCount(1, "Weekend ticket", 1_200_000, 990_000, 989_004, 951_204, 210_996)],
        double_admissions=1_204,
        incidents=12_077,
        quarantined=50_000,
    )
    told = {"live.status": many, "live.pace": arrivals(60, 1, scale=90), "events": [event()]}
    told["live.arrivals.four_hours.240.2"] = arrivals(scale=90)
    return StillDesk({**night(), **{name: fresh(value) for name, value in told.items()}})


def long_names() -> StillDesk:
    """Names that are longer than any place for them."""
    pace, whole = arrivals(60, 1), arrivals()
    for told in (pace, whole):
        told.gates[:] = [replace(each, name=f"{LONG} {each.name}") for each in told.gates]
    many = replace(status(), classes=[replace(each, name=f"{LONG} {each.name}") for each in status().classes])
    told_all = {"live.pace": pace, "live.arrivals.four_hours.240.2": whole, "live.status": many}
    told_all["events"] = [event(LONG)]
    return StillDesk({**night(), **{name: fresh(value) for name, value in told_all.items()}})


def point_at(shown: LivePage, share: float) -> None:
    """The pointer stands on the curve."""
    body = shown.panels.frames["curve"].body
    assert isinstance(body, ChartBody)
    assert body.chart is not None
    place = QPointF(share * body.chart.width(), body.chart.height() / 2)
    none = Qt.MouseButton.NoButton
    moved = QMouseEvent(QEvent.Type.MouseMove, place, place, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(body.chart, moved)


SHOTS = (
    page("organizer.live.fresh", LivePage, desk),
    page(
        "organizer.live.cursor",
        LivePage,
        desk,
        lambda shown: point_at(shown, 0.6),
    ),
    page("organizer.live.one_failed", LivePage, lambda: desk({"live.lanes": failed()})),
    page("organizer.live.old", LivePage, aged),
    page("organizer.live.closed", LivePage, closed),
    page("organizer.live.failed", LivePage, lambda: StillDesk({name: failed() for name in night()})),
    page("organizer.live.loading", LivePage, {}),
    page("organizer.live.nobody", LivePage, nobody),
    page("organizer.live.million", LivePage, million),
    page(
        "organizer.live.alone",
        LivePage,
        desk,
        lambda shown: shown.controls.compare(ALONE),
        lambda shown: shown.controls.choose(Range.HOUR),
    ),
    page("organizer.live.operator", LivePage, lambda: desk(role=Role.OPERATOR)),
    page("organizer.live.long", LivePage, long_names, has_long_names=True),
)
