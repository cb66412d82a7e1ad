"""Stripe's line: what Stripe is asked to do and what it told go the way that every message goes.

Owns which of the two a message is. Both are one channel: one account at Stripe is down as a whole, and rests as a
whole.
"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from app.ledger.admin import Office
from app.ledger.deliveries import Also, Claimed
from app.ledger.stripe_accounts import API_BASE, is_loopback_base
from app.runtime.delivery_line import DeliveryLine, Sender
from app.runtime.refunds import aftermath_of
from app.runtime.stripe_news import aftermath_of_news, is_news
from core.delivery.meaning import Heard, Meaning
from core.delivery.message import Channel
from core.delivery.parcel import Handed, Parcel

PER_ACCOUNT = 8
"""Calls on their way to one account, as many as the gate has connections: a sale of ten orders a second tells thirty
things, and each is a question of some 200 ms."""
if TYPE_CHECKING:
    from app.net.stripe_gate import StripeGate


@dataclass(frozen=True, slots=True)
class StripeSender:
    """Hands each message to whom it is for."""

    refunds: Sender
    news: Sender

    def send(self, parcel: Parcel) -> Handed:
        """One attempt. Raises LedgerBusy, LedgerUnavailable."""
        if not parcel.secrets:
            return Handed(Heard(None, "no_secret", "the account has no key: set one with `doorlight stripe set`"))
        if parcel.target != API_BASE and not is_loopback_base(parcel.target):
            return Handed(Heard(None, "target_refused", "a key goes to Stripe, or stays on this computer"))
        return (self.news if is_news(parcel.kind) else self.refunds).send(parcel)


def stripe_line(office: Office, **settings: Any) -> DeliveryLine:
    """The channel's line. Stripe's library is loaded when there is something to ask: it takes half a second."""
    settings = {"aftermath": _aftermath(office), "per_endpoint": PER_ACCOUNT, **settings}
    make_sender = settings.pop("make_sender", partial(sender_of, office))
    return DeliveryLine(office, Channel.STRIPE, make_sender, **settings)


def sender_of(office: Office, gate: "StripeGate | None" = None) -> Sender:
    """Both senders over one gate."""
    from app.net.stripe_gate import StripeGate
    from app.runtime.refund_sender import RefundSender
    from app.runtime.stripe_news import StripeNews, asks_of

    gate = gate or StripeGate()
    return StripeSender(RefundSender(office, gate), StripeNews(office, asks_of(gate)))


def _aftermath(office: Office) -> Any:
    of_refunds, of_news = aftermath_of(office), aftermath_of_news(office)

    def aftermath(claimed: Claimed, handed: Handed, meaning: Meaning) -> Also | None:
        return (of_news if is_news(claimed.kind) else of_refunds)(claimed, handed, meaning)

    return aftermath
