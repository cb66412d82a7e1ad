"""The routes of money: an event's Stripe account, what an order was bought with, what Stripe is asked to give back.

Owns their shapes on HTTP. A secret comes in a body and goes out in no reply.
"""

import json
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.ledger.admin import Office
from app.ledger.endpoint_book import Circuit
from app.ledger.intent_book import RefundRefused
from app.ledger.intent_rows import MOST_SHOWN, Intent, Shown, told_of
from app.ledger.payment_book import MOST_PRICES, Payment, PaymentWrong, Told
from app.ledger.shop_files import MAX_CELL
from app.ledger.stripe_accounts import MOST_SECRET, StripeAccount, StripeWrong, Wanted
from app.net.webhook_target import TargetRules
from app.server.callers import AtEvent, Caller, Callers
from app.server.delivery_api import Id
from app.server.problems import problem
from core.delivery.account_trouble import AccountTrouble
from core.delivery.circuit import EndpointState
from core.model.roles import Right
from core.payment.intent import IntentState
from core.payment.money import MOST_AMOUNT, DisputePolicy, PartialRefundPolicy, PaymentState
from core.sync.ticket_messages import RefundTold

_NAME = 255
Amount = Annotated[int, Field(ge=0, le=MOST_AMOUNT)]
OrderText = Annotated[str, Query(min_length=1, max_length=MAX_CELL)]
SourceText = Annotated[str | None, Query(max_length=64)]
SecretText = Annotated[str, Field(min_length=1, max_length=MOST_SECRET)]
StripeName = Annotated[str, Field(min_length=1, max_length=_NAME)]


class StripeRequest(BaseModel):
    """What is to be otherwise; what is left out stays. `api_base`: for development alone, "" for Stripe itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_key: SecretText | None = Field(default=None, repr=False)
    signing_secret: SecretText | None = Field(default=None, repr=False)
    api_base: Annotated[str, Field(max_length=200)] | None = None
    partial_refund: PartialRefundPolicy | None = None
    dispute: DisputePolicy | None = None


class StripeReply(BaseModel):
    """An event's Stripe account, of the key its kind and its end. Times are unix milliseconds."""

    model_config = ConfigDict(frozen=True)

    endpoint: str
    api_key: str
    is_live: bool
    api_base: str | None
    has_signing_secret: bool
    old_signing_secret_until_ms: int | None
    partial_refund: PartialRefundPolicy
    dispute: DisputePolicy
    state: EndpointState
    circuit: Circuit
    failures: int
    failing_since_ms: int | None
    rests_until_ms: int | None
    trouble: AccountTrouble | None
    changed_ms: int


class Price(BaseModel):
    """What was paid for one ticket, by the shop's reference or the ticket's number."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    ticket: Annotated[str, Field(min_length=1, max_length=MAX_CELL)]
    amount: Amount


class PaymentRequest(BaseModel):
    """With what an order was bought: Stripe's names of it, an amount in the currency's smallest unit."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    order: Annotated[str, Field(min_length=1, max_length=MAX_CELL)]
    source: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    amount: Annotated[int, Field(ge=1, le=MOST_AMOUNT)]
    currency: Annotated[str, Field(pattern="^[a-z]{3}$")]
    payment_intent: StripeName | None = None
    checkout_session: StripeName | None = None
    charge: StripeName | None = None
    state: PaymentState = PaymentState.PAID
    prices: Annotated[list[Price], Field(max_length=MOST_PRICES)] = []


class PaymentReply(BaseModel):
    """An order's payment. `refunded` is what Stripe said that went back in all; prices go by the tickets' numbers."""

    model_config = ConfigDict(frozen=True)

    id: str
    order: str
    source: str
    amount: int
    currency: str
    payment_intent: str | None
    checkout_session: str | None
    charge: str | None
    state: PaymentState
    refunded: int
    prices: list[Price]
    changed_ms: int
    refunds: list[RefundTold]


