"""What every request and reply goes through: a body within its bounds, the headers of every reply.

Owns the limits on what comes in. A body is read whole before a route sees it, so that a slow or endless one never holds
a worker thread.
"""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.problems import problem
from core.sync.messages import MAX_BATCH_BYTES, NONCE_BYTES, NONCE_HEADER, TIME_HEADER, TIME_SIGNATURE_HEADER
from core.sync.signing import time_bytes

MAX_BODY_BYTES = 1024 * 1024
BODY_S = 15.0
"""A batch over the slowest link that a kiosk's own time-out (20 s) allows."""
_BATCH_SUFFIX = "/redemptions/batch"
_STRANGER = 401


class Frame:
    """Middleware around the whole application."""

    def __init__(self, app: ASGIApp, now_ms: Callable[[], int], sign: Callable[[bytes], bytes]) -> None:
        self._app = app
        self._now_ms = now_ms
        self._sign = sign

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers(scope, message["status"])]
            await send(message)

        is_batch = scope["path"].endswith(_BATCH_SUFFIX)
        most = MAX_BATCH_BYTES if is_batch else MAX_BODY_BYTES
        body = await _body(scope, receive, most)
        if body is None:
            return  # the client left
        if isinstance(body, str):
            code = "batch_too_large" if is_batch and body == "body_too_large" else body
            await problem(code)(scope, receive, send_framed)
            return
        await self._app(scope, _replayed(body, receive), send_framed)

    def _headers(self, scope: Scope, status: int) -> list[tuple[bytes, bytes]]:
        return [
            *self._time(scope, status),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
            (b"referrer-policy", b"no-referrer"),
        ]

    def _time(self, scope: Scope, status: int) -> list[tuple[bytes, bytes]]:
        """The time of this reply; signed together with the nonce of a device that was not turned away as a stranger."""
        now = self._now_ms()
        told = [(TIME_HEADER.lower().encode(), str(now).encode())]
        nonce = _nonce(dict(scope["headers"]))
        if nonce is None or status == _STRANGER:
            return told
        signature = self._sign(time_bytes(nonce, now)).hex()
        return [*told, (TIME_SIGNATURE_HEADER.lower().encode(), signature.encode())]


def _nonce(headers: dict[bytes, bytes]) -> bytes | None:
    """The nonce of a device's request; None where there is none, or what can't be one."""
    if headers.get(b"authorization", b"")[:7].lower() != b"device ":
        return None
    told = headers.get(NONCE_HEADER.lower().encode(), b"").decode("latin-1")
    try:
        nonce = bytes.fromhex(told)
    except ValueError:
        return None
    return nonce if len(nonce) == NONCE_BYTES and len(told) == 2 * NONCE_BYTES else None


async def _body(scope: Scope, receive: Receive, most: int) -> bytes | str | None:
    """The whole body; the code of a problem in its place; None when the client left."""
    headers = dict(scope["headers"])
    told = headers.get(b"content-length", b"")
    if told.isdigit() and int(told) > most:
        return "body_too_large"
    if not told and b"transfer-encoding" not in headers:
        return b""
    try:
        async with asyncio.timeout(BODY_S):
            return await _read(receive, most)
    except TimeoutError:
        return "body_too_slow"


async def _read(receive: Receive, most: int) -> bytes | str | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            return "body_too_large"
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
