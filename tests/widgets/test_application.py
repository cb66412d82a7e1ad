"""A desktop finds our name and icon by the entry that is installed."""

import subprocess
import sys

import pytest

from app.widgets.application import ENTRY, application
from tests.architecture.sources import ROOT, dev_program

ASKED = """
from app.widgets.application import application
app = application()
print(app.desktopFileName(), app.applicationName())
"""
"""What a process of its own tells a desktop of its windows: by Wayland, and by X11."""


def test_windows_are_those_of_the_desktops_entry() -> None:
    command = [sys.executable, "-c", ASKED]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    assert told.split() == [ENTRY, ENTRY]


def test_the_entry_is_the_one_that_is_installed() -> None:
    assert dev_program().places_of(None).entry.name == f"{ENTRY}.desktop"


@pytest.mark.usefixtures("qapp")
def test_an_application_that_is_there_is_taken() -> None:
    assert application() is application()
