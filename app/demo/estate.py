"""What exists before the night: a server's folder with two events, 300 tickets, and who will come.

Owns the making of it, through the same functions that the organizer's commands call.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from app.demo.guests import GENUINE_NEEDED, Codes, Guest, night
from app.ledger.admin import Office, open_ledger
from core.model.ids import ClassId, EventId, GateId
from core.sync.messages import ClassRow, EventRow, GateRow

TICKETS = 300
GATES = (GateRow("north", "North gate"), GateRow("south", "South gate"))
_HOUR_MS = 3_600_000
_DAY_TICKET = ClassId(1)


@dataclass(frozen=True, slots=True)
class Estate:
    """The server's folder, its event, the kiosks' one-time codes, and the guests in order."""

    folder: Path
    event: EventId
    codes: tuple[str, ...]
    guests: list[Guest]

    def office(self) -> Office:
        """The ledger, opened. Close it."""
        return open_ledger(None, self.folder)


def found(home: Path, seed: int) -> Estate:
    """A fresh estate under `home`."""
    folder = home / "server"
    folder.mkdir(mode=0o700)
    with open_ledger(None, folder) as office:
        event = _event(office, "Summer Night")
        other = _event(office, "Winter Ball")
        now_s = int(time.time())
        expired = office.issue_tickets(event, _DAY_TICKET, 2, now_s - 7_200, now_s - 3_600)
        genuine = office.issue_tickets(event, _DAY_TICKET, TICKETS - len(expired))
        strange = office.issue_tickets(other, _DAY_TICKET, 2)
        codes = Codes(
            genuine=[ticket.text for ticket in genuine[:GENUINE_NEEDED]],
            expired=[ticket.text for ticket in expired],
            wrong_event=[ticket.text for ticket in strange],
        )
        enrolment = tuple(
            office.device_code(event, GateId(gate.id), f"{gate.name.split()[0]} 1").code for gate in GATES
        )
    return Estate(folder, event, enrolment, night(codes, seed))


def _event(office: Office, name: str) -> EventId:
    now_ms = time.time_ns() // 1_000_000
    row = EventRow(
        event="",
        name=name,
        time_zone="Europe/Berlin",
        starts_ms=now_ms - _HOUR_MS,
        ends_ms=now_ms + 6 * _HOUR_MS,
        gates=list(GATES),
        classes=[ClassRow(_DAY_TICKET, "Day ticket"), ClassRow(2, "Weekend ticket", entries=3)],
    )
    return office.event_named(office.create_event(row).event)
