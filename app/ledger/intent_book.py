"""What Stripe is asked to do: refunds begun with the cancel that gives cause for them, tried under one key each.

Owns when an intent begins and what ends it; its rows are `app.ledger.intent_rows`. An intent and its message are
written in the transaction of what wants the money back, so that they are there before the first call, whatever happens
then. Who tries it, when, and how often is the outbox's matter: its message goes by channel `stripe`. What came of a try
is written under the message's fence.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from app.errors import AppError
from app.ledger.audit import note
from app.ledger.deliveries import replay
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.intent_rows import (
    MOST_SHOWN,
    Intent,
    Shown,
    end_intent,
    first_intent,
    intent_at,
    intent_of,
    intents_of,
    is_done,
    is_intent,
    newest_of_message,
    next_intent,
    row_of,
    shown_as,
    shown_of,
)
from app.ledger.outbox import Message, put
from app.ledger.payment_book import Payment, locked_payment, note_told
from app.ledger.schema import (
    NO_EVENT,
    attendees,
    installation,
    payments,
    stripe_accounts,
    stripe_intents,
    tickets,
)
from core.delivery.message import Channel
from core.journal.audit import Deed
from core.model.ids import EventId, TicketHandle
from core.payment.answer import (
    NOTHING_LEFT,
    PARAMETERS_DIFFER,
    REFUND_FAILED,
    AccountRefused,
    AnotherKey,
    Conclusion,
    Done,
    Refund,
    Refused,
    Unknown,
)
from core.payment.intent import (
    IntentState,
    Operation,
    RefundFate,
    Step,
    are_same,
    stable_id_of,
    step_of,
)
from core.payment.money import REFUNDABLE, Flow, Unclear, amount_of
from core.ticket.lists import DenialReason

KIND = "refund"
"""The kind of its message."""
_MOST_SAID = 300
_COUNTED = (IntentState.OPEN.value, IntentState.DONE.value)


class IntentUnknown(AppError):
    """The event has no such intent."""

    def __init__(self) -> None:
        super().__init__("intent_unknown")


class RefundRefused(AppError):
    """A refund can't be begun like that: `cause` says why. Nothing was canceled either."""

    def __init__(self, cause: str) -> None:
        super().__init__("refund_refused", cause=cause)


class RefundNotAllowed(AppError):
    """Whoever cancels may not give money back."""

    def __init__(self) -> None:
        super().__init__("refund_not_allowed")


