"""What a ledger forgets: names some days after an event, its facts later, one person's data at once.

Owns the order and the pieces. Names lie in `attendees` alone and in the lists that are made of it; facts carry none.
What may be personal in a fact are a guest's answers to questions: they are blanked in place, and the fact keeps its
id, its place in the chain and its fingerprint (`erased_at` says that the record is no longer what that is of), so that
the chain, comparisons with the kiosk and a repeated upload go on as before.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, String, Table, bindparam, cast, delete, exists, or_, select, true, update

from app.errors import AppError
from app.ledger import schema
from app.ledger.audit import note
from app.ledger.counters import recount
from app.ledger.engine import Database, pieces
from app.ledger.event_book import EventBook
from app.ledger.file_sweep import files_of_kind
from app.ledger.schema import (
    attendees,
    codes,
    events,
    facts,
    import_parts,
    incidents,
    outbox,
    payments,
    segment_parts,
    segments,
    suppressions,
    ticket_marks,
    tickets,
)
from core.delivery.message import Channel
from core.journal.audit import Deed
from core.journal.scan import canonical
from core.model.ids import EventId, TicketHandle
from core.sync.messages import EventRow
from core.ticket.segments import ATTENDEES, Kind

DAY_MS = 24 * 60 * 60 * 1000
_FORGOTTEN = "forgotten:"
"""In the place of an order's reference, before the payment's own id."""
AT_ONCE = 500
"""Rows of one transaction: none holds the ledger's lock for long."""

_EVENT_ROW = TypeAdapter(EventRow)
_EVERY_EVENT = select(events.c.event_id, events.c.policy).execution_options(
    spans_events="a worker looks after every event"
)
_OF_A_NIGHT = (
    ("delivery_attempts", "message"),
    ("outbox", "id"),
    ("stripe_intents", "id"),
    ("stripe_events", "id"),
    ("payments", "id"),
    ("incident_notes", "scan_id"),
    ("incidents", "scan_id"),
    ("redemptions", "tid"),
    ("facts", "id"),
    ("tallies", "device"),
)
"""What is forgotten with the facts, each table with the column that its pieces go by."""


class NobodyFound(AppError):
    """No ticket of the event is of that person."""

    def __init__(self) -> None:
        super().__init__("person_unknown")


@dataclass(frozen=True, slots=True)
class Erased:
    """What went: tickets looked at, names, facts whose answers were blanked, records kept as evidence."""

    tickets: int
    names: int
    answers: int
    evidence: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """An event that something is to be forgotten of."""

    event: EventId
    names: bool
    facts: bool


