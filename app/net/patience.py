"""Asking again: exponential back-off with full jitter, Retry-After obeyed, stopped by an event.

Owns the one retry policy of kiosks and windows: 0.5 s doubling to 60 s, each wait drawn evenly from nothing to that.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_result, sleep_using_event, stop_when_event_set
from tenacity.wait import wait_random_exponential

from core.sync.answers import Done, Later, Rejected

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0
LONGEST_RETRY_AFTER_S = 300.0
"""A server may ask for patience, not for ever."""

_MOST_DIGITS = 12
"""Of seconds: whoever obeys cuts them to its own longest wait."""

_T = TypeVar("_T")
_BACK_OFF = wait_random_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S)


class BackOff:
    """The policy for one thing that is asked again by whoever has a clock of his own: how long to wait each time.

    `tries` were in vain before it was made. Safe between threads, but for one thing at a time: `reset` it when the
    thing was answered.
    """

    def __init__(self, longest_s: float = LONGEST_WAIT_S, tries: int = 0) -> None:
        self._wait = wait_random_exponential(multiplier=FIRST_WAIT_S, max=longest_s)
        self._state = RetryCallState(Retrying(), None, (), {})
        self._tries = tries

    @property
    def tries(self) -> int:
        """How often it was asked in vain."""
        return self._tries

    def next_wait_s(self, retry_after_s: float | None = None) -> float:
        """Seconds until the next try, after one more in vain."""
        self._tries += 1
        self._state.attempt_number = self._tries
        return max(self._wait(self._state), _patience_s(retry_after_s))

    def reset(self) -> None:
        """It was answered."""
        self._tries = 0


def wait_before_next(state: RetryCallState) -> float:
    """Seconds until the next try: full jitter, and never less than the server's own Retry-After."""
    answer = state.outcome.result() if state.outcome else None
    return max(_BACK_OFF(state), _patience_s(answer.retry_after_s if isinstance(answer, Later) else None))


def _patience_s(retry_after_s: float | None) -> float:
    return min(retry_after_s or 0.0, LONGEST_RETRY_AFTER_S)


def asked_to_wait_s(retry_after: str, now: datetime | None = None) -> float | None:
    """The seconds that a Retry-After asks for (RFC 9110, section 10.2.3), as a number or as a date; None for nonsense.

    Without `now` dates are nonsense too: whoever's clock nobody vouches for goes by its own back-off.
    """
    told = retry_after.strip()
    if told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS:
        return float(told)
    try:
        at = parsedate_to_datetime(told)
    except (TypeError, ValueError, OverflowError):
        return None
    until = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return None if now is None else max(0.0, (until - now).total_seconds())


def ask_until_answered(
    ask: Callable[[], Done[_T] | Later | Rejected],
    stopper: threading.Event,
    waiting: Callable[[float], None] = lambda _: None,
) -> Done[_T] | Later | Rejected:
    """Asks until the answer is not Later or `stopper` is set; then the last answer. `waiting` hears each wait (s)."""
    retrying = Retrying(
        retry=retry_if_result(lambda answer: isinstance(answer, Later)),
        wait=wait_before_next,
        sleep=sleep_using_event(stopper),
        stop=stop_when_event_set(stopper),
        before_sleep=lambda state: waiting(state.next_action.sleep if state.next_action else 0.0),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    answer: Done[_T] | Later | Rejected = retrying(ask)
    return answer
