"""What a rehearsal needs before it begins: a server's folder with an event of its own, tickets of every kind, a kiosk.

Owns the making of it in a folder that is made for it, through the functions that the organizer's commands call. Nothing
of it belongs to a real event: its keys, its journal and its tickets end with the folder.
"""

import json
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from app.ledger.admin import Office, open_ledger
from app.runtime.enrolling import enrol
from core.model.attention import AttentionKind
from core.model.ids import ClassId, EventId, GateId, TicketHandle
from core.model.questions import QuestionKind
from core.sync.messages import AttentionRow, ClassRow, EventRow, GateRow, QuestionRow

KIOSK_FOLDER, SERVER_FOLDER, GUESTS_FILE, PORT_FILE = "kiosk", "server", "guests.json", "port"
EVENT_NAME = "Rehearsal"
GENUINE = 60
OTHERS = 12
_HOUR_MS = 3_600_000
_DAY, _SOUTH, _GUARDED, _ASKED = ClassId(1), ClassId(2), ClassId(3), ClassId(4)
_NORTH = GateId("north")


class Part(StrEnum):
    """What a guest of a rehearsal holds up."""

    GENUINE = "genuine"
    AGAIN = "again"
    WRONG_GATE = "wrong_gate"
    ATTENTION = "attention"
    QUESTION = "question"
    CANCELED = "canceled"
    FORGED = "forged"
    STRANGE = "strange"


def make_house(home: Path) -> EventId:
    """The server's folder and the guests' codes under `home`."""
    folder = home / SERVER_FOLDER
    folder.mkdir(mode=0o700)
    with open_ledger(None, folder) as office:
        event = office.event_named(office.create_event(_event()).event)
        guests = _guests(office, event)
    keep_guests(home, guests)
    return event


def make_kiosk(home: Path, event: EventId, url: str) -> Path:
    """The rehearsal's kiosk, let in: its digits are compared here. Raises what an enrolment raises."""
    folder = home / KIOSK_FOLDER
    with open_ledger(None, home / SERVER_FOLDER) as office:
        enrolled = enrol(url, office.device_code(event, _NORTH, "Rehearsal 1").code, folder)
        office.confirm_device(event, enrolled.profile.device_id, enrolled.digits)
    return folder


def keep_guests(home: Path, guests: Mapping[Part, list[str]]) -> None:
    """Writes down who is still to come. Raises OSError."""
    (home / GUESTS_FILE).write_text(json.dumps(guests), encoding="utf-8")


def guests_of(home: Path) -> dict[Part, list[str]]:
    """The codes of a house, by what they are."""
    told = json.loads((home / GUESTS_FILE).read_text("utf-8"))
    return {Part(name): texts for name, texts in told.items()}


def _event() -> EventRow:
    now_ms = time.time_ns() // 1_000_000
    question = QuestionRow("menu", "Meat or vegetables?", QuestionKind.CHOICE.value, choices=["Meat", "Vegetables"])
    return EventRow(
        event="",
        name=EVENT_NAME,
        time_zone="UTC",
        starts_ms=now_ms - _HOUR_MS,
        ends_ms=now_ms + 24 * _HOUR_MS,
        gates=[GateRow(_NORTH, "North gate"), GateRow("south", "South gate")],
        classes=[
            ClassRow(_DAY, "Day ticket"),
            ClassRow(_SOUTH, "South stand", gates=["south"]),
            ClassRow(_GUARDED, "Wristband ticket", attention=[1]),
            ClassRow(_ASKED, "Dinner ticket", questions=[question]),
        ],
        attention=[AttentionRow(1, AttentionKind.WRISTBAND.value, "Hand out a wristband")],
    )


def _guests(office: Office, event: EventId) -> Mapping[Part, list[str]]:
    def issued(cls: ClassId, count: int) -> list[str]:
        return [ticket.text for ticket in office.issue_tickets(event, cls, count)]

    canceled = office.issue_tickets(event, _DAY, OTHERS)
    for ticket in canceled:
        office.cancel_ticket(event, TicketHandle(bytes.fromhex(ticket.tid)))
    forged = [text[:-1] + ("A" if text[-1] != "A" else "B") for text in issued(_DAY, OTHERS)]
    return {
        Part.GENUINE: issued(_DAY, GENUINE),
        Part.AGAIN: [],
        Part.WRONG_GATE: issued(_SOUTH, OTHERS),
        Part.ATTENTION: issued(_GUARDED, OTHERS),
        Part.QUESTION: issued(_ASKED, OTHERS),
        Part.CANCELED: [ticket.text for ticket in canceled],
        Part.FORGED: forged,
        Part.STRANGE: [f"https://example.org/menu?table={number}" for number in range(OTHERS)],
    }
