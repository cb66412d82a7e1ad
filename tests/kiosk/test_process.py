"""The kiosk's program as the system runs it: killed, it scans again by itself; closed, it is closed (G4, at a door).

That this takes less than 30 s from a kill is measured where nothing else runs: packaging/bench/start.py.
"""

import os
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from app.kiosk.pulse import SCANNING
from app.runtime.instance import LOCK_FILE
from app.runtime.watchdog import ALIVE, READY, STOPPING
from tests.support.door_process import START_S, DoorProcess, make_folder

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_folder(tmp_path)
    return tmp_path


def test_a_killed_door_scans_again_and_one_that_hangs_is_silent(folder: Path) -> None:  # G4
    with closing(DoorProcess(folder)) as first:
        first.wait_for(SCANNING)
        first.wait_for(ALIVE)
        first.kill()
    with closing(DoorProcess(folder)) as again:
        again.wait_for(READY)
        again.wait_for(SCANNING)
        again.process.send_signal(signal.SIGSTOP)
        assert again.is_silent_for(1.5), "three beats were due"
        again.process.send_signal(signal.SIGCONT)
        again.process.send_signal(signal.SIGTERM)
        again.wait_for(STOPPING)
        assert again.process.wait(60) == 0


def test_a_watched_door_that_is_killed_opens_again_by_itself(folder: Path) -> None:  # G4
    with closing(DoorProcess(folder, "--watch", watch=False)) as watcher:
        before = _holder(folder, another_than=None)
        maps = Path(f"/proc/{watcher.process.pid}/maps")
        assert not maps.exists() or "libQt6" not in maps.read_text(), "what may hang is in the other process"
        os.kill(before, signal.SIGKILL)
        after = _holder(folder, another_than=before)
        watcher.process.send_signal(signal.SIGTERM)
        assert watcher.process.wait(60) == 0
        with pytest.raises(ProcessLookupError):
            os.kill(after, signal.SIG_DFL)


def _holder(folder: Path, another_than: int | None) -> int:
    """The process that has the folder's window open, once there is one, or another one."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        told = (folder / LOCK_FILE).read_text() if (folder / LOCK_FILE).exists() else ""
        if told.isdigit() and int(told) != another_than:
            return int(told)
        time.sleep(0.05)
    raise AssertionError("nobody opened the window")
