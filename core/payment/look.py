"""How a payment is at Stripe, and what that means for the tickets that were bought with it.

Owns the one decision of it. It goes by how the payment is as a whole, never by what a message said: so it is the same
in whatever order messages come, and however often.

What Stripe's words mean:

1. not paid yet, or never to be: nothing
2. a refund that our own intent asked for came after a deed of ours: it takes no ticket
3. refunded whole: the order's tickets are canceled
4. taken back by the payer's bank, or about to be: the event's policy says what becomes of the tickets
5. refunded in part, and not by us: nobody says whose part it was, so the policy says what becomes of them
6. paid: what was unpaid counts

A cancel or a block happens where the payment has changed since it was last looked at: what a person has restored since
then stays restored. Tickets that were canceled come back by a person's deed alone; that the money did, is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import assert_never
from uuid import UUID

from core.payment.answer import CAME_TO_NOTHING, RefundStatus
from core.payment.money import DisputePolicy, PartialRefundPolicy, PaymentState


class Progress(Enum):
    """Whether a payment was made."""

    WAITING = "waiting"
    PAID = "paid"
    FAILED = "failed"


class DisputeStatus(StrEnum):
    """Stripe's own words for a dispute ("The Dispute object", `status`). A warning is an inquiry: no money moved."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    LOST = "lost"
    APPEAL_NEEDS_RESPONSE = "appeal_needs_response"  # lost, and gone on with: the money is with the payer meanwhile
    APPEAL_UNDER_REVIEW = "appeal_under_review"
    WON = "won"
    PREVENTED = "prevented"
    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"


_TAKEN = frozenset(
    {
        DisputeStatus.NEEDS_RESPONSE,
        DisputeStatus.UNDER_REVIEW,
        DisputeStatus.LOST,
        DisputeStatus.APPEAL_NEEDS_RESPONSE,
        DisputeStatus.APPEAL_UNDER_REVIEW,
    }
)
_ASKED = frozenset({DisputeStatus.WARNING_NEEDS_RESPONSE, DisputeStatus.WARNING_UNDER_REVIEW})


@dataclass(frozen=True, slots=True)
class SeenRefund:
    """A refund at Stripe; `intent` is ours that asked for it, None where somebody else did."""

    id: str
    amount: int
    status: RefundStatus
    intent: UUID | None = None

    @property
    def is_good(self) -> bool:
        """Whether the money is back, or on its way."""
        return self.status not in CAME_TO_NOTHING


@dataclass(frozen=True, slots=True)
class OrderName:
    """The order as whoever made the payment named it in its metadata; `event` as a text, whatever it says."""

    event: str | None
    order: str
    source: str | None


@dataclass(frozen=True, slots=True)
class SeenPayment:
    """A payment at Stripe as a whole, with its names there. `paid` is what came in, in the currency's smallest unit."""

    payment_intent: str | None
    charge: str | None
    session: str | None
    progress: Progress
    paid: int
    currency: str
    refunds: tuple[SeenRefund, ...] = ()
    disputes: tuple[DisputeStatus, ...] = ()
    order: OrderName | None = None

    @property
    def refunded(self) -> int:
        """How much went back in all, or is on its way."""
        return sum(each.amount for each in self.refunds if each.is_good)

    @property
    def refunded_by_others(self) -> int:
        """How much of it somebody else than we sent back."""
        return sum(each.amount for each in self.refunds if each.is_good and each.intent is None)


@dataclass(frozen=True, slots=True)
class Held:
    """A payment as the ledger has it: where it was when it was last looked at, and what the order costs."""

    state: PaymentState
    refunded: int
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What the event's organizer wants."""

    partial_refund: PartialRefundPolicy
    dispute: DisputePolicy


class Effect(StrEnum):
    """What becomes of an order's tickets. `PAY`: those that were unpaid count; nothing else of them changes."""

    NONE = "none"
    PAY = "pay"
    BLOCK = "block"
    CANCEL = "cancel"


class Outcome(StrEnum):
    """What came of a message of Stripe's. The values are stored."""

    IGNORED = "ignored"  # its type means nothing here
    NOTHING = "nothing"  # its payment was looked at, and no ticket changed for it
    PAID = "paid"
    BLOCKED = "blocked"
    CANCELED = "canceled"
    ELSEWHERE = "elsewhere"  # its payment is another event's
    TOO_LATE = "too_late"  # its event is over, and who bought what has been forgotten


OUTCOMES: Mapping[Effect, Outcome] = MappingProxyType(
    {
        Effect.NONE: Outcome.NOTHING,
        Effect.PAY: Outcome.PAID,
        Effect.BLOCK: Outcome.BLOCKED,
        Effect.CANCEL: Outcome.CANCELED,
    }
)
"""What a message comes to by its effect, where a ticket changed for it."""


