"""The only clock: wall time, boot time, what the server said and what was remembered, as one trusted moment.

Owns every read of the machine's clocks. Safe to use from several threads. What may be believed of them is decided in
`core.model.timekeeping`.
"""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from app.errors import AppError
from app.log import logger
from core.model.ids import FactId, uuid7
from core.model.moments import ClockQuality, Moment
from core.model.timekeeping import (
    CORRECTION_UNCERTAINTY_MS,
    Correction,
    CorrectionFlaw,
    Floor,
    Reading,
    Remembered,
    Sample,
    anchored,
    flaw_of,
    is_worth_keeping,
    learned,
    raised_by_proof,
    together,
    trusted,
)

BUILT_MS = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 1000
"""This program did not exist before: a clock that shows an earlier time is wrong. Raised with a release."""
LOOK_AGAIN_MS = 1_000
"""How soon a clock without a sync notices what another program of this kiosk has stored."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """What time it is, and how long things take."""

    def now(self) -> Moment:
        """The trusted moment."""

    def monotonic_ms(self) -> int:
        """Milliseconds that only ever go forward."""

    def learn(self, server_ms: int, rtt_ms: int) -> None:
        """Takes the server's time from a reply that arrived just now, `rtt_ms` after its question."""


class Memory(Protocol):
    """Where a clock keeps what it knows over restarts."""

    def load(self) -> Remembered:
        """What was saved last; nothing remembered where nothing can be read. Raises nothing."""

    def save(self, known: Remembered) -> None:
        """Keeps it, whole or not at all. Raises AppError when the disk fails."""


class NoMemory(Memory):
    """Nothing outlives this run."""

    def load(self) -> Remembered:
        """Nothing."""
        return Remembered()

    def save(self, known: Remembered) -> None:
        """Nothing to do."""


def wall_ms() -> int:
    """The machine's wall clock, unix milliseconds: the time of a server, which has nobody else to ask."""
    return time.time_ns() // 1_000_000


def read_machine() -> Reading:
    """The machine's clocks now."""
    return Reading(wall_ms(), _boot_ms(), _BOOT)


class SystemClock:
    """The clock of this machine, as a kiosk trusts it.

    `memory` outlives the run; while no sample of this boot is known it is looked into again once a second, so that a
    time set from the command line reaches a running kiosk.
    """

    def __init__(
        self,
        memory: Memory | None = None,
        built_ms: int = BUILT_MS,
        read: Callable[[], Reading] = read_machine,
    ) -> None:
        self._memory = memory or NoMemory()
        self._read = read
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        reading = read()
        self._anchor = reading
        self._looked_ms = reading.boot_ms
        self._kept = self._memory.load()
        built = Floor(built_ms, reading.boot_ms, reading.boot_id)
        remembered = Remembered(self._kept.sample, self._kept.floor.in_boot(reading), self._kept.correction)
        self._known = together(remembered, Remembered(floor=built), reading)

    @property
    def remembered(self) -> Remembered:
        """What this clock knows besides the machine's own clocks."""
        with self._lock:
            return self._known

    def now(self) -> Moment:
        """The trusted moment (`core.model.timekeeping.trusted`)."""
        with self._lock:
            reading = self._read()
            moment = self._moment(reading)
            if moment.quality is ClockQuality.SYNCED or reading.boot_ms - self._looked_ms < LOOK_AGAIN_MS:
                return moment
            self._looked_ms = reading.boot_ms
            self._known = together(self._known, self._memory.load(), reading)
            return self._moment(reading)

    def monotonic_ms(self) -> int:
        """Milliseconds since some fixed instant."""
        return time.monotonic_ns() // 1_000_000

    def learn(self, server_ms: int, rtt_ms: int) -> None:
        """Takes the server's time where it is the surest so far; remembers it at most once a minute unless much surer.

        A disk that fails costs the memory, never the time: it is logged.
        """
        with self._lock:
            reading = self._read()
            self._known = learned(self._known, Sample(server_ms, rtt_ms, reading.boot_ms, reading.boot_id), reading)
            is_due = is_worth_keeping(self._known, self._kept, reading)
            if is_due:
                self._kept = self._known  # taken as done, also when it fails: the next try is a minute away
        if is_due:
            try:
                self._save()
            except AppError as err:
                logger(__name__).warning("clock not remembered", cause=str(err))

    def correct(self, at_ms: int, uncertainty_ms: int = CORRECTION_UNCERTAINTY_MS) -> CorrectionFlaw | None:
        """Takes the time that a supervisor says it is now, or says why not.

        Raises AppError when the disk fails; this run goes by the correction all the same.
        """
        with self._lock:
            reading = self._read()
            said = Correction(at_ms, uncertainty_ms, reading.boot_ms, reading.boot_id)
            flaw = flaw_of(said, reading, self._known)
            if flaw is not None:
                return flaw
            self._known = together(self._known, Remembered(correction=said), reading)
        self._save()
        return None

    def raise_floor(self, at_ms: int) -> None:
        """Takes note that an instant has passed for certain: the issue of a signed manifest, the time of a synced fact.

        Not written down: whoever knows it brings it again at the next start.
        """
        with self._lock:
            reading = self._read()
            floor = raised_by_proof(self._known.floor, at_ms, reading)
            self._known = Remembered(self._known.sample, floor, self._known.correction)

    def _moment(self, reading: Reading) -> Moment:
        """The moment of a reading, under the lock; notes which wall clock is believed from now on."""
        self._anchor = anchored(self._anchor, reading, self._known.floor.by(reading))
        return trusted(reading, self._known, self._anchor)

    def _save(self) -> None:
        """Writes what is known, with what another program of this kiosk has written meanwhile. One thread at a time."""
        with self._saving:
            stored = self._memory.load()
            with self._lock:
                self._known = together(self._known, stored, self._read())
                known = self._known
            self._memory.save(known)


def new_fact_id(at_ms: int) -> FactId:
    """A fresh UUIDv7 of a moment."""
    return FactId(uuid7(at_ms, os.urandom(10)))


def _boot_ms() -> int:
    clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    if clock is None:  # Windows: its monotonic clock counts sleep as well
        return time.monotonic_ns() // 1_000_000
    return time.clock_gettime_ns(clock) // 1_000_000


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return UUID(bytes=os.urandom(16), version=4).hex  # elsewhere: unknown, so that no sample outlives this run


_BOOT = _boot_id()
