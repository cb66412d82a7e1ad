"""A rehearsal is started beside a door, once, and is told nothing of the door's own."""

import os
import sys

import pytest

from app.kiosk import rehearsal_start
from app.kiosk.rehearsal_start import RehearsalStart, rehearsal_command
from app.runtime.own_programs import without_ours

OURS = {
    "NOTIFY_SOCKET": "/run/door",
    "WATCHDOG_USEC": "1",
    "DOORLIGHT_PASSPHRASE_FILE": "/stick/secret",
    "DOORLIGHT_VAULT": "keyring",
}


def test_its_environment_names_neither_watcher_nor_passphrase() -> None:
    assert without_ours({**OURS, "DISPLAY": ":0"}) == {"DISPLAY": ":0"}
    assert rehearsal_command("de")[-3:] == ["rehearse", "--language", "de"]
    assert "--profile" not in rehearsal_command("de")


def test_one_is_open_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import os, sys; sys.exit('NOTIFY_SOCKET' in os.environ or input())"
    monkeypatch.setattr(rehearsal_start, "rehearsal_command", lambda _: [sys.executable, "-c", program])
    monkeypatch.setattr(rehearsal_start.subprocess, "DEVNULL", rehearsal_start.subprocess.PIPE)
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/door")
    starter = RehearsalStart()
    assert not starter.is_running
    starter.start("en")
    first = starter._process
    starter.start("en")
    assert first is not None
    assert starter._process is first
    assert starter.is_running
    first.communicate(b"0\n", timeout=30)
    assert (first.returncode, starter.is_running) == (1, False), "it ended by itself: 'NOTIFY_SOCKET' was not there"
    assert os.environ["NOTIFY_SOCKET"] == "/run/door"
