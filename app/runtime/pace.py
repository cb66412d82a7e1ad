"""How often something may be done: so many times in so many seconds, for whoever it is done to.

Owns the word for it, which the server's turnstile uses too, and the counting of what workers do by themselves: each for
itself, or together where they share a database. Together they take places in advance, a handful at a time, so that not
every message costs a transaction: what a worker took and did not use is lost with its window.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, Storage
from limits.strategies import SlidingWindowCounterRateLimiter

MINUTE_S = 60
SHARE = 50
"""Places that are taken in advance, of a pace of thousands; of a slower one a tenth, so that nobody keeps it all."""


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
    """Counts what one thread does against a rate, apart for each name.

    With `shared` all that have this storage count together. Raises what the storage does.
    """

    def __init__(
        self,
        rate: Rate,
        shared: Storage | None = None,
        *,
        share: int = SHARE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._item = rate.item
        self._limiter = SlidingWindowCounterRateLimiter(shared or MemoryStorage())
        self._share = min(share, rate.most // 10) if shared is not None else 0
        self._monotonic = monotonic
        self._taken: dict[str, tuple[int, float]] = {}

    def take(self, name: str, most: int) -> int:
        """How many of `most` may be done now; they count as done."""
        left = self._in_advance(name)
        if left < most:
            left += self._places(name, most - left)
        allowed = min(most, left)
        self._keep(name, left - allowed)
        return allowed

    def _in_advance(self, name: str) -> int:
        places, until_s = self._taken.get(name, (0, 0.0))
        return places if self._monotonic() < until_s else 0

    def _places(self, name: str, wanted: int) -> int:
        """New places: a share of them where that many are left, else as many as there are, up to what is wanted."""
        if self._share > wanted and self._limiter.hit(self._item, name, cost=self._share):
            return self._share
        left = self._limiter.get_window_stats(self._item, name).remaining
        allowed = max(0, min(wanted, left))
        return allowed if allowed and self._limiter.hit(self._item, name, cost=allowed) else 0

    def _keep(self, name: str, places: int) -> None:
        """Places stay good for a window from when they were taken: later they would be another minute's."""
        if not places:
            self._taken.pop(name, None)
        elif name not in self._taken or self._in_advance(name) < places:
            self._taken[name] = (places, self._monotonic() + self._rate.per_s)
        else:
            self._taken[name] = (places, self._taken[name][1])
