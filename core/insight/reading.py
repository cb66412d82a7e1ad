"""What a panel knows of one thing that the server tells: the last good value, its age, what keeps a newer one away.

Owns the closed set of states in which a panel can be. An old value is never told as a new one: the state says so, and
`as_of_ms` when it was true.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeAlias, TypeVar

from core.model.moments import Millis
from core.sync.answers import Later, Rejected

T_co = TypeVar("T_co", covariant=True)

Fault: TypeAlias = Later | Rejected
"""Why there is no newer value: ask again later, or never as it stands."""


class Freshness(StrEnum):
    """How a panel stands."""

    LOADING = "loading"  # nothing is known yet, and the answer is still awaited within its time-out
    FRESH = "fresh"  # the value is of the last round, and the last round went well
    OLD = "old"  # the value is of an earlier round, or from the cache; a newer one could not be had
    FAILED = "failed"  # there is no value, and the last round went wrong


_WORSE = (Freshness.FRESH, Freshness.OLD, Freshness.LOADING, Freshness.FAILED)
"""From what may be shown as it is to what can't be shown at all."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[T_co]):
    """One thing as it is known. `as_of_ms`: the unix ms (the server's clock) at which `value` was true."""

    state: Freshness
    value: T_co | None = None
    as_of_ms: Millis | None = None
    fault: Fault | None = None
    fault_since_ms: Millis | None = None
    """Since when newer values could not be had (unix ms)."""

    @property
    def is_new(self) -> bool:
        """Whether the value may be shown without saying how old it is."""
        return self.state is Freshness.FRESH


def together(*readings: Reading[Any]) -> Reading[tuple[Any, ...]]:
    """Several readings as one of all their values: as old as the oldest, as wrong as the worst of them.

    A value of one without those of the others is none.
    """
    worst = max(readings, key=lambda each: _WORSE.index(each.state))
    since = [each.fault_since_ms for each in readings if each.fault_since_ms is not None]
    told = [each.as_of_ms for each in readings if each.as_of_ms is not None]
    has_all = all(each.value is not None for each in readings)
    return Reading(
        state=worst.state,
        value=tuple(each.value for each in readings) if has_all else None,
        as_of_ms=min(told) if has_all and len(told) == len(readings) else None,
        fault=worst.fault,
        fault_since_ms=min(since, default=None),
    )