class Trouble(StrEnum):
    """What a person is told of. The values are said in the notice, and kept."""

    PARTLY_REFUNDED = "partly_refunded"
    DISPUTED = "disputed"
    ASKED_ABOUT = "asked_about"
    MONEY_BACK = "money_back"  # a refund failed, or a dispute was won, after tickets had been taken
    UNDERPAID = "underpaid"
    PAID_TWICE = "paid_twice"  # an order that another payment had paid
    DIFFERS = "differs"  # at Stripe it is otherwise than here, and no message says why


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the payment is now, what becomes of its tickets, and what a person should know of it."""

    state: PaymentState
    effect: Effect
    trouble: Trouble | None = None


def decide(seen: SeenPayment, held: Held, policy: Policy, *, is_about_dispute: bool = False) -> Decision:
    """What a payment that was looked at means; the rules in the order of the module's list. Total.

    `is_about_dispute`: whether a dispute is why it was looked at, so that an inquiry is told when it is news.
    """
    state = state_of(seen)
    is_new = (state, seen.refunded) != (held.state, held.refunded)
    if state in _CAME_IN and not _is_enough(seen, held):
        return Decision(PaymentState.OPEN, Effect.NONE, Trouble.UNDERPAID)
    match state:
        case PaymentState.OPEN | PaymentState.FAILED:  # (1)
            return _same(state)
        case PaymentState.REFUNDED:  # (2), (3)
            return Decision(state, Effect.CANCEL if is_new and seen.refunded_by_others else Effect.NONE)
        case PaymentState.DISPUTED:  # (4)
            return _disputed(policy.dispute, is_paid=_is_enough(seen, held)) if is_new else _same(state)
        case PaymentState.PARTLY_REFUNDED if seen.refunded_by_others and seen.refunded > held.refunded:  # (5)
            return Decision(state, _OF_PART[policy.partial_refund], Trouble.PARTLY_REFUNDED)
        case PaymentState.PAID | PaymentState.PARTLY_REFUNDED:  # (6)
            return Decision(state, Effect.PAY, _trouble_of_paid(seen, held, is_about_dispute=is_about_dispute))
        case _:
            assert_never(state)


def state_of(seen: SeenPayment) -> PaymentState:
    """Where a payment is. A dispute goes before what was refunded, and neither is without a payment."""
    match seen.progress:
        case Progress.WAITING:
            return PaymentState.OPEN
        case Progress.FAILED:
            return PaymentState.FAILED
        case Progress.PAID:
            if any(each in _TAKEN for each in seen.disputes):
                return PaymentState.DISPUTED
            if seen.refunded <= 0:
                return PaymentState.PAID
            return PaymentState.REFUNDED if seen.refunded >= seen.paid else PaymentState.PARTLY_REFUNDED
        case _:
            assert_never(seen.progress)


def is_otherwise(seen: SeenPayment, held: Held) -> bool:
    """Whether a payment is otherwise at Stripe than it is here, after all its messages were worked on."""
    state = state_of(seen)
    stands = PaymentState.OPEN if state in _CAME_IN and not _is_enough(seen, held) else state
    return (stands, seen.refunded) != (held.state, held.refunded)


def _is_enough(seen: SeenPayment, held: Held) -> bool:
    """Whether what came in is what the order costs: a payment that succeeded may be of another sum."""
    return seen.currency == held.currency and seen.paid >= held.amount


def _same(state: PaymentState) -> Decision:
    return Decision(state, Effect.NONE)


def _disputed(policy: DisputePolicy, *, is_paid: bool) -> Decision:
    effect = _OF_DISPUTE[policy]
    pays_too_little = effect is Effect.PAY and not is_paid
    return Decision(PaymentState.DISPUTED, Effect.NONE if pays_too_little else effect, Trouble.DISPUTED)


def _trouble_of_paid(seen: SeenPayment, held: Held, *, is_about_dispute: bool) -> Trouble | None:
    if held.state in _TOOK_TICKETS or seen.refunded < held.refunded:
        return Trouble.MONEY_BACK
    is_inquiry = is_about_dispute and any(each in _ASKED for each in seen.disputes)
    return Trouble.ASKED_ABOUT if is_inquiry else None


_CAME_IN = frozenset({PaymentState.PAID, PaymentState.PARTLY_REFUNDED})
_TOOK_TICKETS = frozenset({PaymentState.DISPUTED, PaymentState.REFUNDED})
_OF_DISPUTE = {
    DisputePolicy.KEEP: Effect.PAY,
    DisputePolicy.BLOCK: Effect.BLOCK,
    DisputePolicy.CANCEL: Effect.CANCEL,
}
_OF_PART = {PartialRefundPolicy.KEEP: Effect.PAY, PartialRefundPolicy.CANCEL: Effect.CANCEL}
