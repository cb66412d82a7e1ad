"""What tests of the door share: its typeface and language, as on a bare machine, and a door that is open."""

import gc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QClipboard
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.kiosk.kiosk import Kiosk
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.runtime.station import Station
from app.widgets.typeface import load_typeface
from tests.support.door import PROFILE, HandClock, fill_vault, taken


@pytest.fixture(autouse=True)
def _typeface(qapp: QApplication) -> None:
    load_typeface()


@pytest.fixture(autouse=True)
def _locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new kiosk speaks the language of its computer: here that is English, whoever's it is."""
    monkeypatch.setattr(QLocale, "system", QLocale.c)


@pytest.fixture
def no_leftovers() -> None:
    """For tests with worker threads: earlier tests' windows go now, in the thread that they belong to.

    Python collects cycles in whichever thread allocates next, and Qt's timers must end in their own.
    """
    gc.collect()


@pytest.fixture
def clipboard(qapp: QApplication) -> Iterator[QClipboard]:
    """The clipboard, empty before and after: what Python put there must not outlive Python."""
    board = QApplication.clipboard()
    board.clear()
    yield board
    board.clear()


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    """A station whose server is nowhere, and whose manifest is there."""
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    fill_vault(tmp_path)
    clock = HandClock()
    with closing(Station(tmp_path, PROFILE, clock)) as made:
        made.box.adopt(taken(), clock.at_ms)
        yield made


@pytest.fixture
def door(qtbot: QtBot, station: Station) -> Iterator[tuple[Kiosk, KioskWindow]]:
    """A kiosk that is open in the test's folder, without a camera."""
    window = KioskWindow(load_kiosk_words(), ZoneInfo("UTC"), station.clock)
    qtbot.addWidget(window)
    window.show()
    kiosk = Kiosk(station, None, window)
    kiosk.start()
    yield kiosk, window
    kiosk.stop()
