"""A proxy on loopback that does to single routes what networks and broken servers do, and counts who asks.

Unlike `tests.support.chaos` it draws nothing by lot and holds no reply: bytes pass as they come, a stream's too. A test
says what happens to which path, and can change it at any time; what was passed on before is cut when it says so.
"""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

MOST_HEAD = 64 * 1024
PIECE = 16 * 1024
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Fate:
    """What becomes of a request. The first that is set counts; none of them: it passes.

    `refuse`: the connection is reset. `hang`: nothing comes. `status`: this reply in place of the server's, with these
    headers and this body. `endless`: a good head, and a body without an end. `cut_at`: so many bytes of the server's
    reply, then the line is closed. `until`: the server is asked only once that is set.
    """

    refuse: bool = False
    hang: bool = False
    status: int = 0
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False
    cut_at: int | None = None
    until: threading.Event | None = None


PASS = Fate()


@dataclass(frozen=True)
class Asked:
    """A request as it came: when (monotonic seconds), and what was asked."""

    at_s: float
    method: str
    path: str


class FaultProxy:
    """Forwards to a port of this machine. `url` is where to ask."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[Asked] = []
        self.heard = threading.Condition()
        """Notified with each request."""
        self._fates: dict[str, Fate] = {}
        self._all = PASS
        self._over = threading.Event()
        self._lines: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    # --- what a test says -----------------------------------------------------------------------------------------

    def on(self, part: str, fate: Fate) -> None:
        """What becomes of requests whose path has this part; the part that was named last counts."""
        self._fates.pop(part, None)
        self._fates[part] = fate

    def on_all(self, fate: Fate) -> None:
        """What becomes of every request that no part names; lines that are open are reset."""
        self._all = fate
        if fate.refuse:
            self.reset_all()

    def clear(self) -> None:
        """Everything passes."""
        self._fates, self._all = {}, PASS

    def reset_all(self) -> None:
        """Resets every open line."""
        with self._lock:
            lines = list(self._lines)
        for line in lines:
            _reset(line)

    def count(self, part: str = "", since_s: float = 0.0) -> int:
        """How many requests had this part in their path, since then."""
        return len(self.times(part, since_s))

    def times(self, part: str = "", since_s: float = 0.0) -> list[float]:
        """When they came."""
        return [each.at_s for each in list(self.asked) if part in each.path and each.at_s >= since_s]

    def wait_for(self, is_so: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Waits until something is so, looking with each request."""
        with self.heard:
            assert self.heard.wait_for(is_so, patience_s)

    # --- its life -------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset_all()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _spawn(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, name="fault proxy", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self._spawn(self._serve, line)

    @contextlib.contextmanager
    def _kept(self, line: socket.socket) -> Iterator[socket.socket]:
        with self._lock:
            self._lines.add(line)
        try:
            yield line
        finally:
            with self._lock:
                self._lines.discard(line)
            line.close()

    def _serve(self, line: socket.socket) -> None:
        """One request; its connection ends with it."""
        with contextlib.suppress(OSError), self._kept(line):
            line.settimeout(PATIENCE_S)
            request = _request(line)
            if request is None:
                return
            method, path = request.split(b" ", 2)[:2]
            asked = Asked(time.monotonic(), method.decode(), path.decode())
            fate = self._fate(asked.path)
            with self.heard:
                self.asked.append(asked)
                self.heard.notify_all()
            self._treat(line, request, fate)

    def _fate(self, path: str) -> Fate:
        named = [fate for part, fate in self._fates.items() if part in path]
        return named[-1] if named else self._all

    def _treat(self, line: socket.socket, request: bytes, fate: Fate) -> None:
        if fate.refuse:
            _reset(line)
        elif fate.hang:
            line.settimeout(PATIENCE_S)
            line.recv(1)  # until the other side leaves
        elif fate.status:
            headers = {"Content-Length": str(len(fate.body)), "Connection": "close", **fate.headers}
            line.sendall(_head(fate.status, headers) + fate.body)
        elif fate.endless:
            line.sendall(_head(200, {"Connection": "close", "Doorlight-Time": str(time.time_ns() // 1_000_000)}))
            while not self._over.is_set():
                line.sendall(b"[" * PIECE)
        else:
            while fate.until is not None and not (fate.until.wait(0.05) or self._over.is_set()):
                pass
            self._pass(line, request, fate.cut_at)

    def _pass(self, line: socket.socket, request: bytes, cut_at: int | None) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        kept = [each for each in head.split(b"\r\n") if not each.lower().startswith(b"connection:")]
        with self._kept(socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)) as far:
            far.sendall(b"\r\n".join([*kept, b"Connection: close", b"", b""]) + body)
            left = cut_at
            while piece := far.recv(PIECE if left is None else min(PIECE, left)):
                line.sendall(piece)
                left = None if left is None else left - len(piece)
                if left == 0:
                    return


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def _request(line: socket.socket) -> bytes | None:
    """The whole request; None where the other side left first."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = line.recv(PIECE)
        if not piece or len(got) > MOST_HEAD:
            return None
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    length = 0
    for each in head.split(b"\r\n")[1:]:
        name, _, value = each.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        piece = line.recv(PIECE)
        if not piece:
            return None
        body += piece
    return head + b"\r\n\r\n" + body


def _reset(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.shutdown(socket.SHUT_RDWR)
        line.close()
