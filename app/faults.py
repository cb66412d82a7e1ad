"""A fault: what a program raised and nobody expected. Written down by its kind and its place, never by its words.

Owns how one is told. An exception's words may quote what a guest is called, what was scanned, or a row of a table.
"""

import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from app.log import logger

AGAIN_S = 60.0
"""How often a fault that comes again and again at one place is written down: no disk is filled by a broken paint."""
_FRAMES = 3
_MOST_PLACES = 256


def place_of(error: BaseException) -> str:
    """Where it arose, the innermost place last: files and lines."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " > ".join(f"{Path(each.filename).name}:{each.lineno}" for each in frames)


def log_fault(part: str, error: BaseException) -> None:
    """Writes down in which part it arose, what kind it was and where."""
    logger(__name__).error("fault", part=part, error=type(error).__name__, place=place_of(error))


class FaultLog:
    """The faults of one part, each kind and place once in `AGAIN_S`. Safe between threads."""

    def __init__(self, part: str, now_s: Callable[[], float] = time.monotonic) -> None:
        self._part = part
        self._now_s = now_s
        self._lock = threading.Lock()
        self._told_s: dict[tuple[str, str], float] = {}

    def note(self, error: BaseException) -> None:
        """Writes a fault down, unless the same was a moment ago."""
        what, now_s = (type(error).__name__, place_of(error)), self._now_s()
        with self._lock:
            if now_s - self._told_s.get(what, now_s - AGAIN_S) < AGAIN_S:
                return
            self._told_s.pop(what, None)
            self._told_s = dict([*self._told_s.items(), (what, now_s)][-_MOST_PLACES:])
        log_fault(self._part, error)
