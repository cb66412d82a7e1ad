"""How a payment is at Stripe now, whatever told of it: asked of Stripe, object by object.

Owns which objects are asked for, and in which order; what their fields mean is `core.payment.stripe_objects`'. Knows no
ledger. Each question is bounded in time and size by the gate it goes through, their number here.

1. what the message is about leads to the payment: a session, a refund and a dispute name theirs
2. the payment with its charge
3. what went back of it and who disputes it, where the charge says that there is something; and always where the
   message is of a refund: one that came to nothing is in no sum
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias, assert_never

from core.delivery.meaning import Heard
from core.payment.look import SeenPayment
from core.payment.stripe_objects import (
    Json,
    has_refunds,
    inner,
    is_disputed,
    of_charge,
    of_intent,
    of_session,
    reference,
)
from core.payment.told_event import Subject

Ask: TypeAlias = Callable[[str, Mapping[str, Any]], Json | Heard]
"""One GET of a path of Stripe's API with its parameters: the object of the answer, or what came in its place."""

PAGE = 100
"""Objects of one answer of a list: Stripe gives no more."""
MOST_PAGES = 10
"""Of the refunds of one payment: an order has a thousand tickets at most, and each is refunded once."""
MALFORMED = Heard(200, "malformed_answer")
"""An answer that is not what was asked for: tried again."""
_PATHS = {
    Subject.PAYMENT: "/v1/payment_intents/",
    Subject.SESSION: "/v1/checkout/sessions/",
    Subject.CHARGE: "/v1/charges/",
    Subject.REFUND: "/v1/refunds/",
    Subject.DISPUTE: "/v1/disputes/",
}


def path_of(subject: Subject, id_: str) -> str:
    """Where Stripe's API has an object."""
    return _PATHS[subject] + id_


def look(subject: Subject, id_: str, ask: Ask) -> SeenPayment | Heard:
    """The payment that an object belongs to, as it is now; or what Stripe answered in its place."""
    match subject:
        case Subject.PAYMENT:
            return _intent(id_, ask)
        case Subject.SESSION:
            return _session(id_, ask)
        case Subject.CHARGE:
            return _charge(id_, ask)
        case Subject.REFUND | Subject.DISPUTE:
            return _by(subject, id_, ask)
        case _:
            assert_never(subject)


def _session(id_: str, ask: Ask) -> SeenPayment | Heard:  # (1)
    session = ask(_PATHS[Subject.SESSION] + id_, {})
    if isinstance(session, Heard):
        return session
    intent = reference(session, "payment_intent")
    return of_session(session) if intent is None else _intent(intent, ask, session=session)


def _by(subject: Subject, id_: str, ask: Ask) -> SeenPayment | Heard:  # (1)
    told = ask(_PATHS[subject] + id_, {})
    if isinstance(told, Heard):
        return told
    intent, charge = reference(told, "payment_intent"), reference(told, "charge")
    is_of_refund = subject is Subject.REFUND
    if intent is not None:
        return _intent(intent, ask, is_of_refund=is_of_refund)
    return MALFORMED if charge is None else _charge(charge, ask, is_of_refund=is_of_refund)


def _charge(id_: str, ask: Ask, *, is_of_refund: bool = False) -> SeenPayment | Heard:
    charge = ask(_PATHS[Subject.CHARGE] + id_, {})
    if isinstance(charge, Heard):
        return charge
    intent = reference(charge, "payment_intent")
    if intent is not None:  # (1)
        return _intent(intent, ask, is_of_refund=is_of_refund)
    made = partial(of_charge, charge)
    return _with_what_went_back(charge, {"charge": id_}, ask, made, is_of_refund=is_of_refund)  # (2)


def _intent(
    id_: str, ask: Ask, *, session: Json | None = None, is_of_refund: bool = False
) -> SeenPayment | Heard:  # (2)
    intent = ask(_PATHS[Subject.PAYMENT] + id_, {"expand": ["latest_charge"]})
    if isinstance(intent, Heard):
        return intent
    charge = inner(intent, "latest_charge")
    if charge is None:
        return of_intent(intent, None, (), (), session)
    made = partial(of_intent, intent, charge, session=session)
    return _with_what_went_back(charge, {"payment_intent": id_}, ask, made, is_of_refund=is_of_refund)


def _with_what_went_back(
    charge: Json, which: Mapping[str, str], ask: Ask, made: Callable[..., SeenPayment], *, is_of_refund: bool
) -> SeenPayment | Heard:  # (3)
    refunds = _all("/v1/refunds", which, ask) if is_of_refund or has_refunds(charge) else []
    if isinstance(refunds, Heard):
        return refunds
    disputes = _all("/v1/disputes", which, ask) if is_disputed(charge) else []
    return disputes if isinstance(disputes, Heard) else made(refunds=refunds, disputes=disputes)


def _all(path: str, which: Mapping[str, str], ask: Ask) -> list[Json] | Heard:
    found: list[Json] = []
    after: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        page = ask(path, {**which, **after, "limit": PAGE})
        if isinstance(page, Heard):
            return page
        rows = [each for each in page.get("data") or () if isinstance(each, Mapping)]
        found += rows
        last = reference(rows[-1], "id") if rows else None
        if not page.get("has_more") or last is None:
            return found
        after = {"starting_after": last}
    return found
