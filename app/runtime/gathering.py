"""Questions that arrive while one is worked on go together next: one commit for all of them.

Owns the turn, on one event loop. Nobody waits for company: a question alone starts at once; the others gather behind
it. A thread per question would cost more than the question: here a group costs one.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST_TOGETHER = 64
"""Questions of one commit; with more, those at the head would wait for those at the tail."""


class Gathering(Generic[T, R]):
    """One work at a time over all items that wait; it runs in a thread, gives one result per item or raises for all."""

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._work = work
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._turn: asyncio.Task[None] | None = None

    def count_waiting(self) -> int:
        """How many items wait for their turn. From any thread."""
        return len(self._waiting)

    async def do(self, item: T) -> R:
        """The result of one item. A caller that is cancelled loses the answer, not the work."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._turn is None:
            self._turn = asyncio.create_task(self._work_off())
        return await answer

    async def _work_off(self) -> None:
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(MOST_TOGETHER, len(self._waiting)))]
                await self._work_on(group)
        finally:
            self._turn = None

    async def _work_on(self, group: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await asyncio.to_thread(self._work, [item for item, _ in group])
        except Exception as err:  # noqa: BLE001 — handed to each caller, whose request is the top
            for _, answer in group:
                if not answer.done():
                    answer.set_exception(err)
            return
        for (_, answer), result in zip(group, results, strict=True):
            if not answer.done():
                answer.set_result(result)
