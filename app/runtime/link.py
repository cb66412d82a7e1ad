"""The link to the server as the lines of one kiosk share it.

Owns the one `Health` that the scan line and the sync line both feed and the window shows. Safe between threads.
"""

import threading
from collections.abc import Callable

from core.model.moments import Millis
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Health, Trouble

_GONE = {"device_revoked", "device_unknown"}
LONGEST_QUIET_MS = 300_000
"""A server may ask for patience, not for ever; and a clock that was set back does not make it last longer."""


class LinkMonitor:
    """What the last answers say of the server."""

    def __init__(self, now_ms: Callable[[], Millis]) -> None:
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._health = Health(since_ms=now_ms())
        self._quiet_until_ms = 0

    @property
    def health(self) -> Health:
        """The health now."""
        with self._lock:
            return self._health

    @property
    def is_worth_asking(self) -> bool:
        """Whether to ask now: the link is not offline, and the server has not asked for patience (Retry-After)."""
        return self.health.is_worth_asking and self.is_welcome

    @property
    def is_welcome(self) -> bool:
        """Whether the time is over for which the server has last asked not to be asked."""
        left_ms = self._quiet_until_ms - self._now_ms()
        return left_ms <= 0 or left_ms > LONGEST_QUIET_MS

    def note(self, answer: Done[object] | Later | Rejected, *, slow_from_ms: int) -> None:
        """Takes an answer into account. A rejection by our server is an answer: it is there."""
        now_ms = self._now_ms()
        with self._lock:
            before = self._health
            match answer:
                case Done(took_ms=took_ms):
                    self._health = before.after_success(now_ms, is_slow=took_ms > slow_from_ms)
                case Later(trouble=trouble, retry_after_s=wait_s):
                    self._quiet_until_ms = now_ms + min(int((wait_s or 0) * 1000), LONGEST_QUIET_MS)
                    self._health = before.after_failure(now_ms, trouble)
                case Rejected(code=code) if code in _GONE:
                    self._health = before.after_failure(now_ms, Trouble.DEVICE_REVOKED)
                case Rejected(is_our_servers=False):
                    self._health = before.after_failure(now_ms, Trouble.REFUSED)
                case Rejected():
                    self._health = before.after_success(now_ms)
