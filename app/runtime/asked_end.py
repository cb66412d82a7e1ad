"""That a program's end was asked for, by a signal or from any thread.

Owns the one way to say so from a signal's handler. A handler runs in the main thread between any two of its steps: an
Event that this thread waits for at that moment may be locked by it, and setting it would wait for ever. A simple queue
takes a word at any moment (its `put` is reentrant, by the library's own promise).
"""

import queue


class AskedEnd:
    """Asked once or more often; it stays asked."""

    def __init__(self) -> None:
        self._words: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_asked = False

    @property
    def is_asked(self) -> bool:
        """Whether somebody asked."""
        return self._is_asked

    def ask(self) -> None:
        """Asks. From any thread, or a signal's handler."""
        self._is_asked = True
        self._words.put(None)

    def wait(self, most_s: float | None = None) -> bool:
        """Whether somebody asked, at the latest after so many seconds; for one thread."""
        if self._is_asked:
            return True
        try:
            self._words.get(timeout=most_s)
        except queue.Empty:
            return self._is_asked
        return True
