"""What time it is, as far as a kiosk can know.

Owns the arithmetic of trusted time: the server's time at the last sync plus the boot clock's elapsed time; before any
sync the wall clock, with a wide uncertainty. The readings themselves are arguments.
"""

from dataclasses import dataclass

from core.model.moments import ClockQuality, Millis, Moment

SLOWEST_SAMPLE_MS = 2_000
"""A reply that took longer tells too little about when it was sent."""
SYNC_FLOOR_MS = 1_000
DRIFT_PPM = 100
HOLDOVER_UNCERTAINTY_MS = 300_000


@dataclass(frozen=True, slots=True)
class Reading:
    """The machine's clocks at one instant: wall clock and boot clock in milliseconds, and which boot it is."""

    wall_ms: int
    boot_ms: int
    boot_id: str


@dataclass(frozen=True, slots=True)
class Sample:
    """The server's time as a reply told it: received at `boot_ms` of that boot, `rtt_ms` after the question."""

    server_ms: int
    rtt_ms: int
    boot_ms: int
    boot_id: str

    @property
    def is_useful(self) -> bool:
        """Whether the round trip was short enough to tell the time."""
        return 0 <= self.rtt_ms <= SLOWEST_SAMPLE_MS


def trusted(reading: Reading, sample: Sample | None) -> Moment:
    """The moment of a reading: synced within one boot of a sample, holdover otherwise."""
    if sample is None or sample.boot_id != reading.boot_id:
        return Moment(Millis(reading.wall_ms), HOLDOVER_UNCERTAINTY_MS, ClockQuality.HOLDOVER, reading.boot_id)
    age_ms = max(0, reading.boot_ms - sample.boot_ms)
    at_ms = sample.server_ms + sample.rtt_ms // 2 + age_ms
    uncertainty_ms = sample.rtt_ms // 2 + SYNC_FLOOR_MS + age_ms * DRIFT_PPM // 1_000_000
    return Moment(Millis(at_ms), uncertainty_ms, ClockQuality.SYNCED, reading.boot_id)
