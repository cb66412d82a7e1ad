"""What an order was bought with: states of a payment, policies of its event, how much of it can still go back.

Owns what every part that touches money agrees on. Amounts are whole numbers of the currency's smallest unit as Stripe
counts it (cents; whole yen), never fractions.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from core.model.ids import TicketHandle

MOST_AMOUNT = 99_999_999
"""Of one payment: the most that Stripe takes in one charge (eight digits)."""


class PaymentState(StrEnum):
    """Where a payment is. The values are stored."""

    OPEN = "open"  # begun, not paid yet
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"  # the payer's bank takes it back, or may
    FAILED = "failed"  # never paid, and never will be


class PartialRefundPolicy(StrEnum):
    """What a refund of a part, made at Stripe and not here, does to the order's tickets: nobody says whose it was."""

    KEEP = "keep"
    CANCEL = "cancel"


class DisputePolicy(StrEnum):
    """What a payer's dispute does to the order's tickets."""

    KEEP = "keep"
    BLOCK = "block"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount (0 or more, in the smallest unit) of a currency (ISO 4217, three small letters)."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Flow:
    """What went back of a payment.

    `told` is what Stripe said that was refunded in all, whoever asked for it. `done` is what our own refunds are known
    to have brought back, `begun` what those may yet that were begun and whose end is not known.
    """

    paid: int
    told: int = 0
    done: int = 0
    begun: int = 0

    @property
    def left(self) -> int:
        """How much may still be refunded: never above what was paid, and nothing is counted as free that may be gone.

        Stripe's word comes later than our own call's answer, and counts the same refunds: the larger of the two holds.
        """
        return max(0, self.paid - max(self.told, self.done) - self.begun)


def state_after_refund(state: PaymentState, paid: int, refunded: int) -> PaymentState:
    """Where a payment is of which so much went back. A dispute goes on whatever was refunded."""
    if refunded <= 0 or state in {PaymentState.DISPUTED, PaymentState.OPEN, PaymentState.FAILED}:
        return state
    return PaymentState.REFUNDED if refunded >= paid else PaymentState.PARTLY_REFUNDED


REFUNDABLE = frozenset({PaymentState.PAID, PaymentState.PARTLY_REFUNDED})
"""The states in which money can go back: of a dispute the bank decides."""


_WITHOUT_DECIMALS = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf")
)
_WITH_THREE = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
_TYPED = re.compile(r"(?P<whole>[0-9]{1,8})(?:[.,](?P<part>[0-9]{1,3}))?")


def money_text(amount: int, currency: str) -> str:
    """An amount as a person reads it, such as `20.00 EUR`. Its decimals are Stripe's ("Supported currencies")."""
    digits = digits_of(currency)
    if digits == 0:
        return f"{amount} {currency.upper()}"
    whole, part = divmod(amount, 10**digits)
    return f"{whole}.{part:0{digits}} {currency.upper()}"


def amount_in(text: str, currency: str) -> int | None:
    """The inverse for what somebody typed, without the currency: `20`, `20.5`, `20,50`; None for what is no amount.

    Thousands are not set apart: whether 1,000 is one or a thousand, nobody has to guess.
    """
    digits = digits_of(currency)
    found = _TYPED.fullmatch(text.strip())
    part = (found["part"] or "") if found is not None else ""
    if found is None or len(part) > digits:
        return None
    return int(found["whole"] + part.ljust(digits, "0"))


def digits_of(currency: str) -> int:
    """How many decimals a currency has at Stripe ("Supported currencies")."""
    return 0 if currency in _WITHOUT_DECIMALS else 3 if currency in _WITH_THREE else 2


class Unclear(Enum):
    """Why no amount follows for a refund."""

    NO_PRICE = "no_price"  # some of the order's tickets stay, and what these cost is not known
    TOO_MUCH = "too_much"  # more than is left was asked for


def amount_of(
    flow: Flow,
    prices: Mapping[TicketHandle, int],
    tids: Collection[TicketHandle],
    *,
    is_all: bool,
    is_order: bool,
    asked: int | None = None,
) -> int | Unclear:
    """How much goes back for these tickets; 0 where nothing is left. `is_all`: the order has no others left.

    1. what was asked for, so far as it is left
    2. of an order that ends (`is_order`): all that is left, with what no ticket's price covers, such as fees
    3. of tickets whose prices are known: those, so far as that is left
    4. of all that the order still has: all that is left
    """
    if asked is not None:
        return asked if 0 < asked <= flow.left else Unclear.TOO_MUCH  # (1)
    if is_order and is_all:
        return flow.left  # (2)
    if all(tid in prices for tid in tids):
        return min(flow.left, sum(prices[tid] for tid in tids))  # (3)
    return flow.left if is_all else Unclear.NO_PRICE  # (4)
