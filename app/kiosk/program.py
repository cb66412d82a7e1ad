"""`doorlight kiosk`: the program with a window.

Owns the start, one window for each folder, and an orderly end when the system asks for it.
"""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication

from app.errors import AppError
from app.kiosk.front import Front
from app.log import kept_in
from app.runtime.instance import single_instance

SIGNALS_EVERY_MS = 500
"""Python looks for signals between its own steps: a window that rests takes one now and then."""


def kiosk(args: argparse.Namespace) -> int:
    """`doorlight kiosk`: opens the window of a folder and runs until it is closed."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    front = Front(args.profile, args.camera, args.server)
    failures: list[AppError] = []
    front.failed.connect(failures.append)
    front.failed.connect(app.quit)
    with single_instance(args.profile), kept_in(args.profile, "kiosk"), closing(front), ending(app):
        front.open()
        code = int(app.exec())
    if failures:
        raise failures[0]
    return code


@contextmanager
def ending(app: QCoreApplication) -> Iterator[None]:
    """Ends as somebody who may closes the window, when the system or a terminal asks for it: no PIN is asked then."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: app.exit(0)) for number in numbers}
    timer = QTimer(interval=SIGNALS_EVERY_MS)
    timer.timeout.connect(lambda: None)
    timer.start()
    try:
        yield
    finally:
        timer.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
