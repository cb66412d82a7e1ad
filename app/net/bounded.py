"""HTTP over sockets that keep a deadline, down to each byte that is waited for.

Owns that bound alone. httpx bounds each wait for bytes, so that whoever sends one byte now and then holds an exchange
for as long as he likes; here each wait is bounded by what is left of the whole, headers included.
"""

import contextlib
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from app.net.deadline import RUNNING

PIECE_BYTES = 16 * 1024
"""What is written before the clock is looked at again."""

_Options = Iterable[tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]]


class BoundedTransport(httpx.HTTPTransport):
    """HTTP over sockets that keep the running `Deadline`; past it they raise httpx.TimeoutException.

    `network` is what connects them, the system's own where none is given.
    """

    def __init__(
        self, limits: httpx.Limits, context: ssl.SSLContext, network: httpcore.NetworkBackend | None = None
    ) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.ConnectionPool(  # the one place where httpx has no door for a network of one's own
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_BoundedNetwork(network or httpcore.SyncBackend()),
        )


class _BoundedNetwork(httpcore.NetworkBackend):
    def __init__(self, network: httpcore.NetworkBackend) -> None:
        self._network = network

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _Options | None = None,
    ) -> httpcore.NetworkStream:
        left_s = _left_s(timeout, httpcore.ConnectTimeout)
        return _BoundedStream(self._network.connect_tcp(host, port, left_s, local_address, socket_options))


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._waiting():
            return self._stream.read(max_bytes, _left_s(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._waiting():
            for start in range(0, len(buffer), PIECE_BYTES):
                self._stream.write(buffer[start : start + PIECE_BYTES], _left_s(timeout, httpcore.WriteTimeout))

    def _waiting(self) -> contextlib.AbstractContextManager[None]:
        deadline, line = RUNNING.get(), self._stream.get_extra_info("socket")
        is_one = deadline is not None and isinstance(line, socket.socket)
        return deadline.waiting_at(line) if deadline is not None and is_one else contextlib.nullcontext()

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left_s = _left_s(timeout, httpcore.ConnectTimeout)
        return _BoundedStream(self._stream.start_tls(ssl_context, server_hostname, left_s))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left_s(timeout: float | None, past: type[httpcore.TimeoutException]) -> float | None:
    """How long to wait for the next bytes: as told, and no longer than the running deadline leaves."""
    deadline = RUNNING.get()
    if deadline is None:
        return timeout
    if deadline.is_cut:  # between two waits it is the same as in one
        raise httpcore.NetworkError("the exchange was cut")
    left_s = deadline.left_s()
    if left_s <= 0:
        raise past("the exchange as a whole took too long")
    return left_s if timeout is None else min(timeout, left_s)
