"""What Stripe told: each message kept once, with its work, and what came of it.

Owns the table `stripe_events`. A message and its work are written in one transaction, under Stripe's own id of it, so
that one which comes again, or eight times at once, is there once. What is done about it goes by how the payment is at
Stripe now (`core.payment.look`), in the transaction that ends its work. No name, no card and no body of Stripe's is
kept.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, assert_never
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, insert, select, update

from app.errors import AppError
from app.ledger.deliveries import is_state
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.intent_book import IntentBook
from app.ledger.notice_rows import put_notices, ways_of
from app.ledger.orders import OrderBook, tickets_of_order
from app.ledger.outbox import Message, put
from app.ledger.payment_book import Payment, find, locked_payment, note_told, payment_from, payments_of
from app.ledger.schema import endpoints, outbox, payments, stripe_accounts, stripe_events, tickets
from app.ledger.stripe_accounts import StripeAccounts, StripeUnset
from core.delivery.circuit import EndpointState
from core.delivery.message import Channel, MessageState, message_id
from core.delivery.notice import Notice, NoticeKind
from core.model.ids import EventId, TicketHandle
from core.model.moments import Millis
from core.payment.answer import Refund
from core.payment.look import (
    OUTCOMES,
    Decision,
    Effect,
    Held,
    Outcome,
    Policy,
    Progress,
    SeenPayment,
    Trouble,
    decide,
    state_of,
)
from core.payment.money import PaymentState
from core.payment.told_event import Handling, Subject, ToldEvent
from core.sync.ticket_messages import Why
from core.ticket.lists import DenialReason

MOST_SHOWN = 200
_KEY = "stripe-event:"
_UNDER_WAY = (MessageState.READY, MessageState.LEASED)
_DAY_MS = 24 * 60 * 60 * 1000


class Came(StrEnum):
    """How a message came to be here."""

    DELIVERED = "delivered"
    LISTED = "listed"  # found missing, when what is here was compared with Stripe's own list


class PaymentVanished(AppError):
    """The order that a payment was for was there a moment ago: its work is tried again."""

    def __init__(self) -> None:
        super().__init__("payment_unknown")


@dataclass(frozen=True, slots=True)
class Version:
    """How a payment was here before a look at Stripe: how often it had been looked at, where it was."""

    looks: int
    state: PaymentState
    refunded: int


@dataclass(frozen=True, slots=True)
class Look:
    """A payment as it was seen, and how it was here before the look began; None where it was not here at all.

    Two workers may look at one payment, and the one that looked first may come last: what it saw is over by then.
    """

    seen: SeenPayment
    before: Version | None


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """The order that a payment was for, with its tickets; `payment` is None where its metadata alone says so."""

    order: str
    source: str
    tids: tuple[TicketHandle, ...]
    payment: UUID | None = None


class Nowhere(StrEnum):
    """Why a payment is none of the event's."""

    UNKNOWN = "unknown"  # yet: a message may come before its order
    ELSEWHERE = "elsewhere"
    TOO_LATE = "too_late"


Place: TypeAlias = OrderPaid | Nowhere
"""Where a payment belongs."""


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """A message as it is kept."""

    id: str
    type: str
    object_id: str | None
    made_at: int
    came: Came
    received_at: int
    outcome: Outcome | None
    trouble: Trouble | None
    done_at: int | None


