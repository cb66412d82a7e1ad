"""When a watcher starts a door's program again: at once after a crash, never against somebody who closed it.

Pure: how the program ended and how often it failed in a row come in, what to do comes out.
"""

from dataclasses import dataclass

from core.model.backing_off import doubled

CLOSED, WRONG_USE = 0, 2
"""How a program ends that somebody closed, and one that was started with words that it does not know."""
FIRST_PAUSE_MS = 250
LONGEST_PAUSE_MS = 10_000
"""Together with a start this stays well below the 30 s within which a door scans again."""
MOST_FAILED_STARTS = 8
"""A program that says why it can't start says the same the ninth time: somebody has to read it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its exit status, negative for a signal, and whether it had said that it was ready."""

    status: int
    was_ready: bool


@dataclass(frozen=True, slots=True)
class StartAgain:
    """After a pause."""

    pause_ms: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Ends with the program's own status."""

    status: int


def after(ended: Ended, failed_starts: int) -> StartAgain | GiveUp:
    """What follows; `failed_starts` are the runs in a row before this one that never became ready."""
    if ended.status in {CLOSED, WRONG_USE}:
        return GiveUp(ended.status)
    if ended.was_ready:
        return StartAgain(FIRST_PAUSE_MS)
    if failed_starts + 1 >= MOST_FAILED_STARTS and ended.status > 0:
        return GiveUp(ended.status)
    return StartAgain(int(doubled(FIRST_PAUSE_MS, failed_starts, LONGEST_PAUSE_MS)))
