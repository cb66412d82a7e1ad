"""Kiosk and server compare what they hold, once nothing waits: count, highest place and head of each journal.

Owns when to ask, and what was last found. A difference is a value for whoever shows it; it stops neither the door nor
the queue.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.store.journal import Journal
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import MAX_TALLIES, TallyReply, TallyRequest, TallyResult, TallyRow
from core.sync.tally import Finding, Tally

EVERY_MS = 15_000
"""At most so often: a busy door drains after every guest, and the counting walks the whole journal."""
AGAIN_MS = 60_000
"""How often an unchanged journal is compared once more: what a person puts right at the server is seen here."""
URGENCY = (Finding.SERVER_BEHIND, Finding.HEADS_DIFFER, Finding.SERVER_AHEAD, Finding.EQUAL)
"""What is worse comes first: lost facts before journals that are two."""


class Counterpart(Protocol):
    """Who holds the other copy."""

    def tally(self, told: TallyRequest) -> Done[TallyReply] | Later | Rejected:
        """Compares."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The last comparison: the worst finding, how many facts the server lacks, and when (unix milliseconds)."""

    finding: Finding
    missing: int
    at_ms: int


class Reckoner:
    """Compares one kiosk's journal. `reckon` belongs to the journal's thread; `found` may be read from any."""

    def __init__(self, counterpart: Counterpart, now_ms: Callable[[], int]) -> None:
        self._counterpart = counterpart
        self._now_ms = now_ms
        self._compared: list[Tally] | None = None
        self._asked_ms: int | None = None
        self.found: Reckoning | None = None
        """None before the first comparison."""

    def reckon(self, journal: Journal, *, is_forced: bool = False) -> Reckoning | None:
        """Compares where it is time and nothing waits; what was found, or None where nothing was compared now.

        Raises StorageFailed.
        """
        now_ms = self._now_ms()
        if not is_forced and not self._is_time(now_ms, EVERY_MS):
            return None
        tallies = journal.tallies()
        if tallies is None or not (is_forced or tallies != self._compared or self._is_time(now_ms, AGAIN_MS)):
            return None
        self._asked_ms = now_ms
        answer = self._counterpart.tally(TallyRequest([_row(tally) for tally in tallies[-MAX_TALLIES:]]))
        if not isinstance(answer, Done):
            return None
        self._compared = tallies
        self.found = _reckoning(tallies[-MAX_TALLIES:], answer.value.tallies, now_ms)
        return self.found

    def _is_time(self, now_ms: int, after_ms: int) -> bool:
        """A clock that was set back makes it time at once."""
        return self._asked_ms is None or not 0 <= now_ms - self._asked_ms < after_ms


def _row(tally: Tally) -> TallyRow:
    return TallyRow(tally.device.hex, tally.incarnation, tally.count, tally.max_seq, tally.head.hex())


def _reckoning(own: list[Tally], results: list[TallyResult], now_ms: int) -> Reckoning:
    found = {result.finding for result in results} - {None}
    worst = next((finding for finding in URGENCY if finding in found), Finding.EQUAL)
    missing = sum(max(0, tally.count - result.count) for tally, result in zip(own, results, strict=False))
    return Reckoning(worst, missing, now_ms)
