"""What Stripe's answers mean for a refund: one table for calls, one for what was read back.

Owns both. An answer ends an intent only where Stripe has the refund, or refuses it for good and reading back shows that
nothing came of it; whatever may pass is asked again under the same key.

Reference: Stripe, "Errors" (https://docs.stripe.com/api/errors) and "Low-level error handling"
(https://docs.stripe.com/error-low-level).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TypeAlias, assert_never

from core.delivery.meaning import Heard

ALREADY_REFUNDED = "charge_already_refunded"
REFUND_FAILED = "refund_failed"
ELSEWHERE = "refunded_elsewhere"
"""Why a refund is done that nobody here made: the charge was refunded in full by somebody else."""


class RefundStatus(StrEnum):
    """What Stripe says of a refund (`refund.status`)."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


CAME_TO_NOTHING = frozenset({RefundStatus.FAILED.value, RefundStatus.CANCELED.value})


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as Stripe has it. `charge_refunded` is what went back of its charge in all, where Stripe said it."""

    id: str
    amount: int
    status: str
    charge: str | None
    metadata: Mapping[str, object]
    charge_refunded: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether the money is back, or on its way."""
        return self.status not in CAME_TO_NOTHING


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back of one call.

    `status` is HTTP's, None where no answer came; `kind` and `code` are Stripe's words for an error (`error.type`,
    `error.code`), or ours for why none came. `is_replayed`: Stripe said that it answers so because it did before.
    """

    status: int | None
    kind: str = ""
    code: str = ""
    said: str = ""
    is_replayed: bool = False
    asked_s: float | None = None
    refund: Refund | None = None


class Reading(Enum):
    """What an answer to a call means."""

    DONE = "done"
    SAME_KEY = "same_key"  # nobody knows whether it was done: again, under the same key
    READ_BACK = "read_back"  # the key has its answer: only the object itself says what came of it
    ACCOUNT = "account"  # our key of the account is not taken


@dataclass(frozen=True, slots=True)
class _Row:
    reading: Reading
    statuses: range | None = None
    kinds: frozenset[str] = frozenset()
    is_replayed: bool | None = None

    def covers(self, answer: Answer) -> bool:
        """Whether the row says what this answer means."""
        in_range = self.statuses is None or (answer.status is not None and answer.status in self.statuses)
        is_kind = not self.kinds or answer.kind in self.kinds
        return in_range and is_kind and (self.is_replayed is None or self.is_replayed == answer.is_replayed)


def _only(status: int) -> range:
    return range(status, status + 1)


CALLS: tuple[_Row, ...] = (
    _Row(Reading.DONE, range(200, 300)),
    _Row(Reading.ACCOUNT, _only(401)),
    _Row(Reading.ACCOUNT, _only(403)),  # a restricted key without the right for refunds
    _Row(Reading.SAME_KEY, _only(408)),
    _Row(Reading.SAME_KEY, _only(409)),  # another call under this very key is on its way
    _Row(Reading.SAME_KEY, _only(424)),
    _Row(Reading.SAME_KEY, _only(429)),
    _Row(Reading.READ_BACK, range(400, 500)),  # refused, and so stored under the key
    _Row(Reading.READ_BACK, range(500, 600), is_replayed=True),  # a stored 500 comes again for as long as the key lives
    _Row(Reading.SAME_KEY),
)
"""What an answer to a call means: the first row that covers it counts, and the last covers everything."""


def reading_of(answer: Answer) -> Reading:
    """Total. A 2xx without a refund in it is nobody's answer: it is asked again."""
    found = next(row.reading for row in CALLS if row.covers(answer))
    return Reading.SAME_KEY if found is Reading.DONE and answer.refund is None else found


# --- what a try came to ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """Stripe has it. `refunded` is what went back of the charge in all, where it is known."""

    refund: Refund | None
    refunded: int | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows yet: again, under the same key."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class AnotherKey:
    """Nothing came of it, and the key can do nothing more."""

    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Refused:
    """For good under this key. `word` is one of `REFUSALS`; `code` Stripe's own."""

    word: str
    code: str
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class AccountRefused:
    """Our key of the account is not taken."""

    answer: Answer