class AttemptTold(BaseModel):
    """One attempt of a refund: its idempotency key, what was asked under it, what became of it."""

    model_config = ConfigDict(frozen=True)

    id: str
    number: int
    key: str
    state: IntentState
    reason: str | None
    parameters: dict[str, Any]
    answer: dict[str, Any] | None
    begun_ms: int
    called_ms: int | None
    ended_ms: int | None


class IntentReply(BaseModel):
    """A refund with all its attempts, the oldest first; `message` is its letter among the deliveries."""

    model_config = ConfigDict(frozen=True)

    refund: RefundTold
    message: str
    attempts: list[AttemptTold]


class PaymentApi:
    """The routes over one ledger. `rules`: whether another server than Stripe's may be named, on this computer."""

    def __init__(self, office: Office, callers: Callers, rules: TargetRules | None = None) -> None:
        self._accounts = office.stripe_accounts
        self._payments = office.payments
        self._intents = office.intents
        self._callers = callers
        self._rules = rules or TargetRules()

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        add, event = app.add_api_route, "/api/v1/events/{event}"
        money = self._callers.allow(Right.CHANGE_PAYMENTS)
        selling, reading = self._callers.allow(Right.SELL_TICKETS), self._callers.allow(Right.READ_TICKETS)
        account = f"{event}/stripe"
        add(account, self.account, methods=["GET"], dependencies=money, summary="The event's Stripe account")
        add(
            account,
            self.set_account,
            methods=["PUT"],
            dependencies=money,
            response_model=StripeReply,
            summary="Another key, secret or policy of the event's Stripe account",
        )
        gone = "The end of the account's use here"
        add(account, self.remove_account, methods=["DELETE"], dependencies=money, status_code=204, summary=gone)
        path = f"{event}/orders/payment"
        add(path, self.payment, methods=["GET"], dependencies=reading, summary="What an order was bought with")
        add(
            path,
            self.put_payment,
            methods=["PUT"],
            dependencies=selling,
            response_model=PaymentReply,
            summary="Say what an order was bought with; again changes nothing",
        )

        whole = f"{account}/intents"
        add(whole, self.intents, methods=["GET"], dependencies=money, summary="What Stripe is asked to give back")
        one = "One refund with all its attempts"
        add(f"{whole}/{{id}}", self.intent, methods=["GET"], dependencies=money, summary=one)
        again = "Try a refused or stuck refund again, once"
        retry: dict[str, Any] = {"dependencies": money, "response_model": IntentReply, "summary": again}
        add(f"{whole}/{{id}}/retry", self.retry, methods=["POST"], **retry)

    def account(self, caller: AtEvent) -> StripeReply:
        """No secret is told; 404 `stripe_unset` without one."""
        return _account(self._accounts.show(caller.at))

    def set_account(self, caller: AtEvent, wanted: StripeRequest) -> StripeReply | Response:
        """With another key the account starts without a past; a new signing secret counts beside the old for a day."""
        if wanted.api_base and not self._rules.is_loopback_allowed:
            return problem("stripe_wrong", "this server speaks to Stripe alone (--webhooks-to-loopback)")
        change = Wanted(wanted.api_key, wanted.signing_secret, wanted.api_base, wanted.partial_refund, wanted.dispute)
        try:
            return _account(self._accounts.set(caller.at, change))
        except StripeWrong as err:
            return problem(err.key, str(err.details["cause"]))

    def remove_account(self, caller: AtEvent) -> Response:
        """422 `stripe_wrong` while something waits for it."""
        try:
            self._accounts.remove(caller.at)
        except StripeWrong as err:
            return problem(err.key, str(err.details["cause"]))
        return Response(status_code=204)

    def payment(self, caller: AtEvent, order: OrderText, source: SourceText = None) -> PaymentReply:
        """404 `payment_unknown` where nobody told of one."""
        found = self._payments.show(caller.at, order, source)
        return _payment(found, self._refunds(caller, found))

    def put_payment(self, caller: AtEvent, wanted: PaymentRequest) -> PaymentReply | Response:
        """The shop is the one of the order's tickets where none is named. 422 `payment_wrong` with the cause."""
        told = Told(
            amount=wanted.amount,
            currency=wanted.currency,
            payment_intent=wanted.payment_intent,
            checkout_session=wanted.checkout_session,
            charge=wanted.charge,
            state=wanted.state,
            prices={each.ticket: each.amount for each in wanted.prices},
        )
        if len(told.prices) != len(wanted.prices):
            return problem("payment_wrong", "a ticket has two prices")
        try:
            put = self._payments.put(caller.at, wanted.order, wanted.source, told)
            return _payment(put, self._refunds(caller, put))
        except PaymentWrong as err:
            return problem(err.key, str(err.details["cause"]))

    def _refunds(self, caller: Caller, payment: Payment) -> list[RefundTold]:
        mine = self._intents.list(caller.at, order=payment.order)
        return [told_of(each) for each in mine if each.intent.payment == payment.id]

    def intents(
        self,
        caller: AtEvent,
        order: Annotated[str | None, Query(min_length=1, max_length=MAX_CELL)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_SHOWN)] = MOST_SHOWN,
    ) -> list[RefundTold]:
        """The newest first; of one order, or of all."""
        return [told_of(each) for each in self._intents.list(caller.at, order=order, most=limit)]

    def intent(self, caller: AtEvent, id: Id) -> IntentReply:  # noqa: A002
        """Every key that was used for it, and what came back. No secret is told."""
        return _intent(*self._intents.show(caller.at, UUID(hex=id)))

    def retry(self, caller: AtEvent, id: Id) -> IntentReply | Response:  # noqa: A002
        """It is read back first, so that no money moves twice; what waits or is done stays as it is."""
        try:
            self._intents.retry(caller.at, UUID(hex=id))
        except RefundRefused as err:
            return problem(err.key, str(err.details["cause"]))
        return _intent(*self._intents.show(caller.at, UUID(hex=id)))


