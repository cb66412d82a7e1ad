"""Whether a camera's pictures are good enough to find a code in: dark ones and slow ones are said, not suffered.

Owns when pictures are called dark or slow, within three seconds, and when they are well again: at the first good one.
Refuses clocks and pixels: a picture is when it came (monotonic milliseconds) and how bright its brightest part was.
Cameras that fall silent, freeze or go are noticed by whoever films (`app.device.lens`).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

DARK_AFTER_MS = 1_500
"""A hand before the lens, or a guest's coat, is gone by then."""
DARK_BELOW = 40
"""Of 255, for the brightest hundredth of a picture: a covered lens shows less, and a lit phone far more."""
SLOW_OVER_MS = 2_000
"""How long pictures are counted before they are called slow."""
LEAST_A_SECOND = 4
"""Pictures a second: a code that is held for a second is in four of them. Cameras in the dark still make five."""


class Ailment(StrEnum):
    """What is the matter with the pictures."""

    DARK = "dark"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class LensHealth:
    """What is known of one camera's pictures since it began to film. Start anew when it is opened anew."""

    dark_since_ms: int | None = None
    came_ms: tuple[int, ...] = ()
    """When the pictures of the last `SLOW_OVER_MS` came, and the one before them."""

    def after_picture(self, at_ms: int, brightest: float) -> "LensHealth":
        """The same with one more picture; `brightest` is what a hundredth of its pixels exceed, 0 to 255."""
        is_dark = brightest < DARK_BELOW
        since_ms = None if not is_dark else at_ms if self.dark_since_ms is None else self.dark_since_ms
        return replace(self, dark_since_ms=since_ms, came_ms=_recent((*self.came_ms, at_ms)))

    @property
    def ailment(self) -> Ailment | None:
        """What is the matter as of the last picture. Dark comes first: light also makes cameras faster."""
        if not self.came_ms:
            return None
        if self.dark_since_ms is not None and self.came_ms[-1] - self.dark_since_ms >= DARK_AFTER_MS:
            return Ailment.DARK
        span_ms = self.came_ms[-1] - self.came_ms[0]
        is_slow = span_ms >= SLOW_OVER_MS and (len(self.came_ms) - 1) * 1_000 < LEAST_A_SECOND * span_ms
        return Ailment.SLOW if is_slow else None

    @property
    def a_second(self) -> int | None:
        """Pictures a second, rounded; None before the second one."""
        if len(self.came_ms) < 2 or self.came_ms[-1] == self.came_ms[0]:
            return None
        return round((len(self.came_ms) - 1) * 1_000 / (self.came_ms[-1] - self.came_ms[0]))


def _recent(came_ms: tuple[int, ...]) -> tuple[int, ...]:
    """Without those that are not needed to cover `SLOW_OVER_MS`."""
    first = next((index for index in range(len(came_ms) - 1, 0, -1) if came_ms[-1] - came_ms[index] >= SLOW_OVER_MS), 0)
    return came_ms[first:]