class Retention:
    """Forgets in one database. Safe between threads; whatever is cut off goes on the next time."""

    def __init__(self, database: Database, book: EventBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._now_ms = now_ms

    def overdue(self) -> list[Overdue]:
        """The events that ended so long ago that their names, or their facts too, are to go, and are there."""
        now = self._now_ms()
        with self._database.reading() as connection:
            rows = connection.execute(_EVERY_EVENT).all()
            found = [
                self._overdue(connection, EventId(row.event_id), _EVENT_ROW.validate_json(row.policy), now)
                for row in rows
            ]
        return [each for each in found if each.names or each.facts]

    def forget_names(self, event: EventId) -> Iterator[int]:
        """Names, orders' references and uploaded lists of an event, some at a time; how many of each piece."""
        yield from self._delete(event, import_parts, "job")
        yield from self._forget_recipients(event)
        yield from self._delete(event, suppressions, "address_mac")
        count = 0
        for table in (attendees, ticket_marks):
            for done in self._delete(event, table, "tid"):
                count += done
                yield done
        while done := self._database.transact(lambda connection: _forget_orders(connection, event, true())):
            yield done
        self._database.transact(lambda connection: self._forget_lists(connection, event, names=count))

    def forget_facts(self, event: EventId) -> Iterator[int]:
        """Everything that a night has left behind; the tickets stay, without a word of who came."""
        count = 0
        for name, column in _OF_A_NIGHT:
            for done in self._delete(event, schema.metadata.tables[name], column):
                count += done
                yield done

        def end(connection: Connection) -> None:
            mine = (tickets.c.event_id == event) & tickets.c.is_inside
            connection.execute(update(tickets).where(mine).values(is_inside=False))
            recount(connection, self._database.profile, event)
            note(connection, Deed.RETENTION_RAN, event, now_ms=self._now_ms(), rows=count)

        self._database.transact(end)

    def erase_person(self, event: EventId, tids: Sequence[TicketHandle] = (), order: str | None = None) -> Erased:
        """Forgets the person of these tickets, or of an order: at once, in one transaction; again changes nothing.

        The tickets stay good and stay used. Raises EventUnknown, NobodyFound.
        """
        now = self._now_ms()

        def work(connection: Connection) -> Erased:
            self._book.event(connection, event)
            connection.execute(select(events.c.event_id).where(events.c.event_id == event).with_for_update())
            mine = self._tickets_of(connection, event, tids, order)
            if not mine:
                raise NobodyFound
            _forget_mail(connection, event, mine)
            theirs = (attendees.c.event_id == event) & attendees.c.tid.in_(mine)
            orders = connection.execute(select(attendees.c.order_ref).where(theirs).distinct()).scalars().all()
            names = connection.execute(delete(attendees).where(theirs)).rowcount
            _forget_orders(connection, event, payments.c.order_ref.in_(orders))
            marked = delete(ticket_marks).where(ticket_marks.c.event_id == event, ticket_marks.c.tid.in_(mine))
            if connection.execute(marked).rowcount:
                self._drop_lists(connection, event, Kind.MARKS.label)
            rows = self._facts_of(connection, event, mine)
            answers = _blank(connection, event, rows, now)
            evidence = _drop_evidence(connection, event, mine, [row.id for row in rows])
            if names:
                self._drop_lists(connection, event)
            for tid in mine:
                note(connection, Deed.PERSON_ERASED, event, tid.hex(), now_ms=now, answers=answers, names=names)
            return Erased(len(mine), names, answers, evidence)

        return self._database.transact(work)

    def _overdue(self, connection: Connection, event: EventId, row: EventRow, now: int) -> Overdue:
        past = now - row.ends_ms
        names = past > row.keep_names_days * DAY_MS and _has(connection, attendees, event)
        return Overdue(event, names, past > row.keep_facts_days * DAY_MS and _has(connection, facts, event))

    def _delete(self, event: EventId, table: Table, column: str) -> Iterator[int]:
        key = table.c[column]
        some = select(key).where(table.c.event_id == event).distinct().limit(AT_ONCE)

        def work(connection: Connection) -> int:
            keys = connection.execute(some).scalars().all()
            gone = delete(table).where(table.c.event_id == event, key.in_(keys))
            return connection.execute(gone).rowcount if keys else 0

        while done := self._database.transact(work):
            yield done

    def _forget_recipients(self, event: EventId) -> Iterator[int]:
        """Whom mails went to; a mail that still waits is canceled by its worker: nobody is left to send it to."""
        addressed = (outbox.c.event_id == event) & (outbox.c.channel == Channel.EMAIL.value)
        some = select(outbox.c.id).where(addressed, outbox.c.recipient.is_not(None)).limit(AT_ONCE)

        def work(connection: Connection) -> int:
            ids = connection.execute(some).scalars().all()
            blank = update(outbox).where(outbox.c.event_id == event, outbox.c.id.in_(ids)).values(recipient=None)
            return connection.execute(blank).rowcount if ids else 0

        while done := self._database.transact(work):
            yield done

    def _forget_lists(self, connection: Connection, event: EventId, names: int) -> None:
        connection.execute(select(events.c.event_id).where(events.c.event_id == event).with_for_update())
        self._drop_lists(connection, event)
        self._drop_lists(connection, event, Kind.MARKS.label)
        note(connection, Deed.RETENTION_RAN, event, now_ms=self._now_ms(), names=names)

    def _drop_lists(self, connection: Connection, event: EventId, kind: str = ATTENDEES) -> None:
        """The lists of people that were made, whoever still downloads one: the next manifest names another."""
        for sha256 in files_of_kind(connection, event, kind):
            mine = (segment_parts.c.event_id == event) & (segment_parts.c.sha256 == sha256)
            connection.execute(delete(segment_parts).where(mine))
        mine = (segments.c.event_id == event) & (segments.c.kind == kind)
        connection.execute(update(segments).where(mine).values(row=None))
        self._book.raise_version(connection, event, kind)

    def _tickets_of(
        self, connection: Connection, event: EventId, tids: Sequence[TicketHandle], order: str | None
    ) -> list[TicketHandle]:
        named = select(tickets.c.tid).where(tickets.c.event_id == event, tickets.c.tid.in_(list(tids)))
        found = set(connection.execute(named).scalars())
        if order is not None:
            of_order = (attendees.c.event_id == event) & (attendees.c.order_ref == order)
            found |= set(connection.execute(select(attendees.c.tid).where(of_order)).scalars())
        return sorted(TicketHandle(tid) for tid in found)

    def _facts_of(self, connection: Connection, event: EventId, tids: Sequence[TicketHandle]) -> Sequence[Any]:
        """Scans of these tickets, quarantined ones and those that name only a code of theirs among them."""
        digests = {
            digest
            for column, table in ((codes.c.digest, codes), (tickets.c.digest, tickets))
            for digest in connection.execute(
                select(column).where(table.c.event_id == event, table.c.tid.in_(tids))
            ).scalars()
            if digest is not None
        }
        about = or_(facts.c.tid.in_(tids), facts.c.digest.in_(sorted(digests)))
        wanted = select(facts.c.id, facts.c.record).where(facts.c.event_id == event, facts.c.kind == "scan", about)
        return connection.execute(wanted).all()


_BLANK = (
    update(facts)
    .where(facts.c.event_id == bindparam("b_event"), facts.c.id == bindparam("b_id"))
    .values(record=bindparam("b_record"), erased_at=bindparam("b_at"))
)


def _forget_mail(connection: Connection, event: EventId, tids: Sequence[TicketHandle]) -> None:
    """The addresses of these tickets' guests, wherever a mail to one of them is or was on its way."""
    mine = (attendees.c.event_id == event) & attendees.c.tid.in_(tids) & attendees.c.email.is_not(None)
    addresses = connection.execute(select(attendees.c.email).where(mine).distinct()).scalars().all()
    if addresses:
        theirs = (outbox.c.event_id == event) & outbox.c.recipient.in_(addresses)
        connection.execute(update(outbox).where(theirs).values(recipient=None))


def _blank(connection: Connection, event: EventId, rows: Sequence[Any], now_ms: int) -> int:
    """Takes the answers out of records; how many had any. Their fingerprints stay those of what was sent."""
    blanked = []
    for row in rows:
        record = json.loads(row.record)
        if isinstance(record, dict) and record.get("answers"):
            text = canonical(record | {"answers": {}}).decode()
            blanked.append({"b_event": event, "b_id": row.id, "b_record": text, "b_at": now_ms})
    for piece in pieces(blanked, AT_ONCE):
        connection.execute(_BLANK, list(piece))
    return len(blanked)


def _forget_orders(connection: Connection, event: EventId, which: Any) -> int:
    """Payments of orders that nobody is known of any more lose the order's reference; what was paid stays. How many."""
    known = exists().where(attendees.c.event_id == event, attendees.c.order_ref == payments.c.order_ref)
    was_told = ~payments.c.order_ref.startswith(_FORGOTTEN)
    some = select(payments.c.id).where(payments.c.event_id == event, which, was_told, ~known).limit(AT_ONCE)
    ids = connection.execute(some).scalars().all()
    blank = update(payments).where(payments.c.event_id == event, payments.c.id.in_(ids))
    name = _FORGOTTEN + cast(payments.c.id, String)
    return connection.execute(blank.values(order_ref=name)).rowcount if ids else 0


def _drop_evidence(connection: Connection, event: EventId, tids: Sequence[TicketHandle], ids: Sequence[Any]) -> int:
    """The other records under one id, which incidents keep: they may hold answers too."""
    about = or_(incidents.c.tid.in_(tids), incidents.c.scan_id.in_(ids))
    mine = (incidents.c.event_id == event) & incidents.c.evidence.is_not(None) & about
    return connection.execute(update(incidents).where(mine).values(evidence=None)).rowcount


def _has(connection: Connection, table: Table, event: EventId) -> bool:
    found = connection.execute(select(table.c.event_id).where(table.c.event_id == event).limit(1))
    return found.first() is not None
