"""Which tickets are mailed to whom: put into the outbox in the transaction that makes them, or by a person's word.

Owns the messages of kind `tickets.mail`. A message names tickets and no code; what an address gets is looked up when it
is sent. One mail has the tickets of one order that came within a short while: a shop tells them one by one.
"""

import json
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, update

from app.errors import AppError
from app.ledger.audit import note
from app.ledger.dead_letters import MessageUnknown
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.import_plan import Step
from app.ledger.mail_accounts import MailUnset, active_account
from app.ledger.outbox import Message, put
from app.ledger.schema import attendees, outbox, tickets
from app.ledger.suppressions import AddressWrong, Suppressions
from core.delivery.mail import Unsent, checked_address
from core.delivery.message import Channel, MessageState, message_id
from core.delivery.recipient import masked
from core.delivery.suppression import folded
from core.journal.audit import Deed, Detail
from core.model.ids import EventId, TicketHandle
from core.sync.ticket_messages import MailTold
from core.ticket.keyring import NO_KID
from core.ticket.lists import Denial
from core.ticket.seal import sha256

KIND = "tickets.mail"
READDRESSED = "readdressed"
"""Why a dead mail is given up: its tickets are mailed to another address in its place."""
GATHERS_MS = 20_000
"""How long the first ticket of an order waits for the others."""
MOST_OF_A_MAIL = 40
"""Tickets of one mail: an order of more gets several, each of a size that every mailbox takes."""
MOST_MAILS = 32
"""Mails of one order that are told from one another; whoever asks for more gets each ticket by itself."""
MOST_TRIES = 3
AT_ONCE = 100
"""Tickets of one transaction of a mail to everybody."""
_FIRST = TicketHandle(b"")
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


class MailRefused(AppError):
    """No mail is sent for these tickets: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("mail_refused", cause=cause)


class MessageNotDead(AppError):
    """The message waits, was sent, or was given up: somebody was faster, perhaps."""

    def __init__(self) -> None:
        super().__init__("message_not_dead")


class NoTicketMail(AppError):
    """The message is no mail with tickets: no guest's address is behind it."""

    def __init__(self) -> None:
        super().__init__("no_ticket_mail")


class AddressUnchanged(AppError):
    """The new address is the one that the message went to."""

    def __init__(self) -> None:
        super().__init__("address_unchanged")


class AddressSuppressed(AppError):
    """The new address is on the list of those that get no more mail."""

    def __init__(self) -> None:
        super().__init__("address_suppressed")


class NothingToReaddress(AppError):
    """No ticket of the message that counts still has its address."""

    def __init__(self) -> None:
        super().__init__("nothing_to_readdress")


@dataclass(frozen=True, slots=True)
class Addressed:
    """A ticket and where it is sent; those of one `order` (of one shop) go together."""

    tid: TicketHandle
    address: str = field(repr=False)
    order: str


@dataclass(frozen=True, slots=True)
class Mailed:
    """What a person's word put into the outbox: the messages, how many tickets they have, to whom (masked)."""

    messages: tuple[UUID, ...]
    tickets: int
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bulk:
    """How many tickets were mailed, or would be, and to how many addresses at most: those of an order share a mail."""

    tickets: int
    addresses: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """What came of some tickets, and where the next ones begin; None after the last."""

    done: Bulk
    after: TicketHandle | None


def is_told_by_mail(step: Step) -> bool:
    """Whether what a shop said of a ticket makes a code that its guest does not have, or makes it count."""
    before, address = step.before, step.sale.email
    is_good = step.digest is not None and not _is_refused(step.denial, step.claims.gen)
    if not is_good or address == "" or (address is None and (before is None or not before.email)):
        return False
    if before is None:
        return True
    was_refused = _is_refused(before.denial, before.claims.gen)
    return was_refused or step.digest != before.digest or (address is not None and address != before.email)


def _is_refused(denial: Denial | None, gen: int) -> bool:
    return denial is not None and denial.refuses(gen)


def are_mailed(connection: Connection, event: EventId) -> bool:
    """Whether the event mails its tickets, in an open transaction."""
    account = active_account(connection, event)
    return account is not None and account[1].sends_tickets


