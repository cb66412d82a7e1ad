"""A door's computer stays awake while its window is open, by the desktop's own word; without a desktop it is said.

The asking runs in a process of its own: Qt knows one session bus for each process.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.desktop_bus import desktop_bus

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from app.kiosk.awake import Awake
app = QCoreApplication([])
awake = Awake()
def tell():
    if not awake.is_asking:
        print(",".join(sorted(awake.kept_by)), flush=True)
        if sys.argv[1] == "stop":
            awake.stop()
        QTimer.singleShot(0, app.quit)
awake.changed.connect(tell)
QTimer.singleShot(0, awake.start)
QTimer.singleShot(20_000, app.quit)
app.exec()
"""


def ask(address: str, *, then: str = "stop") -> str:
    told = {"DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address}
    done = subprocess.run(
        [sys.executable, "-c", ASK, then],
        cwd=ROOT,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_screen_and_sleep_are_held_until_the_window_closes() -> None:
    with desktop_bus() as bus:
        if bus is None:
            pytest.skip("no dbus-daemon here; what is said without one is tried all the same")
        assert ask(bus.address) == "screen,sleep"
        told = [bus.told() for _ in range(3)]
        assert told[0] == "screen|Doorlight|Guests are scanned at this door"
        assert told[1] == "sleep|idle:sleep:handle-lid-switch|Doorlight|Guests are scanned at this door|block"
        assert told[2] == "sleep free"
        assert ask(bus.address, then="die") == "screen,sleep"
        assert [bus.told() for _ in range(3)][2] == "sleep free", "a process that dies lets go as well"


def test_without_a_desktop_nothing_is_kept_and_that_is_known(tmp_path: Path) -> None:
    assert ask(f"unix:path={tmp_path}/nobody") == ""
