"""What an event's orders were bought with: which payment at Stripe, how much, and where it is.

Owns the rows of `payments`. An order of a shop has one payment. Shops tell of it (`put`); Stripe's own word comes by
`note_told`, inside the transaction of whoever heard it. No card and no name is kept here.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, exists, insert, or_, select, update

from app.errors import AppError
from app.ledger.audit import note
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.schema import attendees, payments, stripe_intents, tickets
from core.journal.audit import Deed
from core.model.ids import EventId, TicketHandle
from core.payment.money import MOST_AMOUNT, PaymentState, state_after_refund

MOST_PRICES = 1_000
"""As many as an order has tickets."""
_CURRENCY = re.compile("[a-z]{3}", re.ASCII)
_NAMES = {
    "payment_intent": re.compile(r"pi_[A-Za-z0-9_]{1,250}", re.ASCII),
    "checkout_session": re.compile(r"cs_[A-Za-z0-9_]{1,250}", re.ASCII),
    "charge": re.compile(r"(?:ch|py)_[A-Za-z0-9_]{1,250}", re.ASCII),
}
"""Stripe's names of what a payment is, by its column."""


class PaymentUnknown(AppError):
    """Nobody told with what that order was bought."""

    def __init__(self) -> None:
        super().__init__("payment_unknown")


class PaymentWrong(AppError):
    """A payment can't be like that, or not now: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("payment_wrong", cause=cause)


@dataclass(frozen=True, slots=True)
class Told:
    """What a shop tells of an order's payment. `prices`: of tickets, by the shop's reference or our handle (hex)."""

    amount: int
    currency: str
    payment_intent: str | None = None
    checkout_session: str | None = None
    charge: str | None = None
    state: PaymentState = PaymentState.PAID
    prices: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment. `refunded` is what Stripe said that went back in all; `prices` by ticket, so far as they are known."""

    event: EventId
    id: UUID
    source: str
    order: str
    amount: int
    currency: str
    payment_intent: str | None
    checkout_session: str | None
    charge: str | None
    state: PaymentState
    refunded: int
    prices: Mapping[TicketHandle, int]
    changed_at: int


