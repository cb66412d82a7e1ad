"""One exchange with a Doorlight server over HTTP, as every client of it speaks: bounded in time and size.

Owns the connection to one server, the reading of replies, and what becomes of
statuses, `Retry-After` and problems (RFC 9457). Every foreign exception ends here, as a `Later`.
"""

import json
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from app.net.address import address_of
from app.net.bounded import BoundedTransport
from app.net.certificates import (
    AUTHORITY_PATH,
    MOST_AUTHORITY_BYTES,
    authority_in,
    fingerprint_in,
    trouble_of_tls,
    unverified_context,
    wants_tls,
)
from app.net.deadline import Deadline
from app.net.patience import asked_to_wait_s
from core.sync.answers import NOT_OURS, Done, Later, Rejected
from core.sync.health import Trouble

MAX_REPLY_BYTES = 1024 * 1024
CONNECT_S = 2.0
AUTHORITY_S = 10.0
PROGRESS_BYTES = 64 * 1024
"""What of a file has to come within each time-out: a slow link takes as long as it needs, a dripping one not."""
KEEP_ALIVE_S = 30.0
MOST_CONNECTIONS = 9
"""What an organizer's window has at once: four questions, two deeds, two probes, a stream."""
MOST_CODE = 64
MOST_DETAIL = 500
"""Characters of a problem's `detail`: a sentence or two; more would be somebody else's page."""
_T = TypeVar("_T")
_BUSY = {429, 503}
FOREIGN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
"""What an exchange may raise; `later_of` says what it means."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server replied: status, body, headers, and how long it took from the question's first byte."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    took_ms: int

    @property
    def is_good(self) -> bool:
        """Whether the server did what it was asked."""
        return 200 <= self.status < 300


class Wire:
    """The connections to one server. Safe between threads; `close` it at the end. Raises ServerAddressWrong."""

    def __init__(self, url: str, context: ssl.SSLContext, headers: Mapping[str, str] | None = None) -> None:
        self._http = httpx.Client(
            base_url=address_of(url),
            headers={**(headers or {}), "Accept-Encoding": "gzip"},
            follow_redirects=False,
            trust_env=False,
            transport=BoundedTransport(
                httpx.Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=KEEP_ALIVE_S), context
            ),
        )

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    @property
    def base_url(self) -> httpx.URL:
        """The server's address as it is asked."""
        return self._http.base_url

    @property
    def wants_tls(self) -> bool:
        """Whether a server that hung up on plain HTTP answers a TLS handshake; asks it."""
        return wants_tls(self._http.base_url)

    def exchange(
        self,
        method: str,
        path: str,
        body: bytes | None,
        timeout_s: float,
        *,
        headers: Mapping[str, str],
        most: int = MAX_REPLY_BYTES,
        is_cut: bool = False,
        deadline: Deadline | None = None,
    ) -> Reply | Later:
        """One question and its reply, within `timeout_s` as a whole.

        A body above `most` bytes is cut there, or else no answer. A `deadline` of the caller's can be cut from outside.
        """
        started = time.monotonic_ns()
        try:
            with (
                (deadline or Deadline(timeout_s)).running(),
                self.stream(method, path, body, timeout_s, headers) as response,
            ):
                data = read(response, most, is_cut=is_cut)
        except FOREIGN as err:
            return later_of(err)
        return Later(Trouble.SERVER_ERROR) if data is None else reply_of(response, data, started)

    @contextmanager
    def stream(
        self, method: str, path: str, body: bytes | None, timeout_s: float, headers: Mapping[str, str]
    ) -> Iterator[httpx.Response]:
        """A reply whose body is still to come; waits `timeout_s` for each piece. Raises `FOREIGN`."""
        timeout = httpx.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
        content_type = {"Content-Type": "application/json"} if body is not None else {}
        with self._http.stream(
            method, path, content=body, headers={**content_type, **headers}, timeout=timeout
        ) as response:
            yield response


def fetch_authority(url: str, fingerprint: bytes) -> Done[str] | Later | Rejected:
    """The certificate (PEM) of a server's authority whose SHA-256 fingerprint was told by another way.

    Whoever answers is not believed: what comes counts by its fingerprint alone, and nothing is told before. Rejected
    with `authority_other` where it is another. Raises ServerAddressWrong.
    """
    reply = _told_authority(url)
    if not isinstance(reply, Reply):
        return reply
    found = authority_in(reply.body, fingerprint)
    return Rejected(reply.status, "authority_other") if found is None else Done(found, reply.took_ms)


