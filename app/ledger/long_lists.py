"""How a process works on long lists beside those who wait for it.

Owns what is set meanwhile for the whole process, and put back: how often the collector of cycles looks (a list has
none, and each look walks over all of it: a tenth of the whole time), and how soon another thread has its turn (the
question of a guest takes and gives the interpreter dozens of times, at the usual 5 ms each).
"""

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (50_000, 20, 20)
"""The collector's thresholds meanwhile, in place of 700, 10 and 10: other threads may go on making cycles."""
TURN_S = 0.0005
"""How long a thread may keep others waiting for the interpreter meanwhile."""


class _Meanwhile:
    """How many lists are at work, and what was set before the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists = 0
        self._usual = (gc.get_threshold(), sys.getswitchinterval())
        self._keeps: bool | None = None
        """Whether the process keeps what it loaded at its start; looked at once, for to count it is to walk over it."""

    def begin(self) -> None:
        with self._lock:
            if not self._lists:
                self._usual = (gc.get_threshold(), sys.getswitchinterval())
                if self._keeps is None:
                    self._keeps = gc.get_freeze_count() > 0  # a server's own start stays frozen, and the list with it
                gc.set_threshold(*SELDOM)
                sys.setswitchinterval(TURN_S)
            self._lists += 1
            gc.freeze()

    def end(self) -> None:
        with self._lock:
            self._lists -= 1
            if not self._lists:
                thresholds, turn_s = self._usual
                gc.set_threshold(*thresholds)
                sys.setswitchinterval(turn_s)
                if not self._keeps:
                    gc.unfreeze()


_meanwhile = _Meanwhile()


@contextmanager
def on_a_long_list() -> Iterator[None]:
    """Work on a long list, beside others. Safe between threads, and nested."""
    _meanwhile.begin()
    try:
        yield
    finally:
        _meanwhile.end()
