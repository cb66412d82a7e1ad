"""How an answer's decoded JSON becomes a value of the shape that a question expects.

Owns when the check is built: at the first answer. A check of a large shape takes as long as a page takes to be drawn.
"""

from collections.abc import Callable
from typing import TypeVar

from pydantic import TypeAdapter

from core.insight.question import Json

T = TypeVar("T")


def reader_of(shape: type[T]) -> Callable[[Json], T]:
    """What makes a value of a shape (a dataclass, or a list or tuple of some); raises ValueError where it is none."""

    made: list[TypeAdapter[T]] = []

    def read(told: Json) -> T:
        if not made:
            made.append(TypeAdapter(shape))
        return made[0].validate_python(told)  # its ValidationError is a ValueError

    return read
