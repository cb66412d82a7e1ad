"""The server runs on machines without screen and camera: its process loads neither Qt nor OpenCV.

Nor does it wait half a second for Stripe's library before there is anything to ask of Stripe.
"""

import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT

HEAVY = ("PySide6", "shiboken6", "cv2", "zxingcpp", "pyzbar", "numpy", "stripe")
LIST_LOADED = "import {module}, sys; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"


def loaded_by(module: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after importing `module`."""
    command = [sys.executable, "-c", LIST_LOADED.format(module=module)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return set(ended.stdout.split())


@pytest.mark.parametrize("module", ["app.__main__", "app.server.program", "app.worker.program"])
def test_program_without_a_window_loads_no_window_library_and_none_that_it_may_never_need(module: str) -> None:
    assert loaded_by(module).intersection(HEAVY) == set()


def test_a_loaded_window_library_would_be_seen() -> None:
    assert "PySide6" in loaded_by("PySide6.QtCore")


@pytest.mark.parametrize("module", ["app.kiosk.program", "app.organizer.program"])
def test_a_window_loads_in_a_program_of_its_own(module: str) -> None:
    """In the order of `doorlight kiosk`: the command line first, then the window. The tests have all of it by then."""
    command = [sys.executable, "-c", f"import app.__main__, {module}"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
