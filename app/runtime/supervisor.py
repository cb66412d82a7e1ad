"""A program that watches over the door's: starts it again when it dies, and kills it when it has gone silent.

Owns one child process at a time and the socket on which it says that it lives. Does what systemd does with
`WatchdogSec` and `Restart`, for computers whose window no service manager starts. Needs neither Qt nor a database, so
that nothing of what may hang is in here.
"""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from app.log import logger
from app.runtime.asked_end import AskedEnd
from app.runtime.watchdog import ALIVE, READY
from core.gate.restarts import Ended, GiveUp, after

SILENCE_MS = 20_000
"""As long as this may a ready program say nothing."""
START_MS = 180_000
"""As long as this may a start take: a damaged journal is rebuilt in it."""
STOP_MS = 10_000
POLL_S = 0.5


class Supervisor:
    """Runs `command` until somebody closes it. `stop` from any thread, or from a signal's handler."""

    def __init__(self, command: Sequence[str], *, silence_ms: int = SILENCE_MS, start_ms: int = START_MS) -> None:
        self._command = list(command)
        self._silence_ms = silence_ms
        self._start_ms = start_ms
        self._stopper = AskedEnd()

    def stop(self) -> None:
        """Ends the program, and does not start it again."""
        self._stopper.ask()

    def run(self) -> int:
        """Returns the status with which the program was closed."""
        failed_starts = 0
        while True:
            ended = self._run_once()
            if self._stopper.is_asked:
                return 0
            step = after(ended, failed_starts)
            if isinstance(step, GiveUp):
                return step.status
            failed_starts = 0 if ended.was_ready else failed_starts + 1
            logger(__name__).error("kiosk_ended", status=ended.status, n=failed_starts)
            if self._stopper.wait(step.pause_ms / 1000):
                return 0

    def _run_once(self) -> Ended:
        with tempfile.TemporaryDirectory(prefix="doorlight-watch-") as folder, closing(_Ear(folder)) as ear:
            told = {"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": str(self._silence_ms * 1000)} if ear.address else {}
            child = subprocess.Popen(self._command, env={**os.environ, **told})
            return self._watch(child, ear)

    def _watch(self, child: "subprocess.Popen[bytes]", ear: "_Ear") -> Ended:
        """Until the child has ended, by itself or because it was silent for too long."""
        was_ready, heard_ms = not ear.address, _now_ms()
        while child.poll() is None:
            words = ear.hear(POLL_S)
            if not ear.address:
                self._stopper.wait(POLL_S)
            was_ready = was_ready or READY in words
            if ALIVE in words or READY in words:
                heard_ms = _now_ms()
            if self._stopper.is_asked:
                _end(child)
            elif ear.address and _now_ms() - heard_ms > (self._silence_ms if was_ready else self._start_ms):
                logger(__name__).error("kiosk_silent", took_ms=_now_ms() - heard_ms)
                child.kill()
                child.wait()
        return Ended(child.wait(), was_ready)


class _Ear:
    """A datagram socket in a folder that its owner alone can enter; none where the system has no such sockets."""

    def __init__(self, folder: str) -> None:
        self.address = ""
        self._socket: socket.socket | None = None
        if hasattr(socket, "AF_UNIX") and os.name == "posix":
            self.address = str(Path(folder) / "notify")
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.bind(self.address)

    def hear(self, patience_s: float) -> set[str]:
        """What was said within that time: one message's lines."""
        if self._socket is None:
            return set()
        self._socket.settimeout(patience_s)
        try:
            return set(self._socket.recv(4096).decode("utf-8", "replace").splitlines())
        except TimeoutError:
            return set()

    def close(self) -> None:
        """Closes it."""
        if self._socket is not None:
            self._socket.close()


def supervise(command: Sequence[str]) -> int:
    """Runs a command under a supervisor that ends with SIGTERM and SIGINT; for the main thread."""
    supervisor = Supervisor(command)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    return supervisor.run()


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(STOP_MS / 1000)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