class PaymentBook:
    """The payments of all events in one database. Safe between threads."""

    def __init__(self, database: Database, book: EventBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._now_ms = now_ms

    def show(self, event: EventId, order: str, source: str | None = None) -> Payment:
        """The payment of an order, of one shop where two gave the same number.

        Raises EventUnknown, PaymentUnknown; PaymentWrong where two shops' orders have that number.
        """
        with self._database.reading() as connection:
            self._book.event(connection, event)
            found = payments_of(connection, event, order, source)
        if not found:
            raise PaymentUnknown
        if len(found) > 1:
            raise PaymentWrong("two shops gave that number: say which shop it was")
        return found[0]

    def put(self, event: EventId, order: str, source: str | None, told: Told) -> Payment:
        """Says with what an order was bought; the same again changes nothing.

        The shop is the one of the order's tickets where none is named. Once a refund was begun, amount, currency and
        payment stay what they are. Raises EventUnknown, PaymentWrong.
        """
        _check(told)

        def work(connection: Connection) -> Payment:
            self._book.hold(connection, event)
            shop = source or _shop_of(connection, event, order)
            before = next(iter(payments_of(connection, event, order, shop)), None)
            row = _values(told, _prices(connection, event, shop, told))
            self._check_names(connection, event, told, before)
            return self._write(connection, event, order, shop, row, before)

        return self._database.transact(work)

    def _write(
        self, connection: Connection, event: EventId, order: str, shop: str, row: dict[str, Any], before: Payment | None
    ) -> Payment:
        now = self._now_ms()
        if before is None:
            id_ = UUID(bytes=secrets.token_bytes(16), version=4)
            new = {"event_id": event, "id": id_, "source": shop, "order_ref": order, "made_at": now, "refunded": 0}
            connection.execute(insert(payments), new | row | {"changed_at": now})
            self._note(connection, event, id_, row)
            return _must(connection, event, id_)
        if before.state not in {PaymentState.OPEN, PaymentState.PAID}:
            row = row | {"state": before.state.value}  # a shop's list is older than what Stripe said since
        if _has_intents(connection, event, before.id):
            held = (before.amount, before.currency, before.payment_intent, before.charge)
            if held != (row["amount"], row["currency"], row["payment_intent"], row["charge"]):
                raise PaymentWrong("a refund of it was begun: its amount and its payment stay what they are")
        mine = (payments.c.event_id == event) & (payments.c.id == before.id)
        if {name: value for name, value in row.items() if _held(before)[name] != value}:
            connection.execute(update(payments).where(mine).values(**row, changed_at=now))
            self._note(connection, event, before.id, row)
        return _must(connection, event, before.id)

    def _note(self, connection: Connection, event: EventId, id_: UUID, row: Mapping[str, Any]) -> None:
        told = {name: row[name] for name in ("amount", "currency", "state")}
        note(connection, Deed.PAYMENT_PUT, event, id_.hex, now_ms=self._now_ms(), **told)

    def _check_names(self, connection: Connection, event: EventId, told: Told, before: Payment | None) -> None:
        """One payment at Stripe is one order's: two would each have it refunded."""
        for name in _NAMES:
            value = getattr(told, name)
            other = find(connection, event, **{name: value}) if value is not None else None
            if other is not None and (before is None or other.id != before.id):
                raise PaymentWrong(f"another order was bought with that {name}")


def payments_of(connection: Connection, event: EventId, order: str, source: str | None = None) -> list[Payment]:
    """The payments of an order's number: one for each shop that gave it."""
    mine = (payments.c.event_id == event) & (payments.c.order_ref == order)
    wanted = select(payments).where(mine if source is None else mine & (payments.c.source == source))
    return [payment_from(row) for row in connection.execute(wanted.order_by(payments.c.source))]


def payment_of_ticket(connection: Connection, event: EventId, tid: TicketHandle) -> Payment | None:
    """What a ticket was bought with, by its order and its shop."""
    mine = (tickets.c.event_id == event) & (tickets.c.tid == tid)
    named = select(tickets.c.source, attendees.c.order_ref).join(
        attendees, (attendees.c.event_id == tickets.c.event_id) & (attendees.c.tid == tickets.c.tid)
    )
    row = connection.execute(named.where(mine)).first()
    if row is None or row.order_ref is None:
        return None
    return next(iter(payments_of(connection, event, row.order_ref, row.source)), None)


def find(
    connection: Connection,
    event: EventId,
    *,
    payment_intent: str | None = None,
    checkout_session: str | None = None,
    charge: str | None = None,
) -> Payment | None:
    """The payment that Stripe calls so, by whichever of its names is known."""
    named = {"payment_intent": payment_intent, "checkout_session": checkout_session, "charge": charge}
    which = [payments.c[name] == value for name, value in named.items() if value is not None]
    if not which:
        return None
    row = connection.execute(select(payments).where(payments.c.event_id == event, or_(*which))).first()
    return None if row is None else payment_from(row)


def locked_payment(connection: Connection, event: EventId, id_: UUID) -> Payment | None:
    """A payment that nobody else changes until this transaction ends."""
    mine = (payments.c.event_id == event) & (payments.c.id == id_)
    row = connection.execute(select(payments).where(mine).with_for_update()).first()
    return None if row is None else payment_from(row)


def note_told(
    connection: Connection,
    payment: Payment,
    now_ms: int,
    *,
    state: PaymentState | None = None,
    refunded: int | None = None,
    payment_intent: str | None = None,
    charge: str | None = None,
) -> Payment:
    """In an open transaction: what Stripe said of a payment, which counts more than what a shop told.

    Without a `state`, it follows from what was refunded in all. Names that are known already stay.
    """
    total = payment.refunded if refunded is None else refunded
    becomes = state or state_after_refund(payment.state, payment.amount, total)
    values = {
        "state": becomes.value,
        "refunded": total,
        "payment_intent": payment.payment_intent or payment_intent,
        "charge": payment.charge or charge,
    }
    if any(_held(payment)[name] != value for name, value in values.items()):
        mine = (payments.c.event_id == payment.event) & (payments.c.id == payment.id)
        connection.execute(update(payments).where(mine).values(**values, changed_at=now_ms))
    return _must(connection, payment.event, payment.id)


def payment_from(row: Any) -> Payment:
    """The payment of a row."""
    prices = json.loads(row.prices) if row.prices else {}
    return Payment(
        event=EventId(row.event_id),
        id=row.id,
        source=row.source,
        order=row.order_ref,
        amount=row.amount,
        currency=row.currency,
        payment_intent=row.payment_intent,
        checkout_session=row.checkout_session,
        charge=row.charge,
        state=PaymentState(row.state),
        refunded=row.refunded,
        prices={TicketHandle(bytes.fromhex(tid)): amount for tid, amount in prices.items()},
        changed_at=row.changed_at,
    )


def _must(connection: Connection, event: EventId, id_: UUID) -> Payment:
    mine = (payments.c.event_id == event) & (payments.c.id == id_)
    return payment_from(connection.execute(select(payments).where(mine)).one())


def _held(payment: Payment) -> dict[str, Any]:
    """The columns of a payment that may change."""
    return {
        "amount": payment.amount,
        "currency": payment.currency,
        "payment_intent": payment.payment_intent,
        "checkout_session": payment.checkout_session,
        "charge": payment.charge,
        "state": payment.state.value,
        "refunded": payment.refunded,
        "prices": _prices_text(payment.prices),
    }


def _values(told: Told, prices: Mapping[TicketHandle, int]) -> dict[str, Any]:
    return {
        "amount": told.amount,
        "currency": told.currency,
        "payment_intent": told.payment_intent,
        "checkout_session": told.checkout_session,
        "charge": told.charge,
        "state": told.state.value,
        "prices": _prices_text(prices),
    }


def _prices_text(prices: Mapping[TicketHandle, int]) -> str | None:
    told = {tid.hex(): amount for tid, amount in prices.items()}
    return json.dumps(told, sort_keys=True, separators=(",", ":")) if told else None


def _check(told: Told) -> None:
    if not 0 < told.amount <= MOST_AMOUNT or not _CURRENCY.fullmatch(told.currency):
        raise PaymentWrong(f"an amount is 1 to {MOST_AMOUNT:,} of the smallest unit, a currency three small letters")
    for name, form in _NAMES.items():
        value = getattr(told, name)
        if value is not None and not form.fullmatch(value):
            raise PaymentWrong(f"that is no {name} of Stripe's")
    if told.state not in {PaymentState.OPEN, PaymentState.PAID}:
        raise PaymentWrong("a shop says that it is open or paid; the rest Stripe says")
    if told.state is PaymentState.PAID and told.payment_intent is None and told.charge is None:
        raise PaymentWrong("what was paid has a payment_intent or a charge: without them nothing could be refunded")
    if len(told.prices) > MOST_PRICES or any(price < 0 for price in told.prices.values()):
        raise PaymentWrong(f"at most {MOST_PRICES:,} prices, none below 0")
    if sum(told.prices.values()) > told.amount:
        raise PaymentWrong("the tickets' prices are more than what was paid")


def _prices(connection: Connection, event: EventId, shop: str, told: Told) -> dict[TicketHandle, int]:
    """By our handles. Raises PaymentWrong for a ticket that the shop has not."""
    if not told.prices:
        return {}
    mine = (tickets.c.event_id == event) & (tickets.c.source == shop)
    by_ref = {
        row.external_ref: TicketHandle(row.tid)
        for row in connection.execute(
            select(tickets.c.tid, tickets.c.external_ref).where(mine, tickets.c.external_ref.in_(list(told.prices)))
        )
    }
    handles = [tid for tid in map(_handle, told.prices.keys() - by_ref.keys()) if tid is not None]
    known = set(connection.execute(select(tickets.c.tid).where(mine, tickets.c.tid.in_(handles))).scalars())
    found: dict[TicketHandle, int] = {}
    for name, price in told.prices.items():
        tid = by_ref.get(name) or _handle(name)
        if tid is None or (name not in by_ref and tid not in known) or tid in found:
            raise PaymentWrong("a price names a ticket that this shop has not, or twice")
        found[tid] = price
    return found


def _handle(text: str) -> TicketHandle | None:
    return TicketHandle(bytes.fromhex(text)) if re.fullmatch("[0-9a-f]{16}", text) else None


def _shop_of(connection: Connection, event: EventId, order: str) -> str:
    both = (tickets.c.event_id == attendees.c.event_id) & (tickets.c.tid == attendees.c.tid)
    mine = (attendees.c.event_id == event) & (attendees.c.order_ref == order)
    found = connection.execute(select(tickets.c.source).join(attendees, both).where(mine).distinct()).scalars().all()
    if len(found) != 1:
        raise PaymentWrong("say which shop it was: no ticket of that order is there yet, or two shops have the number")
    return str(found[0])


def _has_intents(connection: Connection, event: EventId, id_: UUID) -> bool:
    mine = exists().where(stripe_intents.c.event_id == event, stripe_intents.c.payment == id_)
    return bool(connection.execute(select(mine)).scalar_one())
