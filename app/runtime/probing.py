"""When a window asks whether its server is there: for all panels by one question, sooner after a miss, patiently later.

Owns the pace of that question; the line that asks (`app.runtime.watch_line`) owns the threads and the lock under which
all of this is used. Times end in `_ms` and are ticks of `core.insight.standing.Now`.
"""

from collections.abc import Callable
from typing import Any

from app.net.patience import BackOff
from core.insight.standing import IS_ABSENCE
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble

PROBERS = 2
"""Probes at once: a second look beside a first that is not answered; one, once the server is known to be away."""
PROBE_EVERY_MS = 3_000
"""How often the server's health is asked while all is well: that it is there, its way to the internet, its clock.

With what follows, and with the probe's own time-out: ten seconds at most from a server that stops to a banner.
"""
LOOK_AGAIN_MS = 1_000
"""A probe that was not answered by then is asked beside: two time-outs one after the other would take twice as long."""
PROBE_AGAIN_MS = 400
"""After a first miss: the second look that tells an outage from a lost packet."""
LONGEST_PROBE_WAIT_S = 30.0


class Probing:
    """When the next probe is due. `is_here` is whether the server counts as being there; `draw` is chance, 0 to 1."""

    def __init__(self, draw: Callable[[], float]) -> None:
        self.due_ms = 0.0
        self._draw = draw
        self._on_their_way = 0
        self._back_off = BackOff(LONGEST_PROBE_WAIT_S)

    @property
    def is_under_way(self) -> bool:
        """Whether one is on its way."""
        return self._on_their_way > 0

    def may_begin(self, *, is_here: bool) -> bool:
        """Whether another one may go out at all."""
        return self._on_their_way < (PROBERS if is_here else 1)

    def begin(self, now_ms: float, *, is_here: bool) -> None:
        """One goes out."""
        self._on_their_way += 1
        self.due_ms = now_ms + LOOK_AGAIN_MS if self.may_begin(is_here=is_here) else float("inf")

    def hurry(self, now_ms: float) -> None:
        """Something speaks against the server's being there, or somebody wants to know."""
        self.due_ms = min(self.due_ms, now_ms)

    def end(self) -> None:
        """One came back."""
        self._on_their_way -= 1

    def note_answer(self, now_ms: float) -> None:
        """The server is there."""
        self._back_off.reset()
        self.due_ms = now_ms + PROBE_EVERY_MS * (0.9 + 0.1 * self._draw())

    def note_miss(self, now_ms: float, miss: Later, *, is_away: bool) -> None:
        """Nobody answered; another one that is still on its way says more."""
        wait_ms = PROBE_AGAIN_MS * (0.5 + 0.5 * self._draw())
        if is_away:
            wait_ms = self._back_off.next_wait_s(miss.retry_after_s) * 1000
        if not self.is_under_way:
            self.due_ms = now_ms + wait_ms


def miss_of(answer: Done[Any] | Later | Rejected) -> Later | None:
    """What a probe's answer says against the server's being there; None where it is."""
    match answer:
        case Later(trouble=trouble) if IS_ABSENCE[trouble]:
            return answer
        case Rejected(is_our_servers=False):
            return Later(Trouble.REFUSED)
        case _:
            return None
