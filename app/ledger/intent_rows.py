"""The rows of what Stripe is asked to do: written, read, and shown to a person.

Owns the way between a row of `stripe_intents` and an `Intent`, one attempt of an operation. When there is one, and what
becomes of it, is `app.ledger.intent_book`'s.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, select, update

from app.ledger.deliveries import storable
from app.ledger.payment_book import Payment
from app.ledger.schema import outbox, payments, stripe_intents
from core.delivery.message import MessageState
from core.model.ids import EventId, TicketHandle
from core.payment.intent import (
    IntentState,
    Mark,
    Operation,
    RefundFate,
    digest_of,
    fate_of,
    key_of,
    refund_parameters,
)
from core.sync.ticket_messages import RefundTold

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Intent:
    """One attempt of an operation: a row. `tids` are the tickets that it is for."""

    event: EventId
    id: UUID
    operation: Operation
    stable_id: str
    attempt: int
    key: str
    parameters: str
    digest: bytes
    state: IntentState
    reason: str | None
    answer: str | None
    object_id: str | None
    payment: UUID
    amount: int
    currency: str
    tids: tuple[TicketHandle, ...]
    message: UUID
    called_at: int | None
    made_at: int
    closed_at: int | None

    @property
    def mark(self) -> Mark:
        """What Stripe's objects carry of it."""
        return Mark(self.event, self.operation, self.stable_id, self.id)


@dataclass(frozen=True, slots=True)
class Shown:
    """An intent as a person sees it, with what became of it and how far its message is."""

    intent: Intent
    fate: RefundFate
    order: str
    source: str
    tries: int
    due_at: int | None


def told_of(shown: Shown) -> RefundTold:
    """A refund on the wire."""
    intent = shown.intent
    return RefundTold(
        id=intent.id.hex,
        state=shown.fate.value,
        amount=intent.amount,
        currency=intent.currency,
        order=shown.order,
        source=shown.source,
        tickets=[tid.hex() for tid in intent.tids],
        begun_ms=intent.made_at,
        done_ms=intent.closed_at if shown.fate is RefundFate.DONE else None,
        reason=intent.reason,
        refund=intent.object_id,
        tries=shown.tries,
        due_ms=shown.due_at,
    )


def shown_of(
    connection: Connection,
    event: EventId,
    *,
    order: str | None = None,
    tid: TicketHandle | None = None,
    payment: UUID | None = None,
    most: int = MOST_SHOWN,
) -> list[Shown]:
    """The newest attempt of each operation, the newest operation first."""
    which = [stripe_intents.c.event_id == event, stripe_intents.c.state != IntentState.SUPERSEDED.value]
    if order is not None:
        of_order = select(payments.c.id).where(payments.c.event_id == event, payments.c.order_ref == order)
        which.append(stripe_intents.c.payment.in_(of_order))
    if payment is not None:
        which.append(stripe_intents.c.payment == payment)
    if tid is not None:
        which.append(stripe_intents.c.tids.contains(f'"{tid.hex()}"', autoescape=True))
    wanted = select(stripe_intents).where(*which).order_by(stripe_intents.c.made_at.desc(), stripe_intents.c.id)
    return [shown_as(connection, intent_of(row)) for row in connection.execute(wanted.limit(most)).all()]


def shown_as(connection: Connection, intent: Intent) -> Shown:
    """An intent with what became of it."""
    mine = (outbox.c.event_id == intent.event) & (outbox.c.id == intent.message)
    letter = connection.execute(select(outbox.c.state, outbox.c.attempts, outbox.c.run_at).where(mine)).first()
    paid = (payments.c.event_id == intent.event) & (payments.c.id == intent.payment)
    named = connection.execute(select(payments.c.order_ref, payments.c.source).where(paid)).first()
    state = MessageState(letter.state) if letter is not None else None
    waits = letter is not None and state in {MessageState.READY, MessageState.LEASED}
    return Shown(
        intent,
        fate_of(intent.state, state),
        named.order_ref if named is not None else "",
        named.source if named is not None else "",
        letter.attempts if letter is not None else 0,
        letter.run_at if letter is not None and waits else None,
    )


def intents_of(connection: Connection, event: EventId, payment: UUID) -> list[Intent]:
    """All attempts of a payment's operations, the newest last."""
    mine = (stripe_intents.c.event_id == event) & (stripe_intents.c.payment == payment)
    newest_last = (stripe_intents.c.made_at, stripe_intents.c.attempt)
    return [intent_of(row) for row in connection.execute(select(stripe_intents).where(mine).order_by(*newest_last))]


