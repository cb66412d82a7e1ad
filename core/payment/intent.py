"""What Stripe is asked to do, as a state machine: when it is asked, when it is asked back, when under another key.

Owns the states of an intent, its keys, and the rule that keeps money from moving twice. Stripe does what it is asked
once under one idempotency key, and for as long as it remembers that key, a day at least, it answers the same again, a
500 as well. So a key is used again for every retry; another one is taken only when the old key can do nothing more (it
was answered, or is forgotten) and after reading back that nothing came of it.

Reference: Stripe, "Idempotent requests" (https://docs.stripe.com/api/idempotent_requests).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from uuid import UUID

import rfc8785

from core.delivery.message import MessageState
from core.model.ids import EventId, TicketHandle
from core.ticket.seal import sha256

MOST_KEY = 255
"""Characters of an idempotency key that Stripe takes."""
_HOUR_MS = 60 * 60 * 1000
KEY_LIFE_MS = 23 * _HOUR_MS
"""How long a key is relied upon after its first use: Stripe may forget it after 24 hours."""
SKEW_MS = _HOUR_MS
"""How far in the future a key's first use may lie, by another worker's clock, before that clock is not believed."""


class Operation(StrEnum):
    """What may be asked. The values are stored, and begin every key."""

    REFUND = "refund"


class IntentState(StrEnum):
    """Where an intent is. The values are stored."""

    OPEN = "open"  # it was not tried yet, or what came of it is not known
    DONE = "done"  # Stripe has it
    REFUSED = "refused"  # for good under this key: a person decides
    SUPERSEDED = "superseded"  # nothing came of it, and another key took its place


NEXT: Mapping[IntentState, frozenset[IntentState]] = {
    IntentState.OPEN: frozenset({IntentState.DONE, IntentState.REFUSED, IntentState.SUPERSEDED}),
    IntentState.REFUSED: frozenset({IntentState.DONE, IntentState.SUPERSEDED}),
    IntentState.DONE: frozenset({IntentState.REFUSED}),  # a bank sent the money back: Stripe says so days later
    IntentState.SUPERSEDED: frozenset(),
}
"""The states that may follow a state."""


class Step(Enum):
    """What the next try of an intent does."""

    CALL = "call"
    READ_BACK = "read_back"


def step_of(
    state: IntentState, called_at_ms: int | None, made_at_ms: int, now_ms: int, *, may_be_done: bool = False
) -> Step | None:
    """What is to be done for the newest attempt of an operation; None where nothing is.

    1. refused: Stripe would only say the same again, so it is read back first
    2. its key may be forgotten (or nobody knows how old it is): a call could do it a second time, so it is read back.
       A key that was never used here may have been used before this ledger was restored, but not before it was made
    3. this ledger may have forgotten that the operation was done (`may_be_done`: it was restored, and this is the first
       attempt): read back
    4. else it is called, again and again, under the same key
    """
    match state:
        case IntentState.DONE | IntentState.SUPERSEDED:
            return None
        case IntentState.REFUSED:
            return Step.READ_BACK  # (1)
        case IntentState.OPEN:
            age_ms = now_ms - (made_at_ms if called_at_ms is None else called_at_ms)
            is_remembered = -SKEW_MS <= age_ms < KEY_LIFE_MS  # (2)
            is_new = called_at_ms is None and may_be_done  # (3)
            return Step.CALL if is_remembered and not is_new else Step.READ_BACK  # (4)


class RefundFate(StrEnum):
    """What became of a refund, as a person is told."""

    WAITING = "waiting"  # it is tried, or will be
    DONE = "done"
    STUCK = "stuck"  # its tries are spent, and nobody knows what came of them: look at its dead letter
    REFUSED = "refused"  # a person decides
    GIVEN_UP = "given_up"  # a person did


def fate_of(state: IntentState, message: MessageState | None) -> RefundFate:
    """What became of it, by its newest attempt and its message; None where that was forgotten with its night."""
    if state is IntentState.DONE:
        return RefundFate.DONE
    match message:
        case MessageState.READY | MessageState.LEASED:
            return RefundFate.WAITING
        case MessageState.CANCELED:
            return RefundFate.GIVEN_UP
        case MessageState.DEAD | MessageState.SENT | None:
            return RefundFate.REFUSED if state is IntentState.REFUSED else RefundFate.STUCK


def key_of(operation: Operation, stable_id: str, nonce: UUID) -> str:
    """The idempotency key of one attempt. Raises ValueError where Stripe would not take it."""
    key = f"{operation.value}:{stable_id}:{nonce}"
    if len(key) > MOST_KEY or not key.isascii() or not key.isprintable():
        raise ValueError("no idempotency key")
    return key


def stable_id_of(payment: UUID, tids: Collection[TicketHandle]) -> str:
    """What a refund is the refund of: a ticket, or these tickets of a payment. Of one thing there is one refund."""
    if len(tids) == 1:
        return next(iter(tids)).hex()
    return sha256(payment.bytes + b"".join(sorted(tids)))[:16].hex()


@dataclass(frozen=True, slots=True)
class Mark:
    """What an object of Stripe's carries in its metadata, so that it is known again: whose it is, and of which intent.

    The intent is one attempt; event and operation are the same for all attempts, and reading back goes by them.
    """

    event: EventId
    operation: Operation
    stable_id: str
    intent: UUID

    @property
    def metadata(self) -> dict[str, str]:
        """As it is sent."""
        return {
            "doorlight_event": self.event.hex,
            "doorlight_intent": self.intent.hex,
            "doorlight_operation": f"{self.operation.value}:{self.stable_id}",
        }

    def is_on(self, metadata: Mapping[str, object]) -> bool:
        """Whether an object came of this operation, whichever attempt it was."""
        own = self.metadata
        return all(metadata.get(name) == own[name] for name in ("doorlight_event", "doorlight_operation"))


def refund_parameters(mark: Mark, amount: int, payment_intent: str | None, charge: str | None) -> str:
    """The parameters of a refund, as canonical JSON (RFC 8785). The charge where it is known, else the payment."""
    paid = {"charge": charge} if charge is not None else {"payment_intent": payment_intent}
    return rfc8785.dumps({"amount": amount, "metadata": mark.metadata, **paid}).decode()


def digest_of(parameters: str) -> bytes:
    """SHA-256 of parameters in their canonical form, however they were spaced. Raises ValueError for no JSON."""
    return sha256(rfc8785.dumps(json.loads(parameters)))


def are_same(parameters: str, digest: bytes) -> bool:
    """Whether these are the parameters that the key was made for: under one key Stripe takes no others, nor do we."""
    try:
        return digest_of(parameters) == digest
    except (ValueError, rfc8785.CanonicalizationError):
        return False
