"""The kiosk's side of the protocol: questions to the server, each with one of three answers.

Owns HTTP as the kiosk speaks it: time-outs, size limits, credentials, the server's clock. Every foreign exception and
every status becomes Done, Later or Rejected here. Nothing is retried here: the sync line decides when to ask again.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from core.journal.scan import Record, canonical
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from core.sync.messages import TIME_HEADER, BatchReply, EnrolReply, FactResult, Manifest

MAX_REPLY_BYTES = 1024 * 1024
MAX_MANIFEST_BYTES = 64 * 1024 * 1024
"""One million allow digests in hex, and room."""
CONNECT_S = 2.0
BATCH_S = 20.0
MANIFEST_S = 60.0
ENROL_S = 10.0

_T = TypeVar("_T")
_BUSY = {429, 503}


@dataclass(frozen=True, slots=True)
class Credential:
    """What a device proves itself with."""

    device: str
    secret: str = field(repr=False)

    @property
    def header(self) -> str:
        """The value of `Authorization`."""
        return f"Device {self.device}.{self.secret}"


@dataclass(frozen=True, slots=True)
class FreshManifest:
    """A manifest that is newer than the one held, as received and as read."""

    body: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The manifest held is the newest."""


_FACT_RESULT = TypeAdapter(FactResult)
_BATCH_REPLY = TypeAdapter(BatchReply)
_ENROL_REPLY = TypeAdapter(EnrolReply)
_MANIFEST = TypeAdapter(Manifest)


def manifest_from(body: str) -> Manifest | None:
    """The manifest of a stored or received body, or None when it is none."""
    try:
        return _MANIFEST.validate_json(body)
    except ValidationError:
        return None


class GateClient:
    """Questions to one server about one event. Safe between threads; `close` it when the lane closes."""

    def __init__(
        self,
        url: str,
        event: str,
        credential: Credential | None,
        learn: Callable[[int, int], None] = lambda server_ms, rtt_ms: None,  # noqa: ARG005
    ) -> None:
        headers = {"Authorization": credential.header} if credential else {}
        self._event = f"/api/v1/events/{event}"
        self._learn = learn
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            headers=headers | {"Accept-Encoding": "gzip"},
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=8, keepalive_expiry=30.0),
        )

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def enrol(self, code: str, protocol: str) -> Done[EnrolReply] | Later | Rejected:
        """Trades a one-time code for a credential."""
        body = json.dumps({"code": code, "protocol": protocol}).encode()
        return self._ask("POST", "/api/v1/devices/enrol", _ENROL_REPLY, body=body, timeout_s=ENROL_S)

    def redeem(self, record: Record, timeout_s: float) -> Done[FactResult] | Later | Rejected:
        """Asks about one scan, now."""
        body = b'{"fact":' + canonical(record) + b"}"
        return self._ask("POST", f"{self._event}/redemptions", _FACT_RESULT, body=body, timeout_s=timeout_s)

    def send(self, body: bytes) -> Done[BatchReply] | Later | Rejected:
        """Uploads a batch (`core.sync.session.body`)."""
        return self._ask("POST", f"{self._event}/redemptions/batch", _BATCH_REPLY, body=body, timeout_s=BATCH_S)

    def manifest(self, held: int | None) -> Done[FreshManifest | Unchanged] | Later | Rejected:
        """The newest manifest, unless it is the version held."""
        headers = {"If-None-Match": f'"{held}"'} if held is not None else {}
        reply = self._exchange(
            "GET", f"{self._event}/manifest", None, MANIFEST_S, headers=headers, most=MAX_MANIFEST_BYTES
        )
        if not isinstance(reply, _Reply):
            return reply
        if reply.status == httpx.codes.NOT_MODIFIED:
            return Done(Unchanged(), reply.took_ms)
        if reply.status != httpx.codes.OK:
            return _refusal(reply)
        text = reply.body.decode("utf-8", "replace")
        manifest = manifest_from(text)
        if manifest is None:
            return Later(Trouble.SERVER_ERROR)
        return Done(FreshManifest(text, manifest), reply.took_ms)

    def _ask(
        self, method: str, path: str, adapter: "TypeAdapter[_T]", *, body: bytes, timeout_s: float
    ) -> Done[_T] | Later | Rejected:
        reply = self._exchange(method, path, body, timeout_s)
        if not isinstance(reply, _Reply):
            return reply
        if not 200 <= reply.status < 300:
            return _refusal(reply)
        try:
            return Done(adapter.validate_json(reply.body), reply.took_ms)
        except ValidationError:
            return Later(Trouble.SERVER_ERROR)

    def _exchange(
        self,
        method: str,
        path: str,
        body: bytes | None,
        timeout_s: float,
        *,
        headers: Mapping[str, str] | None = None,
        most: int = MAX_REPLY_BYTES,
    ) -> "_Reply | Later":
        started = time.monotonic_ns()
        timeout = httpx.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
        content_type = {"Content-Type": "application/json"} if body is not None else {}
        try:
            with self._http.stream(
                method, path, content=body, headers={**content_type, **(headers or {})}, timeout=timeout
            ) as response:
                data = _read(response, most)
        except httpx.TimeoutException:
            return Later(Trouble.SLOW)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            return Later(Trouble.UNREACHABLE)
        if data is None:
            return Later(Trouble.SERVER_ERROR)
        took_ms = (time.monotonic_ns() - started) // 1_000_000
        self._note_time(response.headers.get(TIME_HEADER, ""), took_ms)
        return _Reply(response.status_code, data, response.headers.get("Retry-After", ""), took_ms)

    def _note_time(self, told: str, rtt_ms: int) -> None:
        if told.isascii() and told.isdigit() and len(told) <= 15:
            self._learn(int(told), rtt_ms)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes
    retry_after: str
    took_ms: int


def _read(response: httpx.Response, most: int) -> bytes | None:
    """The body, or None when it is larger than `most` bytes."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)


def _refusal(reply: _Reply) -> Later | Rejected:
    if reply.status in _BUSY:
        return Later(Trouble.BUSY, _seconds(reply.retry_after))
    if reply.status >= 500 or reply.status == httpx.codes.REQUEST_TIMEOUT or reply.status < 400:
        return Later(Trouble.SERVER_ERROR, _seconds(reply.retry_after))
    return Rejected(reply.status, _problem_code(reply.body))


def _seconds(retry_after: str) -> float | None:
    """The seconds of a Retry-After header (RFC 9110, section 10.2.3); dates and nonsense are left to the back-off."""
    if not (retry_after.isascii() and retry_after.isdigit() and len(retry_after) <= 5):
        return None
    return float(retry_after)


def _problem_code(body: bytes) -> str:
    try:
        problem: Any = json.loads(body)
    except ValueError:
        return "unknown"
    code = problem.get("code") if isinstance(problem, dict) else None
    return code[:64] if isinstance(code, str) else "unknown"
