"""What a person has to look at: incidents with both sides of each, notes about them, and what was found out.

Owns the reading, and the notes. Which incidents there are is the fold's to say (`core.redeem.fold`).
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, tuple_

from app.errors import AppError
from app.ledger import audit
from app.ledger.counters import Counted, read_counts
from app.ledger.device_incidents import SEVERITY_OF
from app.ledger.door_hands import found_at_doors, names_of_operators
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.redemptions import SqlLedger
from app.ledger.schema import attendees, devices, facts, incident_notes, incidents
from app.ledger.statements import OPEN
from core.journal.audit import Deed
from core.journal.scan import Finding, Scan, Shown, from_record
from core.model.event import Event
from core.model.ids import DeviceId, EventId, FactId, GateId
from core.redeem.fold import IncidentKind, Severity
from core.sync.incident_replies import MAX_NOTE, MOST_LISTED, MOST_NOTES, Incident, IncidentPage, Note, Side
from core.sync.messages import MOST_DOOR_INCIDENTS, DoorIncident, DoorReply, DoorSide

LOOKED_THROUGH_AT_A_DOOR = 300
"""The newest open incidents, looked through for those of one kiosk: each kiosk asks several times a minute."""
LOOKED_THROUGH = 5_000
"""Incidents that one call reads for those of a gate: their gates lie in the records of their scans."""


class IncidentUnknown(AppError):
    """There is no such incident, or later facts took it back."""

    def __init__(self) -> None:
        super().__init__("incident_unknown")


class NoteWrong(AppError):
    """A note that is empty, too long, or one too many."""

    def __init__(self) -> None:
        super().__init__("note_wrong", most=MAX_NOTE, notes=MOST_NOTES)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents; None where it does not matter. `since_ms`: opened then or later."""

    state: str | None = None
    kind: IncidentKind | None = None
    severity: Severity | None = None
    gate: GateId | None = None
    since_ms: int | None = None


