"""An orderly end of a program with a window, when the system or a terminal asks for it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QTimer

SIGNALS_EVERY_MS = 500
"""Python looks for signals between its own steps: a window that rests takes one now and then."""


@contextmanager
def ending(app: QCoreApplication) -> Iterator[None]:
    """Ends as somebody who may closes the window, when the system or a terminal asks for it: no PIN is asked then."""
    numbers = (signal.SIGTERM, signal.SIGINT)

    def end(*_: object) -> None:
        QTimer.singleShot(0, lambda: app.exit(0))  # asked before the loop has begun, it ends as it begins

    before = {number: signal.signal(number, end) for number in numbers}
    timer = QTimer(interval=SIGNALS_EVERY_MS)
    timer.timeout.connect(lambda: None)
    timer.start()
    try:
        yield
    finally:
        timer.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
