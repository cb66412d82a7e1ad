"""What every request and reply goes through: bounds on what comes in, the headers of every reply.

Owns the order of these looks. A body is read whole before a route sees it, so that a slow or endless one never holds a
worker thread; what is too much at once is turned away at the door, with a time to come again.

1. the address and the head are within their bounds
2. who calls has not called too often (`Turnstile`)
3. the body comes in time, is not too large, and not too deep
4. there is room for one more
5. the route answers, within its time
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.ledger.audit import act_as
from app.server.addresses import CALLER, Network, address_of
from app.server.bounds import flaw_of_address, flaw_of_json, has_nul, is_of_stripe
from app.server.guarded_line import HEAD_BYTES
from app.server.problems import MEDIA_TYPE, problem, problem_of_fault
from app.server.safe_headers import safe_headers
from core.journal.audit import Actor, ActorKind
from core.sync.messages import MAX_BATCH_BYTES, NONCE_BYTES, NONCE_HEADER, TIME_HEADER, TIME_SIGNATURE_HEADER
from core.sync.signing import time_bytes

MAX_BODY_BYTES = 1024 * 1024
BODY_S = 15.0
"""A batch over the slowest link that a kiosk's own time-out (20 s) allows."""
MOST_AT_ONCE = 256
"""Requests that are worked on: four for each thread. At 500 a second the last of them has waited half a second, longer
than any guest; one more would wait for nothing."""
REPLY_S = 60.0
"""From the whole request to a reply's first byte: a kiosk gives up on its manifest then, and on all else before.

The work goes on, and counts as work, until its own time-outs end it; only the waiting ends here.
"""
_BATCH_SUFFIX = "/redemptions/batch"
_FACTS = ("/redemptions", _BATCH_SUFFIX)
_SEALED = "/devices/queue-files"
"""What is sent there begins like JSON and is none: a header line, then octets under a seal."""
"""Of these a poisoned record is set aside by itself, so that it fails no others."""
STREAM_SUFFIX = "/stream"
_ALWAYS = frozenset({"/health", "/ready", "/metrics"})
"""Who looks after the server has to get through when nobody else does."""
_STRANGER = 401


class Turnstile(Protocol):
    """Who may come in now."""

    async def wait_s(self, scope: Scope) -> int | None:
        """The seconds to wait before this request may come again; None where it may come in."""

    def left(self, scope: Scope, status: int) -> None:
        """The request was answered with this status."""


class Witness(Protocol):
    """Who hears of every reply."""

    def replied(self, scope: Scope, status: int, took_s: float) -> None:
        """A reply has begun, so many seconds after its request."""

    def refused(self, body: bytes) -> None:
        """A problem was replied: its body."""


@dataclass(frozen=True, slots=True)
class Gates:
    """What a frame asks and tells."""

    now_ms: Callable[[], int]
    sign: Callable[[bytes], bytes]
    turnstile: Turnstile
    witness: Witness
    proxies: Sequence[Network] = ()


class Frame:
    """Middleware around the whole application."""

    def __init__(self, app: ASGIApp, gates: Gates) -> None:
        self._app = app
        self._gates = gates
        self._works: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s, is_problem = time.monotonic(), False
        scope[CALLER] = address_of(scope, self._gates.proxies)
        act_as(Actor(ActorKind.STRANGER, address=scope[CALLER]))

        async def send_framed(message: Message) -> None:
            nonlocal is_problem
            if message["type"] == "http.response.start":
                is_problem = (b"content-type", MEDIA_TYPE.encode()) in message["headers"]
                message["headers"] = [*message["headers"], *self._headers(scope, message)]
                self._gates.turnstile.left(scope, message["status"])
                self._gates.witness.replied(scope, message["status"], time.monotonic() - started_s)
            elif is_problem and message["type"] == "http.response.body":
                self._gates.witness.refused(message.get("body", b""))
            await send(message)

        code = _flaw_of_head(scope)  # (1)
        if code is not None:
            await problem(code)(scope, receive, send_framed)
            return
        wait_s = await self._gates.turnstile.wait_s(scope)  # (2)
        if wait_s is not None:
            await problem("too_many_requests", retry_after_s=wait_s)(scope, receive, send_framed)
            return
        body = await _checked_body(scope, receive)  # (3)
        if body is None:
            return  # the client left
        if isinstance(body, str):
            await problem(body)(scope, receive, send_framed)
            return
        if len(self._works) >= MOST_AT_ONCE and scope["path"] not in _ALWAYS:  # (4)
            await problem("server_busy")(scope, receive, send_framed)
            return
        await self._answer(scope, _replayed(body, receive), receive, send_framed)  # (5)

    async def _answer(self, scope: Scope, replay: Receive, receive: Receive, send: Send) -> None:
        """The route's answer; when it does not begin in time, the problem that says so in its place."""
        has_begun = is_over = False

        async def send_once(message: Message) -> None:
            nonlocal has_begun
            if is_over:
                return
            has_begun = True
            await send(message)

        async def work() -> None:
            try:
                await self._app(scope, replay, send_once)
            except Exception as err:
                if has_begun:
                    raise  # the line is closed: whoever reads sees that the reply is not whole
                await problem_of_fault(scope, err)(scope, receive, send_once)

        task = asyncio.create_task(work())
        if not scope["path"].endswith(STREAM_SUFFIX):  # those wait most of the time, and have a bound of their own
            self._works.add(task)
        task.add_done_callback(self._ended)
        try:
            await asyncio.wait({task}, timeout=REPLY_S)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if has_begun or task.done():
            await task
            return
        is_over = True
        await problem("server_slow")(scope, receive, send)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._works.discard(task)
        if not task.cancelled():
            task.exception()  # raised for whoever still waits; where nobody does, it is said nowhere else

    def _headers(self, scope: Scope, message: Message) -> list[tuple[bytes, bytes]]:
        is_tls = scope.get("scheme") == "https"
        return [*self._time(scope, message["status"]), *safe_headers(list(message["headers"]), is_tls=is_tls)]

    def _time(self, scope: Scope, status: int) -> list[tuple[bytes, bytes]]:
        """The time of this reply; signed together with the nonce of a device that was not turned away as a stranger."""
        now = self._gates.now_ms()
        told = [(TIME_HEADER.lower().encode(), str(now).encode())]
        nonce = _nonce(dict(scope["headers"]))
        if nonce is None or status == _STRANGER:
            return told
        signature = self._gates.sign(time_bytes(nonce, now)).hex()
        return [*told, (TIME_SIGNATURE_HEADER.lower().encode(), signature.encode())]


def _flaw_of_head(scope: Scope) -> str | None:
    """A head that came in one piece was not measured on its way."""
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD_BYTES:
        return "head_too_large"
    return flaw_of_address(scope["raw_path"], scope["path"], scope["query_string"])


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


async def _checked_body(scope: Scope, receive: Receive) -> bytes | str | None:
    """The whole body within its bounds; the code of a problem in its place; None when the client left."""
    is_batch = scope["path"].endswith(_BATCH_SUFFIX)
    body = await _body(scope, receive, MAX_BATCH_BYTES if is_batch else MAX_BODY_BYTES)
    if isinstance(body, str):
        return "batch_too_large" if is_batch and body == "body_too_large" else body
    if not body or scope["path"].endswith(_SEALED):
        return body
    flaw = flaw_of_json(body)
    if flaw is None and has_nul(body) and not scope["path"].endswith(_FACTS) and not is_of_stripe(scope["path"]):
        return "nul_in_text"
    return flaw or body


async def _body(scope: Scope, receive: Receive, most: int) -> bytes | str | None:
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
