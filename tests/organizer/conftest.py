"""What tests of the organizer's window share: its typeface and language, as on a bare machine."""

import gc

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from app.widgets.typeface import load_typeface


@pytest.fixture(autouse=True)
def _typeface(qapp: QApplication) -> None:
    load_typeface()


@pytest.fixture(autouse=True)
def _locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new window speaks the language of its computer: here that is English, whoever's it is."""
    monkeypatch.setattr(QLocale, "system", QLocale.c)


@pytest.fixture
def no_leftovers() -> None:
    """For tests with worker threads: earlier tests' windows go now, in the thread that they belong to.

    Python collects cycles in whichever thread allocates next, and Qt's timers must end in their own.
    """
    gc.collect()
