"""The lists of an event as the tables have them: what a kiosk asks when nobody else can be asked.

Owns the reading of each kind of list, page by page in the order of its keys, so that memory holds the records and one
page. Both databases order bytes as numbers from 0 to 255, as `core.ticket.segments` does.
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select, tuple_

from app.ledger.engine import Database
from app.ledger.event_book import claims_of
from app.ledger.key_book import KeyBook
from app.ledger.manifest_room import ManifestUnfit
from app.ledger.schema import attendees, codes, facts, redemptions, ticket_marks, tickets
from core.model.attention import from_bits
from core.model.ids import ClassId, CodeDigest, EventId, KeyId, TicketHandle
from core.model.moments import Millis
from core.sync.adoption import Objection
from core.sync.attendees import Attendee, about_attendees
from core.sync.attendees import packed as packed_people
from core.ticket import seal
from core.ticket.keyring import Key, KeyState
from core.ticket.lists import Denial, DenialReason, Listed, Used
from core.ticket.segments import (
    MOST_BYTES,
    Flawed,
    Kind,
    Records,
    deny_record,
    difference,
    legacy_record,
    marks_record,
    packed,
    records_from,
    tag_of,
    used_record,
)
from core.ticket.wire import LISTED, Code, parse

PAGE_ROWS = 10_000
CHUNK_RECORDS = 16_384
"""What two lists are compared by: equal chunks cost one comparison of bytes."""


@dataclass(frozen=True, slots=True)
class AllowScope:
    """Which tickets an event's allow list holds: those that must be listed, or all because a kiosk knows no key."""

    is_all: bool
    listed_only: frozenset[KeyId]
    revoked: frozenset[KeyId]

    @classmethod
    def of(cls, own: Iterable[Key], *, is_all: bool) -> "AllowScope":
        """The scope of an event's keys."""
        states = {key.kid: key.state for key in own}
        listed_only = frozenset(kid for kid, state in states.items() if state is KeyState.LISTED_ONLY)
        revoked = frozenset(kid for kid, state in states.items() if state is KeyState.REVOKED)
        return cls(is_all, listed_only, revoked)

    def condition(self) -> Any:
        """The same in SQL."""
        is_alive = tickets.c.kid.not_in(sorted(self.revoked))
        if self.is_all:
            return is_alive
        return is_alive & ((tickets.c.flags.op("&")(LISTED) != 0) | tickets.c.kid.in_(sorted(self.listed_only)))


def allow(database: Database, book: KeyBook, event: EventId, scope: AllowScope, own: Iterable[Key]) -> Records:
    """The digests of the codes that count while they are listed. A canceled ticket stays: the deny list says why."""
    wanted = select(tickets.c.digest).where(tickets.c.event_id == event, scope.condition())
    body = bytearray()
    for row in _paged(database, wanted.where(tickets.c.digest.is_not(None)), tickets.c.digest):
        body += row.digest
    older = list(_digests_of_older(database, book, event, scope, {key.kid: key for key in own}))
    if older:
        return packed(Kind.ALLOW, [*Records(Kind.ALLOW, bytes(body)), *older])
    return _in_order(Kind.ALLOW, bytes(body))


def _digests_of_older(
    database: Database, book: KeyBook, event: EventId, scope: AllowScope, ring: dict[KeyId, Key]
) -> Iterator[bytes]:
    """Tickets whose row was made before it kept a digest; one with a code of another shop may have no T1 at all."""
    has_code = exists().where(codes.c.event_id == event, codes.c.tid == tickets.c.tid)
    older = select(tickets).where(tickets.c.event_id == event, tickets.c.digest.is_(None), scope.condition(), ~has_code)
    for row in _paged(database, older, tickets.c.tid):
        key = ring.get(KeyId(row.kid))
        code = None if key is None else parse(book.seal(key, claims_of(row)))
        if isinstance(code, Code):
            yield code.digest


def deny(database: Database, event: EventId) -> Records:
    """The tickets that no longer count."""
    wanted = select(tickets.c.tid, tickets.c.denial, tickets.c.denial_min_gen, tickets.c.denial_since)
    mine = wanted.where(tickets.c.event_id == event, tickets.c.denial.is_not(None))
    rows = _paged(database, mine, tickets.c.tid)
    body = b"".join(
        deny_record(TicketHandle(row.tid), Denial(row.denial_min_gen, DenialReason(row.denial), row.denial_since or 0))
        for row in rows
    )
    return _in_order(Kind.DENY, body)


def legacy(database: Database, event: EventId) -> Records:
    """The tickets that codes of other shops are for."""
    ticket = (tickets.c.event_id == event) & (tickets.c.tid == codes.c.tid)
    columns = (codes.c.digest, codes.c.tid, codes.c.gen, tickets.c.cls, tickets.c.nbf, tickets.c.exp)
    wanted = select(*columns).join_from(codes, tickets, ticket).where(codes.c.event_id == event)
    body = bytearray()
    for digest, tid, gen, cls, nbf, exp in _paged(database, wanted, codes.c.digest):
        body += legacy_record(CodeDigest(digest), Listed(TicketHandle(tid), gen, ClassId(cls), nbf, exp))
    return _in_order(Kind.LEGACY, bytes(body))


