"""`doorlight kiosk`: the program with a window.

Owns the start and what is said where there is no screen.
"""

import argparse
import os
import sys
from contextlib import closing

from PySide6.QtWidgets import QApplication

from app.errors import AppError
from app.kiosk.front import Front
from app.log import kept_in


class NoDisplay(AppError):
    """There is no screen to open a window on."""

    def __init__(self) -> None:
        super().__init__("no_display")


def kiosk(args: argparse.Namespace) -> int:
    """`doorlight kiosk`: opens the window of a folder and runs until it is closed."""
    if not has_display():
        raise NoDisplay
    app = QApplication.instance() or QApplication(sys.argv[:1])
    front = Front(args.profile, args.camera, args.server)
    failures: list[AppError] = []
    front.failed.connect(failures.append)
    front.failed.connect(app.quit)
    with kept_in(args.profile, "kiosk"), closing(front):
        front.open()
        code = int(app.exec())
    if failures:
        raise failures[0]
    return code


def has_display() -> bool:
    """Whether a window can be opened: a screen server, or a platform that was chosen on purpose."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