def mail_new(
    connection: Connection, database: Database, event: EventId, tids: Collection[TicketHandle], now_ms: int
) -> frozenset[UUID]:
    """Mails tickets in the open transaction that makes them or makes them count; the messages that have them.

    Nothing without an account that is enabled and sends tickets, or for tickets without an address or a code.
    """
    account = active_account(connection, event) if tids else None
    if account is None or not account[1].sends_tickets:
        return frozenset()
    addressed = _addressed(connection, event, tids)
    return _put_all(connection, database, event, account[0], addressed, now_ms, now_ms + GATHERS_MS)


class TicketMail:
    """The mailed tickets of all events in one database. Safe between threads."""

    def __init__(
        self, database: Database, book: EventBook, suppressions: Suppressions, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._book = book
        self._suppressions = suppressions
        self._now_ms = now_ms

    def send(self, event: EventId, tids: Sequence[TicketHandle]) -> Mailed:
        """Mails these tickets now, once more where they were mailed before.

        A mail of them that waits is not put in a second time. Raises EventUnknown, MailUnset; MailRefused where no
        ticket has a code and an address that gets mail.
        """

        def work(connection: Connection) -> Mailed:
            self._book.event(connection, event)
            return self._put(connection, event, tids)

        return self._database.transact(work)

    def put_new_code(
        self, connection: Connection, event: EventId, tid: TicketHandle, *, is_wanted: bool | None
    ) -> str | None:
        """Mails a ticket in the open transaction that gives it a new code; to whom (masked), None for nobody.

        Where nobody said whether, it is mailed if the event mails its tickets and this one can be. A mail of it that
        waits already is the same one: no mail ever has a code that is over. Raises MailUnset, MailRefused where it
        `is_wanted` and can't be.
        """
        if is_wanted is None and not are_mailed(connection, event):
            return None
        if is_wanted is False:
            return None
        try:
            return self._put(connection, event, [tid]).recipients[0]
        except MailRefused:
            if is_wanted:
                raise
            return None

    def _put(self, connection: Connection, event: EventId, tids: Sequence[TicketHandle]) -> Mailed:
        """Raises MailUnset, MailRefused."""
        now, account = self._now_ms(), active_account(connection, event)
        if account is None:
            raise MailUnset
        addressed = _addressed(connection, event, tids)
        if not addressed:
            raise MailRefused("no ticket that counts has a code of ours and a mail address")
        wanted = [each for each in addressed if not self._suppressions.has(connection, event, each.address)]
        if not wanted:
            raise MailRefused("the address is on the list of those that get no more mail")
        messages = _put_all(connection, self._database, event, account[0], wanted, now, now)
        for each in wanted:
            note(connection, Deed.TICKET_MAILED, event, each.tid.hex(), now_ms=now)
        shown = sorted({masked(each.address) for each in wanted})
        return Mailed(tuple(sorted(messages)), len(wanted), tuple(shown))

    def readdress(self, event: EventId, id_: UUID, address: str) -> Mailed:
        """Corrects a dead mail's address: its tickets that still have it get the new one, and a mail there.

        In one transaction the tickets have the address, a new mail is put in, and the dead one is given up as
        `readdressed`, without the address that it had: nobody would find that there to forget it. Of two at once, one
        is told that the message is not dead. Tickets that do not count get the address and no mail.

        Raises EventUnknown, MessageUnknown, NoTicketMail, MessageNotDead, AddressWrong, AddressUnchanged,
        AddressSuppressed, NothingToReaddress, MailUnset.
        """
        new, now = checked_address(address), self._now_ms()
        if new is None:
            raise AddressWrong

        def work(connection: Connection) -> Mailed:
            self._book.event(connection, event)
            old, tids = _dead_mail(connection, event, id_)
            account = active_account(connection, event)
            if account is None:
                raise MailUnset
            if folded(old) == folded(new):
                raise AddressUnchanged
            if self._suppressions.has(connection, event, new):
                raise AddressSuppressed
            _hold(connection, event, tids)
            _give_up(connection, event, id_, now)
            changed = _move(connection, event, tids, old, new)
            wanted = [each for each in _addressed(connection, event, changed) if each.address == new]
            if not wanted:
                raise NothingToReaddress
            messages = _put_all(connection, self._database, event, account[0], wanted, now, now)
            told: dict[str, Detail] = {"changed": len(changed), "mailed": len(wanted)}
            note(connection, Deed.DELIVERY_READDRESSED, event, id_.hex, now_ms=now, **told)
            for each in wanted:
                note(connection, Deed.TICKET_MAILED, event, each.tid.hex(), now_ms=now)
            return Mailed(tuple(sorted(messages)), len(wanted), (masked(new),))

        return self._database.transact(work)

    def send_unsent(self, event: EventId, *, is_trial: bool = False) -> Bulk:
        """Mails every ticket that counts, has a code and an address that gets mail, and was in no mail to it yet.

        In pieces, so that no door waits; cut off, it goes on the next time. A trial only counts. Raises EventUnknown,
        MailUnset.
        """
        after, done = _FIRST, Bulk(0, 0)
        while True:
            piece = self._database.transact(partial(self._send_piece, event, after, is_trial=is_trial))
            done = Bulk(done.tickets + piece.done.tickets, done.addresses + piece.done.addresses)
            if piece.after is None:
                return done
            after = piece.after

    def _send_piece(self, event: EventId, after: TicketHandle, connection: Connection, *, is_trial: bool) -> _Piece:
        self._book.event(connection, event)
        account, now = active_account(connection, event), self._now_ms()
        if account is None:
            raise MailUnset
        behind = (attendees.c.event_id == event) & (attendees.c.tid > after) & attendees.c.email.is_not(None)
        some = select(attendees.c.tid).where(behind).order_by(attendees.c.tid).limit(AT_ONCE)
        tids = [TicketHandle(tid) for tid in connection.execute(some).scalars()]
        addressed = _addressed(connection, event, tids)
        without = self._suppressions.among(connection, event, {each.address for each in addressed})
        mailed = _mailed(connection, event, addressed)
        wanted = [each for each in addressed if each.address not in without and each.tid not in mailed]
        if wanted and not is_trial:
            _put_all(connection, self._database, event, account[0], wanted, now, now + GATHERS_MS)
            note(connection, Deed.TICKET_MAILED, event, "", now_ms=now, count=len(wanted))
        done = Bulk(len(wanted), len({(each.order, each.address) for each in wanted}))
        return _Piece(done, tids[-1] if len(tids) == AT_ONCE else None)

    def to_send(self, event: EventId, tids: Sequence[TicketHandle], recipient: str) -> list[TicketHandle] | Unsent:
        """Which of a message's tickets its recipient gets now, in the order in which they were made.

        Those that were canceled meanwhile, or belong to another address by now, are left out. Raises EventUnknown.
        """
        if self._suppressions.is_suppressed(event, recipient):
            return Unsent.SUPPRESSED
        with self._database.reading() as connection:
            self._book.event(connection, event)
            mine = (attendees.c.event_id == event) & attendees.c.tid.in_(list(tids))
            is_known = connection.execute(select(attendees.c.tid).where(mine).limit(1)).first() is not None
            found = _addressed(connection, event, tids)
        theirs = [each.tid for each in found if folded(each.address) == folded(recipient)]
        return theirs or (Unsent.POINTLESS if is_known else Unsent.FORGOTTEN)


def _dead_mail(connection: Connection, event: EventId, id_: UUID) -> tuple[str, list[TicketHandle]]:
    """To whom a dead mail went, and with which tickets. Raises as `TicketMail.readdress` does."""
    columns = (outbox.c.channel, outbox.c.kind, outbox.c.state, outbox.c.recipient, outbox.c.body)
    row = connection.execute(select(*columns).where(outbox.c.event_id == event, outbox.c.id == id_)).one_or_none()
    if row is None:
        raise MessageUnknown
    if (row.channel, row.kind) != (Channel.EMAIL.value, KIND):
        raise NoTicketMail
    if row.state != MessageState.DEAD.value:
        raise MessageNotDead
    if row.recipient is None:
        raise NothingToReaddress
    return row.recipient, tickets_in(row.body)


def _hold(connection: Connection, event: EventId, tids: Collection[TicketHandle]) -> None:
    """Holds tickets before the outbox, as whoever changes and mails them does: so nobody waits for each other."""
    mine = (tickets.c.event_id == event) & tickets.c.tid.in_(sorted(tids))
    connection.execute(select(tickets.c.tid).where(mine).order_by(tickets.c.tid).with_for_update()).all()


def _give_up(connection: Connection, event: EventId, id_: UUID, now_ms: int) -> None:
    """Ends a message that is still dead. Raises MessageNotDead."""
    dead = (outbox.c.event_id == event) & (outbox.c.id == id_) & (outbox.c.state == MessageState.DEAD.value)
    closing = {"state": MessageState.CANCELED.value, "reason": READDRESSED, "closed_at": now_ms, "recipient": None}
    if connection.execute(update(outbox).where(dead).values(closing)).rowcount != 1:
        raise MessageNotDead


def _move(
    connection: Connection, event: EventId, tids: Collection[TicketHandle], old: str, new: str
) -> list[TicketHandle]:
    """Gives those of the tickets a new address that still have the old one; which."""
    mine = (attendees.c.event_id == event) & attendees.c.tid.in_(sorted(tids)) & attendees.c.email.is_not(None)
    found = connection.execute(select(attendees.c.tid, attendees.c.email).where(mine)).all()
    theirs = [TicketHandle(row.tid) for row in found if folded(row.email) == folded(old)]
    these = (attendees.c.event_id == event) & attendees.c.tid.in_(theirs)
    connection.execute(update(attendees).where(these).values(email=new))
    return theirs


def mails_of(connection: Connection, event: EventId, tid: TicketHandle) -> list[MailTold]:
    """The mails that have a ticket, to the address that it has now, the newest first; in an open transaction."""
    both = (attendees.c.event_id == tickets.c.event_id) & (attendees.c.tid == tickets.c.tid)
    mine = (tickets.c.event_id == event) & (tickets.c.tid == tid) & attendees.c.email.is_not(None)
    columns = (tickets.c.tid, tickets.c.source, attendees.c.order_ref, attendees.c.email)
    row = connection.execute(select(*columns).join_from(tickets, attendees, both).where(mine)).one_or_none()
    if row is None:
        return []
    its = (outbox.c.event_id == event) & outbox.c.dedupe_key.in_(_keys_of(_base_of(_order_of(row), row.email)))
    found = connection.execute(select(outbox).where(its).order_by(outbox.c.made_at.desc(), outbox.c.dedupe_key.desc()))
    return [
        MailTold(each.id.hex, each.made_at, each.state, each.reason, each.closed_at)
        for each in found
        if tid in tickets_in(each.body)
    ]


def _mailed(connection: Connection, event: EventId, addressed: Sequence[Addressed]) -> frozenset[TicketHandle]:
    """Those of the tickets that are in a mail to their address, whatever became of it."""
    keys = [key for base in {_base_of(each.order, each.address) for each in addressed} for key in _keys_of(base)]
    mine = (outbox.c.event_id == event) & outbox.c.dedupe_key.in_(keys)
    found = connection.execute(select(outbox.c.body).where(mine)).scalars() if keys else ()
    return frozenset(tid for body in found for tid in tickets_in(body))


def body_of(event: EventId, tids: Sequence[TicketHandle]) -> str:
    """What a message says: ids alone."""
    return _ENCODE({"event": event.hex, "tickets": [tid.hex() for tid in tids]})


def tickets_in(body: str) -> list[TicketHandle]:
    """The tickets that a message names. Raises ValueError, KeyError for what is no such message."""
    return [TicketHandle(bytes.fromhex(tid)) for tid in json.loads(body)["tickets"]]


def _addressed(connection: Connection, event: EventId, tids: Collection[TicketHandle]) -> list[Addressed]:
    """Those of the tickets that count, have a code of ours and an address."""
    both = (attendees.c.event_id == tickets.c.event_id) & (attendees.c.tid == tickets.c.tid)
    mine = (tickets.c.event_id == event) & tickets.c.tid.in_(sorted(tids)) & (tickets.c.kid != NO_KID)
    columns = (tickets.c.tid, tickets.c.source, tickets.c.gen, tickets.c.denial, tickets.c.denial_min_gen)
    wanted = select(*columns, attendees.c.order_ref, attendees.c.email).join_from(tickets, attendees, both)
    rows = connection.execute(
        wanted.where(mine, attendees.c.email.is_not(None)).order_by(tickets.c.issued_at, tickets.c.tid)
    ).all()
    good = [row for row in rows if row.denial is None or row.gen >= row.denial_min_gen]
    return [Addressed(TicketHandle(row.tid), row.email, _order_of(row)) for row in good]


def _order_of(row: Any) -> str:
    return f"{row.source}\n{row.order_ref}" if row.order_ref else row.tid.hex()


def _put_all(
    connection: Connection,
    database: Database,
    event: EventId,
    account: UUID,
    addressed: Sequence[Addressed],
    now_ms: int,
    due_ms: int,
) -> frozenset[UUID]:
    """A mail for each order and address, in one that waits where there is room; the messages that have them now."""
    groups: dict[tuple[str, str], list[TicketHandle]] = {}
    for each in addressed:
        groups.setdefault((each.order, each.address), []).append(each.tid)
    found: set[UUID] = set()
    for (order, address), tids in groups.items():
        box = _Box(connection, database, event, account, _base_of(order, address), address)
        for start in range(0, len(tids), MOST_OF_A_MAIL):
            found.add(box.put(tids[start : start + MOST_OF_A_MAIL], now_ms, due_ms))
    return frozenset(found)


def _base_of(order: str, address: str) -> str:
    """What the keys of an order's mails to one address begin with: neither stands in it."""
    return f"tickets:{sha256(f'{order} {folded(address)}'.encode())[:16].hex()}"


def _keys_of(base: str) -> list[str]:
    """The keys of an order's mails to one address, in their order."""
    return [f"{base}:{number}" for number in range(MOST_MAILS)]


@dataclass(frozen=True, slots=True)
class _Box:
    """The mails of one order to one address, in an open transaction."""

    connection: Connection
    database: Database
    event: EventId
    account: UUID
    base: str
    address: str = field(repr=False)

    def put(self, tids: Sequence[TicketHandle], now_ms: int, due_ms: int) -> UUID:
        """Puts tickets into the newest mail while nobody has taken it, or into another.

        Of two that put the first one in at the same moment, the second sees it then, and joins it.
        """
        keys = _keys_of(self.base)
        mine = (outbox.c.event_id == self.event) & outbox.c.dedupe_key.in_(keys)
        for _ in range(MOST_TRIES):
            rows = {
                row.dedupe_key: row for row in self.connection.execute(select(outbox).where(mine).with_for_update())
            }
            joined = self._join(rows[keys[len(rows) - 1]], tids, due_ms) if rows else None
            if joined is not None:
                return joined
            if len(rows) < MOST_MAILS and (new := self._add(keys[len(rows)], tids, now_ms, due_ms)):
                return new
        key = f"{self.base}:{secrets.token_hex(8)}"
        return self._add(key, tids, now_ms, due_ms) or message_id(self.event, key)

    def _join(self, row: Any, tids: Sequence[TicketHandle], due_ms: int) -> UUID | None:
        """Puts tickets into a mail that waits; None where it was taken, or is full."""
        is_same = row.endpoint == self.account and row.recipient == self.address and row.kind == KIND
        if not is_same or row.state != MessageState.READY.value or row.attempts:
            return None
        there = tickets_in(row.body)
        together = [*there, *(tid for tid in tids if tid not in there)]
        if len(together) > MOST_OF_A_MAIL:
            return None
        change = {"body": body_of(self.event, together), "run_at": min(row.run_at, due_ms)}
        this = (outbox.c.event_id == self.event) & (outbox.c.id == row.id)
        self.connection.execute(update(outbox).where(this).values(change))
        return UUID(bytes=row.id.bytes)

    def _add(self, key: str, tids: Sequence[TicketHandle], now_ms: int, due_ms: int) -> UUID | None:
        message = Message(Channel.EMAIL, self.account, KIND, key, body_of(self.event, tids), self.address, due_ms)
        new = put(self.connection, self.database.profile, self.event, [message], now_ms)
        return next(iter(new), None)
