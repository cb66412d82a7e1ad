"""`doorlight kiosk`: the program with a window.

Owns the start, and one window for each folder.
"""

import argparse
from contextlib import closing

import pydantic.types  # noqa: F401 — before PySide6, which reads the source of what is half loaded

from app.errors import AppError
from app.kiosk.front import Front
from app.log import kept_in
from app.runtime.instance import single_instance
from app.widgets.application import application
from app.widgets.ending import ending
from app.widgets.fault_hook import faults_told_to


def kiosk(args: argparse.Namespace) -> int:
    """`doorlight kiosk`: opens the window of a folder and runs until it is closed."""
    app = application()
    front = Front(args.profile, args.camera, args.server, args.usual)
    failures: list[AppError] = []
    front.failed.connect(failures.append)
    front.failed.connect(app.quit)
    with (
        single_instance(args.profile),
        kept_in(args.profile, "kiosk"),
        closing(front),
        ending(app),
        faults_told_to(front.take_fault),
    ):
        front.open()
        code = int(app.exec())
    if failures:
        raise failures[0]
    return code
