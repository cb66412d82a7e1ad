"""What is to be said of the ways in which codes come: facts about camera and hand scanner.

Owns the values; `app.kiosk.notices` says them.
"""

from dataclasses import dataclass, field

from app.kiosk.input_words import InputNote


@dataclass(frozen=True, slots=True)
class LensFacts:
    """`slow_a_second`: so few pictures come, where that is too few. `substitute` films in the chosen camera's place."""

    slow_a_second: int | None = None
    substitute: str = ""


@dataclass(frozen=True, slots=True)
class InputFacts:
    """`note` is what somebody has just handed in, or what a scanner's keyboard does to its codes."""

    lens: LensFacts = field(default_factory=LensFacts)
    note: InputNote | None = None
