"""`doorlight organizer`: the program with the organizer's window.

Owns the start and the end. Two windows at once are allowed, of one folder too: each has a connection of its own.
"""

import argparse
import sys
from contextlib import closing

from PySide6.QtWidgets import QApplication

from app.log import kept_in
from app.organizer.boundary import catching
from app.organizer.front import Front
from app.organizer.pages import page_entries
from app.runtime.handed import NOTHING, read_handed
from app.widgets.ending import ending


def organizer(args: argparse.Namespace) -> int:
    """Opens the window of a folder and runs until it is closed. Raises ServerAddressWrong."""
    handed = read_handed(sys.stdin.buffer) if args.handed else NOTHING
    app = QApplication.instance() or QApplication(sys.argv[:1])
    with (
        kept_in(args.data, "organizer"),
        closing(Front(args.data, args.server, page_entries(), handed)) as front,
        catching(front.window.tell_fault),
        ending(app),
    ):
        front.open()
        return int(app.exec())
