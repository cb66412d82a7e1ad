"""What the ledger holds after a night, read once from its tables.

Owns the reading; judges nothing.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.ledger.engine import Database
from app.ledger.schema import facts, incidents, installation, outbox, redemptions, tickets
from core.journal.scan import Fact, Malformed, from_record
from core.model.ids import EventId, FactId, TicketHandle


@dataclass(frozen=True)
class Kept:
    """One fact as the ledger keeps it. `fact` is None for a record that is none.

    `is_new`: it came to a restored ledger, and no earlier epoch had acknowledged it.
    """

    id: FactId
    device: UUID
    incarnation: int | None
    seq: int | None
    tid: TicketHandle | None
    record: str
    fingerprint: bytes
    arrival: str
    reason: str | None
    outcome: str | None
    is_promise: bool
    is_new: bool
    fact: Fact | None


@dataclass(frozen=True)
class Row:
    """A ticket's own row."""

    tid: TicketHandle
    cls: int
    is_denied: bool
    is_inside: bool


@dataclass(frozen=True)
class Books:
    """The whole of it."""

    facts: Mapping[FactId, Kept]
    tickets: Mapping[TicketHandle, Row]
    redemptions: Mapping[TicketHandle, Mapping[int, FactId]]
    open_incidents: frozenset[tuple[FactId, str]]
    details: Mapping[tuple[FactId, str], tuple[str, UUID | None, bool]] = field(repr=False)
    evidence: Mapping[tuple[FactId, str], str] = field(repr=False)
    messages: tuple[Any, ...] = field(repr=False)

    def of_ticket(self, tid: TicketHandle) -> list[Kept]:
        """The facts that count for a ticket."""
        return [kept for kept in self.facts.values() if kept.tid == tid and kept.arrival == "applied"]

    def by_ticket(self) -> dict[TicketHandle, list[Kept]]:
        """All facts that count, by their tickets."""
        found: dict[TicketHandle, list[Kept]] = defaultdict(list)
        for kept in self.facts.values():
            if kept.tid is not None and kept.arrival == "applied":
                found[kept.tid].append(kept)
        return found

    def state(self) -> dict[str, object]:
        """What has to come out the same in whatever order facts arrive."""
        return {
            "redemptions": {tid: dict(numbers) for tid, numbers in self.redemptions.items()},
            "incidents": {key: self.details[key] for key in self.open_incidents},
            "inside": {tid for tid, row in self.tickets.items() if row.is_inside},
            "quarantined": {id_ for id_, kept in self.facts.items() if kept.arrival != "applied"},
        }


def read_books(database: Database, event: EventId) -> Books:
    """Reads all tables of redemption."""
    with database.reading() as connection:

        def rows(table: Any) -> list[Any]:
            return list(connection.execute(select(table).where(table.c.event_id == event)))

        restored_at = connection.execute(select(installation.c.restored_at)).scalar()
        redeemed: dict[TicketHandle, dict[int, FactId]] = defaultdict(dict)
        for row in rows(redemptions):
            redeemed[TicketHandle(row.tid)][row.entry_number] = FactId(row.scan_id)
        found = rows(incidents)
        return Books(
            {FactId(row.id): _kept(row, restored_at) for row in rows(facts)},
            {
                TicketHandle(row.tid): Row(TicketHandle(row.tid), row.cls, row.denial is not None, row.is_inside)
                for row in rows(tickets)
            },
            redeemed,
            frozenset((FactId(row.scan_id), row.kind) for row in found if row.state == "open"),
            {(FactId(row.scan_id), row.kind): (row.severity, row.against, row.is_order_provable) for row in found},
            {(FactId(row.scan_id), row.kind): row.evidence for row in found},
            tuple(rows(outbox)),
        )


def _kept(row: Any, restored_at: int | None) -> Kept:
    fact = None
    if row.kind:
        read = from_record(json.loads(row.record))
        fact = None if isinstance(read, Malformed) else read
    return Kept(
        FactId(row.id),
        row.device,
        row.incarnation,
        row.seq,
        None if row.tid is None else TicketHandle(row.tid),
        row.record,
        row.fingerprint,
        row.arrival,
        row.reason,
        row.outcome,
        row.is_promise,
        restored_at is not None and row.received_at >= restored_at and not row.is_resent,
        fact,
    )
