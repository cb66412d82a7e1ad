"""A program with a window ends in order whenever the system asks for it."""

import subprocess
import sys

from tests.support import nursery

ASKED_EARLY = """
import os, signal
from PySide6.QtCore import QCoreApplication, QTimer
from app.widgets.ending import ending
app = QCoreApplication([])
with ending(app):
    os.kill(os.getpid(), signal.SIGTERM)
    QTimer.singleShot(20_000, lambda: os._exit(7))
    status = app.exec()
print("ended", status)
"""


def test_who_is_asked_to_end_before_its_loop_has_begun_ends_as_it_begins() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKED_EARLY], capture_output=True, text=True, timeout=30, check=False, cwd=nursery.ROOT
    )
    assert (done.returncode, done.stdout.strip()) == (0, "ended 0"), done.stderr
