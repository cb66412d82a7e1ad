"""`doorlight organizer` as the system runs it: it opens, two of one folder may, and it ends orderly when asked to."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import nursery
from tests.support.programs import running

pytestmark = pytest.mark.slow
NOWHERE = "http://127.0.0.1:1"


def opened(folder: Path, *more: str) -> Any:
    """The program's process, as a context."""
    words = ["organizer", "--data", folder, *more]
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "DOORLIGHT_VAULT": "file"}
    return nursery.start(words, text=True, env=env)


def wait_until_open(process: Any) -> None:
    for line in process.stderr:
        if "window open" in line:
            return
    raise AssertionError("it ended before it was open")


def test_two_windows_of_one_folder_open_without_a_server_and_end_when_asked_to(tmp_path: Path) -> None:
    # D6
    with opened(tmp_path, "--server", NOWHERE) as one, opened(tmp_path) as other:
        for each in (one, other):
            wait_until_open(each)
        for each in (one, other):
            each.send_signal(signal.SIGTERM)
            assert each.wait(60) == 0
    assert (tmp_path / "log" / "organizer.log").exists()


HEAVY = ("httpx", "keyring", "pyqtgraph", "numpy", "PySide6.QtMultimedia", "reportlab", "cv2")
"""What nobody needs before the window is open; each is loaded by whoever needs it first."""
WATCHED = f"""
import sys
import app.__main__ as entry
named = entry.function_named
def function_named(name):
    function = named(name)
    from app.organizer import program
    told = program._say_open
    def say_open(began_ns):
        print("loaded", *sorted(set({HEAVY!r}) & set(sys.modules)), flush=True)
        told(began_ns)
    program._say_open = say_open
    return function
entry.function_named = function_named
sys.exit(entry.main(sys.argv[1:]))
"""


def test_the_window_is_open_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "DOORLIGHT_VAULT": "file"}
    command = [sys.executable, "-c", WATCHED, "organizer", "--data", str(tmp_path), "--server", NOWHERE]
    with running(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        loaded = process.stdout.readline().split()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert loaded == ["loaded"]


def test_an_address_that_can_not_be_is_said_and_nothing_opens(tmp_path: Path) -> None:
    with opened(tmp_path, "--server", "ftp://door.example") as process:
        told = process.stderr.read()
        assert process.wait(60) == 1
    assert "ftp://door.example" in told
