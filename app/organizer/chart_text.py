"""What a chart of a night shows and says, as plain values: who draws it needs to know nothing else."""

from collections.abc import Callable
from dataclasses import dataclass

from core.insight.series import Series


@dataclass(frozen=True, slots=True)
class Line:
    """One curve by its name."""

    name: str
    series: Series


@dataclass(frozen=True, slots=True)
class ChartText:
    """A curve over time, and another night's as a thin line beside it.

    `summary` is all of it in a sentence, for who does not see it; `read` tells what the curves are at a step of the
    main one, `instant` what stands below the axis at an instant (unix ms). `zone_ms` tells how far the event's clocks
    are ahead of UTC at an instant, so that the axis has its marks on whole hours there.
    """

    main: Line
    other: Line | None
    unit: str
    summary: str
    read: Callable[[int], str]
    instant: Callable[[int], str]
    zone_ms: Callable[[int], int]
    hint: str = ""
    """What the keys do, for a screen reader."""
