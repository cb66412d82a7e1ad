"""The link to the server as the lines of one kiosk share it.

Owns the one `Health` that the scan line and the sync line both feed and the window shows. Safe between threads.
"""

import threading
from collections.abc import Callable

from core.model.moments import Millis
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Health, Trouble

_GONE = {"device_revoked", "device_unknown"}


class LinkMonitor:
    """What the last answers say of the server. `changed` is called, outside the lock, after each change."""

    def __init__(self, now_ms: Callable[[], Millis], changed: Callable[[Health], None] = lambda _: None) -> None:
        self._now_ms = now_ms
        self._changed = changed
        self._lock = threading.Lock()
        self._health = Health(since_ms=now_ms())

    @property
    def health(self) -> Health:
        """The health now."""
        with self._lock:
            return self._health

    def on_change(self, changed: Callable[[Health], None]) -> None:
        """Sets who is told of changes."""
        self._changed = changed

    def note(self, answer: Done[object] | Later | Rejected, *, slow_from_ms: int) -> None:
        """Takes an answer into account. A rejection is an answer: the server is there."""
        now_ms = self._now_ms()
        with self._lock:
            before = self._health
            match answer:
                case Done(took_ms=took_ms):
                    self._health = before.after_success(now_ms, is_slow=took_ms > slow_from_ms)
                case Later(trouble=trouble):
                    self._health = before.after_failure(now_ms, trouble)
                case Rejected(code=code) if code in _GONE:
                    self._health = before.after_failure(now_ms, Trouble.DEVICE_REVOKED)
                case Rejected():
                    self._health = before.after_success(now_ms)
            after = self._health
        if (after.link, after.trouble) != (before.link, before.trouble):
            self._changed(after)
