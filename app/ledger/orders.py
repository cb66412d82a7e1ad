"""What was bought together, and how single tickets of it end or come back.

Owns the changes of a ticket's standing by people: canceled and restored, blocked and unblocked, for one ticket or for
all of an order. One transaction for an order, so that it is canceled or it is not. What kiosks have to know goes into
the next manifest in the same transaction, and so does the record of who did it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection, select

from app.errors import AppError
from app.ledger import audit
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.import_plan import Known, Step, canceled, is_denied_for_good, lifted
from app.ledger.intent_book import IntentBook, Wish
from app.ledger.intent_rows import Shown, shown_as
from app.ledger.redemptions import SqlLedger
from app.ledger.schema import attendees, tickets
from app.ledger.ticket_book import TicketUnknown
from app.ledger.ticket_mail import is_told_by_mail, mail_new
from app.ledger.ticket_rows import read_tickets, write_steps
from core.journal.audit import Deed
from core.model.ids import EventId, TicketHandle
from core.sync.ticket_messages import Why
from core.ticket.lists import EVERY_GEN, Denial, DenialReason

MOST_OF_AN_ORDER = 1_000
"""Tickets of one order: more are several orders to any shop."""


class OrderUnknown(AppError):
    """The event has no ticket of such an order."""

    def __init__(self) -> None:
        super().__init__("order_unknown")


@dataclass(frozen=True, slots=True)
class Standings:
    """What a change did: the tickets that are otherwise now, and the manifest's version that says so.

    The version is 0 where nothing changed. `refund` is what Stripe is asked to give back, where it is asked.
    """

    changed: tuple[TicketHandle, ...]
    manifest_version: int
    refund: Shown | None = None


class OrderBook:
    """The orders of all events of one database. Safe between threads."""

    def __init__(
        self, database: Database, book: EventBook, ledger: SqlLedger, intents: IntentBook, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._book = book
        self._ledger = ledger
        self._intents = intents
        self._now_ms = now_ms

    def tickets_of(self, event: EventId, order: str, source: str | None = None) -> list[TicketHandle]:
        """The tickets of an order, of one shop where two shops gave the same number. Raises OrderUnknown."""
        with self._database.reading() as connection:
            self._book.event(connection, event)
            return _tickets_of(connection, event, order, source)

    def cancel_order(
        self,
        event: EventId,
        order: str,
        source: str | None = None,
        why: Why | None = None,
        wish: Wish = Wish(),  # noqa: B008 — a frozen value
    ) -> Standings:
        """Cancels every ticket of an order that is not denied already: refunded.

        With `Why.REFUND` what was paid for it goes back, so far as Stripe has it: that is written down with the cancel,
        or neither is. Raises EventUnknown, OrderUnknown, RefundRefused, RefundNotAllowed.
        """

        def work(connection: Connection) -> Standings:
            self._book.event(connection, event)
            tids = _tickets_of(connection, event, order, source)
            done = self._change(connection, event, tids, canceled, Deed.TICKET_CANCELED, DenialReason.CANCELED, why)
            return self._refunded(connection, event, tids, done, why, replace(wish, is_order=True))

        return self._database.transact(work)

    def deny(
        self,
        event: EventId,
        tid: TicketHandle,
        reason: DenialReason,
        why: Why | None = None,
        wish: Wish = Wish(),  # noqa: B008 — a frozen value
    ) -> Standings:
        """Denies one ticket, whoever else is in its order; another reason takes an older one's place.

        `why` goes to the audit log, as it does with the others; a cancel for `Why.REFUND` gives back what was paid for
        the ticket, as `cancel_order` does. Raises EventUnknown, TicketUnknown, RefundRefused, RefundNotAllowed.
        """
        is_cancel = reason is DenialReason.CANCELED

        def step(known: Known) -> Step:
            is_said = is_denied_for_good(known.denial) and known.denial is not None and known.denial.reason is reason
            return canceled(known) if is_said else replace(canceled(known), denial=Denial(EVERY_GEN, reason))

        def work(connection: Connection) -> Standings:
            done = self._change(connection, event, [tid], step, Deed.TICKET_CANCELED, reason, why)
            return self._refunded(connection, event, [tid], done, why, wish) if is_cancel else done

        return self._database.transact(work)

    def _refunded(
        self,
        connection: Connection,
        event: EventId,
        tids: Sequence[TicketHandle],
        done: Standings,
        why: Why | None,
        wish: Wish,
    ) -> Standings:
        if why is not Why.REFUND:
            return done
        begun = self._intents.begin_refund(connection, event, tids, wish)
        return done if begun is None else replace(done, refund=shown_as(connection, begun))

    def lift(self, event: EventId, tid: TicketHandle, reason: DenialReason, why: Why | None = None) -> Standings:
        """Takes a denial for this very reason back; editions before the newest stay as they were.

        Raises EventUnknown, TicketUnknown.
        """

        def step(known: Known) -> Step:
            return lifted(known, reason)

        return self._database.transact(
            lambda connection: self._change(connection, event, [tid], step, Deed.TICKET_RESTORED, reason, why)
        )

    def lock_within(self, connection: Connection, event: EventId, tids: Sequence[TicketHandle]) -> None:
        """In an open transaction: nobody else changes these tickets until it ends."""
        self._ledger.page(connection, event).lock(tids, is_patient=True)

    def cancel_within(
        self, connection: Connection, event: EventId, tids: Sequence[TicketHandle], reason: DenialReason, why: Why
    ) -> Standings:
        """In an open transaction: takes these tickets, for that reason, that are not taken already."""

        def step(known: Known) -> Step:
            taken = canceled(known)
            return taken if taken.denial == known.denial else replace(taken, denial=Denial(EVERY_GEN, reason))

        return self._change(connection, event, tids, step, Deed.TICKET_CANCELED, reason, why)

    def pay_within(self, connection: Connection, event: EventId, tids: Sequence[TicketHandle]) -> Standings:
        """In an open transaction: those of these tickets count that were not paid; what was taken stays taken."""
        reason = DenialReason.UNPAID
        step = partial(lifted, reason=reason)
        return self._change(connection, event, tids, step, Deed.TICKET_RESTORED, reason, Why.PAYMENT)

    def _change(
        self,
        connection: Connection,
        event: EventId,
        tids: Sequence[TicketHandle],
        step_of: Callable[[Known], Step],
        deed: Deed,
        reason: DenialReason,
        why: Why | None,
    ) -> Standings:
        said = {} if why is None else {"why": why.value}
        page = self._ledger.page(connection, event)
        page.lock(tids, is_patient=True)
        known = read_tickets(connection, event, tickets.c.tid.in_(list(tids)))
        for tid in tids:
            if tid not in known:
                raise TicketUnknown(tid.hex())
        steps = [step for step in map(step_of, known.values()) if step.before and step.denial != step.before.denial]
        version = 0
        for source in sorted({step.before.source for step in steps if step.before}):
            mine = [step for step in steps if step.before and step.before.source == source]
            version = write_steps(connection, self._database, self._book, event, source, mine, self._now_ms())
        changed = sorted(TicketHandle(step.claims.tid) for step in steps)
        told = [TicketHandle(step.claims.tid) for step in steps if is_told_by_mail(step)]
        mail_new(connection, self._database, event, told, self._now_ms())
        page.settle_anew(changed)
        for tid in changed:
            audit.note(connection, deed, event, tid.hex(), now_ms=self._now_ms(), reason=reason.value, **said)
        return Standings(tuple(changed), version)


def tickets_of_order(
    connection: Connection, event: EventId, order: str, source: str | None = None
) -> list[TicketHandle]:
    """The tickets of an order, of one shop or of every one; none where there is no such order."""
    mine = (attendees.c.event_id == event) & (attendees.c.order_ref == order)
    both = (tickets.c.event_id == attendees.c.event_id) & (tickets.c.tid == attendees.c.tid)
    wanted = select(attendees.c.tid).where(mine)
    if source is not None:
        wanted = wanted.join(tickets, both).where(tickets.c.source == source)
    found = connection.execute(wanted.order_by(attendees.c.tid).limit(MOST_OF_AN_ORDER)).scalars()
    return [TicketHandle(tid) for tid in found]


def _tickets_of(connection: Connection, event: EventId, order: str, source: str | None) -> list[TicketHandle]:
    found = tickets_of_order(connection, event, order, source)
    if not found:
        raise OrderUnknown
    return found
