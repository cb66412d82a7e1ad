"""Whether the server reaches the internet: looked at again and again, and told to whoever asks about its health.

Owns the looks and what follows from them. One look that fails says nothing yet (a packet is lost now and then); two in
a row do, and the loss counts from the first of them. Without an address to look for, nothing is said.
"""

import threading
from collections.abc import Callable

from app.runtime.rounds import Duty
from core.sync.messages import Reach

EVERY_S = 20.0
"""Between two looks: a loss is told within the minute, and who is looked for hears three knocks in it."""
LOOKS_TO_LOSE = 2


class InternetCheck:
    """The check of one server process. Safe between threads. `knock` says whether the internet answers."""

    def __init__(self, knock: Callable[[], bool], now_ms: Callable[[], int]) -> None:
        self._knock = knock
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._reach = Reach(None, None, None)
        self._missed = 0
        self._missed_since_ms: int | None = None

    @property
    def reach(self) -> Reach:
        """How it stands, and when it looked last."""
        with self._lock:
            return self._reach

    @property
    def duty(self) -> Duty:
        """What goes round."""
        return Duty("internet", EVERY_S, self.look)

    def look(self) -> bool:
        """One look; False: nothing more is due at once."""
        began_ms = self._now_ms()
        is_there = self._knock()
        with self._lock:
            self._missed = 0 if is_there else self._missed + 1
            if self._missed == 1:
                self._missed_since_ms = began_ms
            self._reach = self._after(is_there=is_there, began_ms=began_ms)
        return False

    def _after(self, *, is_there: bool, began_ms: int) -> Reach:
        before = self._reach
        if is_there:
            since_ms = before.since_ms if before.is_there else began_ms
            return Reach(True, since_ms, self._now_ms())
        if before.is_there is not False and self._missed < LOOKS_TO_LOSE:
            return Reach(before.is_there, before.since_ms, self._now_ms())
        return Reach(False, before.since_ms if before.is_there is False else self._missed_since_ms, self._now_ms())
