"""A machine whose clocks a test turns by hand: its true time, its wall clock, its boot clock, its boots."""

from app.clock import BUILT_MS, Memory, SystemClock
from core.model.timekeeping import Reading
from core.ticket import seal

EVENING_MS = 1_795_003_600_000
"""An evening in November 2026, later than every build."""
YEAR_2038_MS = 2_147_483_648_000
"""The second after the last one of a 32-bit clock."""


class Machine:
    """What `SystemClock` reads. `true_ms` is what the world's clocks show; the wall clock is off by `wall_error_ms`."""

    def __init__(self, true_ms: int = EVENING_MS) -> None:
        self.true_ms = true_ms
        self.wall_error_ms = 0
        self._booted_ms = true_ms - 60_000
        self._boots = 1

    def read(self) -> Reading:
        """The clocks now; boot ids look like the kernel's."""
        boot = seal.sha256(self._boots.to_bytes(4)).hex()[:36]
        return Reading(self.true_ms + self.wall_error_ms, self.true_ms - self._booted_ms, boot)

    def wait(self, ms: int) -> None:
        """Time goes on."""
        self.true_ms += ms

    def reboot(self, *, wall_ms: int | None = None, off_for_ms: int = 30_000) -> None:
        """Off and on again; its battery kept the wall clock, or it comes up showing `wall_ms`."""
        self.true_ms += off_for_ms
        self._booted_ms = self.true_ms - 5_000
        self._boots += 1
        if wall_ms is not None:
            self.wall_error_ms = wall_ms - self.true_ms

    def set_wall(self, wall_ms: int) -> None:
        """Somebody sets the wall clock, or a time service does."""
        self.wall_error_ms = wall_ms - self.true_ms

    def clock(self, memory: Memory | None = None, built_ms: int = BUILT_MS) -> SystemClock:
        """A program starts and opens its clock."""
        return SystemClock(memory, built_ms, self.read)
