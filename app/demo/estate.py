"""What exists before the night: a server's folder with two events, 300 tickets, and who will come.

Owns the making of it, through the same functions that the organizer's commands call.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from app.demo.guests import GENUINE_NEEDED, Codes, Guest, Kind, Live, needed, night
from app.ledger.accounts import OneTimePassword
from app.ledger.admin import Office, open_ledger
from app.ledger.dead_letters import Choice
from app.ledger.incident_book import Wanted
from app.ledger.live_tickets import LiveCode
from core.delivery.message import Channel
from core.delivery.news import NewsKind
from core.model.codes import AdapterKind, CodeMode
from core.model.ids import ClassId, EventId, GateId
from core.redeem.fold import IncidentKind
from core.sync.messages import AdapterRow, ClassRow, CodesRow, EventRow, GateRow, IssuedTicket

TICKETS = 300
GATES = (GateRow("north", "North gate"), GateRow("south", "South gate"))
_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
_DAY_TICKET = ClassId(1)
_OLD_SHOP = AdapterRow("old-shop", AdapterKind.URL.value, host="tickets.example.org", field="code")
"""Where tickets were sold before: its codes count while the event migrates."""


@dataclass(frozen=True, slots=True)
class Estate:
    """The server's folder, its event, the kiosks' one-time codes, and the guests in order."""

    folder: Path
    event: EventId
    codes: tuple[str, ...]
    guests: list[Guest]
    owner: OneTimePassword

    def office(self) -> Office:
        """The ledger, opened. Close it."""
        return open_ledger(None, self.folder)

    def incident(self) -> str:
        """What the night's double admission is called on the organizer's page; empty while there is none."""
        with self.office() as office:
            found = office.incidents.list(self.event, Wanted(kind=IncidentKind.DOUBLE_ADMISSION)).incidents
        return f"{found[0].scan}.{found[0].kind}" if found else ""

    def tell(self, url: str) -> None:
        """A shop wants to hear of every ticket that is used."""
        with self.office() as office:
            office.endpoints.add(self.event, Channel.WEBHOOK, url, frozenset({NewsKind.REDEEMED}))

    def dead_letter(self) -> str:
        """The message that the shop refused for good; empty while there is none."""
        with self.office() as office:
            found = office.letters.list(self.event, Choice(reason="endpoint_gone"), most=1)
        return found[0].id.hex if found else ""

    def rotate_key(self) -> list[str]:
        """Seals with a new key from now on; the first tickets of it."""
        with self.office() as office:
            office.rotate_key(self.event)
            made = office.issue_tickets(self.event, _DAY_TICKET, needed(Kind.NEW_KEY))
        return [ticket.text for ticket in made]


def found(home: Path, seed: int) -> Estate:
    """A fresh estate under `home`."""
    folder = home / "server"
    folder.mkdir(mode=0o700)
    with open_ledger(None, folder) as office:
        event = _event(office, "Summer Night")
        other = _event(office, "Winter Ball")
        now_s = int(time.time())
        expired = office.issue_tickets(event, _DAY_TICKET, 2, now_s - 7_200, now_s - 3_600)
        live = [_live(office, event, ticket) for ticket in _rotating(office, event)]
        old = _old_codes(office, event)
        genuine = office.issue_tickets(event, _DAY_TICKET, TICKETS - len(expired) - len(live) - len(old))
        strange = office.issue_tickets(other, _DAY_TICKET, 2)
        codes = Codes(
            genuine=[ticket.text for ticket in genuine[:GENUINE_NEEDED]],
            expired=[ticket.text for ticket in expired],
            wrong_event=[ticket.text for ticket in strange],
            old=old,
            live=live,
        )
        enrolment = tuple(
            office.device_code(event, GateId(gate.id), f"{gate.name.split()[0]} 1").code for gate in GATES
        )
        owner = office.accounts.first_owner()
    if owner is None:
        raise ValueError("a new ledger has an account already")
    return Estate(folder, event, enrolment, night(codes, seed), owner)


def _rotating(office: Office, event: EventId) -> list[IssuedTicket]:
    return office.issue_tickets(event, _DAY_TICKET, needed(Kind.LIVE), rotating=True)


def _live(office: Office, event: EventId, ticket: IssuedTicket) -> Live:
    found = office.live.find(event, ticket.text)
    if not isinstance(found, LiveCode):
        raise TypeError("a ticket that was issued rotating does not rotate")
    return Live(found.text, found.secret)


def _old_codes(office: Office, event: EventId) -> list[str]:
    """Tickets of the shop of before, imported from its list; what is printed on them."""
    numbers = [f"{number:06d}" for number in range(1, needed(Kind.OLD_CODE) + 1)]
    texts = [f"https://{_OLD_SHOP.host}/t?{_OLD_SHOP.field}={number}" for number in numbers]
    lines = [f"{text},order-{number},Day ticket" for text, number in zip(texts, numbers, strict=True)]
    report = office.import_tickets(event, ["code,external_ref,class", *lines], "old-shop")
    if report.done.refused:
        raise ValueError(f"a row of the demo was refused: {report.done.refused[0].cause}")
    return texts


def _event(office: Office, name: str) -> EventId:
    now_ms = time.time_ns() // 1_000_000 // _MINUTE_MS * _MINUTE_MS  # as somebody would type it
    row = EventRow(
        event="",
        name=name,
        time_zone="Europe/Berlin",
        starts_ms=now_ms - _HOUR_MS,
        ends_ms=now_ms + 6 * _HOUR_MS,
        gates=list(GATES),
        classes=[ClassRow(_DAY_TICKET, "Day ticket"), ClassRow(2, "Weekend ticket", entries=3)],
        codes=CodesRow(mode=CodeMode.MIGRATING.value, adapters=[_OLD_SHOP]),
    )
    return office.event_named(office.create_event(row).event)
