"""The tickets of an event one by one: issued, issued anew, canceled, listed for export.

Owns who may put a ticket there without a shop's list (`app.ledger.import_book`), and how a ticket's life goes on. Long
work goes in pieces, so that no scan waits for it.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, insert, select

from app.errors import AppError
from app.ledger import audit
from app.ledger.counters import Counted, Counters, Presence
from app.ledger.engine import Database, pieces
from app.ledger.event_book import EventBook, claims_of, own_window
from app.ledger.import_plan import LAST_GEN, Known, Step, is_denied_for_good, reissued
from app.ledger.key_book import Signer
from app.ledger.redemptions import SqlLedger
from app.ledger.schema import attendees, codes, redemptions, tickets
from app.ledger.sealing import NoActiveKey, digest_of_text, sealing
from app.ledger.statistics import Statistics
from app.ledger.suppressions import AddressWrong
from app.ledger.ticket_mail import TicketMail, mail_new
from app.ledger.ticket_rows import ALLOW, read_tickets, write_steps
from core.delivery.mail import checked_address
from core.journal.audit import Deed
from core.model.codes import T1_FORM
from core.model.event import Event
from core.model.ids import TID_BYTES, ClassId, EventId, TicketHandle
from core.sync.messages import IssuedTicket
from core.sync.ticket_messages import (
    ASKED_FOR,
    CodePage,
    ReissuedTicket,
    Standing,
    TicketCode,
    TicketPage,
    TicketSummary,
    Why,
)
from core.ticket.keyring import NO_KID, KeyState
from core.ticket.lists import DenialReason
from core.ticket.wire import LISTED, ROTATING, Claims

MOST_ROWS = 500
"""Rows of one transaction: SQLite's writer holds its lock for some milliseconds."""
MOST_EXPORTED = 1_000
ISSUED = "issued"
_FIRST = TicketHandle(b"")


class ClassUnknown(AppError):
    """The event has no such class of tickets."""

    def __init__(self, ticket_class: str, known: str) -> None:
        super().__init__("class_unknown", ticket_class=ticket_class, known=known)


class WindowWrong(AppError):
    """A ticket that would end before it starts, or beyond what a code can say."""

    def __init__(self, cause: str) -> None:
        super().__init__("window_wrong", cause=cause)


class TicketUnknown(AppError):
    """The event has no such ticket."""

    def __init__(self, tid: str) -> None:
        super().__init__("ticket_unknown", tid=tid)


