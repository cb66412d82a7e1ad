"""Whether a guest is in hand at a door: a scan is recorded, or about to be, whose verdict is still sought.

Owns that one bit, shared by the lines of a kiosk: lanes hold it, the upload looks at it.
"""

import threading
from types import TracebackType


class InHand:
    """A context: a lane is in it from before it records a scan until the verdict is committed. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._guests = 0

    def __enter__(self) -> None:
        with self._lock:
            self._guests += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._guests -= 1

    @property
    def is_anybody(self) -> bool:
        """Whether some lane seeks a verdict at this moment."""
        return self._guests > 0
