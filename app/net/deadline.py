"""How long an exchange with another machine may take as a whole, down to each byte that is waited for.

Owns the clock of one exchange; `app.net.bounded` has sockets keep it. Whoever waits no more cuts an exchange from
outside: what waits for bytes is woken.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Deadline:
    """The end of one exchange, `span_s` seconds from now. Belongs to one thread, but for `cut`."""

    def __init__(self, span_s: float) -> None:
        self._until_s = time.monotonic() + span_s
        self._lock = threading.Lock()
        self._waiting: socket.socket | None = None
        self._is_cut = False

    def renew(self, span_s: float) -> None:
        """The exchange has earned another `span_s` seconds from now."""
        self._until_s = time.monotonic() + span_s

    def left_s(self) -> float:
        """The seconds until the end; below zero after it."""
        return -1.0 if self._is_cut else self._until_s - time.monotonic()

    @property
    def is_cut(self) -> bool:
        """Whether somebody ended it from outside."""
        return self._is_cut

    def cut(self) -> None:
        """Ends the exchange now, from any thread: nobody waits for its bytes any more. Its connection is lost."""
        with self._lock:
            self._is_cut = True
            if self._waiting is not None:
                with contextlib.suppress(OSError):  # past TLS, which would want to say goodbye first
                    socket.socket.shutdown(self._waiting, socket.SHUT_RDWR)

    @contextmanager
    def waiting_at(self, line: socket.socket) -> Iterator[None]:
        """Bytes are waited for at this socket."""
        with self._lock:
            self._waiting = line
        try:
            yield
        finally:
            with self._lock:
                self._waiting = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Bounds whatever this thread asks meanwhile through a `BoundedTransport`."""
        token = RUNNING.set(self)
        try:
            yield
        finally:
            RUNNING.reset(token)


RUNNING: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
"""The deadline that bounds what the running thread asks; None where nothing does."""
