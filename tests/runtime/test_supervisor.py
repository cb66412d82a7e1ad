"""A watched program is started again when it dies or hangs, and not when somebody has closed it (G4 at the door)."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.runtime.supervisor import Supervisor
from app.runtime.watchdog import ALIVE, READY, Watchdog

PATIENCE_S = 60.0
PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from app.runtime.watchdog import ALIVE, READY, Watchdog
runs = Path(sys.argv[1])
number = len(list(runs.iterdir()))
(runs / str(number)).write_text(str(os.getpid()))
what = sys.argv[2 + number]
watchdog = Watchdog()
if what not in ("never_ready", "close_early"):
    watchdog.tell(READY)
if what == "crash":
    os.kill(os.getpid(), signal.SIGKILL)
if what in ("hang", "never_ready"):
    signal.pause()
if what == "live":
    began = time.monotonic()
    while True:
        watchdog.tell(ALIVE)
        time.sleep(0.02)
        if time.monotonic() - began > 2.5:
            (runs.parent / "lived").touch()
sys.exit(3 if what == "fail" else 0)
"""


@pytest.fixture
def watched(tmp_path: Path) -> Callable[..., tuple[int, int]]:
    def run(*lives: str, silence_ms: int = 20_000, start_ms: int = 20_000) -> tuple[int, int]:
        """The status at the end, and how many runs there were. What need not hang has the time of a busy machine."""
        runs = tmp_path / "runs"
        runs.mkdir()
        command = [sys.executable, "-c", PROGRAM, str(runs), *lives]
        status = Supervisor(command, silence_ms=silence_ms, start_ms=start_ms).run()
        return status, len(list(runs.iterdir()))

    return run


def test_a_program_that_dies_is_started_again_until_somebody_closes_it(watched: Callable[..., tuple[int, int]]) -> None:
    assert watched("crash", "fail", "close") == (0, 3)


def test_a_program_that_hangs_is_killed_and_started_again(watched: Callable[..., tuple[int, int]]) -> None:
    assert watched("hang", "close_early", silence_ms=600) == (0, 2)


def test_a_start_that_hangs_is_killed_as_well(watched: Callable[..., tuple[int, int]]) -> None:
    assert watched("never_ready", "close", start_ms=3_000) == (0, 2)


def test_a_program_that_says_it_lives_is_left_alone_and_ends_with_its_watcher(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    supervisor = Supervisor([sys.executable, "-c", PROGRAM, str(runs), "live", "live"], silence_ms=2_000)

    def stop_once_it_has_lived() -> None:
        give_up_at = time.monotonic() + PATIENCE_S
        while not (tmp_path / "lived").exists() and time.monotonic() < give_up_at:
            time.sleep(0.02)
        supervisor.stop()

    ends = threading.Thread(target=stop_once_it_has_lived)
    ends.start()
    assert supervisor.run() == 0
    ends.join()
    assert (tmp_path / "lived").exists(), "longer than it might have been silent"
    (only,) = runs.iterdir()
    with pytest.raises(ProcessLookupError):
        os.kill(int(only.read_text()), signal.SIG_DFL)


def test_what_is_told_is_sd_notifys_own_and_nothing_without_a_watcher(tmp_path: Path) -> None:
    Watchdog({}).tell(READY)
    assert Watchdog({}).beat_ms is None
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        ear.settimeout(5)
        watchdog = Watchdog({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())})
        assert watchdog.beat_ms == 5_000
        watchdog.tell(READY, ALIVE)
        assert ear.recv(100) == b"READY=1\nWATCHDOG=1"
    watchdog.tell(ALIVE)  # the watcher has gone
    assert Watchdog({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}).beat_ms is None
    assert Watchdog({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "soon"}).beat_ms is None


def test_an_abstract_address_is_heard_too() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("abstract sockets are Linux's")
    name = f"doorlight-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("\0" + name)
        ear.settimeout(5)
        Watchdog({"NOTIFY_SOCKET": "@" + name}).tell(READY)
        assert ear.recv(100) == b"READY=1"
