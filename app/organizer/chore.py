"""Work that would hold the window up, done beside it: a file read, a picture searched, a sheet drawn.

Owns the threads and the way back: what came of a chore is told in the window's thread, never from within the call that
asked for it, and not at all once its owner is gone.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

T = TypeVar("T")


class Chores(QObject):
    """The chores of one owner; each has a thread of its own, and ends by itself or when `is_over` says so."""

    _told = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._over = threading.Event()
        self._running = 0
        self._told.connect(self._take, Qt.ConnectionType.QueuedConnection)
        over = self._over  # not self: it is gone by then
        self.destroyed.connect(lambda: over.set())

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        return self._running > 0

    def stop(self) -> None:
        """Nobody waits for what runs now; what is started from now on is another matter."""
        self._over.set()
        self._over = threading.Event()
        self._running = 0

    def run(self, work: Callable[[Callable[[], bool]], T], take: Callable[[T], None]) -> None:
        """Does `work` in a thread; it is given what to ask whether anybody still waits. `take` hears what came of it.

        What `work` raises is raised in the window's thread: a fault of the part that asked.
        """
        over = self._over
        self._running += 1

        def do() -> None:
            try:
                done: Any = work(over.is_set)
                told: Callable[[], None] = lambda: take(done)  # noqa: E731
            except Exception as error:  # noqa: BLE001 — the top of a thread: it is raised where it can be shown
                fault = error

                def told() -> None:
                    raise fault

            with suppress(RuntimeError):  # the owner is gone
                self._told.emit((over, told))

        threading.Thread(target=do, name="chore", daemon=True).start()

    @Slot(object)
    def _take(self, what: tuple[threading.Event, Callable[[], None]]) -> None:
        over, told = what
        if over is not self._over:
            return
        self._running -= 1
        told()