def _intent(shown: Shown, attempts: Sequence[Intent]) -> IntentReply:
    return IntentReply(
        refund=told_of(shown), message=shown.intent.message.hex, attempts=[_attempt(each) for each in attempts]
    )


def _attempt(each: Intent) -> AttemptTold:
    return AttemptTold(
        id=each.id.hex,
        number=each.attempt,
        key=each.key,
        state=each.state,
        reason=each.reason,
        parameters=json.loads(each.parameters),
        answer=json.loads(each.answer) if each.answer is not None else None,
        begun_ms=each.made_at,
        called_ms=each.called_at,
        ended_ms=each.closed_at,
    )


def _account(told: StripeAccount) -> StripeReply:
    return StripeReply(
        endpoint=told.endpoint.hex,
        api_key=told.key,
        is_live=told.is_live,
        api_base=told.api_base,
        has_signing_secret=told.has_signing_secret,
        old_signing_secret_until_ms=told.old_signing_until,
        partial_refund=told.partial_refund,
        dispute=told.dispute,
        state=told.state,
        circuit=told.circuit,
        failures=told.health.failures,
        failing_since_ms=told.health.failing_since,
        rests_until_ms=told.health.open_until,
        trouble=told.health.trouble,
        changed_ms=told.changed_at,
    )


def _payment(told: Payment, refunds: list[RefundTold]) -> PaymentReply:
    return PaymentReply(
        id=told.id.hex,
        order=told.order,
        source=told.source,
        amount=told.amount,
        currency=told.currency,
        payment_intent=told.payment_intent,
        checkout_session=told.checkout_session,
        charge=told.charge,
        state=told.state,
        refunded=told.refunded,
        refunds=refunds,
        prices=[Price(ticket=tid.hex(), amount=amount) for tid, amount in sorted(told.prices.items())],
        changed_ms=told.changed_at,
    )
