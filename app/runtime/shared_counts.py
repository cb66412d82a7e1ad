"""The storage of the limits library on the ledger's database, for servers and workers that count together.

Owns the translation alone: the library decides, `app.ledger.rate_counts` counts. `tests/contract/test_limits.py` holds
it to what the library's own memory storage does.
"""

from math import floor

from limits.storage import SlidingWindowCounterSupport, Storage
from limits.storage.base import TimestampedSlidingWindow

from app.errors import AppError
from app.ledger.rate_counts import RateCounts


class SharedCounts(Storage, SlidingWindowCounterSupport, TimestampedSlidingWindow):
    """Fixed windows and sliding window counters. Raises AppError as the ledger does."""

    STORAGE_SCHEME = None

    def __init__(self, counts: RateCounts) -> None:
        super().__init__()
        self._counts = counts

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong."""
        return AppError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Adds to a count; a new one lives for `expiry` seconds."""
        return self._counts.add(key, amount, expiry)

    def get(self, key: str) -> int:
        """A count."""
        return self._counts.count(key)

    def get_expiry(self, key: str) -> float:
        """When a count ends, in unix seconds."""
        return self._counts.ends_at_s(key)

    def check(self) -> bool:
        """Whether the database answers."""
        try:
            self._counts.count("")
        except AppError:
            return False
        return True

    def reset(self) -> int:
        """Forgets everything."""
        return self._counts.forget_all()

    def clear(self, key: str) -> None:
        """Forgets one count."""
        self._counts.forget(key)

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Counts, unless this window and the weighted rest of the one before are full.

        Counted first and taken back, so that of two processes at the last place one gets it.
        """
        previous, previous_ttl, _, _ = self.get_sliding_window(key, expiry)
        _, current_key = self.sliding_window_keys(key, expiry, self._counts.now_s())
        current = self._counts.add(current_key, amount, 2 * expiry)
        if floor(previous * previous_ttl / expiry + current) <= limit:
            return True
        self._counts.take_back(current_key, amount)
        return False

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Count and remaining seconds of the window before and of this one."""
        now_s = self._counts.now_s()
        previous_key, current_key = self.sliding_window_keys(key, expiry, now_s)
        previous, current = self._counts.count(previous_key), self._counts.count(current_key)
        left_s = (1 - (now_s / expiry) % 1) * expiry
        return previous, left_s if previous else 0.0, current, left_s + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forgets both windows."""
        for each in self.sliding_window_keys(key, expiry, self._counts.now_s()):
            self._counts.forget(each)
