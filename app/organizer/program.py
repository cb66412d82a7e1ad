"""`doorlight organizer`: the program with the organizer's window.

Owns the start and the end. Two windows at once are allowed, of one folder too: each has a connection of its own.
"""

import argparse
import sys
import time
from contextlib import closing

from PySide6.QtCore import QTimer

from app.log import kept_in, logger
from app.organizer.boundary import catching
from app.organizer.front import Front
from app.organizer.pages import page_entries
from app.runtime.handed import NOTHING, read_handed
from app.widgets.application import application
from app.widgets.ending import ending


def organizer(args: argparse.Namespace) -> int:
    """Opens the window of a folder and runs until it is closed. Raises ServerAddressWrong."""
    handed = read_handed(sys.stdin.buffer) if args.handed else NOTHING
    began_ns = time.monotonic_ns()
    app = application()
    with (
        kept_in(args.data, "organizer"),
        closing(Front(args.data, args.server, page_entries(), handed, args.usual)) as front,
        catching(front.window.tell_fault),
        ending(app),
    ):
        front.open()
        QTimer.singleShot(0, front, lambda: _say_open(began_ns))
        return int(app.exec())


def _say_open(began_ns: int) -> None:
    """Says once how long somebody has waited for what was known last."""
    logger(__name__).info("window open", after_ms=(time.monotonic_ns() - began_ns) // 1_000_000)
