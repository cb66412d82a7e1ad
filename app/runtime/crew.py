"""A few threads that do what they are handed, one thing each at a time.

Owns the threads and their end. Whatever goes wrong in a piece of work is logged, by its type and place, and the thread
goes on with the next.
"""

import queue
import threading
import time
from collections.abc import Callable
from typing import TypeAlias

from app.faults import log_fault

Work: TypeAlias = Callable[[], None]


class Crew:
    """So many threads. They start with the first work; `stop` ends them after what each has in hand."""

    def __init__(self, name: str, hands: int) -> None:
        self._name = name
        self._hands = hands
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._is_over = False

    def hand(self, work: Work) -> None:
        """Has it done soon; nothing once it was stopped. From any thread."""
        with self._lock:
            if self._is_over:
                return
            while len(self._threads) < self._hands:
                thread = threading.Thread(target=self._go_on, name=f"{self._name} {len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._queue.put(work)

    def stop(self, patience_s: float) -> bool:
        """Ends soon: what waits is not done any more. False where somebody is still busy after `patience_s`."""
        with self._lock:
            self._is_over = True
            threads = list(self._threads)
        for _ in threads:
            self._queue.put(None)
        give_up_at = time.monotonic() + patience_s
        for thread in threads:
            thread.join(max(0.0, give_up_at - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _go_on(self) -> None:
        while (work := self._queue.get()) is not None and not self._is_over:
            try:
                work()
            except Exception as err:  # noqa: BLE001 — the top of this thread
                log_fault(self._name, err)
