"""The way into the window's thread: what is posted from any thread runs there, in order, from the window's own loop.

Owns the one QObject that it takes. A desk is none itself: `QObject.event` is Qt's word, and not for the event shown.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Post(QObject):
    """Made in the window's thread. Once it is `close`d nothing runs any more, whatever was posted before."""

    _due = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._is_closed = False
        self._due.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, what: Callable[[], None]) -> None:
        """Has it run soon. From any thread. What it raises is a fault of whoever posted it, and stops nothing else."""
        if not self._is_closed:
            self._due.emit(what)

    def close(self) -> None:
        """Nothing runs any more."""
        self._is_closed = True

    @Slot(object)
    def _run(self, what: Callable[[], None]) -> None:
        if not self._is_closed:
            what()
