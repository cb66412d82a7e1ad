"""What can go back for a ticket or an order, and what somebody typed of it. Values and words in, texts out. Refuses Qt.

The server decides again: what is left may be less by then, and then nothing is canceled either.
"""

from dataclasses import dataclass

from app.organizer.tickets_words import RefundWords
from core.model.ids import TicketHandle
from core.payment.intent import RefundFate
from core.payment.money import REFUNDABLE, Flow, Unclear, amount_in, amount_of, money_text
from core.sync.ticket_messages import PaymentTold

_BEGUN = frozenset({RefundFate.WAITING, RefundFate.STUCK})
_REFUNDABLE = frozenset(state.value for state in REFUNDABLE)


@dataclass(frozen=True, slots=True)
class RefundOffer:
    """What may go back: at most `left`, and `usual` where nobody says otherwise; None: that has to be said."""

    paid: int
    left: int
    usual: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class RefundTyped:
    """What was typed: the amount that is asked for, or what is wrong with it; `said` in a sentence either way."""

    amount: int | None
    said: str
    trouble: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether it can be asked for."""
        return not self.trouble


def offer_of(told: PaymentTold, tid: str, *, is_order: bool) -> RefundOffer:
    """Of an order all that is left of what was paid, of a ticket its price where that is known."""
    flow = _flow(told)
    prices = {_handle(each.ticket): each.amount for each in told.prices}
    usual = amount_of(flow, prices, [_handle(tid)], is_all=is_order, is_order=is_order)
    return RefundOffer(told.amount, flow.left, None if isinstance(usual, Unclear) else usual, told.currency)


def typed_of(text: str, offer: RefundOffer, words: RefundWords) -> RefundTyped:
    """What is asked for; where nothing was typed, what is usual."""
    left = money_text(offer.left, offer.currency)
    if not offer.left:
        return RefundTyped(None, words.none_left)
    if not text and offer.usual is not None:
        return RefundTyped(offer.usual, words.goes.fill(amount=money_text(offer.usual, offer.currency)))
    amount = amount_in(text, offer.currency)
    if amount is None:
        example = money_text(offer.left, offer.currency).partition(" ")[0]
        return RefundTyped(None, "", words.bad.fill(example=example))
    if not 0 < amount <= offer.left:
        return RefundTyped(None, "", words.too_much.fill(left=left))
    return RefundTyped(amount, words.goes.fill(amount=money_text(amount, offer.currency)))


def help_of(offer: RefundOffer, words: RefundWords) -> str:
    """What stands below the field."""
    paid, left = money_text(offer.paid, offer.currency), money_text(offer.left, offer.currency)
    if offer.usual is None:
        return words.no_price.fill(paid=paid, left=left)
    return words.usual.fill(paid=paid, left=left, usual=money_text(offer.usual, offer.currency))


def _flow(told: PaymentTold) -> Flow:
    """Nothing is left of a payment that is not to be paid back."""
    if told.state not in _REFUNDABLE:
        return Flow(0)
    done = sum(each.amount for each in told.refunds if each.state == RefundFate.DONE and each.refund is not None)
    begun = sum(each.amount for each in told.refunds if each.state in _BEGUN)
    return Flow(told.amount, told.refunded, done, begun)


def _handle(tid: str) -> TicketHandle:
    return TicketHandle(bytes.fromhex(tid))