@dataclass(frozen=True, slots=True)
class Wish:
    """That a cancel is to give the money back: how much, where somebody says it; whether who asks may.

    `is_order`: the order ends, and not single tickets of it.
    """

    amount: int | None = None
    is_allowed: bool = True
    is_order: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker does next for an intent. `step` is None where nothing is left to do; `refused` is why it may not.

    `paid` is the payment's whole amount.
    """

    intent: Intent
    step: Step | None
    payment_intent: str | None
    charge: str | None
    paid: int
    refused: Refused | None = None


class IntentBook:
    """The intents of all events in one database. Safe between threads and processes."""

    def __init__(self, database: Database, book: EventBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._now_ms = now_ms

    # --- begun ----------------------------------------------------------------------------------------------------

    def begin_refund(
        self, connection: Connection, event: EventId, tids: Sequence[TicketHandle], wish: Wish
    ) -> Intent | None:
        """In the open transaction of a cancel: the refund of these tickets, and its message.

        None where Stripe has nothing to give back: no account, no payment of the order, or one that is not paid; where
        nothing is left of it; where none of these tickets is canceled. A refund that was begun before is told again.
        Raises RefundRefused, RefundNotAllowed.
        """
        endpoint = _endpoint_of(connection, event)
        payment = _payment_of(connection, event, tids) if endpoint is not None else None
        if endpoint is None or payment is None:
            return None
        held = intents_of(connection, event, payment.id)
        covered = {tid for each in held if each.state.value in _COUNTED for tid in each.tids}
        wanted = _canceled(connection, event, [tid for tid in tids if tid not in covered])
        if not wanted or payment.state not in REFUNDABLE:
            return next((each for each in reversed(held) if set(tids) & set(each.tids)), None)
        if not wish.is_allowed:
            raise RefundNotAllowed
        stable_id = stable_id_of(payment.id, wanted)
        before = next((each for each in reversed(held) if each.stable_id == stable_id), None)
        if before is not None:  # refused: a person tries that one again
            return before
        amount = self._amount(connection, payment, held, wanted, covered, wish)
        return self._add(connection, payment, endpoint, wanted, stable_id, amount) if amount else None

    def _amount(
        self,
        connection: Connection,
        payment: Payment,
        held: Sequence[Intent],
        wanted: Sequence[TicketHandle],
        covered: Collection[TicketHandle],
        wish: Wish,
    ) -> int:
        others = _tickets_of_order(connection, payment) - set(wanted) - set(covered)
        flow = _flow(payment, held)
        amount = amount_of(flow, payment.prices, wanted, is_all=not others, is_order=wish.is_order, asked=wish.amount)
        match amount:
            case Unclear.NO_PRICE:
                raise RefundRefused("the order keeps other tickets, and what these cost is not known: say the amount")
            case Unclear.TOO_MUCH:
                raise RefundRefused(f"of what was paid {flow.left} {payment.currency} can still be refunded")
            case _:
                return amount

    def _add(
        self,
        connection: Connection,
        payment: Payment,
        endpoint: UUID,
        tids: Sequence[TicketHandle],
        stable_id: str,
        amount: int,
    ) -> Intent:
        now, event = self._now_ms(), payment.event
        message = Message(
            channel=Channel.STRIPE,
            endpoint=endpoint,
            kind=KIND,
            key=f"stripe:{Operation.REFUND.value}:{stable_id}",
            body=json.dumps({"event": event.hex, "operation": Operation.REFUND.value, "stable_id": stable_id}),
        )
        (id_,) = put(connection, self._database.profile, event, [message], now)
        made = first_intent(payment, tids, stable_id, amount, id_, now)
        connection.execute(insert(stripe_intents), row_of(made))
        note(
            connection,
            Deed.REFUND_BEGUN,
            event,
            made.id.hex,
            now_ms=now,
            amount=amount,
            currency=payment.currency,
            tickets=len(tids),
        )
        return made

    # --- tried ----------------------------------------------------------------------------------------------------

    def begun(self, event: EventId, message: UUID) -> Work | None:
        """What is to be done now for a message's intent; written down before a call, so that its age is known.

        None where there is no such intent. Parameters that are not those that the key was made for are refused, and so
        is a later attempt that would bring back more than was paid.
        """
        now = self._now_ms()

        def work(connection: Connection) -> Work | None:
            found = newest_of_message(connection, event, message)
            payment = locked_payment(connection, event, found.payment) if found is not None else None
            if found is None or payment is None:
                return None
            intent = intent_at(connection, event, found.id)  # as it is now that the payment is held
            may_be_done = intent.attempt == 1 and _was_restored(connection)
            step = step_of(intent.state, intent.called_at, intent.made_at, now, may_be_done=may_be_done)
            refused = self._refused(connection, payment, intent) if step is Step.CALL else None
            if step is Step.CALL and refused is None and intent.called_at is None:
                connection.execute(update(stripe_intents).where(is_intent(event, intent.id)).values(called_at=now))
            return Work(intent, step, payment.payment_intent, payment.charge, payment.amount, refused)

        return self._database.transact(work)

    def _refused(self, connection: Connection, payment: Payment, intent: Intent) -> Refused | None:
        if not are_same(intent.parameters, intent.digest):
            return Refused(PARAMETERS_DIFFER, PARAMETERS_DIFFER)
        if intent.called_at is None:
            others = [each for each in intents_of(connection, intent.event, payment.id) if each.id != intent.id]
            if intent.amount > _flow(payment, others).left:
                return Refused(NOTHING_LEFT, NOTHING_LEFT)
        return None

    def settle(self, connection: Connection, intent: Intent, conclusion: Conclusion) -> None:
        """In the transaction that ends a try: what came of it. What Stripe said meanwhile that it has, stays done."""
        now = self._now_ms()
        if not isinstance(conclusion, Done) and is_done(connection, intent):
            return
        match conclusion:
            case Done():
                self._done(connection, intent, conclusion, now)
            case AnotherKey():
                self._another(connection, intent, now)
            case Refused():
                said = conclusion.answer.said[:_MOST_SAID] if conclusion.answer is not None else ""
                told = {"code": conclusion.code, "said": said}
                end_intent(connection, intent, IntentState.REFUSED, now, reason=conclusion.code, answer=told)
            case AccountRefused() | Unknown():
                pass  # its message waits; of an account that is refused the delivery line tells
            case _:
                assert_never(conclusion)

    def _done(self, connection: Connection, intent: Intent, done: Done, now: int) -> None:
        payment = locked_payment(connection, intent.event, intent.payment)
        made = done.refund
        told = {"refund": made.id, "status": made.status, "amount": made.amount} if made is not None else {}
        end_intent(
            connection,
            intent,
            IntentState.DONE,
            now,
            reason=done.why,
            answer=told,
            object_id=made.id if made is not None else None,
        )
        if payment is None:
            return
        flow = _flow(payment, intents_of(connection, intent.event, payment.id))
        total = min(payment.amount, max(payment.refunded, flow.done, done.refunded or 0))
        note_told(connection, payment, now, refunded=total, charge=made.charge if made is not None else None)

    def _another(self, connection: Connection, intent: Intent, now: int) -> None:
        payment = locked_payment(connection, intent.event, intent.payment)
        if payment is None:
            return
        end_intent(connection, intent, IntentState.SUPERSEDED, now, reason="another_key", answer={})
        made = next_intent(intent, payment, now)
        connection.execute(insert(stripe_intents), row_of(made))

    def note_done(self, connection: Connection, event: EventId, id_: UUID, refund: Refund) -> Intent | None:
        """In an open transaction: Stripe says that it has the refund of an intent, whose answer was lost or is to come.

        None for no intent. Its message has nothing left to do.
        """
        row = connection.execute(select(stripe_intents).where(is_intent(event, id_)).with_for_update()).first()
        if row is None:
            return None
        intent = intent_of(row)
        if intent.state is IntentState.OPEN:
            told = {"refund": refund.id, "status": refund.status, "amount": refund.amount}
            now = self._now_ms()
            end_intent(connection, intent, IntentState.DONE, now, reason=None, answer=told, object_id=refund.id)
        return intent_at(connection, event, intent.id)

    def note_failed(self, connection: Connection, event: EventId, object_id: str) -> Intent | None:
        """In an open transaction: Stripe says that a refund came to nothing after all, days later; None for no intent.

        A person is to decide: `retry` makes another.
        """
        mine = (stripe_intents.c.event_id == event) & (stripe_intents.c.object_id == object_id)
        row = connection.execute(select(stripe_intents).where(mine).with_for_update()).first()
        if row is None:
            return None
        intent = intent_of(row)
        if intent.state is IntentState.DONE:
            end_intent(connection, intent, IntentState.REFUSED, self._now_ms(), reason=REFUND_FAILED, answer={})
        return intent_at(connection, event, intent.id)

    # --- for a person ---------------------------------------------------------------------------------------------

    def list(
        self, event: EventId, *, order: str | None = None, tid: TicketHandle | None = None, most: int = MOST_SHOWN
    ) -> Sequence[Shown]:
        """The newest attempt of each operation, the newest operation first: of an order, of a ticket, or of all.

        Raises EventUnknown.
        """
        with self._database.reading() as connection:
            self._book.event(connection, event)
            return shown_of(connection, event, order=order, tid=tid, most=most)

    def show(self, event: EventId, id_: UUID) -> tuple[Shown, tuple[Intent, ...]]:
        """One intent, and all attempts of its operation from the first on. Raises EventUnknown, IntentUnknown."""
        with self._database.reading() as connection:
            self._book.event(connection, event)
            row = connection.execute(select(stripe_intents).where(is_intent(event, id_))).first()
            if row is None:
                raise IntentUnknown
            intent = intent_of(row)
            same = (
                (stripe_intents.c.event_id == event)
                & (stripe_intents.c.operation_type == intent.operation.value)
                & (stripe_intents.c.stable_id == intent.stable_id)
            )
            rows = connection.execute(select(stripe_intents).where(same).order_by(stripe_intents.c.attempt)).all()
            attempts = tuple(intent_of(each) for each in rows)
            return shown_as(connection, attempts[-1]), attempts

    def retry(self, event: EventId, id_: UUID) -> Shown:
        """Tries a refused or stuck refund again, once; what waits or is done stays as it is.

        Its message is replayed, or, where that is over, another one made. Raises EventUnknown, IntentUnknown.
        """
        shown, _ = self.show(event, id_)
        if shown.fate in {RefundFate.WAITING, RefundFate.DONE}:
            return shown
        now = self._now_ms()

        def work(connection: Connection) -> Shown:
            intent = shown.intent
            if not replay(connection, event, [intent.message], now):
                self._put_anew(connection, intent, now)
            note(connection, Deed.DELIVERIES_REPLAYED, event, intent.id.hex, now_ms=now, channel="stripe", touched=1)
            return shown_as(connection, intent_at(connection, event, intent.id))

        return self._database.transact(work)

    def _put_anew(self, connection: Connection, intent: Intent, now: int) -> None:
        endpoint = _endpoint_of(connection, intent.event)
        if endpoint is None:
            raise RefundRefused("the event has no Stripe account any more")
        key = f"stripe:{intent.operation.value}:{intent.stable_id}:{intent.attempt}:{now}"
        told = {"event": intent.event.hex, "operation": intent.operation.value, "stable_id": intent.stable_id}
        message = Message(Channel.STRIPE, endpoint, KIND, key, json.dumps(told))
        for id_ in put(connection, self._database.profile, intent.event, [message], now):
            connection.execute(update(stripe_intents).where(is_intent(intent.event, intent.id)).values(message=id_))


def _endpoint_of(connection: Connection, event: EventId) -> UUID | None:
    mine = select(stripe_accounts.c.endpoint).where(stripe_accounts.c.event_id == event)
    return connection.execute(mine).scalar()


def _payment_of(connection: Connection, event: EventId, tids: Sequence[TicketHandle]) -> Payment | None:
    """The one payment of these tickets, held for this transaction; None where there is none, or several."""
    both = (tickets.c.event_id == attendees.c.event_id) & (tickets.c.tid == attendees.c.tid)
    theirs = (
        (payments.c.event_id == attendees.c.event_id)
        & (payments.c.order_ref == attendees.c.order_ref)
        & (payments.c.source == tickets.c.source)
    )
    wanted = select(payments.c.id).select_from(attendees).join(tickets, both).join(payments, theirs)
    mine = wanted.where(attendees.c.event_id == event, attendees.c.tid.in_(list(tids))).distinct()
    found = connection.execute(mine).scalars().all()
    return locked_payment(connection, event, found[0]) if len(found) == 1 else None


def _tickets_of_order(connection: Connection, payment: Payment) -> set[TicketHandle]:
    both = (tickets.c.event_id == attendees.c.event_id) & (tickets.c.tid == attendees.c.tid)
    mine = (attendees.c.event_id == payment.event) & (attendees.c.order_ref == payment.order)
    wanted = select(attendees.c.tid).join(tickets, both).where(mine, tickets.c.source == payment.source)
    return {TicketHandle(tid) for tid in connection.execute(wanted).scalars()}


def _canceled(connection: Connection, event: EventId, tids: Sequence[TicketHandle]) -> list[TicketHandle]:
    """Those that are canceled: for one that stays good, or is blocked, no money goes back."""
    which = (tickets.c.tid.in_(list(tids))) & (tickets.c.denial == DenialReason.CANCELED.value)
    wanted = select(tickets.c.tid).where(tickets.c.event_id == event, which).order_by(tickets.c.tid)
    return [TicketHandle(tid) for tid in connection.execute(wanted).scalars()]


def _flow(payment: Payment, intents: Sequence[Intent]) -> Flow:
    done = sum(each.amount for each in intents if each.state is IntentState.DONE and each.object_id is not None)
    begun = sum(each.amount for each in intents if each.state is IntentState.OPEN)
    return Flow(payment.amount, payment.refunded, done, begun)


def _was_restored(connection: Connection) -> bool:
    """Whether this ledger began with a backup: what it did after that was made, it has forgotten."""
    mine = select(installation.c.restored_at).where(installation.c.event_id == NO_EVENT)
    return connection.execute(mine).scalar() is not None