def used(database: Database, event: EventId) -> Records:
    """The tickets that have been redeemed: how often, when first and where, and whether their guests are inside."""
    ticket = (tickets.c.event_id == event) & (tickets.c.tid == redemptions.c.tid)
    columns = (
        redemptions.c.tid,
        redemptions.c.entry_number,
        redemptions.c.at,
        redemptions.c.gate,
        redemptions.c.device,
        tickets.c.is_inside,
    )
    wanted = select(*columns).join_from(redemptions, tickets, ticket).where(redemptions.c.event_id == event)
    body = bytearray()
    rows = _paged(database, wanted, redemptions.c.tid, redemptions.c.entry_number)
    for tid, entries in groupby(rows, key=lambda row: row.tid):
        first, *others = entries
        place = (tag_of(first.gate), tag_of(first.device.hex))
        body += used_record(TicketHandle(tid), Used(1 + len(others), first.is_inside, Millis(first.at), *place))
    return _in_order(Kind.USED, bytes(body))


def marks(database: Database, event: EventId) -> Records:
    """The tickets that the doors do something for beside what they do for their class."""
    wanted = select(ticket_marks.c.tid, ticket_marks.c.bits).where(ticket_marks.c.event_id == event)
    rows = _paged(database, wanted, ticket_marks.c.tid)
    return _in_order(Kind.MARKS, b"".join(marks_record(TicketHandle(tid), from_bits(bits)) for tid, bits in rows))


def use_mark(connection: Connection, event: EventId) -> str:
    """A short text that differs whenever the list of used tickets may: facts and redemptions, counted."""
    told = select(func.count()).select_from(facts).where(facts.c.event_id == event)
    entries = select(func.count(), func.max(redemptions.c.at)).where(redemptions.c.event_id == event)
    number, latest = connection.execute(entries).one()
    return f"{connection.execute(told).scalar_one()}/{number}/{latest}"


@dataclass(frozen=True, slots=True)
class People:
    """The event's list of people, locked under its key, and how many they are."""

    count: int
    locked: bytes


def people(database: Database, event: EventId, key: bytes) -> People:
    """The list of `core.sync.attendees` in the order of the tids, under AES-256-GCM: who has a name or an order."""
    ticket = (tickets.c.event_id == event) & (tickets.c.tid == attendees.c.tid)
    of_ticket = (tickets.c.gen, tickets.c.cls, tickets.c.nbf, tickets.c.exp, tickets.c.external_ref)
    columns = (attendees.c.tid, attendees.c.name, attendees.c.order_ref, *of_ticket)
    is_somebody = (attendees.c.name != "") | attendees.c.order_ref.is_not(None)  # a mail address alone says nothing
    mine = (attendees.c.event_id == event) & is_somebody
    wanted = select(*columns).join_from(attendees, tickets, ticket).where(mine)
    count = 0

    def rows() -> Iterator[Attendee]:
        nonlocal count
        for tid, name, order, gen, cls, nbf, exp, reference in _paged(database, wanted, attendees.c.tid):
            count += 1
            listed = Listed(TicketHandle(tid), gen, ClassId(cls), nbf, exp)
            yield Attendee(listed.tid, name, order, listed, reference)

    squeezed = b"".join(packed_people(rows()))
    nonce = secrets.token_bytes(seal.NONCE_BYTES)
    return People(count, seal.lock(key, squeezed, nonce=nonce, about=about_attendees(event)))


def small_difference(old: Records, new: Records, most: int) -> bytes | None:
    """What turns one list into the other (`core.ticket.segments.difference`); None when it has `most` bytes or more."""
    changes: list[bytes] = []
    size = 0
    for before, after in _chunks(old, new):
        if before == after:
            continue
        change = difference(Records(old.kind, before), Records(new.kind, after))
        size += len(change)
        if size >= most:
            return None
        changes.append(change)
    return b"".join(changes)


def _chunks(old: Records, new: Records) -> Iterator[tuple[bytes, bytes]]:
    """Both lists cut at the same keys."""
    width, key_bytes = new.kind.width, new.kind.key_bytes
    start = 0
    for first in range(0, max(1, new.count), CHUNK_RECORDS):
        last = first + CHUNK_RECORDS
        key = new.body[last * width : last * width + key_bytes]
        end = old.place_of(key, start) if key else old.count
        yield old.body[start * width : end * width], new.body[first * width : last * width]
        start = end


def _paged(database: Database, wanted: Select[Any], *key: Any) -> Iterator[Any]:
    """All rows of a query in the order of a unique key, a page in each transaction."""
    ordered = wanted.order_by(*key).limit(PAGE_ROWS)
    page = ordered
    while True:
        with database.reading() as connection:
            rows = connection.execute(page).all()
        yield from rows
        if len(rows) < PAGE_ROWS:
            return
        page = ordered.where(_is_beyond(key, [getattr(rows[-1], column.name) for column in key]))


def _is_beyond(key: tuple[Any, ...], last: list[Any]) -> Any:
    return key[0] > last[0] if len(key) == 1 else tuple_(*key) > tuple_(*last)


def _in_order(kind: Kind, body: bytes) -> Records:
    """Records that came in order.

    Raises ManifestUnfit for more than a kiosk takes, ValueError where they did not come in order: a database that
    orders bytes otherwise.
    """
    if len(body) > MOST_BYTES:
        raise ManifestUnfit(Objection.LISTS_TOO_LARGE)
    read = records_from(kind, body)
    if isinstance(read, Flawed):
        raise ValueError(read.reason)  # noqa: TRY004 — no kiosk would take the list
    return read
