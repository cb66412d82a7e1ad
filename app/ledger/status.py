"""The night so far: counts of one event, read in one transaction."""

from typing import Any

from sqlalchemy import Connection, func, select

from app.ledger.schema import facts, incidents, redemptions, tickets
from core.journal.state import Arrival
from core.model.event import Event
from core.model.ids import ClassId, EventId, GateId
from core.redeem.fold import IncidentKind
from core.sync.messages import Count, StatusReply


def status_of(connection: Connection, event: Event, manifest_version: int, now_ms: int) -> StatusReply:
    """Counts of one event. An admission is a guest who went in; a redemption is an entry that a ticket had."""
    e = event.id
    by_place = _by_place(connection, e)
    redeemed = sum(count for _, _, count in by_place)
    doubles = _count(connection, incidents, e, incidents.c.state == "open", _is_double())
    return StatusReply(
        event=e.hex,
        name=event.name,
        at_ms=now_ms,
        manifest_version=manifest_version,
        tickets=_count(connection, tickets, e),
        redemptions=redeemed,
        admissions=redeemed + doubles,
        inside=_count(connection, tickets, e, tickets.c.is_inside),
        facts=_count(connection, facts, e),
        quarantined=_count(connection, facts, e, facts.c.arrival == Arrival.QUARANTINED.value),
        double_admissions=doubles,
        incidents=_count(connection, incidents, e, incidents.c.state == "open"),
        by_class=_named([(_class_name(event, cls), count) for _, cls, count in by_place]),
        by_gate=_named([(_gate_name(event, gate), count) for gate, _, count in by_place]),
        shown=_shown(connection, e),
    )


def _is_double() -> Any:
    return incidents.c.kind == IncidentKind.DOUBLE_ADMISSION.value


def _count(connection: Connection, table: Any, event: EventId, *conditions: Any) -> int:
    count = select(func.count()).select_from(table).where(table.c.event_id == event, *conditions)
    return int(connection.execute(count).scalar_one())


def _by_place(connection: Connection, event: EventId) -> list[tuple[str, int, int]]:
    columns = (redemptions.c.gate, redemptions.c.cls)
    rows = connection.execute(select(*columns, func.count()).where(redemptions.c.event_id == event).group_by(*columns))
    return [(gate, cls, count) for gate, cls, count in rows]


def _named(counts: list[tuple[str, int]]) -> list[Count]:
    sums: dict[str, int] = {}
    for name, count in counts:
        sums[name] = sums.get(name, 0) + count
    return [Count(name, sums[name]) for name in sorted(sums)]


def _class_name(event: Event, cls: int) -> str:
    ticket_class = event.classes.get(ClassId(cls))
    return ticket_class.name if ticket_class else str(cls)


def _gate_name(event: Event, gate: str) -> str:
    known = event.gates.get(GateId(gate))
    return known.name if known else gate


def _shown(connection: Connection, event: EventId) -> dict[str, int]:
    """What doors showed, by outcome; quarantined facts are not among them."""
    wanted = (facts.c.event_id == event, facts.c.kind == "shown", facts.c.arrival == Arrival.APPLIED.value)
    rows = connection.execute(select(facts.c.outcome, func.count()).where(*wanted).group_by(facts.c.outcome))
    return dict(sorted((outcome, count) for outcome, count in rows))
