"""Instants and how far they can be trusted.

Owns the reading that a clock hands to every decision: never a bare number, always with its uncertainty and quality.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

Millis = NewType("Millis", int)
"""Unix time in integer milliseconds, UTC."""

LATEST_MS = Millis(2**47 - 1)
"""In the year 6429: the latest time that is taken from outside, so that every calendar has a day for it."""


class ClockQuality(StrEnum):
    """How a kiosk knows the time: from the server, from its own clock after a restart, or not at all."""

    SYNCED = "synced"
    HOLDOVER = "holdover"
    SUSPECT = "suspect"


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of trusted time. Unless suspect, the true time is within `uncertainty_ms` of `at_ms`."""

    at_ms: Millis
    uncertainty_ms: int
    quality: ClockQuality
    boot_id: str

    @property
    def is_suspect(self) -> bool:
        """Whether the kiosk has a reason to believe that this clock is wrong."""
        return self.quality is ClockQuality.SUSPECT
