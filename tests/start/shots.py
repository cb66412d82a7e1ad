"""The start window in each state worth a look: drawn for people, walked by tests."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.start.state import (
    Asked,
    Cure,
    DoorHere,
    EventHere,
    FirstOwner,
    GateHere,
    Leg,
    Part,
    PartState,
    Served,
    Stage,
    StartState,
)
from app.start.window import StartWindow
from app.start.words import StartWords
from tests.support import shots
from tests.support.pseudo_locale import lengthened_text as said

Look = shots.Look[StartWords]
Shot = shots.Shot[StartWords]
DAY_MS = 24 * 3_600_000
URL = "https://127.0.0.1:8480"
SERVED = Served(URL, ("https://192.168.1.5:8480",), " ".join(["A1B2"] * 16))
GATE = GateHere("north", "North gate")
GATES = (GATE, *(GateHere(f"g{number}", f"Gate {number}") for number in range(2, 12)))
EVENT = EventHere("00", "Summer Night", Stage.ON, 1_813_420_800_000, 1_813_449_600_000, "Europe/Berlin", GATES)
EVENTS = (
    EVENT,
    replace(EVENT, id="01", name="Market", stage=Stage.COMING, starts_ms=EVENT.starts_ms + 8 * DAY_MS),
    replace(EVENT, id="02", name="Rehearsal", stage=Stage.OVER, ends_ms=EVENT.ends_ms - DAY_MS),
)
DOOR = DoorHere("North 1", "North gate", "Summer Night")
REPORT = Path("reports/night")
RUNNING = {part: PartState(Leg.RUNNING) for part in Part}
TAKEN = said("Another program uses port 8480 of this computer: end it, or take another port")


def _shot(name: str, state: StartState) -> Shot:
    def make(look: Look) -> QWidget:
        window = StartWindow(look.words, theme=look.theme)
        window.close_wanted.connect(window.leave)
        return window

    def act(window: QWidget) -> None:
        assert isinstance(window, StartWindow)
        window.show_state(state)

    return shots.Shot(f"start.{name}", make, act)


def _of(**fields: object) -> StartState:
    make: Callable[..., StartState] = StartState
    return make(**fields)


SHOTS: tuple[Shot, ...] = (
    _shot("empty", _of()),
    _shot(
        "first-server",
        _of(
            parts={Part.SERVER: PartState(Leg.RUNNING), Part.ORGANIZER: PartState(Leg.RUNNING)},
            served=SERVED,
            owner=FirstOwner("owner", "krz4-pmqa-77td-x9fe"),
        ),
    ),
    _shot("everything", _of(parts=RUNNING, served=SERVED, events=EVENTS, door=DOOR, report=REPORT)),
    _shot("alone", _of(parts={Part.SERVER: PartState(Leg.RUNNING)}, served=Served(URL), events=EVENTS)),
    _shot("port-taken", _of(parts={Part.SERVER: PartState(Leg.FAILED, TAKEN, (Cure.OTHER_PORT, Cure.TRY_AGAIN))})),
    _shot(
        "another-server", _of(parts={Part.SERVER: PartState(Leg.FAILED, TAKEN, (Cure.THAT_SERVER, Cure.OTHER_PORT))})
    ),
    _shot("checking", _of(parts={Part.SERVER: PartState(Leg.CHECKING), Part.KIOSK: PartState(Leg.ENDING)})),
    _shot("which-event", _of(parts={Part.SERVER: PartState(Leg.RUNNING)}, events=EVENTS, asked=Asked.EVENT)),
    _shot(
        "which-gate",
        _of(parts={Part.SERVER: PartState(Leg.RUNNING)}, events=EVENTS, event=EVENT, asked=Asked.GATE),
    ),
    _shot(
        "enrol",
        _of(parts={Part.SERVER: PartState(Leg.RUNNING)}, events=EVENTS, event=EVENT, gate=GATE, asked=Asked.ENROL),
    ),
    _shot("close", _of(parts=RUNNING, asked=Asked.CLOSE)),
    _shot("held", _of(held_by="4711")),
)
DATA = {
    *(each.name for each in (*EVENTS, *GATES)),
    "North 1",
    "krz4-pmqa-77td-x9fe",
    "owner",
    str(REPORT),
    URL,
    *SERVED.addresses,
}
"""Names that the shots bring with them: nobody translates them."""
