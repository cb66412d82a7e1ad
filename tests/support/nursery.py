"""`python -m app …` for tests that start it often: real processes, born with the program's modules already loaded.

Owns one mother process for each test process. She loads the program without a window, once, and forks a child for each
command line; the child is a process like any other (its own argv, environment, files, exit status; SIGKILL ends it) but
for the second and a half that loading would have cost. `tests/server/test_program.py` and others start the program
from nothing. When the test process dies, in whatever way, the mother ends her children and herself.
"""

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
LOADED = (
    "app.__main__",
    "app.cli.devices",
    "app.cli.door",
    "app.cli.organizer",
    "app.cli.service",
    "app.cli.tickets",
    "app.server.program",
    "app.worker.program",
)
_SIZE = struct.Struct("!I")
_STREAMS = 3
START_S = 60.0
"""Loading takes her 3 s on a machine that does nothing else."""


# --- the test's side ----------------------------------------------------------------------------------------------


class Child:
    """A running command: as much of `subprocess.Popen` as tests ask for. Close its streams, or use it as a context."""

    def __init__(self, pid: int, status: int, stdout: IO[Any] | None, stderr: IO[Any] | None) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._status = status

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.kill()  # who fails beside it does not wait for an end that may never come
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()

    def poll(self) -> int | None:
        """Its exit status, minus the signal's number where one ended it; None while it runs."""
        return self._heard(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended. Raises subprocess.TimeoutExpired."""
        told = self._heard(timeout)
        if told is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return told

    def send_signal(self, number: int) -> None:
        """Sends a signal, if it still runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def communicate(self, timeout: float | None = None) -> tuple[Any, Any]:
        """What it says until its end, on both streams."""
        told = {stream: [] for stream in (self.stdout, self.stderr) if stream is not None}
        give_up_at = None if timeout is None else time.monotonic() + timeout
        left = set(told)
        while left:
            span = None if give_up_at is None else max(0.0, give_up_at - time.monotonic())
            ready, _, _ = select.select(list(left), [], [], span)
            if not ready:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            for stream in ready:
                piece = os.read(stream.fileno(), 1 << 16)
                told[stream].append(piece)
                if not piece:
                    left.discard(stream)
        self.wait(None if give_up_at is None else max(0.1, give_up_at - time.monotonic()))
        return self._whole(self.stdout, told), self._whole(self.stderr, told)

    def _whole(self, stream: IO[Any] | None, told: Mapping[IO[Any], list[bytes]]) -> Any:
        if stream is None:
            return None
        body = b"".join(told[stream])
        stream.close()
        return body.decode().replace("\r\n", "\n") if isinstance(stream, io.TextIOBase) else body

    def _heard(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], timeout)[0]:
            self.returncode = int(os.read(self._status, 32) or b"-9")  # nothing: the mother died, and all with her
            os.close(self._status)
        return self.returncode

    def __del__(self) -> None:
        if self.returncode is None:
            os.close(self._status)


