"""How a door is manned: who is on shift since when, and which way its lane goes.

Owns the file that a restart reads. Any thread may read; the window's thread changes. A file that can't be read, or
written, leaves the door as it was enrolled: nobody on shift, and its own direction.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from app.errors import AppError
from app.log import logger
from app.settings import write_whole
from core.model.event import Direction

POST_FILE = "post.json"
MOST_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is on shift (an operator's id; None for nobody), since which unix milliseconds, and the lane's direction."""

    operator: str | None
    since_ms: int
    direction: Direction


class Post:
    """The watch of now, one reference that is replaced whole."""

    def __init__(self, folder: Path, usual: Direction) -> None:
        self._path = folder / POST_FILE
        self._watch = _read(self._path, Watch(None, 0, usual))

    @property
    def watch(self) -> Watch:
        """Who, since when, which way."""
        return self._watch

    def operator(self) -> str | None:
        """Who is on shift; None for nobody."""
        return self._watch.operator

    def direction(self) -> Direction:
        """Which way the lane goes."""
        return self._watch.direction

    def take(self, operator: str | None, at_ms: int) -> None:
        """Somebody comes on shift, or goes: a shift begins."""
        self._set(replace(self._watch, operator=operator, since_ms=at_ms))

    def turn(self, direction: Direction) -> None:
        """The lane goes this way from now on."""
        self._set(replace(self._watch, direction=direction))

    def _set(self, watch: Watch) -> None:
        """In force at once; a disk that fails costs what a restart would remember, and no guest."""
        self._watch = watch
        told = {"operator": watch.operator, "since_ms": watch.since_ms, "direction": watch.direction.value}
        try:
            write_whole(self._path, told)
        except AppError as err:
            logger(__name__).error("post", key=err.key)


def _read(path: Path, usual: Watch) -> Watch:
    with suppress(OSError, ValueError, TypeError, KeyError):
        with path.open("rb") as file:
            told = json.loads(file.read(MOST_BYTES))
        operator, since_ms = told["operator"], told["since_ms"]
        if (operator is None or isinstance(operator, str)) and type(since_ms) is int:
            return Watch(operator, since_ms, Direction(told["direction"]))
    return usual
