"""The pulse: a program is alive only while its lane answers; without a watcher nothing is said."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.kiosk.pulse import SCANNING, Pulse
from app.runtime.watchdog import Watchdog

PATIENCE_MS = 20_000


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.setblocking(False)
        yield made


@pytest.fixture
def pulse(ear: socket.socket, tmp_path: Path) -> Iterator[Pulse]:
    told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "40000", "WATCHDOG_PID": str(os.getpid())}
    made = Pulse(Watchdog(told))
    yield made
    made.stop()


def heard(ear: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(ear.recv(100).decode())
        except BlockingIOError:
            return found


def test_a_lane_that_hangs_behind_a_window_that_does_not_is_silence(
    qtbot: QtBot, ear: socket.socket, pulse: Pulse
) -> None:
    pulse.start()
    qtbot.waitUntil(lambda: "WATCHDOG=1" in heard(ear), timeout=PATIENCE_MS)
    asked: list[int] = []
    pulse.asked.connect(lambda: asked.append(1))
    pulse.go_through_lane()
    heard(ear)
    qtbot.waitUntil(lambda: len(asked) >= 4, timeout=PATIENCE_MS)
    assert heard(ear) == [], "the window asked, and nobody answered"
    pulse.be_answered()
    assert heard(ear) == ["WATCHDOG=1"]
    pulse.excuse(True)
    qtbot.waitUntil(lambda: "WATCHDOG=1" in heard(ear), timeout=PATIENCE_MS)
    pulse.excuse(False)
    heard(ear)
    before = len(asked)
    qtbot.waitUntil(lambda: len(asked) > before + 1, timeout=PATIENCE_MS)
    assert heard(ear) == [], "the excuse is over"
    pulse.go_alone()
    qtbot.waitUntil(lambda: "WATCHDOG=1" in heard(ear), timeout=PATIENCE_MS)


def test_that_a_door_scans_is_said_once(ear: socket.socket, pulse: Pulse) -> None:
    pulse.note_scanning()
    pulse.note_scanning()
    assert heard(ear) == [SCANNING]


def test_without_a_watcher_no_timer_runs(qtbot: QtBot) -> None:
    alone = Pulse(Watchdog({}))
    alone.start()
    assert not alone._beat.isActive()
    alone.stop()