def seen_authority(url: str) -> Done[bytes] | Later | Rejected:
    """The SHA-256 fingerprint of the authority that whoever answers there says is its own: for a person to compare.

    It is believed by nobody before. Rejected with `authority_unknown` where there is none. Raises ServerAddressWrong.
    """
    reply = _told_authority(url)
    if not isinstance(reply, Reply):
        return reply
    found = fingerprint_in(reply.body) if reply.is_good else None
    return Rejected(reply.status, "authority_unknown") if found is None else Done(found, reply.took_ms)


def _told_authority(url: str) -> Reply | Later:
    started = time.monotonic_ns()
    transport = BoundedTransport(httpx.Limits(max_connections=1), unverified_context())
    with httpx.Client(base_url=address_of(url), trust_env=False, follow_redirects=False, transport=transport) as http:
        try:
            with Deadline(AUTHORITY_S).running(), http.stream("GET", AUTHORITY_PATH, timeout=AUTHORITY_S) as response:
                body = read(response, MOST_AUTHORITY_BYTES, is_cut=True) or b""
        except FOREIGN as err:
            return later_of(err)
    return Later(Trouble.SERVER_ERROR) if response.status_code >= 500 else reply_of(response, body, started)


def answer_of(reply: Reply | Later, adapter: TypeAdapter[_T]) -> Done[_T] | Later | Rejected:
    """What a reply says, once it is read: a good one that does not fit is the server's error."""
    if not isinstance(reply, Reply):
        return reply
    if not reply.is_good:
        return refusal(reply)
    try:
        return Done(adapter.validate_json(reply.body), reply.took_ms)
    except ValidationError:
        return Later(Trouble.SERVER_ERROR)


def later_of(err: Exception) -> Later:
    """What an exception of `FOREIGN` means."""
    if isinstance(err, httpx.TimeoutException) and not isinstance(err, httpx.ConnectTimeout):
        return Later(Trouble.SLOW)
    return Later(trouble_of_tls(err) or Trouble.UNREACHABLE)


def reply_of(response: httpx.Response, body: bytes, started_ns: int) -> Reply:
    """A reply whose body was read; `started_ns` is when its question began (`time.monotonic_ns`)."""
    return Reply(response.status_code, body, response.headers, took_ms(started_ns))


def took_ms(started_ns: int) -> int:
    """Milliseconds since then."""
    return (time.monotonic_ns() - started_ns) // 1_000_000


def read(response: httpx.Response, most: int, *, is_cut: bool = False) -> bytes | None:
    """The body; when it is larger than `most` bytes its head, or None."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        parts.append(part)
        if size > most:
            return b"".join(parts)[:most] if is_cut else None
    return b"".join(parts)


def advancing(parts: Iterator[bytes], deadline: Deadline, span_s: float) -> Iterator[bytes]:
    """The parts as they come; every PROGRESS_BYTES of them earn the download more time."""
    earned = 0
    for part in parts:
        earned += len(part)
        if earned >= PROGRESS_BYTES:
            earned = 0
            deadline.renew(span_s)
        yield part


def refusal(reply: Reply) -> Later | Rejected:
    """What a reply means that is not good."""
    retry_after = reply.headers.get("Retry-After", "")
    if reply.status in _BUSY:
        return Later(Trouble.BUSY, asked_to_wait_s(retry_after))
    if reply.status >= 500 or reply.status == httpx.codes.REQUEST_TIMEOUT or reply.status < 400:
        return Later(Trouble.SERVER_ERROR, asked_to_wait_s(retry_after))
    return _rejection(reply)


def _rejection(reply: Reply) -> Rejected:
    try:
        problem: Any = json.loads(reply.body)
    except (ValueError, RecursionError):
        return Rejected(reply.status, NOT_OURS)
    code = problem.get("code") if isinstance(problem, dict) else None
    if not isinstance(code, str):
        return Rejected(reply.status, NOT_OURS)
    detail = problem.get("detail")
    return Rejected(reply.status, code[:MOST_CODE], detail[:MOST_DETAIL] if isinstance(detail, str) else "")
