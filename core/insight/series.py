"""Curves of a night: guests per minute over time, and one night laid over another by when each began.

Owns how a curve is cut, made coarser and moved. A curve never has more than `MOST_POINTS` points. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.model.moments import Millis

MINUTE_MS = 60_000
MOST_POINTS = 1_440
"""A day by the minute: more than any screen is wide, and what the server gives at most."""


@dataclass(frozen=True, slots=True)
class Series:
    """Guests per minute in steps of `step_ms`, the first of which begins at `since_ms` (unix ms)."""

    since_ms: Millis
    step_ms: int
    per_min: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.per_min) > MOST_POINTS:
            raise ValueError(f"a curve of {len(self.per_min)} points")

    @property
    def until_ms(self) -> Millis:
        """Where its last step ends."""
        return Millis(self.since_ms + len(self.per_min) * self.step_ms)

    @property
    def guests(self) -> int:
        """How many came in all of it."""
        return round(sum(self.per_min) * self.step_ms / MINUTE_MS)

    def middle_ms(self, at: int) -> Millis:
        """The middle of a step."""
        return Millis(self.since_ms + at * self.step_ms + self.step_ms // 2)

    def step_at(self, at_ms: int) -> int | None:
        """Which step an instant is in; None: in none."""
        at = (at_ms - self.since_ms) // self.step_ms
        return at if 0 <= at < len(self.per_min) else None


def series_of(since_ms: int, step_ms: int, counts: Iterable[Sequence[int]]) -> Series:
    """The sum of the counts of several gates, of equal length each, as a curve."""
    rows = list(counts)
    sums = [sum(column) for column in zip(*rows, strict=True)] if rows else []
    return Series(Millis(since_ms), step_ms, tuple(n * MINUTE_MS / step_ms for n in sums))


def until_now(series: Series, now_ms: int) -> Series:
    """Without the steps that have not ended yet at `now_ms`: a step that runs is not a fall of the curve."""
    whole = max(0, (now_ms - series.since_ms) // series.step_ms)
    return Series(series.since_ms, series.step_ms, series.per_min[:whole])


def trimmed(series: Series, before_steps: int = 2) -> Series:
    """Without what lies before the first guest, but for a few steps; all of it where nobody came."""
    first = next((at for at, n in enumerate(series.per_min) if n), None)
    if first is None or first <= before_steps:
        return series
    cut = first - before_steps
    return Series(Millis(series.since_ms + cut * series.step_ms), series.step_ms, series.per_min[cut:])


def laid_over(other: Series, by_ms: int, since_ms: int, until_ms: int) -> Series:
    """Another night's curve, `by_ms` later, as much of it as lies between two instants."""
    first = max(0, -(-(since_ms - by_ms - other.since_ms) // other.step_ms))
    last = min(len(other.per_min), (until_ms - by_ms - other.since_ms) // other.step_ms)
    begins = Millis(other.since_ms + first * other.step_ms + by_ms)
    return Series(begins, other.step_ms, other.per_min[first : max(first, last)])


def coarser(series: Series, step_ms: int) -> Series:
    """The same in steps of about `step_ms`, a whole number of its own; what does not fill a step at its end is left."""
    times = max(1, step_ms // series.step_ms)
    sums = [sum(series.per_min[at : at + times]) / times for at in range(0, len(series.per_min) - times + 1, times)]
    return Series(series.since_ms, series.step_ms * times, tuple(sums))
