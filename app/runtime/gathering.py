"""Callers that arrive while one works go together next: one commit for all of them.

Owns the turn. Nobody waits for company: a caller alone works at once; the others gather behind it, and the first of
them takes all that gathered.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST_TOGETHER = 64
"""Callers of one commit; with more, those at the head would wait for those at the tail."""


class Gathering(Generic[T, R]):
    """One work at a time over all items that wait. `work` gives one result per item, or raises for all of them."""

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._work = work
        self._turn = threading.Lock()
        self._waiting: deque[_Place[T, R]] = deque()

    def do(self, item: T) -> R:
        """The result of one item; the exception where its group's work raised."""
        place: _Place[T, R] = _Place(item)
        self._waiting.append(place)
        with self._turn:
            while not place.is_done:  # a leader before us may have taken this place along
                self._lead()
        return place.result()

    def _lead(self) -> None:
        group = [self._waiting.popleft() for _ in range(min(MOST_TOGETHER, len(self._waiting)))]
        try:
            results = self._work([place.item for place in group])
        except BaseException as err:  # noqa: BLE001 — handed to each caller, whose request is the top
            for place in group:
                place.fail(err)
            return
        for place, result in zip(group, results, strict=True):
            place.succeed(result)


class _Place(Generic[T, R]):
    """One caller's place in the queue."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.is_done = False
        self._results: list[R] = []
        self._error: BaseException | None = None

    def succeed(self, result: R) -> None:
        self._results.append(result)
        self.is_done = True

    def fail(self, error: BaseException) -> None:
        self._error = error
        self.is_done = True

    def result(self) -> R:
        if self._error is not None:
            raise self._error
        return self._results[0]