def start(
    words: Sequence[object],
    *,
    stdout: int | None = subprocess.PIPE,
    stderr: int | None = subprocess.PIPE,
    text: bool = False,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> Child:
    """`python -m app` with these words, in a process of its own, its standard input empty."""
    told = json.dumps(
        {"words": list(map(str, words)), "cwd": str(cwd), "env": dict(os.environ if env is None else env)}
    )
    ours: list[IO[Any] | None] = []
    theirs: list[int] = []
    with Path(os.devnull).open("rb") as nothing, contextlib.ExitStack() as stack:
        for wanted in (stdout, stderr):
            if wanted == subprocess.PIPE:
                reading, writing = os.pipe()
                stack.callback(os.close, writing)
                ours.append(os.fdopen(reading, "r" if text else "rb", encoding="utf-8" if text else None))
                theirs.append(writing)
            else:
                ours.append(None)
                theirs.append(_number_of(wanted, 1 + len(theirs), stack))
        status, writing = os.pipe()
        stack.callback(os.close, writing)
        pid = _mother().bear(told.encode(), [nothing.fileno(), *theirs, writing])
    return Child(pid, status, *ours)


def run(
    words: Sequence[object], *, timeout: float, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """`python -m app` with these words to its end, and what it said. Raises subprocess.TimeoutExpired."""
    with start(words, text=True, cwd=cwd, env=env) as child:
        try:
            out, err = child.communicate(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
        return subprocess.CompletedProcess(list(map(str, words)), child.wait(), out, err)


def _number_of(wanted: Any, inherited: int, stack: contextlib.ExitStack) -> int:
    """The file that a stream goes to, as `subprocess` understands it."""
    if wanted is None:
        return inherited
    if wanted == subprocess.DEVNULL:
        return stack.enter_context(Path(os.devnull).open("wb")).fileno()
    return int(wanted if isinstance(wanted, int) else wanted.fileno())


class _Mother:
    """The process that forks, and the line to it."""

    def __init__(self) -> None:
        self._line, far = socket.socketpair()
        with far:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.nursery", str(far.fileno())],
                cwd=ROOT,
                pass_fds=[far.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # her children's files come with each command
            )
        from tests.support.guards import keep  # here: the mother herself needs no test framework

        keep(self._process)
        self._line.settimeout(START_S)
        atexit.register(self.end)

    def bear(self, told: bytes, files: list[int]) -> int:
        """A child for a command; its process id."""
        socket.send_fds(self._line, [_SIZE.pack(len(told))], files)
        self._line.sendall(told)
        return _SIZE.unpack(_exactly(self._line, _SIZE.size))[0]

    def end(self) -> None:
        """She ends with her line."""
        self._line.close()
        self._process.wait(START_S)


@cache
def _mother() -> _Mother:
    return _Mother()


def _exactly(line: socket.socket, size: int) -> bytes:
    body = bytearray()
    while len(body) < size:
        piece = line.recv(size - len(body))
        if not piece:
            raise EOFError
        body += piece
    return bytes(body)


# --- the mother's side --------------------------------------------------------------------------------------------


def _serve(line: socket.socket) -> list[str]:
    """Forks for each command until the line ends. Returns in a child alone, with its words."""
    waking, woken = socket.socketpair()
    woken.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which end their children in order
    children: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([line, waking], [], [])
        if waking in ready:
            waking.recv(1024)
            _reap(children)
        if line not in ready:
            continue
        try:
            size, files, _, _ = socket.recv_fds(line, _SIZE.size, _STREAMS + 1)
            if not size:
                break
            told = json.loads(_exactly(line, _SIZE.unpack(size)[0]))
        except (EOFError, ConnectionError):
            break
        child = os.fork()
        if child == 0:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.default_int_handler)
            for other in (line, waking, woken):
                other.close()
            for status in children.values():
                os.close(status)
            return _born(told, files)
        children[child] = files[_STREAMS]
        for number in files[:_STREAMS]:
            os.close(number)
        line.sendall(_SIZE.pack(child))
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    os._exit(0)


def _reap(children: dict[int, int]) -> None:
    """Tells of each child that has ended how it ended."""
    for pid in list(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            told = children.pop(pid)
            with contextlib.suppress(BrokenPipeError):
                os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(told)


def _born(told: dict[str, Any], files: list[int]) -> list[str]:
    """What a process that was just started has: its files, its folder, its environment, its words."""
    for number, file in enumerate(files[:_STREAMS]):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    os.chdir(told["cwd"])
    os.environ.clear()
    os.environ.update(told["env"])
    time.tzset()
    return list(told["words"])


def main() -> int:
    """Loads the program, then forks; a child goes on as the program."""
    line = socket.socket(fileno=int(sys.argv[1]))
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    words = _serve(line)
    sys.argv = [str(ROOT / "app" / "__main__.py"), *words]
    return int(sys.modules["app.__main__"].main() or 0)


if __name__ == "__main__":
    sys.exit(main())
