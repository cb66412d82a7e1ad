"""The only clock: wall time, boot time and what the server said, as one trusted moment.

Owns every read of the machine's clocks. Safe to use from several threads.
"""

import os
import threading
import time
from pathlib import Path
from typing import Protocol
from uuid import UUID

from core.model.ids import FactId, uuid7
from core.model.moments import Moment
from core.model.timekeeping import Reading, Sample, trusted

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """What time it is, and how long things take."""

    def now(self) -> Moment:
        """The trusted moment."""

    def monotonic_ms(self) -> int:
        """Milliseconds that only ever go forward."""

    def learn(self, server_ms: int, rtt_ms: int) -> None:
        """Takes the server's time from a reply that arrived just now, `rtt_ms` after its question."""


class SystemClock:
    """The clock of this machine."""

    def __init__(self) -> None:
        self._boot_id = _boot_id()
        self._lock = threading.Lock()
        self._sample: Sample | None = None

    def now(self) -> Moment:
        """The trusted moment: synced once a server has told its time, holdover before."""
        with self._lock:
            sample = self._sample
        return trusted(Reading(time.time_ns() // 1_000_000, _boot_ms(), self._boot_id), sample)

    def monotonic_ms(self) -> int:
        """Milliseconds since some fixed instant."""
        return time.monotonic_ns() // 1_000_000

    def learn(self, server_ms: int, rtt_ms: int) -> None:
        """Keeps the sample when its round trip was short enough to tell the time."""
        sample = Sample(server_ms, rtt_ms, _boot_ms(), self._boot_id)
        if sample.is_useful:
            with self._lock:
                self._sample = sample


def new_fact_id(at_ms: int) -> FactId:
    """A fresh UUIDv7 of a moment."""
    return FactId(uuid7(at_ms, os.urandom(10)))


def _boot_ms() -> int:
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(clock) // 1_000_000


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return UUID(bytes=os.urandom(16), version=4).hex  # elsewhere: unknown, so that no sample outlives this run