def newest_of_message(connection: Connection, event: EventId, message: UUID) -> Intent | None:
    """The newest attempt that a message stands for."""
    mine = (stripe_intents.c.event_id == event) & (stripe_intents.c.message == message)
    newest = select(stripe_intents).where(mine).order_by(stripe_intents.c.attempt.desc()).limit(1)
    row = connection.execute(newest).first()
    return None if row is None else intent_of(row)


def first_intent(
    payment: Payment, tids: Sequence[TicketHandle], stable_id: str, amount: int, message: UUID, now_ms: int
) -> Intent:
    """The first attempt of a refund, under a key of its own."""
    id_ = uuid4()
    mark = Mark(payment.event, Operation.REFUND, stable_id, id_)
    parameters = refund_parameters(mark, amount, payment.payment_intent, payment.charge)
    return Intent(
        event=payment.event,
        id=id_,
        operation=Operation.REFUND,
        stable_id=stable_id,
        attempt=1,
        key=key_of(Operation.REFUND, stable_id, uuid4()),
        parameters=parameters,
        digest=digest_of(parameters),
        state=IntentState.OPEN,
        reason=None,
        answer=None,
        object_id=None,
        payment=payment.id,
        amount=amount,
        currency=payment.currency,
        tids=tuple(sorted(tids)),
        message=message,
        called_at=None,
        made_at=now_ms,
        closed_at=None,
    )


def next_intent(before: Intent, payment: Payment, now_ms: int) -> Intent:
    """The next attempt of an operation: another key, the same money."""
    fresh = first_intent(payment, before.tids, before.stable_id, before.amount, before.message, now_ms)
    return replace(fresh, attempt=before.attempt + 1)


def end_intent(
    connection: Connection,
    intent: Intent,
    state: IntentState,
    now_ms: int,
    *,
    reason: str | None,
    answer: Mapping[str, Any],
    object_id: str | None = None,
) -> None:
    """Writes down what an attempt came to."""
    values = {
        "state": state.value,
        "reason": reason and storable(reason),
        "answer": storable(json.dumps(answer, ensure_ascii=False)) if answer else intent.answer,
        "object_id": object_id or intent.object_id,
        "closed_at": now_ms,
    }
    connection.execute(update(stripe_intents).where(is_intent(intent.event, intent.id)).values(values))


def is_done(connection: Connection, intent: Intent) -> bool:
    """Whether Stripe has it by now; held for this transaction."""
    mine = select(stripe_intents.c.state).where(is_intent(intent.event, intent.id)).with_for_update()
    return bool(connection.execute(mine).scalar() == IntentState.DONE.value)


def intent_at(connection: Connection, event: EventId, id_: UUID) -> Intent:
    """An attempt by its id. It is there."""
    return intent_of(connection.execute(select(stripe_intents).where(is_intent(event, id_))).one())


def is_intent(event: EventId, id_: UUID) -> Any:
    """The row of an attempt."""
    return (stripe_intents.c.event_id == event) & (stripe_intents.c.id == id_)


def intent_of(row: Any) -> Intent:
    """An attempt of a row of `stripe_intents`."""
    return Intent(
        event=EventId(row.event_id),
        id=row.id,
        operation=Operation(row.operation_type),
        stable_id=row.stable_id,
        attempt=row.attempt,
        key=row.key,
        parameters=row.parameters,
        digest=row.parameters_sha256,
        state=IntentState(row.state),
        reason=row.reason,
        answer=row.answer,
        object_id=row.object_id,
        payment=row.payment,
        amount=row.amount,
        currency=row.currency,
        tids=tuple(TicketHandle(bytes.fromhex(tid)) for tid in json.loads(row.tids)),
        message=row.message,
        called_at=row.called_at,
        made_at=row.made_at,
        closed_at=row.closed_at,
    )


def row_of(intent: Intent) -> dict[str, Any]:
    """The row of an attempt."""
    return {
        "event_id": intent.event,
        "id": intent.id,
        "operation_type": intent.operation.value,
        "stable_id": intent.stable_id,
        "attempt": intent.attempt,
        "key": intent.key,
        "parameters": intent.parameters,
        "parameters_sha256": intent.digest,
        "state": intent.state.value,
        "reason": intent.reason,
        "answer": intent.answer,
        "object_id": intent.object_id,
        "payment": intent.payment,
        "amount": intent.amount,
        "currency": intent.currency,
        "tids": json.dumps([tid.hex() for tid in intent.tids]),
        "message": intent.message,
        "called_at": intent.called_at,
        "made_at": intent.made_at,
        "closed_at": intent.closed_at,
    }
