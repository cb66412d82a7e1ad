"""What is known of one question, and what a panel may show of it.

Owns when a value is new, when it is old, and when there is none: a first failure is not shown, for the next try follows
within the second; a second one is, and so is a refusal; and no value is new for longer than a round and its time-out,
whatever became of those who should have asked again.
"""

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from core.insight.reading import Fault, Freshness, Reading
from core.model.moments import Millis
from core.sync.answers import Later, Rejected
from core.sync.health import Trouble

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")

FAILS_AFTER = 2
LOADING_MS = 12_000
"""The longest that a panel says it is loading: one time-out, and a second try."""
GRACE_MS = 12_000
"""What a round may take beyond its time before its value is old."""


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """What is known. `began_ms`: since when somebody wants to know."""

    began_ms: Millis
    value: T_co | None = None
    as_of_ms: Millis | None = None
    is_confirmed: bool = False
    """Whether the server said so to this window: not for what came from the cache."""
    failures: int = 0
    fault: Fault | None = None
    fault_since_ms: Millis | None = None

    def cached(self, value: U, as_of_ms: Millis) -> "Known[U]":
        """A value that was true once."""
        return Known(self.began_ms, value, as_of_ms, is_confirmed=False)

    def answered(self, value: U, as_of_ms: Millis) -> "Known[U]":
        """A new value."""
        return Known(self.began_ms, value, as_of_ms, is_confirmed=True)

    def failed(self, fault: Fault, now_ms: Millis) -> "Known[T_co]":
        """There is no newer value."""
        since_ms = now_ms if self.fault_since_ms is None else self.fault_since_ms
        return replace(self, failures=self.failures + 1, fault=fault, fault_since_ms=since_ms)

    def wanted(self, now_ms: Millis) -> "Known[T_co]":
        """Somebody wants to know again: what failed before is tried anew, and loads for its time at most."""
        return replace(self, began_ms=now_ms, failures=0, fault=None, fault_since_ms=None)

    def doubted(self) -> "Known[T_co]":
        """Nobody could ask for a while: the value stays, and is not new before the server has said so again."""
        return replace(self, is_confirmed=False)

    @property
    def is_failing(self) -> bool:
        """Whether it is shown that no newer value can be had."""
        return self.failures >= FAILS_AFTER or isinstance(self.fault, Rejected)

    def reading(self, now_ms: Millis, every_ms: int, lost: Fault | None, lost_since_ms: Millis | None) -> Reading[T_co]:
        """What a panel shows; `lost` is why nobody asks at all, where that is so."""
        fault, since_ms = (self.fault, self.fault_since_ms) if lost is None else (lost, lost_since_ms)
        is_failing = self.is_failing or lost is not None
        if self.as_of_ms is None:
            is_late = now_ms - self.began_ms > LOADING_MS
            if not (is_failing or is_late):
                return Reading(Freshness.LOADING)
            return Reading(Freshness.FAILED, None, None, fault or Later(Trouble.SLOW), since_ms or self.began_ms)
        is_aged = now_ms - self.as_of_ms > every_ms + GRACE_MS
        if self.is_confirmed and not is_failing and not is_aged:
            return Reading(Freshness.FRESH, self.value, self.as_of_ms)
        is_told = is_failing or (is_aged and now_ms - self.began_ms > LOADING_MS)
        if not is_told:
            return Reading(Freshness.OLD, self.value, self.as_of_ms)
        return Reading(
            Freshness.OLD, self.value, self.as_of_ms, fault or Later(Trouble.SLOW), since_ms or self.as_of_ms
        )
