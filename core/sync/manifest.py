"""From a manifest's message to what a verifier trusts.

Owns the one reading of a manifest. Total: a manifest that contradicts itself is a value, and is not used.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.model.event import Event, Gate, TicketClass
from core.model.ids import DIGEST_BYTES, TID_BYTES, ClassId, CodeDigest, EventId, GateId, KeyId, TicketHandle
from core.model.moments import LATEST_MS, Millis
from core.sync.messages import ClassRow, DenialRow, EventRow, GateRow, KeyRow, Manifest
from core.ticket.keyring import Algorithm, Key, KeyState
from core.ticket.lists import Denial, DenialReason, ListsInMemory
from core.ticket.verify import AcceptedSteps, NoSteps, Trust

_Id = TypeVar("_Id", bound=Hashable)
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Unusable:
    """A manifest or an event that can't be used, and why."""

    reason: str


def trust_of(manifest: Manifest, steps: AcceptedSteps | None = None) -> Trust | Unusable:
    """What a verifier may trust of a manifest, or why nothing."""
    event = event_of(manifest.policy)
    if isinstance(event, Unusable):
        return event
    try:
        return Trust(
            event=event,
            keyring=_each_once("key", ((key.kid, key) for key in map(_key_of, manifest.keys))),
            lists=ListsInMemory(
                allowed=frozenset(CodeDigest(_octets(text, DIGEST_BYTES)) for text in manifest.allowed),
                denied=_each_once("denial", map(_denied, manifest.denied)),
            ),
            lease_until_ms=Millis(manifest.lease_until_ms),
            steps=steps or NoSteps(),
        )
    except ValueError as err:
        return Unusable(str(err))


def event_of(row: EventRow) -> Event | Unusable:
    """The event of its row, or what is wrong with it: ids, dates, the time zone, its start and its end."""
    if not _is_time_zone(row.time_zone):
        return Unusable(f"unknown time zone {row.time_zone!r}")
    if row.ends_ms <= row.starts_ms:
        return Unusable("the event ends before it starts")
    if row.ends_ms > LATEST_MS:
        return Unusable("the event ends beyond every calendar")
    try:
        return _event(row)
    except ValueError as err:
        return Unusable(str(err))


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones, or a very long one
        return False
    return True


def _event(row: EventRow) -> Event:
    gates = _each_once("gate", ((GateId(gate.id), Gate(GateId(gate.id), gate.name)) for gate in row.gates))
    classes = _each_once("class", ((each.id, each) for each in map(_class_of, row.classes)))
    strange = {gate for ticket_class in classes.values() for gate in ticket_class.gates or ()} - gates.keys()
    if strange:
        raise ValueError(f"a class names the gate {min(strange)!r}, which the event does not have")
    return Event(
        id=EventId(UUID(row.event)),
        name=row.name,
        time_zone=row.time_zone,
        starts_ms=Millis(row.starts_ms),
        ends_ms=Millis(row.ends_ms),
        gates=gates,
        classes=classes,
        online_budget_ms=row.online_budget_ms,
    )


def row_of(event: Event) -> EventRow:
    """The row of an event; the inverse of `event_of`."""
    return EventRow(
        event=event.id.hex,
        name=event.name,
        time_zone=event.time_zone,
        starts_ms=event.starts_ms,
        ends_ms=event.ends_ms,
        online_budget_ms=event.online_budget_ms,
        gates=[GateRow(gate.id, gate.name) for gate in event.gates.values()],
        classes=[_row_of_class(ticket_class) for ticket_class in event.classes.values()],
    )


def _row_of_class(ticket_class: TicketClass) -> ClassRow:
    return ClassRow(
        id=ticket_class.id,
        name=ticket_class.name,
        gates=None if ticket_class.gates is None else sorted(ticket_class.gates),
        dates=None if ticket_class.dates is None else sorted(day.isoformat() for day in ticket_class.dates),
        entries=ticket_class.entries,
        opens_doors=ticket_class.opens_doors,
    )


def _class_of(row: ClassRow) -> TicketClass:
    return TicketClass(
        id=ClassId(row.id),
        name=row.name,
        gates=None if row.gates is None else frozenset(GateId(gate) for gate in row.gates),
        dates=None if row.dates is None else frozenset(date.fromisoformat(day) for day in row.dates),
        entries=row.entries,
        opens_doors=row.opens_doors,
    )


def _key_of(row: KeyRow) -> Key:
    return Key(
        kid=KeyId(row.kid),
        event=EventId(UUID(row.event)),
        algorithm=Algorithm.named(row.algorithm),
        state=KeyState(row.state),
        verifying=None if row.verifying is None else _octets(row.verifying, 32),
        rotating=None if row.rotating is None else _octets(row.rotating, 32),
    )


def _denied(row: DenialRow) -> tuple[TicketHandle, Denial]:
    denial = Denial(row.min_gen, DenialReason(row.reason), row.since_version)
    return TicketHandle(_octets(row.tid, TID_BYTES)), denial


def _octets(text: str, length: int) -> bytes:
    value = bytes.fromhex(text)
    if len(value) != length:
        raise ValueError(f"expected {length} bytes in hex")
    return value


def _each_once(what: str, rows: Iterable[tuple[_Id, _Row]]) -> dict[_Id, _Row]:
    """Rows by their id. Raises ValueError for an id that comes twice: nobody could say which of the two counts."""
    found: dict[_Id, _Row] = {}
    for id_, row in rows:
        if id_ in found:
            raise ValueError(f"the {what} {id_!r} comes twice")
        found[id_] = row
    return found
