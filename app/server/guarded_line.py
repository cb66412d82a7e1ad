"""A line that nobody holds for nothing: a request's head comes soon, a reply is taken soon, lines are limited.

Owns what a client may cost before the application sees it. What can't be read is answered as a problem (RFC 9457) here
too, and never with the framework's own words.
"""

import asyncio
import functools
from typing import Any

import h11

from app.server.one_packet import OnePacketProtocol
from app.server.problems import MEDIA_TYPE, problem
from app.server.safe_headers import safe_headers

MOST_LINES = 1_000
"""Clients that are connected at once. A kiosk keeps two or three lines; each costs a file handle and some 50 KiB."""
HEAD_S = 10.0
"""From a connection, or a request's first byte, to the end of its head: a kiosk sends it whole."""
STALLED_S = 120.0
"""How long a reply may wait for its reader to take what is under way (256 KiB of a list at most): 2 KiB/s."""
HEAD_BYTES = 16 * 1024
"""A request's line and headers; the longest address takes half of it."""


class GuardedProtocol(OnePacketProtocol):
    """uvicorn's HTTP/1.1 within these bounds."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes the line, unless there are too many: then it is told so and closed."""
        super().connection_made(transport)
        if len(self.connections) > MOST_LINES:
            self._refuse("server_busy")
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the line's timers."""
        self._head_came()
        self._taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads; a head that has begun has to end."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._head_came()
        elif self._head_timer is None:
            self._await_head()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 — the framework's word for it
        """Answers what is no HTTP, or has a head that is too large."""
        is_large = self.conn.their_state is h11.ERROR and len(self.conn.trailing_data[0]) > HEAD_BYTES
        self._refuse("head_too_large" if is_large else "bad_request")

    def pause_writing(self) -> None:
        """The reader is slow: it has its time."""
        super().pause_writing()
        if self._stall_timer is None:
            self._stall_timer = self.loop.call_later(STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        """The reader took what was waiting."""
        self._taken()
        super().resume_writing()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_S, self._head_is_late)

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self._refuse("head_too_slow")

    def _taken(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _refuse(self, code: str) -> None:
        """The last words on a line; past the parser, which may have given up on it."""
        self.transport.write(_last_words(code, is_tls=self.scheme == "https"))
        self.transport.close()


@functools.cache
def _last_words(code: str, *, is_tls: bool) -> bytes:
    """A whole reply of a problem."""
    reply = problem(code)
    body = bytes(reply.body)
    told = [(name, value) for name, value in reply.raw_headers if name not in {b"content-length", b"content-type"}]
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *told,
        *safe_headers(told, is_tls=is_tls),
    ]
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return f"HTTP/1.1 {reply.status_code} \r\n".encode() + lines + b"\r\n" + body
