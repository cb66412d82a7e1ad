"""What is wrong with an event as it stands on the page, before anything is sent.

Owns the way from the page's own fields to the server's rules: the bounds of single fields are those of `EventRow`, all
others `core.sync.event_flaws`. What the server would refuse for them, this finds, at the same place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from app.organizer.shapes import reader_of
from core.sync.event_flaws import EventFlaw, Place, flaws_of
from core.sync.messages import EventRow

_row = reader_of(EventRow)


class Bound(StrEnum):
    """Which bound of a single field was passed."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NO_NUMBER = "no_number"
    TOO_MANY = "too_many"
    OTHER = "other"


LIMITED = frozenset({Bound.TOO_LONG, Bound.TOO_SMALL, Bound.TOO_LARGE, Bound.TOO_MANY})
"""Those that have a number."""
_BOUNDS: dict[str, tuple[Bound, str]] = {
    "string_too_short": (Bound.MISSING, ""),
    "string_too_long": (Bound.TOO_LONG, "max_length"),
    "too_short": (Bound.MISSING, ""),
    "too_long": (Bound.TOO_MANY, "max_length"),
    "greater_than_equal": (Bound.TOO_SMALL, "ge"),
    "less_than_equal": (Bound.TOO_LARGE, "le"),
    "int_parsing": (Bound.NO_NUMBER, ""),
    "int_type": (Bound.NO_NUMBER, ""),
    "int_from_float": (Bound.NO_NUMBER, ""),
}
"""By pydantic's own names."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A bound that was passed, where, and what the bound is."""

    bound: Bound
    place: Place
    limit: int | None = None


Finding = EventFlaw | Passed


def checked(row: EventRow, fields: Mapping[str, Any]) -> "EventRow | tuple[Finding, ...]":
    """The event with some fields set as a whole; all that is wrong with it where it could not be run."""
    try:
        made = _row({**asdict(row), **fields})
    except ValidationError as err:
        return tuple(_passed(err))
    flaws: tuple[Finding, ...] = (*flaws_of(made), *_empty(made))
    return flaws or made


def _passed(err: ValidationError) -> Iterator[Passed]:
    for each in err.errors(include_url=False, include_input=False):
        bound, name = _BOUNDS.get(each["type"], (Bound.OTHER, ""))
        limit = each.get("ctx", {}).get(name)
        yield Passed(bound, tuple(each["loc"]), limit if isinstance(limit, int) else None)


def _empty(row: EventRow) -> Iterator[Passed]:
    """An event without a gate or a class is none: the server says so too."""
    for name, rows in (("gates", row.gates), ("classes", row.classes)):
        if not rows:
            yield Passed(Bound.MISSING, (name,))
