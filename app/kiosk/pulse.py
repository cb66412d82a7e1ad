"""The pulse of the window's program: told to its watcher only while the threads that matter answer.

Owns the beat. A timer of the window's thread asks; where a lane is open, its thread has to answer first. So a window
that hangs is silent, and so is a lane that hangs behind a window that does not.
"""

import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.runtime.watchdog import ALIVE, READY, STOPPING, Watchdog

EXCUSED_MS = 180_000
"""As long as this may a lane be at work on its journal without answering: rebuilding 100,000 facts took 9 s of a
processor's time, and 30 s where eleven other programs wanted it."""
SCANNING = "STATUS=scanning"
"""Said once a list is in force and the lane decides: what a measurement of the start waits for."""


class Pulse(QObject):
    """Lives in the window's thread. Nothing happens where nobody watches."""

    asked = Signal()
    """Are you alive? For a lane's thread to answer with `be_answered`."""

    def __init__(self, watchdog: Watchdog | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watchdog = watchdog or Watchdog()
        self._needs_answer = False
        self._is_scanning = False
        self._excused_until_ms = 0
        self._beat = QTimer(self)
        self._beat.timeout.connect(self._ask)

    def start(self) -> None:
        """Says that the program is ready: a page can be seen."""
        self._watchdog.tell(READY)
        if self._watchdog.beat_ms is not None and not self._beat.isActive():
            self._beat.start(self._watchdog.beat_ms)

    def stop(self) -> None:
        """Says that the program ends because somebody wants it."""
        self._beat.stop()
        self._watchdog.tell(STOPPING)

    def go_through_lane(self) -> None:
        """From now on a beat counts only when a lane has answered it (`be_answered`)."""
        self._needs_answer = True

    def go_alone(self) -> None:
        """The lane has ended."""
        self._needs_answer = False

    @Slot(bool)
    def excuse(self, is_busy: bool) -> None:
        """The lane rebuilds its journal and can't answer, or has done so: the window's own beat counts meanwhile."""
        self._excused_until_ms = _now_ms() + EXCUSED_MS if is_busy else 0

    def note_scanning(self) -> None:
        """The door decides about guests."""
        if not self._is_scanning:
            self._is_scanning = True
            self._watchdog.tell(SCANNING)

    @Slot()
    def be_answered(self) -> None:
        """The lane is alive."""
        self._watchdog.tell(ALIVE)

    @Slot()
    def _ask(self) -> None:
        if self._needs_answer and _now_ms() >= self._excused_until_ms:
            self.asked.emit()
        else:
            self._watchdog.tell(ALIVE)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
