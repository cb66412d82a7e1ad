"""From what changed in the ledger's tables to the news that others are told.

Owns the comparison of a ticket's entries before and after an arrival. What is news, and how it reads, is decided by
`core.delivery.news`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.ledger.rows import Ticket
from core.delivery.news import EntryChange, News, Subject, Taken, news_of
from core.journal.scan import Fact
from core.model.ids import DeviceId, EventId, FactId, TicketHandle
from core.redeem.fold import Incident
from core.redeem.settle import Settled

TicketChange = tuple[TicketHandle, EntryChange]


def changes_between(there: Mapping[Any, Any], needed: Mapping[Any, Any]) -> list[TicketChange]:
    """The entries that other scans have now, those that nobody had among them. Rows by (tid, entry number)."""
    return [
        (place[0], EntryChange(place[1], _taken(there.get(place)), _taken(needed.get(place))))
        for place in sorted(there.keys() | needed.keys())
        if there.get(place) != needed.get(place)
    ]


def news_of_tickets(
    event: EventId,
    held: Mapping[TicketHandle, Ticket],
    settled: Mapping[TicketHandle, Settled],
    arriving: Mapping[TicketHandle, Sequence[Fact]],
    changes: Iterable[TicketChange],
    opened: Iterable[tuple[TicketHandle, Incident]],
    now_ms: int,
) -> list[News]:
    """What others are told of these tickets: their changed entries, the exits that arrived, new incidents."""
    entries_of, incidents_of = defaultdict(list), defaultdict(list)
    for tid, change in changes:
        entries_of[tid].append(change)
    for tid, incident in opened:
        incidents_of[tid].append(incident)
    told: list[News] = []
    for tid, ticket in held.items():
        here = {fact.stamp.id for fact in arriving.get(tid, ())}
        passages = [each for each in settled[tid].folded.passages if each.scan.stamp.id in here]
        subject = Subject(event, tid, ticket.cls, ticket.source, ticket.external_ref)
        told += news_of(subject, entries_of[tid], passages, incidents_of[tid], arrived=here, now_ms=now_ms)
    return told


def _taken(row: Mapping[str, Any] | None) -> Taken | None:
    if row is None:
        return None
    return Taken(FactId(row["scan_id"]), DeviceId(row["device"]), row["at"], row["gate"])
