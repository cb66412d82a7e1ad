"""Stripe's objects as they come in its answers, read into what a payment is.

Owns which of their fields count. Total: a field that is missing, or says what nobody knew when this was written, is
read as what takes no ticket from anybody.

Reference: Stripe API, "The PaymentIntent object", "The Charge object", "The Refund object", "The Dispute object", "The
Checkout Session object".
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from core.payment.answer import RefundStatus
from core.payment.look import DisputeStatus, OrderName, Progress, SeenPayment, SeenRefund
from core.payment.told_event import is_id

Json: TypeAlias = Mapping[str, Any]
"""An object of an answer."""

EVENT_KEY, ORDER_KEY, SOURCE_KEY = "doorlight_event", "doorlight_order", "doorlight_source"
"""In the metadata of a payment: for which event and order it is, and which shop gave that number."""
INTENT_KEY = "doorlight_intent"
"""In the metadata of a refund: which intent of ours asked for it."""
MOST_ORDER = 512
_PROGRESS = {"succeeded": Progress.PAID, "canceled": Progress.FAILED}
_OF_SESSION = {"paid": Progress.PAID, "no_payment_required": Progress.PAID}


def reference(told: Json, name: str) -> str | None:
    """The id in a field that holds an id, or the whole object where it was asked for."""
    value = told.get(name)
    id_ = value.get("id") if isinstance(value, Mapping) else value
    return id_ if isinstance(id_, str) and is_id(id_) else None


def inner(told: Json, name: str) -> Json | None:
    """The object in a field that was asked for whole."""
    value = told.get(name)
    return value if isinstance(value, Mapping) else None


def has_refunds(charge: Json) -> bool:
    """Whether anything of it went back."""
    return number(charge, "amount_refunded") > 0


def is_disputed(charge: Json) -> bool:
    """Whether there ever was a dispute of it."""
    return charge.get("disputed") is True


def number(told: Json, name: str) -> int:
    """A field that holds an amount; 0 for what is none."""
    value = told.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def of_intent(
    intent: Json, charge: Json | None, refunds: Sequence[Json], disputes: Sequence[Json], session: Json | None
) -> SeenPayment:
    """The payment of a PaymentIntent with its charge, what of it went back, and the session it was begun in."""
    received = number(intent, "amount_received") or (_taken(charge) if charge is not None else 0)
    return SeenPayment(
        payment_intent=reference(intent, "id"),
        charge=None if charge is None else reference(charge, "id"),
        session=None if session is None else reference(session, "id"),
        progress=_PROGRESS.get(str(intent.get("status")), Progress.WAITING),
        paid=received,
        currency=_currency(intent),
        refunds=tuple(map(_refund, refunds)),
        disputes=tuple(map(_dispute, disputes)),
        order=_order(intent) or (None if session is None else _order(session)),
    )


def of_charge(charge: Json, refunds: Sequence[Json], disputes: Sequence[Json]) -> SeenPayment:
    """The payment of a charge that no PaymentIntent made."""
    is_paid = charge.get("status") == "succeeded" and charge.get("captured") is True
    is_over = charge.get("status") == "failed"
    return SeenPayment(
        payment_intent=None,
        charge=reference(charge, "id"),
        session=None,
        progress=Progress.PAID if is_paid else Progress.FAILED if is_over else Progress.WAITING,
        paid=_taken(charge),
        currency=_currency(charge),
        refunds=tuple(map(_refund, refunds)),
        disputes=tuple(map(_dispute, disputes)),
        order=_order(charge),
    )


def of_session(session: Json) -> SeenPayment:
    """The payment of a session that made no PaymentIntent: nothing was to pay, or it was left."""
    progress = _OF_SESSION.get(str(session.get("payment_status")), Progress.WAITING)
    is_left = session.get("status") == "expired" and progress is Progress.WAITING
    return SeenPayment(
        payment_intent=None,
        charge=None,
        session=reference(session, "id"),
        progress=Progress.FAILED if is_left else progress,
        paid=number(session, "amount_total"),
        currency=_currency(session),
        order=_order(session),
    )


def _taken(charge: Json) -> int:
    return number(charge, "amount_captured") or (number(charge, "amount") if charge.get("captured") is True else 0)


def _currency(told: Json) -> str:
    value = told.get("currency")
    return value.lower() if isinstance(value, str) and value.isascii() and len(value) == 3 else ""


def _refund(told: Json) -> SeenRefund:
    """A status that is missing, or new, is one of money that may be gone."""
    known = {each.value for each in RefundStatus}
    status = told.get("status")
    counted = RefundStatus(status) if isinstance(status, str) and status in known else RefundStatus.PENDING
    return SeenRefund(reference(told, "id") or "", number(told, "amount"), counted, _intent(told))


def _intent(told: Json) -> UUID | None:
    value = _metadata(told).get(INTENT_KEY)
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _dispute(told: Json) -> DisputeStatus:
    """A status that is new is told to a person, and takes no ticket."""
    status = told.get("status")
    known = {each.value for each in DisputeStatus}
    if isinstance(status, str) and status in known:
        return DisputeStatus(status)
    return DisputeStatus.WARNING_UNDER_REVIEW


def _order(told: Json) -> OrderName | None:
    metadata = _metadata(told)
    order, event, source = (metadata.get(key) for key in (ORDER_KEY, EVENT_KEY, SOURCE_KEY))
    if not isinstance(order, str) or not 0 < len(order) <= MOST_ORDER:
        return None
    return OrderName(
        event if isinstance(event, str) else None, order, source if isinstance(source, str) and source else None
    )


def _metadata(told: Json) -> Json:
    value = told.get("metadata")
    return value if isinstance(value, Mapping) else {}
