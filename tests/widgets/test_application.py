"""A desktop finds our name and icon by the entry that is installed."""

import subprocess
import sys

import pytest

from app.widgets.application import ENTRY, application
from tests.architecture.sources import ROOT, dev_program

ASKED = """
import sys
from {module} import {name}
from PySide6.QtGui import QGuiApplication
app = {name}()
print(QGuiApplication.desktopFileName(), app.applicationName())
"""


def asked(module: str, name: str) -> str:
    """What a process says whose application this makes: a window's program on Wayland, and on X11."""
    command = [sys.executable, "-c", ASKED.format(module=module, name=name)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_windows_are_those_of_the_desktops_entry() -> None:
    assert asked("app.widgets.application", "application") == f"{ENTRY} {ENTRY}"


def test_the_entry_is_the_one_that_is_installed() -> None:
    assert dev_program().places_of(None).entry.name == f"{ENTRY}.desktop"


@pytest.mark.usefixtures("qapp")
def test_an_application_that_is_there_is_taken() -> None:
    assert application() is application()