class ReissueRefused(AppError):
    """A ticket that gets no new code."""

    def __init__(self, tid: str, cause: str) -> None:
        super().__init__("reissue_refused", tid=tid, cause=cause)


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of a migration: tickets with old codes, each counted once. `until_ms` is the cut-over."""

    tickets: int
    used: int
    reissued: int
    canceled: int
    until_ms: int | None

    @property
    def unused(self) -> int:
        """Guests who would still come with an old code."""
        return self.tickets - self.used - self.reissued - self.canceled


@dataclass(frozen=True, slots=True)
class _Made:
    """A new ticket and its text."""

    claims: Claims
    text: str = field(repr=False)


class TicketBook:
    """The tickets of all events in one database. Safe between threads."""

    def __init__(
        self, database: Database, book: EventBook, ledger: SqlLedger, mail: TicketMail, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._book = book
        self._ledger = ledger
        self._mail = mail
        self._now_ms = now_ms
        self._statistics = Statistics(database)

    def issue(
        self,
        event: EventId,
        cls: ClassId,
        count: int,
        nbf: int | None = None,
        exp: int | None = None,
        *,
        rotating: bool = False,
        listed: bool = False,
        email: str | None = None,
    ) -> list[IssuedTicket]:
        """Seals and stores new tickets; for an `email` they are mailed where the event does that.

        Raises EventUnknown, ClassUnknown, WindowWrong, NoActiveKey, AddressWrong.
        """
        address = None if email is None else checked_address(email)
        if email is not None and address is None:
            raise AddressWrong
        at, signer = self._event_and_signer(event)
        _check_class(at, cls)
        window = _window(at, nbf, exp)
        flags = rotating * ROTATING | listed * LISTED
        issued: list[IssuedTicket] = []
        for numbers in pieces(range(count), MOST_ROWS):
            made = [_made(signer, cls, window, flags) for _ in numbers]
            self._store(event, cls, [self._row_of(event, one) for one in made], address)
            issued += [IssuedTicket(one.claims.tid.hex(), one.text) for one in made]

        def tell(connection: Connection) -> None:
            self._book.raise_version(connection, event, ALLOW)
            audit.note(connection, Deed.TICKETS_ISSUED, event, now_ms=self._now_ms(), count=count, cls=cls)

        self._database.transact(tell)
        self._statistics.note(event, count)
        return issued

    def reissue(
        self, event: EventId, tid: TicketHandle, why: Why | None = None, *, is_mailed: bool | None = None
    ) -> ReissuedTicket:
        """The next edition of a ticket: its new code; every older one, of other shops too, is revoked.

        In the same transaction it is mailed where that is wanted (`is_mailed`), or where nobody said whether and the
        event mails its tickets, but for what was stolen. Raises EventUnknown, TicketUnknown, ReissueRefused,
        NoActiveKey; MailUnset, MailRefused where mail is wanted and can't be sent: then the old code goes on.
        """
        at, signer = self._event_and_signer(event)
        maker = sealing(at, signer)

        def step(known: Known) -> Step:
            if is_denied_for_good(known.denial) and known.denial is not None:
                raise ReissueRefused(tid.hex(), f"it is {known.denial.reason.value}")
            if known.claims.gen >= LAST_GEN:
                raise ReissueRefused(tid.hex(), "it was reissued 255 times: cancel it and issue another")
            return reissued(known, maker)

        is_wanted = False if is_mailed is None and why in ASKED_FOR else is_mailed
        changed, mailed_to = self._change(event, tid, step, why, is_mailed=is_wanted)
        return ReissuedTicket(tid.hex(), changed.text or "", mailed_to)

    def page(self, event: EventId, after: TicketHandle = _FIRST, most: int = MOST_EXPORTED) -> TicketPage:
        """At most `most` tickets behind a handle, with their shops' references and their use. Raises EventUnknown."""
        found = self._summaries(event, tickets.c.tid > after, most)
        return TicketPage(found, found[-1].tid if len(found) == most else None)

    def some(self, event: EventId, tids: Sequence[TicketHandle]) -> list[TicketSummary]:
        """Those of these tickets that the event has, in the order of their handles. Raises EventUnknown."""
        return self._summaries(event, tickets.c.tid.in_(list(tids)), len(tids)) if tids else []

    def _summaries(self, event: EventId, which: Any, most: int) -> list[TicketSummary]:
        with self._database.reading() as connection:
            at = self._book.event(connection, event)
            wanted = select(tickets).where(tickets.c.event_id == event, which).order_by(tickets.c.tid).limit(most)
            rows = connection.execute(wanted).all()
            tids = [row.tid for row in rows]
            uses, orders = _uses(connection, event, tids), _orders(connection, event, tids)
        return [_summary(row, at, uses.get(row.tid, (0, None)), orders.get(row.tid)) for row in rows]

    def codes(
        self,
        event: EventId,
        source: str | None = None,
        after: TicketHandle = _FIRST,
        most: int = MOST_EXPORTED,
        *,
        cls: ClassId | None = None,
        tids: Sequence[TicketHandle] | None = None,
    ) -> CodePage:
        """The T1 codes of tickets that have one: sealed again, as no text of them is kept.

        Of one shop, of a class, of these tickets, or of all. A page of a class looks at `most` tickets and has those of
        the class among them, so that no call reads a whole event: it may be empty, and still not be the last.
        Raises EventUnknown.
        """
        mine = (tickets.c.event_id == event) & (tickets.c.tid > after) & (tickets.c.kid != NO_KID)
        mine = mine if source is None else mine & (tickets.c.source == source)
        wanted = select(tickets).where(mine if tids is None else mine & tickets.c.tid.in_(list(tids)))
        with self._database.reading() as connection:
            self._book.event(connection, event)
            keys = {key.kid: key for key in self._book.keys_of(connection, event)}
            rows = connection.execute(wanted.order_by(tickets.c.tid).limit(most)).all()
        found = [
            TicketCode(
                row.tid.hex(),
                row.source,
                row.external_ref,
                self._book.seal(keys[row.kid], claims_of(row)),
                row.cls,
                row.nbf,
                row.exp,
            )
            for row in rows
            if row.kid in keys and cls in {None, row.cls}
        ]
        return CodePage(found, rows[-1].tid.hex() if len(rows) == most else None)

    def export(self, event: EventId) -> Iterator[TicketSummary]:
        """All tickets, a page in each transaction. Raises EventUnknown."""
        after: str | None = ""
        while after is not None:
            page = self.page(event, TicketHandle(bytes.fromhex(after)))
            yield from page.tickets
            after = page.after

    def remaining(self, event: EventId) -> Remaining:
        """What is left of a migration. Raises EventUnknown."""
        old = select(codes.c.tid, func.max(codes.c.gen).label("gen")).where(
            codes.c.event_id == event, codes.c.form != T1_FORM
        )
        newest = old.group_by(codes.c.tid).subquery()
        mine = (tickets.c.event_id == event) & (tickets.c.tid == newest.c.tid)
        columns = (newest.c.tid, newest.c.gen, tickets.c.denial, tickets.c.denial_min_gen)
        used = select(redemptions.c.tid).where(redemptions.c.event_id == event).distinct()
        with self._database.reading() as connection:
            until_ms = self._book.event(connection, event).codes.legacy_until_ms
            entered = set(connection.execute(used).scalars())
            rows = connection.execute(select(*columns).join_from(newest, tickets, mine)).all()
        open_rows = [row for row in rows if row.tid not in entered]
        refused = [row for row in open_rows if row.denial is not None and row.gen < row.denial_min_gen]
        again = sum(row.denial == DenialReason.REVOKED.value and row.denial_min_gen <= LAST_GEN for row in refused)
        return Remaining(len(rows), len(rows) - len(open_rows), again, len(refused) - again, until_ms)

    def _change(
        self,
        event: EventId,
        tid: TicketHandle,
        step_of: Callable[[Known], Step],
        why: Why | None,
        *,
        is_mailed: bool | None,
    ) -> tuple[Step, str | None]:
        """A new edition of one ticket, its facts folded anew; the step, and to whom it was mailed."""

        def work(connection: Connection) -> tuple[Step, str | None]:
            page = self._ledger.page(connection, event)
            page.lock([tid], is_patient=True)
            known = read_tickets(connection, event, tickets.c.tid == tid).get(tid)
            if known is None:
                raise TicketUnknown(tid.hex())
            step = step_of(known)
            write_steps(connection, self._database, self._book, event, known.source, [step], self._now_ms())
            page.settle(page.lock([tid], is_patient=True).tickets)
            said: dict[str, str | int] = {"gen": step.claims.gen} | ({} if why is None else {"why": why.value})
            audit.note(connection, Deed.TICKET_REISSUED, event, tid.hex(), now_ms=self._now_ms(), **said)
            return step, self._mail.put_new_code(connection, event, tid, is_wanted=is_mailed)

        return self._database.transact(work)

    def _event_and_signer(self, event: EventId) -> tuple[Event, Signer]:
        with self._database.reading() as connection:
            at = self._book.event(connection, event)
            active = [key for key in self._book.keys_of(connection, event) if key.state is KeyState.ACTIVE]
        if not active:
            raise NoActiveKey(event.hex)
        return at, self._book.keys.signer(active[0])

    def _store(self, event: EventId, cls: ClassId, rows: Sequence[Mapping[str, Any]], address: str | None) -> None:
        """Some tickets in one transaction, with the mail that hands them out: it has all of them, or as many as fit."""
        tids = [TicketHandle(row["tid"]) for row in rows]

        def work(connection: Connection) -> None:
            connection.execute(insert(tickets), rows)
            if address is not None:
                person = {"event_id": event, "name": "", "order_ref": tids[0].hex(), "email": address}
                connection.execute(insert(attendees), [person | {"tid": tid} for tid in tids])
                mail_new(connection, self._database, event, tids, self._now_ms())
            counters = Counters(connection, self._database.profile, event)
            counters.add(Counted.TICKETS, len(rows), name=Presence.EXPECTED, cls=cls)
            counters.flush()

        self._database.transact(work)

    def _row_of(self, event: EventId, made: _Made) -> dict[str, Any]:
        claims = made.claims
        return {
            "event_id": event,
            "tid": claims.tid,
            "kid": claims.kid,
            "flags": claims.flags,
            "gen": claims.gen,
            "cls": claims.cls,
            "nbf": claims.nbf,
            "exp": claims.exp,
            "is_inside": False,
            "source": ISSUED,
            "external_ref": None,
            "issued_at": self._now_ms(),
            "digest": digest_of_text(made.text),
        }