Conclusion: TypeAlias = Done | Unknown | AnotherKey | Refused | AccountRefused

REFUSED, PAYMENT_UNKNOWN, NOTHING_LEFT, PARAMETERS_DIFFER = (
    "refused",
    "payment_unknown",
    "nothing_left",
    "parameters_differ",
)
REFUSALS = frozenset({REFUSED, PAYMENT_UNKNOWN, NOTHING_LEFT, PARAMETERS_DIFFER})
"""Why an intent is refused: the reasons of its dead letter."""


@dataclass(frozen=True, slots=True)
class Found:
    """A refund of this operation is there; `refunded` is the charge's sum."""

    refund: Refund
    refunded: int


@dataclass(frozen=True, slots=True)
class NotThere:
    """No refund of this operation is there, or one that came to nothing; `refunded` is the charge's sum."""

    refunded: int


@dataclass(frozen=True, slots=True)
class Unread:
    """It could not be read."""

    answer: Answer


Read: TypeAlias = Found | NotThere | Unread


def concluded(read: Read, before: Answer | None, *, paid: int) -> Conclusion:
    """What it came to, after reading back. `before` is the answer that made us look; None where nothing was asked now.

    1. it is there: done, whatever the answer was
    2. it could not be read: nothing is known yet
    3. nothing was asked now (the key is too old, or a person wants it tried again): another key
    4. Stripe stored a 5xx under the key: another key
    5. the charge is refunded already, in full: done by somebody else
    6. else Stripe refused it, and its word stands until a person decides
    """
    match read:
        case Found():
            return Done(read.refund, read.refunded)  # (1)
        case Unread():
            return _unread(read.answer)  # (2)
        case NotThere():
            if before is None or before.status is None or before.status >= 500:
                return AnotherKey(before)  # (3) (4)
            if before.code == ALREADY_REFUNDED and read.refunded >= paid:
                return Done(None, read.refunded, ELSEWHERE)  # (5)
            return Refused(_word_of(before), before.code or before.kind or str(before.status), before)  # (6)
        case _:
            assert_never(read)


def _unread(answer: Answer) -> Conclusion:
    if reading_of(answer) is Reading.ACCOUNT:
        return AccountRefused(answer)
    if answer.status in _UNKNOWN:
        return Refused(PAYMENT_UNKNOWN, answer.code or str(answer.status), answer)
    return Unknown(answer)


_UNKNOWN = frozenset({400, 404})


def _word_of(answer: Answer) -> str:
    if answer.kind == "idempotency_error":
        return PARAMETERS_DIFFER
    if answer.status == 404 or answer.code == "resource_missing":
        return PAYMENT_UNKNOWN
    return REFUSED


def heard_of(conclusion: Conclusion) -> Heard:
    """What the delivery line is told of a try: its word is a row's of `core.delivery.meaning`."""
    match conclusion:
        case Done():
            said = f"{conclusion.refund.id} {conclusion.refund.status}" if conclusion.refund else conclusion.why or ""
            return Heard(None, "done", said)
        case Unknown():
            answer = conclusion.answer
            word = "" if answer.status is not None else answer.code or "no_answer"
            return Heard(answer.status, word, _said(answer), answer.asked_s)
        case AnotherKey():
            return Heard(None, "new_attempt", "nothing came of it: another key takes its place")
        case Refused():
            said = _said(conclusion.answer) if conclusion.answer is not None else conclusion.code
            return Heard(conclusion.answer.status if conclusion.answer else None, conclusion.word, said)
        case AccountRefused():
            return Heard(conclusion.answer.status, "account_refused", _said(conclusion.answer))
        case _:
            assert_never(conclusion)


def _said(answer: Answer) -> str:
    return " ".join(filter(None, (answer.kind, answer.code, answer.said)))