class StripeEvents:
    """The messages of all events in one database. Safe between threads and processes."""

    def __init__(
        self,
        database: Database,
        book: EventBook,
        orders: OrderBook,
        accounts: StripeAccounts,
        intents: IntentBook,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._book = book
        self._orders = orders
        self._accounts = accounts
        self._intents = intents
        self._now_ms = now_ms

    # --- what comes -----------------------------------------------------------------------------------------------

    def take(self, event: EventId, told: ToldEvent, came: Came) -> bool:
        """Keeps a message with its work; False, and nothing is done, where it is kept already.

        Raises StripeUnset, LedgerBusy, LedgerUnavailable.
        """
        now, looks = self._now_ms(), told.handling is Handling.LOOK
        row = {
            "event_id": event,
            "id": told.id,
            "type": told.type,
            "object_id": told.object_id,
            "made_at": told.made_at_s * 1000,
            "came": came.value,
            "received_at": now,
            "outcome": None if looks else Outcome.IGNORED.value,
            "done_at": None if looks else now,
        }
        add = self._database.profile.insert(stripe_events)
        key = [stripe_events.c.event_id, stripe_events.c.id]
        first = add.on_conflict_do_nothing(index_elements=key).returning(stripe_events.c.id)

        def work(connection: Connection) -> bool:
            account = stripe_accounts.c.event_id == event
            endpoint = connection.execute(select(stripe_accounts.c.endpoint).where(account)).scalar()
            if endpoint is None:
                raise StripeUnset
            is_new = connection.execute(first, row).first() is not None
            if is_new and looks:
                put(connection, self._database.profile, event, [_work_of(event, endpoint, told)], now)
            return is_new

        return self._database.transact(work)

    def unknown_of(self, event: EventId, ids: Collection[str]) -> set[str]:
        """Those of these messages that are not kept."""
        mine = (stripe_events.c.event_id == event) & stripe_events.c.id.in_(list(ids))
        with self._database.reading() as connection:
            return set(ids) - set(connection.execute(select(stripe_events.c.id).where(mine)).scalars())

    def list(self, event: EventId, most: int = MOST_SHOWN) -> Sequence[KeptEvent]:
        """The messages of an event, the newest first. Raises EventUnknown."""
        wanted = select(stripe_events).where(stripe_events.c.event_id == event)
        wanted = wanted.order_by(stripe_events.c.received_at.desc(), stripe_events.c.id).limit(most)
        with self._database.reading() as connection:
            self._book.event(connection, event)
            return [_kept(row) for row in connection.execute(wanted)]

    # --- for the nightly comparison -------------------------------------------------------------------------------

    def accounts(self) -> Sequence[EventId]:
        """The events whose account is in use."""
        both = (endpoints.c.event_id == stripe_accounts.c.event_id) & (endpoints.c.id == stripe_accounts.c.endpoint)
        wanted = select(stripe_accounts.c.event_id).join(endpoints, both)
        wanted = wanted.where(endpoints.c.state == EndpointState.ACTIVE.value).order_by(stripe_accounts.c.event_id)
        asked = wanted.execution_options(spans_events="a job looks after every event")
        with self._database.reading() as connection:
            return [EventId(event) for event in connection.execute(asked).scalars()]

    def newest_of(self, event: EventId) -> int:
        """When the newest message was made that is kept, or else the account (unix ms)."""
        newest = select(func.max(stripe_events.c.made_at)).where(stripe_events.c.event_id == event)
        made = select(stripe_accounts.c.made_at).where(stripe_accounts.c.event_id == event)
        with self._database.reading() as connection:
            found = connection.execute(newest).scalar()
            return int(found or connection.execute(made).scalar() or self._now_ms())

    def has_work(self, event: EventId) -> bool:
        """Whether anything of the account waits, or is being worked on."""
        endpoint = select(stripe_accounts.c.endpoint).where(stripe_accounts.c.event_id == event).scalar_subquery()
        mine = select(outbox.c.id).where(outbox.c.event_id == event, outbox.c.endpoint == endpoint).limit(1)
        with self._database.reading() as connection:
            found = [connection.execute(mine.where(is_state(each))).first() for each in _UNDER_WAY]
        return any(found)

    def payments_since(self, event: EventId, since_ms: int, most: int) -> Sequence[Payment]:
        """The payments that changed since then, the newest change first."""
        mine = (payments.c.event_id == event) & (payments.c.changed_at >= since_ms)
        wanted = select(payments).where(mine).order_by(payments.c.changed_at.desc(), payments.c.id).limit(most)
        with self._database.reading() as connection:
            return [payment_from(row) for row in connection.execute(wanted)]

    def tell_difference(self, event: EventId, named: str) -> None:
        """Tells people, once a day, of a payment that is otherwise at Stripe than here."""
        now = self._now_ms()
        about = f"{Trouble.DIFFERS.value}:{named}:{now // _DAY_MS}"
        self._database.transact(lambda connection: self._put_notice(connection, event, Trouble.DIFFERS, named, about))

    # --- what is done about it ------------------------------------------------------------------------------------

    def place_of(self, event: EventId, seen: SeenPayment) -> Place:
        """Where a payment belongs now."""
        with self._database.reading() as connection:
            return self._place_of(connection, event, seen)

    def version_of(self, event: EventId, named: str) -> Version | None:
        """How the payment that Stripe calls so is here now; None where it is not here."""
        with self._database.reading() as connection:
            payment = find(connection, event, payment_intent=named, checkout_session=named, charge=named)
            return None if payment is None else _version_of(connection, payment)

    def settle(self, connection: Connection, event: EventId, told: ToldEvent, look: Look) -> None:
        """In an open transaction: what a payment means for its order's tickets, and what of it is written down.

        1. the order's tickets are locked, then its payment: as everybody does who changes both
        2. a look that others have overtaken is made again, unless it saw what is known anyway
        3. it is decided
        4. the payment, and what people are told of
        5. the tickets, and the message
        Raises PaymentVanished.
        """
        id_, seen = told.id, look.seen
        place = self._place_of(connection, event, seen)
        match place:
            case Nowhere.UNKNOWN if seen.progress is Progress.PAID:
                raise PaymentVanished
            case Nowhere.UNKNOWN:  # nothing came in, and nothing is to be done about it
                self._close(connection, event, id_, Outcome.NOTHING, None, None)
            case Nowhere.ELSEWHERE:
                self._close(connection, event, id_, Outcome.ELSEWHERE, None, None)
            case Nowhere.TOO_LATE:
                self._close(connection, event, id_, Outcome.TOO_LATE, None, None)
            case OrderPaid():
                self._do(connection, event, told, look, place)
            case _:
                assert_never(place)

    def _do(self, connection: Connection, event: EventId, told: ToldEvent, look: Look, place: OrderPaid) -> None:
        seen, id_ = look.seen, told.id
        self._orders.lock_within(connection, event, place.tids)  # (1)
        payment = self._locked(connection, event, seen, place)
        account = self._accounts.policies(connection, event)
        if payment is None:
            self._paid_twice(connection, event, id_, seen)
            return
        if account is None:
            raise StripeUnset
        now_here = _version_of(connection, payment)
        if _is_overtaken(look, now_here):  # (2)
            self._look_again(connection, event, told, now_here)
            return
        held = held_of(payment)
        policy = Policy(account.partial_refund, account.dispute)
        decided = decide(seen, held, policy, is_about_dispute=told.subject is Subject.DISPUTE)  # (3)
        now = self._now_ms()
        names = {"payment_intent": seen.payment_intent, "charge": seen.charge}
        note_told(connection, payment, now, state=decided.state, refunded=seen.refunded, **names)  # (4)
        self._note_refunds(connection, event, seen)
        if decided.trouble is not None:
            self._tell(connection, event, decided.trouble, seen)
        changed = self._change(connection, event, decided, place.tids)  # (5)
        outcome = OUTCOMES[decided.effect] if changed else Outcome.NOTHING
        self._close(connection, event, id_, outcome, decided.trouble, payment.id)

    def _look_again(self, connection: Connection, event: EventId, told: ToldEvent, here: Version) -> None:
        account = stripe_accounts.c.event_id == event
        endpoint = connection.execute(select(stripe_accounts.c.endpoint).where(account)).scalar_one()
        again = _work_of(event, endpoint, told, f":{here.looks}")
        put(connection, self._database.profile, event, [again], self._now_ms())

    def _note_refunds(self, connection: Connection, event: EventId, seen: SeenPayment) -> None:
        """What came of the refunds that our own intents asked for: done, or come to nothing after all."""
        for each in seen.refunds:
            if each.intent is not None and each.is_good:
                told = Refund(each.id, each.amount, each.status.value, seen.charge, {})
                self._intents.note_done(connection, event, each.intent, told)
            elif each.intent is not None:
                self._intents.note_failed(connection, event, each.id)

    def _paid_twice(self, connection: Connection, event: EventId, id_: str, seen: SeenPayment) -> None:
        """Money came in for an order that was paid: whose it is, and whether it goes back, a person says."""
        trouble = Trouble.PAID_TWICE if seen.progress is Progress.PAID else None
        if trouble is not None:
            self._tell(connection, event, trouble, seen)
        self._close(connection, event, id_, Outcome.NOTHING, trouble, None)

    def _change(
        self, connection: Connection, event: EventId, decided: Decision, tids: Sequence[TicketHandle]
    ) -> Sequence[TicketHandle]:
        """The tickets that are otherwise now."""
        why = Why.FRAUD if decided.state is PaymentState.DISPUTED else Why.REFUND
        match decided.effect:
            case Effect.NONE:
                return ()
            case Effect.PAY:
                return self._orders.pay_within(connection, event, tids).changed
            case Effect.BLOCK:
                return self._orders.cancel_within(connection, event, tids, DenialReason.BLOCKED, why).changed
            case Effect.CANCEL:
                return self._orders.cancel_within(connection, event, tids, DenialReason.CANCELED, why).changed
            case _:
                assert_never(decided.effect)

    def _tell(self, connection: Connection, event: EventId, trouble: Trouble, seen: SeenPayment) -> None:
        """Of one trouble with one payment people are told once, and again when more of its money has moved."""
        named = seen.payment_intent or seen.charge or seen.session or ""
        self._put_notice(connection, event, trouble, named, f"{trouble.value}:{named}:{seen.refunded}")

    def _put_notice(self, connection: Connection, event: EventId, trouble: Trouble, named: str, about: str) -> None:
        now = self._now_ms()
        told = {"trouble": trouble.value, "object": named, "count": 1}
        notice = Notice(NoticeKind.PAYMENTS, event, about, Millis(now), told)
        put_notices(connection, self._database.profile, event, [notice], ways_of(connection, event), now)

    def _close(
        self,
        connection: Connection,
        event: EventId,
        id_: str,
        outcome: Outcome,
        trouble: Trouble | None,
        payment: UUID | None,
    ) -> None:
        mine = (stripe_events.c.event_id == event) & (stripe_events.c.id == id_)
        told = {"outcome": outcome.value, "trouble": trouble and trouble.value, "payment": payment}
        connection.execute(update(stripe_events).where(mine).values(**told, done_at=self._now_ms()))

    # --- where it belongs -----------------------------------------------------------------------------------------

    def _place_of(self, connection: Connection, event: EventId, seen: SeenPayment) -> Place:
        """By Stripe's names of the payment, else by the order that its metadata names.

        A payment whose order has no tickets here waits for them, until the event is over.
        """
        at = self._book.event(connection, event)
        payment = _payment_of(connection, event, seen)
        if payment is not None:
            named_too = sorted(payment.prices)  # who bought what may have been forgotten: prices name the tickets too
            tids = tickets_of_order(connection, event, payment.order, payment.source) or named_too
            if not tids:
                return Nowhere.TOO_LATE if at.ends_ms < self._now_ms() else Nowhere.UNKNOWN
            return OrderPaid(payment.order, payment.source, tuple(tids), payment.id)
        named = seen.order
        if named is not None and named.event not in {None, event.hex, str(event)}:
            return Nowhere.ELSEWHERE
        order = None if named is None else _order_named(connection, event, named.order, named.source)
        if order is not None:
            return order
        return Nowhere.ELSEWHERE if _is_of_another(connection, event, seen) else Nowhere.UNKNOWN

    def _locked(self, connection: Connection, event: EventId, seen: SeenPayment, place: OrderPaid) -> Payment | None:
        """The order's payment, that nobody else changes; one that nobody told of is kept from now on.

        An order whose payment came to nothing may be paid by another: it goes by the new one's names then. None where
        it was paid by another already.
        """
        id_ = place.payment or next(
            (each.id for each in payments_of(connection, event, place.order, place.source)), None
        )
        if id_ is None:
            return self._made(connection, event, seen, place)
        held = locked_payment(connection, event, id_)
        if held is None or _is_same(held, seen):
            return held
        if held.state not in {PaymentState.OPEN, PaymentState.FAILED}:
            return None
        mine = (payments.c.event_id == event) & (payments.c.id == id_)
        connection.execute(update(payments).where(mine).values(_names(seen)))
        return locked_payment(connection, event, id_)

    def _made(self, connection: Connection, event: EventId, seen: SeenPayment, place: OrderPaid) -> Payment | None:
        now, id_ = self._now_ms(), uuid4()
        row = {
            "event_id": event,
            "id": id_,
            "source": place.source,
            "order_ref": place.order,
            "amount": seen.paid,
            "currency": seen.currency,
            "state": PaymentState.OPEN.value,
            "refunded": 0,
            "made_at": now,
            "changed_at": now,
        }
        connection.execute(insert(payments), row | _names(seen))
        return locked_payment(connection, event, id_)


def held_of(payment: Payment) -> Held:
    """A payment of the ledger's as it is decided on."""
    return Held(payment.state, payment.refunded, payment.amount, payment.currency)


def _version_of(connection: Connection, payment: Payment) -> Version:
    mine = (stripe_events.c.event_id == payment.event) & (stripe_events.c.payment == payment.id)
    looks = connection.execute(select(func.count()).select_from(stripe_events).where(mine)).scalar_one()
    return Version(int(looks), payment.state, payment.refunded)


def _is_overtaken(look: Look, here: Version) -> bool:
    """Whether somebody has changed or looked at the payment since the look began, and it saw something else."""
    agrees = (state_of(look.seen), look.seen.refunded) == (here.state, here.refunded)
    first = look.before is None and here.looks == 0
    return not (agrees or first or look.before == here)


def _work_of(event: EventId, endpoint: UUID, told: ToldEvent, suffix: str = "") -> Message:
    """The work of a message: its kind is the message's type, its body what it is about."""
    body = {"event": event.hex, "id": told.id, "object": told.object_id, "made_at_s": told.made_at_s}
    key = f"{_KEY}{told.id}{suffix}"
    return Message(Channel.STRIPE, endpoint, told.type, key, json.dumps(body, separators=(",", ":")))


def told_in(kind: str, body: str) -> tuple[EventId, ToldEvent]:
    """The message of a work, with its event: the inverse of how it was put in."""
    told = json.loads(body)
    return EventId(UUID(told["event"])), ToldEvent(told["id"], kind, told["object"], told["made_at_s"])


def work_id(event: EventId, id_: str) -> UUID:
    """The id of a message's work, as its dead letter has it."""
    return message_id(event, f"{_KEY}{id_}")


def _payment_of(connection: Connection, event: EventId, seen: SeenPayment) -> Payment | None:
    return find(
        connection,
        event,
        payment_intent=seen.payment_intent,
        checkout_session=seen.session,
        charge=seen.charge,
    )


def _names(seen: SeenPayment) -> dict[str, str | None]:
    """Stripe's names of a payment, as its row has them."""
    return {"payment_intent": seen.payment_intent, "checkout_session": seen.session, "charge": seen.charge}


def _is_same(held: Payment, seen: SeenPayment) -> bool:
    """Whether one of the names that both have is the same."""
    told, kept = _names(seen), (held.payment_intent, held.checkout_session, held.charge)
    return any(name is not None and name == other for name, other in zip(told.values(), kept, strict=True))


def _order_named(connection: Connection, event: EventId, order: str, source: str | None) -> OrderPaid | None:
    """An order by its number; None where it has no ticket here, or two shops gave that number."""
    tids = tickets_of_order(connection, event, order, source)
    mine = (tickets.c.event_id == event) & tickets.c.tid.in_(tids)
    shops = connection.execute(select(tickets.c.source).where(mine).distinct()).scalars().all() if tids else []
    return OrderPaid(order, str(shops[0]), tuple(tids)) if len(shops) == 1 else None


def _is_of_another(connection: Connection, event: EventId, seen: SeenPayment) -> bool:
    """Whether another event has that payment: an account that several events share tells each of them all."""
    wanted = select(stripe_accounts.c.event_id).where(stripe_accounts.c.event_id != event)
    asked = wanted.execution_options(spans_events="several events may share one account at Stripe")
    others = connection.execute(asked).scalars().all()
    return any(_payment_of(connection, EventId(each), seen) is not None for each in others)


def _kept(row: Any) -> KeptEvent:
    return KeptEvent(
        id=row.id,
        type=row.type,
        object_id=row.object_id,
        made_at=row.made_at,
        came=Came(row.came),
        received_at=row.received_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        trouble=None if row.trouble is None else Trouble(row.trouble),
        done_at=row.done_at,
    )