def _made(signer: Signer, cls: ClassId, window: tuple[int, int], flags: int) -> _Made:
    claims = Claims(flags, signer.kid, TicketHandle(secrets.token_bytes(TID_BYTES)), 0, cls, *window)
    return _Made(claims, signer.seal(claims))


def _check_class(event: Event, cls: ClassId) -> None:
    if cls not in event.classes:
        raise ClassUnknown(str(cls), ", ".join(f"{each.id} {each.name}" for each in event.classes.values()))


def _window(event: Event, nbf: int | None, exp: int | None) -> tuple[int, int]:
    starts, ends = own_window(event)
    window = (starts if nbf is None else nbf, ends if exp is None else exp)
    if not 0 <= window[0] < window[1] < 1 << 32:
        raise WindowWrong("a ticket ends after it starts, and before the year 2106")
    return window


def _uses(connection: Connection, event: EventId, tids: Sequence[bytes]) -> dict[bytes, tuple[int, int | None]]:
    """How many entries each ticket has had, and when the first was."""
    if not tids:
        return {}
    mine = (redemptions.c.event_id == event) & redemptions.c.tid.in_(tids)
    wanted = select(redemptions.c.tid, func.count(), func.min(redemptions.c.at)).where(mine)
    return {row[0]: (row[1], row[2]) for row in connection.execute(wanted.group_by(redemptions.c.tid))}


def _orders(connection: Connection, event: EventId, tids: Sequence[bytes]) -> dict[bytes, str | None]:
    if not tids:
        return {}
    mine = (attendees.c.event_id == event) & attendees.c.tid.in_(tids)
    return {row.tid: row.order_ref for row in connection.execute(select(attendees).where(mine))}


def _summary(row: Any, event: Event, use: tuple[int, int | None], order: str | None) -> TicketSummary:
    is_denied = row.denial is not None and row.gen < row.denial_min_gen
    ticket_class = event.classes.get(ClassId(row.cls))
    return TicketSummary(
        source=row.source,
        external_ref=row.external_ref,
        order=order,
        tid=row.tid.hex(),
        cls=row.cls,
        class_name=ticket_class.name if ticket_class else "",
        gen=row.gen,
        status=Standing(row.denial) if is_denied else Standing.VALID,
        entries=use[0],
        first_ms=use[1],
    )
