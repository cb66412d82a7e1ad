"""How often something may be done: so many times in so many seconds, for whoever it is done to.

Owns the word for it, which the server's turnstile uses too, and the counting of what this process does by itself.
"""

from dataclasses import dataclass

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """So many times in so many seconds; `is_shared` where all processes count together, which costs a transaction."""

    most: int
    per_s: int = MINUTE_S
    is_shared: bool = False

    @property
    def item(self) -> RateLimitItemPerSecond:
        """The rate as the library counts it."""
        return RateLimitItemPerSecond(self.most, self.per_s)


class Pace:
    """Counts what one thread does against a rate, apart for each name."""

    def __init__(self, rate: Rate) -> None:
        self._item = rate.item
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def take(self, name: str, most: int) -> int:
        """How many of `most` may be done now; they count as done."""
        left = self._limiter.get_window_stats(self._item, name).remaining
        allowed = max(0, min(most, left))
        if allowed:
            self._limiter.hit(self._item, name, cost=allowed)
        return allowed
