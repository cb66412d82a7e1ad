"""Codes that are nobody's, by the hundred: a phone's video of them, a poster before the lens.

Owns how many of them are recorded one by one. Beyond that a minute of them becomes one counted row, so that whoever
plays with a lane fills neither its journal nor the server's. Refuses clocks: monotonic milliseconds come in with every
step.
"""

from dataclasses import dataclass, replace

MOST_A_MINUTE = 30
"""More guests without any ticket do not come to one lane: what comes faster is no queue."""
WINDOW_MS = 60_000


@dataclass(frozen=True, slots=True)
class Flood:
    """The strangers of a lane's last minute that were recorded, and how many since `began_ms` were only counted."""

    recorded: tuple[int, ...] = ()
    counted: int = 0
    began_ms: int = 0

    def stranger(self, at_ms: int, *, has_room: bool = True) -> tuple["Flood", bool]:
        """One more, and whether it is recorded by itself; without room on the disk it is only counted."""
        recent = tuple(each for each in self.recorded if at_ms - each < WINDOW_MS)
        if has_room and len(recent) < MOST_A_MINUTE:
            return replace(self, recorded=(*recent, at_ms)), True
        began_ms = self.began_ms if self.counted else at_ms
        return Flood(recent, self.counted + 1, began_ms), False

    def is_due(self, at_ms: int) -> bool:
        """Whether what was only counted is written down now: a minute after the first of it."""
        return self.counted > 0 and at_ms - self.began_ms >= WINDOW_MS

    def written(self) -> "Flood":
        """The same once the count is written down."""
        return replace(self, counted=0)
