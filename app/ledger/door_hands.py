"""Whose hands were on it at a door: the names of operators in facts, and who found out what about an incident.

Owns the reading; a fact names its operator by an id, which a kiosk knows by the manifest.
"""

import json
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Connection, select

from app.ledger.schema import facts, operators
from core.journal.scan import Resolution, from_record
from core.model.ids import EventId


def names_of_operators(connection: Connection, event: EventId) -> dict[str, str]:
    """The event's door staff by the ids that facts carry, those who work no more among them."""
    rows = connection.execute(select(operators.c.id, operators.c.name).where(operators.c.event_id == event))
    return {row.id.hex: row.name for row in rows}


def found_at_doors(
    connection: Connection,
    event: EventId,
    tids: Collection[bytes],
    people: Mapping[str, str],
    kiosks: Mapping[UUID, str],
) -> dict[tuple[UUID, str], str]:
    """Who found out about the incidents of these tickets at a door, by scan and kind: a name and a kiosk's."""
    if not tids:
        return {}
    mine = (facts.c.event_id == event) & facts.c.tid.in_(sorted(tids)) & (facts.c.kind == Resolution.kind)
    found: dict[tuple[UUID, str], str] = {}
    for row in connection.execute(select(facts.c.device, facts.c.record).where(mine).order_by(facts.c.ts)):
        fact = from_record(json.loads(row.record))
        if isinstance(fact, Resolution):
            who = people.get(fact.operator, fact.operator) if fact.operator else ""
            found[fact.refers_to, fact.incident] = ", ".join(filter(None, (who, kiosks.get(row.device, ""))))
    return found
