"""The strip that says what waits, and for some seconds what has just happened.

Owns which of both it says. What waits is said until it waits no more; anything else is said once.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.kiosk.words import KioskWords

TOLD_MS = 4_000
"""Long enough to read one sentence twice."""


class Telling(QObject):
    """Says it by a signal."""

    said = Signal(str)
    """The text of now; empty for none."""

    def __init__(self, words: KioskWords, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._count = 0
        self._news: Callable[[], str] | None = None
        self._ending = QTimer(self, singleShot=True, interval=TOLD_MS)
        self._ending.timeout.connect(self._end)

    @property
    def text(self) -> str:
        """What is said now."""
        return self._news() if self._news is not None else self._waiting()

    def show_waiting(self, count: int) -> None:
        """So many codes wait until somebody has answered, or has read the verdict."""
        self._count, self._news = count, None
        self._ending.stop()
        self.said.emit(self.text)

    def tell(self, news: Callable[[], str]) -> None:
        """Says something once; the words are asked for again when the language changes."""
        self._news = news
        self._ending.start()
        self.said.emit(self.text)

    def stop(self) -> None:
        """Says nothing later."""
        self._ending.stop()

    def _end(self) -> None:
        self._news = None
        self.said.emit(self.text)

    def _waiting(self) -> str:
        told = self._words.sheet
        return "" if self._count == 0 else told.waits if self._count == 1 else told.wait.fill(count=self._count)
