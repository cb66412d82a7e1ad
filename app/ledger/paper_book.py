"""The paper list's rows, and what taking in what was written on it needs: tickets by their codes, the office device.

Owns reading for paper and the one row that stands for the office. Judges nothing: admissions become facts, and go the
way of all facts (`app.runtime.paper_line`).
"""

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlalchemy import Connection, case, func, insert, select

from app.errors import AppError
from app.ledger import audit
from app.ledger.device_rows import DeviceState
from app.ledger.engine import Database
from app.ledger.manifest_room import check_room
from app.ledger.new_devices import check_gate, free_name, hashed, new_secret
from app.ledger.schema import attendees, devices, events, facts, redemptions, tickets
from core.journal.audit import Deed
from core.model.ids import TID_BYTES, ClassId, DeviceId, EventId, FactId, GateId, TicketHandle
from core.ticket import seal
from core.ticket.keyring import VerifyProfile

SHORT_CODE = 8
"""Hex digits of a ticket's number that are printed: two of a million tickets share them once in 8,600 events."""
AT_A_TIME = 500
_HEX = frozenset("0123456789abcdef")
OFFICE_NAME = "Office (paper)"


class PaperCodeWrong(AppError):
    """What was written on paper names no ticket of the event, or several."""

    def __init__(self, code: str, *, is_several: bool) -> None:
        super().__init__("paper_code_several" if is_several else "paper_code_unknown", paper_code=code[:32])


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One ticket of the list. `used_at` is when it was first let in (ms); `is_denied` is one that nobody may let in."""

    tid: TicketHandle
    cls: ClassId
    name: str | None
    order: str | None
    reference: str | None
    is_denied: bool
    used_at: int | None


@dataclass(frozen=True, slots=True)
class PaperTicket:
    """A ticket that was found by what was written down."""

    tid: TicketHandle
    cls: ClassId
    gen: int


class PaperBook:
    """The paper of all events of one database. Safe between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, event: EventId) -> int:
        """How many tickets a list has."""
        counted = select(func.count()).select_from(tickets).where(tickets.c.event_id == event)
        with self._database.reading() as connection:
            return int(connection.execute(counted).scalar_one())

    def rows(self, event: EventId) -> Iterator[PaperRow]:
        """Every ticket as of one moment: by name, those without one behind by their order and reference."""
        with self._database.snapshot() as connection:
            streamed = connection.execution_options(yield_per=AT_A_TIME).execute(_list_of(event))
            for row in streamed:
                yield PaperRow(
                    TicketHandle(row.tid),
                    ClassId(row.cls),
                    row.name,
                    row.order_ref,
                    row.external_ref,
                    row.denial is not None,
                    row.at,
                )

    def find(self, event: EventId, written: str) -> PaperTicket:
        """The ticket of a short code, of a whole number, or of a shop's reference. Raises PaperCodeWrong."""
        mine = tickets.c.event_id == event
        columns = select(tickets.c.tid, tickets.c.cls, tickets.c.gen)
        digits = "".join(written.replace("-", " ").split()).lower()
        with self._database.reading() as connection:
            found = []
            if SHORT_CODE <= len(digits) <= 2 * TID_BYTES and set(digits) <= _HEX:
                least, most = (bytes.fromhex(digits.ljust(2 * TID_BYTES, fill)) for fill in "0f")
                found = list(connection.execute(columns.where(mine, tickets.c.tid.between(least, most)).limit(2)))
            if not found:
                by_reference = columns.where(mine, tickets.c.external_ref == written.strip())
                found = list(connection.execute(by_reference.limit(2)))
        if len(found) != 1:
            raise PaperCodeWrong(written, is_several=len(found) > 1)
        return PaperTicket(TicketHandle(found[0].tid), ClassId(found[0].cls), found[0].gen)

    def begin(self, event: EventId, gate: GateId, ids: Collection[FactId], *, now_ms: int) -> set[FactId]:
        """The scans among `ids` that are new; the office's device is there, and the log says what is about to be typed.

        Raises EventUnknown, GateUnknown, ManifestFull.
        """
        return self._database.transact(lambda connection: _begin(connection, event, gate, list(ids), now_ms))


def office_of(event: EventId) -> DeviceId:
    """The device that stands for the office at an event: always the same."""
    return DeviceId(uuid5(event, "doorlight/office"))


def _list_of(event: EventId):  # type: ignore[no-untyped-def]
    guest = (attendees.c.event_id == tickets.c.event_id) & (attendees.c.tid == tickets.c.tid)
    entry = (
        (redemptions.c.event_id == tickets.c.event_id)
        & (redemptions.c.tid == tickets.c.tid)
        & (redemptions.c.entry_number == 1)
    )
    reference = func.coalesce(attendees.c.order_ref, tickets.c.external_ref, "")
    return (
        select(
            tickets.c.tid,
            tickets.c.cls,
            tickets.c.denial,
            tickets.c.external_ref,
            attendees.c.name,
            attendees.c.order_ref,
            redemptions.c.at,
        )
        .select_from(tickets.outerjoin(attendees, guest).outerjoin(redemptions, entry))
        .where(tickets.c.event_id == event)
        .order_by(
            case((attendees.c.name.is_(None), 1), else_=0), func.lower(attendees.c.name), reference, tickets.c.tid
        )
    )


def _begin(connection: Connection, event: EventId, gate: GateId, ids: list[FactId], now_ms: int) -> set[FactId]:
    check_gate(connection, event, gate)
    connection.execute(select(events.c.event_id).where(events.c.event_id == event).with_for_update())
    known: set[UUID] = set()
    for start in range(0, len(ids), AT_A_TIME):
        mine = (facts.c.event_id == event) & facts.c.id.in_(ids[start : start + AT_A_TIME])
        known |= set(connection.execute(select(facts.c.id).where(mine)).scalars())
    fresh = {id_ for id_ in ids if id_ not in known}
    if not fresh:
        return fresh
    _put_office(connection, event, gate, now_ms)
    audit.note(connection, Deed.PAPER_ADMISSIONS_TYPED, event, gate, now_ms=now_ms, typed=len(ids), new=len(fresh))
    return fresh


def _put_office(connection: Connection, event: EventId, gate: GateId, now_ms: int) -> None:
    """The office's row, made on first use. Nobody has its keys or its secret: it speaks through this program alone."""
    mine = devices.c.event_id == event
    office = office_of(event)
    if connection.execute(select(devices.c.id).where(mine, devices.c.id == office)).first() is not None:
        return
    taken = set(connection.execute(select(devices.c.name).where(mine)).scalars())
    row = {
        "event_id": event,
        "id": office,
        "name": free_name(OFFICE_NAME, taken),
        "gate": gate,
        "secret_sha256": hashed(new_secret()),
        "state": DeviceState.ACTIVE.value,
        "incarnation": 1,
        "made_at": now_ms,
        "profile": VerifyProfile.LIST.value,
        "sealing_key": seal.x25519_public(secrets.token_bytes(seal.KEY_BYTES)),
        "signing_key": seal.ed25519_public(secrets.token_bytes(seal.KEY_BYTES)),
        "tries": 0,
    }
    connection.execute(insert(devices), row)
    check_room(connection, event)
