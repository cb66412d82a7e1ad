"""How full a place is: levels with hysteresis, and which of them somebody has to be told of.

Owns the levels, when one is left again, and that each is announced once: a crowd that breathes around a threshold
sets it off one time. Pure: the level of before and the people inside in, the level of now out.
"""

from dataclasses import dataclass
from enum import IntEnum


class Fullness(IntEnum):
    """How full, in ascending order; the number is the least share of the capacity in percent."""

    ROOM = 0
    BUSY = 80
    NEARLY_FULL = 95
    FULL = 100


FALLS_BY = 5
"""Percent of the capacity by which the people inside must fall below a level before it is left."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a watch over a capacity remembers: how full it is, and the highest level announced since it fell."""

    level: Fullness = Fullness.ROOM
    told: Fullness = Fullness.ROOM


def fullness_of(inside: int, capacity: int) -> Fullness:
    """The level that so many people reach."""
    return max(level for level in Fullness if 100 * inside >= level * capacity)


def watched(before: Watch, inside: int, capacity: int) -> tuple[Watch, Fullness | None]:
    """The watch after somebody has counted, and the level to be announced now, if any.

    `inside` is how many there may be at most: a place is called full when it may be. A level is reached at its share
    and left `FALLS_BY` percent below; what was left is announced again when it is reached again.
    """
    reached = fullness_of(inside, capacity)
    kept = max(level for level in Fullness if 100 * inside >= (level - FALLS_BY) * capacity)
    level = max(reached, min(before.level, kept))
    told = min(before.told, level)
    if level > told:
        return Watch(level, level), level
    return Watch(level, told), None