class IncidentBook:
    """The incidents of all events of one database. Safe between threads."""

    def __init__(self, database: Database, book: EventBook, ledger: SqlLedger, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._ledger = ledger
        self._now_ms = now_ms

    def list(self, event: EventId, wanted: Wanted = Wanted(), after: str = "", most: int = MOST_LISTED) -> IncidentPage:
        """At most `most` incidents behind a place. Raises EventUnknown, IncidentUnknown (`after` is no place)."""
        with self._database.reading() as connection:
            at = self._book.event(connection, event)
            place = after
            found: list[Incident] = []
            for _ in range(max(1, LOOKED_THROUGH // most)):
                rows = _rows(connection, event, wanted, _place(place) if place else None, most)
                for one in _told(connection, at, rows):
                    if wanted.gate is not None and not _is_at(one, wanted.gate):
                        continue
                    if len(found) == most:
                        return IncidentPage(found, _name_of_place(found[-1]))
                    found.append(one)
                if len(rows) < most:
                    return IncidentPage(found, None)
                place = f"{rows[-1].opened_at}.{rows[-1].scan_id.hex}.{rows[-1].kind}"
            return IncidentPage(found, place)

    def of_door(self, event: EventId, devices_here: Collection[DeviceId]) -> DoorReply:
        """How many are inside, and the open incidents of a kiosk's own scans and of its gate. Raises EventUnknown.

        `devices_here` are the kiosk and those that it has replaced. Only the newest incidents are looked through.
        """
        with self._database.reading() as connection:
            at = self._book.event(connection, event)
            inside = sum(count.n for count in read_counts(connection, event) if count.kind is Counted.INSIDE)
            rows = _rows(connection, event, Wanted(state=OPEN), None, LOOKED_THROUGH_AT_A_DOOR)
            named = connection.execute(select(devices.c.id, devices.c.name).where(devices.c.event_id == event))
            names = {row.id: row.name for row in named}
            scans = {row.scan_id for row in rows} | {row.against for row in rows if row.against is not None}
            sides = _sides(connection, at, scans, names)
            gates = _gates_of(connection, event, devices_here)
        own = {each.hex for each in devices_here}
        told = [
            _at_door(row, sides, own)
            for row in rows
            if row.scan_id in sides and _concerns(sides[row.scan_id], sides.get(row.against), own, gates)
        ]
        return DoorReply(self._now_ms(), inside, told[:MOST_DOOR_INCIDENTS], has_more=len(told) > MOST_DOOR_INCIDENTS)

    def show(self, event: EventId, scan: UUID, kind: IncidentKind) -> Incident:
        """One incident. Raises EventUnknown, IncidentUnknown."""
        with self._database.reading() as connection:
            at = self._book.event(connection, event)
            mine = (incidents.c.event_id == event) & (incidents.c.scan_id == scan) & (incidents.c.kind == kind.value)
            rows = connection.execute(select(incidents).where(mine)).all()
            if not rows:
                raise IncidentUnknown
            return _told(connection, at, rows)[0]

    def add_note(self, event: EventId, scan: UUID, kind: IncidentKind, text: str) -> Incident:
        """Writes something down about an incident, in the name of whoever acts here.

        Raises EventUnknown, IncidentUnknown, NoteWrong.
        """
        if not (text.strip() and len(text) <= MAX_NOTE and _is_text(text)):
            raise NoteWrong

        def work(connection: Connection) -> None:
            mine = (incidents.c.event_id == event) & (incidents.c.scan_id == scan) & (incidents.c.kind == kind.value)
            if connection.execute(select(incidents.c.scan_id).where(mine).with_for_update()).first() is None:
                raise IncidentUnknown
            of_it = incident_notes.c.scan_id == scan, incident_notes.c.kind == kind.value
            last = select(func.max(incident_notes.c.number)).where(incident_notes.c.event_id == event, *of_it)
            number = (connection.execute(last).scalar() or 0) + 1
            if number > MOST_NOTES:
                raise NoteWrong
            row = {"event_id": event, "scan_id": scan, "kind": kind.value, "number": number, "at": self._now_ms()}
            connection.execute(insert(incident_notes), row | {"author": _author(), "note": text.strip()})

        self._database.transact(work)
        return self.show(event, scan, kind)

    def resolve(
        self, event: EventId, scan: UUID, kind: IncidentKind, finding: Finding, text: str | None = None
    ) -> Incident:
        """Keeps what a person found out about an incident. Raises EventUnknown, IncidentUnknown, NoteWrong."""
        if text is not None and not (len(text) <= MAX_NOTE and _is_text(text)):
            raise NoteWrong

        def work(connection: Connection) -> None:
            page = self._ledger.page(connection, event)
            if not page.resolve_incident(FactId(scan), kind, finding, _author(), text):
                raise IncidentUnknown
            about = f"{scan.hex}/{kind.value}"
            audit.note(connection, Deed.INCIDENT_RESOLVED, event, about, now_ms=self._now_ms(), finding=finding.value)

        self._database.transact(work)
        return self.show(event, scan, kind)


def _gates_of(connection: Connection, event: EventId, devices_here: Collection[DeviceId]) -> set[str]:
    mine = (devices.c.event_id == event) & devices.c.id.in_(sorted(devices_here))
    return set(connection.execute(select(devices.c.gate).where(mine)).scalars())


def _concerns(loser: Side, winner: Side | None, own: Collection[str], gates: Collection[str]) -> bool:
    return any(side is not None and (side.device in own or side.gate in gates) for side in (loser, winner))


def _at_door(row: Any, sides: Mapping[UUID, Side], own: Collection[str]) -> DoorIncident:
    winner = sides.get(row.against)
    return DoorIncident(
        scan=row.scan_id.hex,
        kind=row.kind,
        severity=row.severity,
        opened_ms=row.opened_at,
        is_order_provable=row.is_order_provable,
        tid=None if row.tid is None else row.tid.hex(),
        loser=_door_side(sides[row.scan_id], own),
        winner=None if winner is None else _door_side(winner, own),
    )


def _door_side(side: Side, own: Collection[str]) -> DoorSide:
    return DoorSide(
        gate=side.gate,
        device_name=side.device_name,
        at_ms=side.at_ms,
        uncertainty_ms=side.uncertainty_ms,
        quality=side.clock_quality,
        is_own=side.device in own,
        operator=side.operator,
        shown=side.shown,
    )


def _author() -> str:
    actor = audit.acting()
    return actor.name or actor.id or actor.kind.value


def _is_text(text: str) -> bool:
    return all(char.isprintable() or char in "\n\t" for char in text)


def _name_of_place(one: Incident) -> str:
    return f"{one.opened_ms}.{one.scan}.{one.kind}"


def _place(text: str) -> tuple[int, UUID, str]:
    opened, _, rest = text.partition(".")
    scan, _, kind = rest.partition(".")
    try:
        return int(opened), UUID(hex=scan), IncidentKind(kind).value
    except ValueError as err:
        raise IncidentUnknown from err


def _rows(
    connection: Connection, event: EventId, wanted: Wanted, place: tuple[int, UUID, str] | None, most: int
) -> Sequence[Any]:
    order = (incidents.c.opened_at, incidents.c.scan_id, incidents.c.kind)
    query = select(incidents).where(incidents.c.event_id == event)
    if wanted.state is not None:
        query = query.where(incidents.c.state == wanted.state)
    if wanted.kind is not None:
        query = query.where(incidents.c.kind == wanted.kind.value)
    if wanted.severity is not None:
        query = query.where(incidents.c.severity == wanted.severity.value)
    if wanted.since_ms is not None:
        query = query.where(incidents.c.opened_at >= wanted.since_ms)
    if place is not None:
        query = query.where(tuple_(*order) < tuple_(*place))
    return connection.execute(query.order_by(*(each.desc() for each in order)).limit(most)).all()


def _told(connection: Connection, event: Event, rows: Sequence[Any]) -> list[Incident]:
    """The incidents of rows, in their order."""
    named = connection.execute(select(devices.c.id, devices.c.name).where(devices.c.event_id == event.id))
    names = {row.id: row.name for row in named}
    scans = {row.scan_id for row in rows} | {row.against for row in rows if row.against is not None}
    sides = _sides(connection, event, scans, names)
    people = _people(connection, event.id, {row.tid for row in rows if row.tid is not None})
    notes = _notes(connection, event.id, {row.scan_id for row in rows})
    at_doors = {row.tid for row in rows if row.finding is not None and row.found_by is None and row.tid is not None}
    by = found_at_doors(connection, event.id, at_doors, names_of_operators(connection, event.id), names)
    return [_incident(row, sides, names, people, notes, by.get((row.scan_id, row.kind))) for row in rows]


def _incident(
    row: Any,
    sides: Mapping[UUID, Side],
    names: Mapping[UUID, str],
    people: Mapping[bytes, tuple[str, str | None]],
    notes: Mapping[tuple[UUID, str], list[Note]],
    found_at_door_by: str | None,
) -> Incident:
    name, order = people.get(row.tid, ("", None))
    loser = sides.get(row.scan_id)
    evidence = _record(row.evidence) if IncidentKind(row.kind) in SEVERITY_OF else {}
    return Incident(
        scan=row.scan_id.hex,
        kind=row.kind,
        severity=row.severity,
        state=row.state,
        opened_ms=row.opened_at,
        closed_ms=row.closed_at,
        is_order_provable=row.is_order_provable,
        tid=None if row.tid is None else row.tid.hex(),
        order=order,
        loser=loser,
        winner=sides.get(row.against),
        device_name=loser.device_name if loser else names.get(row.scan_id),
        finding=row.finding,
        found_by=row.found_by or found_at_door_by,
        found_note=row.note,
        notes=notes.get((row.scan_id, row.kind), []),
        name=name,
        offset_ms=evidence.get("offset_ms"),
        missing=_missing(evidence),
    )


def _missing(evidence: Mapping[str, Any]) -> int | None:
    """How many facts a device's last comparison found missing here, where its incident rests on one."""
    told, held = evidence.get("told_count"), evidence.get("held_count")
    return None if told is None or held is None else max(0, told - held)


def _is_at(incident: Incident, gate: GateId) -> bool:
    return any(side is not None and side.gate == gate for side in (incident.loser, incident.winner))


def _sides(connection: Connection, event: Event, scans: set[UUID], names: Mapping[UUID, str]) -> dict[UUID, Side]:
    if not scans:
        return {}
    mine = (facts.c.event_id == event.id) & facts.c.id.in_(sorted(scans))
    rows = connection.execute(select(facts.c.id, facts.c.device, facts.c.record).where(mine)).all()
    seen, people = _shown(connection, event.id, scans), names_of_operators(connection, event.id)
    found = {}
    for row in rows:
        scan = from_record(_record(row.record))
        if isinstance(scan, Scan):
            by = people.get(scan.operator, scan.operator) if scan.operator else None
            found[row.id] = _side(scan, event, names.get(row.device, ""), seen.get(row.id), by)
    return found


def _record(text: str | None) -> dict[str, Any]:
    try:
        told = json.loads(text or "")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _side(scan: Scan, event: Event, device_name: str, shown: Shown | None, operator: str | None) -> Side:
    moment, gate = scan.stamp.moment, event.gates.get(scan.gate)
    return Side(
        scan=scan.stamp.id.hex,
        gate=scan.gate,
        gate_name=gate.name if gate else scan.gate,
        device=scan.stamp.device.hex,
        device_name=device_name,
        operator=operator,
        at_ms=moment.at_ms,
        uncertainty_ms=moment.uncertainty_ms,
        clock_quality=moment.quality.value,
        shown=None if shown is None else shown.outcome.value,
        source=None if shown is None else shown.source.value,
    )


def _shown(connection: Connection, event: EventId, scans: set[UUID]) -> dict[UUID, Shown]:
    """What doors showed after these scans: found through their tickets, as `shown` has no index of its own."""
    tids = select(facts.c.tid).where(facts.c.event_id == event, facts.c.id.in_(sorted(scans)), facts.c.tid.is_not(None))
    mine = (facts.c.event_id == event) & facts.c.tid.in_(tids) & (facts.c.kind == "shown")
    about = facts.c.refers_to.in_(sorted(scans))
    rows = connection.execute(select(facts.c.refers_to, facts.c.record).where(mine, about))
    told = ((row.refers_to, from_record(_record(row.record))) for row in rows)
    return {scan: shown for scan, shown in told if isinstance(shown, Shown)}


def _people(connection: Connection, event: EventId, tids: set[bytes]) -> dict[bytes, tuple[str, str | None]]:
    if not tids:
        return {}
    mine = (attendees.c.event_id == event) & attendees.c.tid.in_(sorted(tids))
    rows = connection.execute(select(attendees.c.tid, attendees.c.name, attendees.c.order_ref).where(mine))
    return {row.tid: (row.name, row.order_ref) for row in rows}


def _notes(connection: Connection, event: EventId, scans: set[UUID]) -> dict[tuple[UUID, str], list[Note]]:
    if not scans:
        return {}
    mine = (incident_notes.c.event_id == event) & incident_notes.c.scan_id.in_(sorted(scans))
    found: dict[tuple[UUID, str], list[Note]] = {}
    for row in connection.execute(select(incident_notes).where(mine).order_by(incident_notes.c.number)):
        found.setdefault((row.scan_id, row.kind), []).append(Note(row.at, row.author, row.note))
    return found
