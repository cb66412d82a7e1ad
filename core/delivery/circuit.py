"""How an endpoint fares, and whether it may be tried now: the circuit breaker of one endpoint, as values.

Owns the states and what leads from one to the next. Closed: it is sent to. Open: it failed several times in a row and
is left alone for a while. Then one message tries it (the probe): what comes of it closes the circuit, or opens it for
longer. An endpoint of which nothing but failure was heard for five days is given up, and waits for a person.

Another matter is an account that is refused (`AccountTrouble`): a person can mend it and time can't, so the endpoint
rests long from the first time on, is tried by one message a few times an hour, and is never given up: what waits for it
leaves by itself once the account is taken again.
"""

from dataclasses import dataclass, replace
from enum import Enum, StrEnum

from core.delivery.account_trouble import AccountTrouble
from core.delivery.schedule import LONGEST_ASKED_S, bounded_s
from core.model.backing_off import doubled

OPENS_AFTER = 5
"""Failures in a row: one lost connection is none of its own, five are."""
FIRST_REST_MS = 30_000
LONGEST_REST_MS = 15 * 60 * 1000
"""A receiver that is back is noticed within a quarter of an hour, whatever the night was."""
PROBE_MS = 60_000
"""How long a probe may take before another one is sent: as long as a lease, for its worker may be gone."""
GIVEN_UP_AFTER_MS = 5 * 24 * 60 * 60 * 1000
LEAST_FAILURES = 10
"""Tries without any success before an endpoint is given up: two of them, a week apart, say nothing."""
_LONGEST_OPEN_MS = LONGEST_ASKED_S * 1000


class EndpointState(StrEnum):
    """What an endpoint is. Only an active one hears news, and is sent what waits for it. The values are stored."""

    ACTIVE = "active"
    DISABLED = "disabled"  # by a person
    GONE = "gone"  # it said so itself
    FAILING = "failing"  # nothing but failure for five days
    REMOVED = "removed"  # by a person, for good: its messages keep its name


class Permit(Enum):
    """Whether an endpoint may be tried now, and how."""

    CLOSED = "closed"
    PROBE = "probe"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint fares: failures in a row and since when, until when it is left alone, its last success (ms).

    `trouble`: why its account is refused, until it is taken again.
    """

    failures: int = 0
    failing_since: int | None = None
    open_until: int | None = None
    last_sent_at: int | None = None
    trouble: AccountTrouble | None = None


def permit_of(health: Health, now_ms: int) -> Permit:
    """Whether it may be tried now. A time further away than any that is ever set is a clock's that was wrong."""
    if health.open_until is None:
        return Permit.CLOSED
    is_open = now_ms < health.open_until <= now_ms + _LONGEST_OPEN_MS
    return Permit.OPEN if is_open else Permit.PROBE


def probed(health: Health, now_ms: int) -> Health:
    """One message is on its way to an endpoint that was left alone; the others go on waiting."""
    return replace(health, open_until=now_ms + PROBE_MS)


def after_success(health: Health, now_ms: int) -> Health:
    """It took a message: whatever was before is over."""
    return Health(last_sent_at=max(now_ms, health.last_sent_at or now_ms))


def after_answer(health: Health) -> Health:
    """It answered, and has no use for this one message: it is there, and the others need not wait."""
    return Health(last_sent_at=health.last_sent_at)


def after_failure(health: Health, now_ms: int, *, asked_s: float | None, chance: float) -> Health:
    """It did not take a message. Where it asked to wait, all its messages wait.

    What was on its way when the circuit opened never shortens the rest. That nobody answers says nothing of an account
    that was refused before.
    """
    failures = health.failures + 1
    rest_ms = int(1000 * bounded_s(asked_s))
    if failures >= OPENS_AFTER:
        longest = doubled(FIRST_REST_MS, failures - OPENS_AFTER, LONGEST_REST_MS)
        rest_ms = max(rest_ms, int(longest * (1 + chance) / 2))
    since = health.failing_since if health.failing_since is not None else now_ms
    return replace(health, failures=failures, failing_since=since, open_until=now_ms + rest_ms if rest_ms else None)


def after_refusal(health: Health, now_ms: int, trouble: AccountTrouble, *, chance: float) -> Health:
    """It does not take who we are: no message of ours is at fault, and each would be told the same.

    It is tried once in a while by one message, until a person gives it what it wants.
    """
    rest_ms = int(LONGEST_REST_MS * (1 + chance) / 2)
    since = health.failing_since if health.failing_since is not None else now_ms
    until = now_ms + rest_ms
    return replace(health, failures=health.failures + 1, failing_since=since, open_until=until, trouble=trouble)


def is_given_up(health: Health, now_ms: int) -> bool:
    """Whether an endpoint has failed for so long that only a person can say what to do.

    Never while its account is refused: people know that already, and what waits is to leave when they have mended it.
    """
    since = health.failing_since
    if health.trouble is not None:
        return False
    return since is not None and health.failures >= LEAST_FAILURES and now_ms - since >= GIVEN_UP_AFTER_MS
