"""The line of refunds: what Stripe is asked to do goes the way that every message goes.

Owns which sender the channel has, and that what a try came to is written down in the transaction that ends it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.ledger.admin import Office
from app.ledger.deliveries import Also, Claimed
from app.ledger.intent_book import Intent
from app.runtime.delivery_line import DeliveryLine, Sender
from core.delivery.meaning import Meaning
from core.delivery.message import Channel
from core.delivery.parcel import Handed
from core.payment.answer import Conclusion


@dataclass(frozen=True, slots=True)
class Tried:
    """What a try of an intent came to."""

    intent: Intent
    conclusion: Conclusion


def refunds_of(office: Office, **settings: Any) -> DeliveryLine:
    """The channel's line. Stripe's library is loaded when there is something to ask: it takes half a second."""
    return DeliveryLine(office, Channel.STRIPE, partial(_sender, office), aftermath=aftermath_of(office), **settings)


def aftermath_of(office: Office) -> Callable[[Claimed, Handed, Meaning], Also | None]:
    """What is written down of a try."""

    def aftermath(claimed: Claimed, handed: Handed, meaning: Meaning) -> Also | None:  # noqa: ARG001
        tried = handed.outcome
        if not isinstance(tried, Tried):
            return None
        return lambda connection: office.intents.settle(connection, tried.intent, tried.conclusion)

    return aftermath


def _sender(office: Office) -> Sender:
    from app.net.stripe_gate import StripeGate
    from app.runtime.refund_sender import RefundSender

    return RefundSender(office, StripeGate())
