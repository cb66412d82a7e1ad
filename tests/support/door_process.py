"""A kiosk's folder as a night leaves it, and the kiosk's own program on it, heard as its watcher hears it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from app.clock import wall_ms
from app.device.vault import FileVault
from app.runtime.station import Station
from app.settings import save_profile
from core.model.ids import CodeDigest
from tests.support.door import PROFILE, HandClock, fill_vault, lists, signed

ROOT = Path(__file__).resolve().parents[2]
START_S = 90.0
_DAY_MS = 86_400_000


def make_folder(folder: Path, allowed: Iterable[CodeDigest] = ()) -> FileVault:
    """An enrolled kiosk that holds a manifest with these tickets; its server is nowhere."""
    vault = fill_vault(folder)
    save_profile(folder, PROFILE)
    now_ms, stick = wall_ms(), folder / "stick"
    times = {"issued_at_ms": now_ms, "fresh_until_ms": now_ms + _DAY_MS, "lease_until_ms": now_ms + 3 * _DAY_MS}
    made = signed(of=lists(allowed=allowed), **times)
    (stick / "files").mkdir(parents=True)
    (stick / "manifest.json").write_bytes(made.body)
    (stick / "manifest.sig").write_text(made.signature)
    for name, body in made.files.items():
        (stick / "files" / name).write_bytes(body)
    with closing(Station(folder, PROFILE, HandClock(now_ms))) as station:
        assert station.take_manifest_from(stick) is None
    return vault


class DoorProcess:
    """`python -m app kiosk` in memory, on a folder. `close` it."""

    def __init__(self, folder: Path, *words: str, watch: bool = True) -> None:
        self._address = str(folder / f"notify-{time.monotonic_ns()}")
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ear.bind(self._address)
        self.began = time.monotonic()
        told = {
            "QT_QPA_PLATFORM": "offscreen",
            "DOORLIGHT_VAULT": "file",
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/none",
        }
        if watch:
            told |= {"NOTIFY_SOCKET": self._address, "WATCHDOG_USEC": "2000000"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "kiosk", "--profile", str(folder), "--camera", "demo", *words],
            cwd=ROOT,
            env={**os.environ, **told},
            stderr=subprocess.PIPE,
            start_new_session=True,  # what it watches over ends with it
        )

    def wait_for(self, word: str, patience_s: float = START_S) -> float:
        """Seconds from the start until the program said that. Raises AssertionError where it does not."""
        until = time.monotonic() + patience_s
        heard: list[str] = []
        while (left := until - time.monotonic()) > 0 and self.process.poll() is None:
            self._ear.settimeout(min(left, 1.0))
            try:
                heard += self._ear.recv(4096).decode().splitlines()
            except TimeoutError:
                continue
            if word in heard:
                return time.monotonic() - self.began
        raise AssertionError(f"{word} was not said, but {heard[-5:]} by {self.process.poll()}: {self.complaint()}")

    def is_silent_for(self, seconds: float) -> bool:
        """Whether nothing more is said within that time, but for what was under way."""
        self._ear.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self._ear.recv(4096)
        self._ear.settimeout(seconds)
        try:
            self._ear.recv(4096)
        except TimeoutError:
            return True
        return False

    def kill(self) -> None:
        """As a power cut does, as far as a process can be."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def complaint(self) -> str:
        """What an ended process had to say."""
        if self.process.poll() is None or self.process.stderr is None:
            return ""
        return self.process.stderr.read().decode()

    def close(self) -> None:
        """Ends it, however it is, and what it started."""
        if self.process.poll() is None:
            self.kill()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.process.stderr is not None:
            self.process.stderr.close()
        self._ear.close()
