"""A Stripe that keeps idempotency keys: a proxy in front of localstripe, which knows none.

Owns what Stripe documents of idempotent requests and localstripe lacks: the same key with the same parameters is
answered as the first time, a 500 as well, with `Idempotent-Replayed: true`; with other parameters it is a 400
`idempotency_error`; while the first is on its way, a 409 `idempotency_key_in_use`; after 24 hours, by a clock that a
test sets, it is forgotten. And what localstripe lacks of refunds: a charge that is refunded in full is refused with
`charge_already_refunded`, more than is left of it with an error without a code. A test says what befalls single calls.

Reference: Stripe, "Idempotent requests", "Errors"; https://docs.stripe.com/api.
"""

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx

KEPT_MS = 24 * 60 * 60 * 1000
PATIENCE_S = 30.0
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Believes nobody, as nobody here speaks TLS; the public authorities take 50 ms to be read."""
API_KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"


class Fault(Enum):
    """What befalls one call."""

    LOST = "lost"  # it is done, and its answer never comes
    LOST_BEFORE = "lost_before"  # the line breaks before anything is done
    STORED_500 = "stored_500"  # nothing is done; the 500 is stored under the key
    DONE_500 = "done_500"  # it is done, and yet a 500 is stored under the key
    UNSTORED_503 = "unstored_503"
    RATE_LIMITED = "rate_limited"  # 429, asking for 7 s; never stored
    HELD = "held"  # it waits until the test lets go
    NO_JSON = "no_json"
    FAILED_REFUND = "failed_refund"  # a 200 whose refund came to nothing


@dataclass(frozen=True)
class Call:
    """One call as it came."""

    method: str
    path: str
    key: str | None
    form: dict[str, str]
    headers: dict[str, str] = field(repr=False)


@dataclass
class _Kept:
    form: dict[str, str]
    at_ms: int
    status: int | None = None
    body: bytes = b""


class ReplayingStripe:
    """Forwards to localstripe at `upstream`. `url` is the API base."""

    def __init__(self, upstream: str, now_ms: Callable[[], int]) -> None:
        self.calls: list[Call] = []
        self.changed = threading.Condition()
        """Notified with each call."""
        self.taken_keys = {API_KEY}
        self.let_go = threading.Event()
        self.faults: deque[Fault] = deque()
        """What befalls the next POSTs, in their order."""
        self.reading_faults: deque[Fault] = deque()
        """The same for GETs."""
        self.forgets_keys = False
        """The planted defect of the other side: it knows no keys at all."""
        self._now_ms = now_ms
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._lock = threading.Lock()
        self._done_count = 0
        self._upstream = httpx.Client(base_url=upstream, trust_env=False, verify=NOBODY, timeout=PATIENCE_S)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._answer(self)

            def do_POST(self) -> None:
                outer._answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._thread.join(PATIENCE_S)
        self._server.server_close()
        self._upstream.close()

    @property
    def posts(self) -> list[Call]:
        """The calls that asked for something to be done."""
        with self._lock:
            return [each for each in self.calls if each.method == "POST"]

    def wait_for_posts(self, count: int) -> bool:
        """Whether so many came in time."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.posts) >= count, PATIENCE_S)

    def wait_until_done(self, count: int) -> bool:
        """Whether so many were done in time, whether anybody heard of it or not."""
        with self.changed:
            return self.changed.wait_for(lambda: self._done_count >= count, PATIENCE_S)

    # --- one call -------------------------------------------------------------------------------------------------

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        url = urlsplit(handler.path)
        form = dict(parse_qsl(body.decode() if handler.command == "POST" else url.query, keep_blank_values=True))
        call = Call(handler.command, url.path, handler.headers.get("Idempotency-Key"), form, dict(handler.headers))
        faults = self.faults if call.method == "POST" else self.reading_faults
        with self.changed:
            self.calls.append(call)
            fault = faults.popleft() if faults else None
            self.changed.notify_all()
        _, _, api_key = handler.headers.get("Authorization", "").partition(" ")
        if api_key not in self.taken_keys:
            _send(handler, 401, _error("invalid_request_error", None, "Invalid API Key provided: sk_test_****p7dc"))
        elif fault is Fault.RATE_LIMITED:
            _send(handler, 429, _error("invalid_request_error", "rate_limit", "Too many"), {"Retry-After": "7"})
        elif fault is Fault.UNSTORED_503:
            _send(handler, 503, _error("api_error", None, "Down for maintenance"))
        elif fault is Fault.NO_JSON:
            _send(handler, 502, b"<html>Bad gateway</html>")
        elif fault is Fault.LOST_BEFORE:
            _break(handler)
        elif call.method == "GET":
            reply = self._upstream.get(handler.path, headers=_passed(call))
            _break(handler) if fault is Fault.LOST else _send(handler, reply.status_code, reply.content)
        else:
            self._post(handler, call, api_key, fault)

    def _post(self, handler: BaseHTTPRequestHandler, call: Call, api_key: str, fault: Fault | None) -> None:
        kept = self._keep(api_key, call)
        if isinstance(kept, tuple):
            status, body, headers = kept
            _send(handler, status, body, headers)
            return
        if fault is Fault.HELD:
            self.let_go.wait(PATIENCE_S)
        status, body = self._done(call, fault)
        with self._lock:
            kept.status, kept.body = status, body
        with self.changed:
            self._done_count += 1
            self.changed.notify_all()
        _break(handler) if fault is Fault.LOST else _send(handler, status, body)

    def _keep(self, api_key: str, call: Call) -> "_Kept | tuple[int, bytes, dict[str, str]]":
        """The place of a new key; or what a key that is known is answered."""
        now = self._now_ms()
        with self._lock:
            name = (api_key, call.key or "")
            known = None if call.key is None or self.forgets_keys else self._kept.get(name)
            if known is not None and now - known.at_ms >= KEPT_MS:
                known = None
            if known is None:
                self._kept[name] = _Kept(call.form, now)
                return self._kept[name]
            if known.form != call.form:
                said = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with"
                )
                return 400, _error("idempotency_error", None, said), {}
            if known.status is None:
                said = "There is currently another in-progress request using this Idempotent Key"
                return 409, _error("invalid_request_error", "idempotency_key_in_use", said), {}
            return known.status, known.body, {"Idempotent-Replayed": "true"}

    def _done(self, call: Call, fault: Fault | None) -> tuple[int, bytes]:
        if fault is Fault.STORED_500:
            return 500, _error("api_error", None, "Something went wrong on Stripe's end")
        if fault is Fault.FAILED_REFUND:
            return 200, json.dumps(_FAILED | {"amount": int(call.form["amount"])}).encode()
        with self._lock:  # Stripe locks a charge while it is refunded
            refused = self._refused(call)
            if refused is not None:
                return 400, refused
            reply = self._upstream.post(call.path, data=call.form, headers=_passed(call))
        if fault is Fault.DONE_500:
            return 500, _error("api_error", None, "Something went wrong on Stripe's end")
        return reply.status_code, reply.content

    def _refused(self, call: Call) -> bytes | None:
        """What Stripe says of a refund of more than there is, and localstripe does not."""
        charge = self._charge_of(call)
        if call.path != "/v1/refunds" or charge is None:
            return None
        left = charge["amount"] - charge["amount_refunded"]
        if left <= 0:
            said = f"Charge {charge['id']} has already been refunded."
            return _error("invalid_request_error", "charge_already_refunded", said)
        if int(call.form.get("amount", left)) > left:
            said = f"Refund amount is greater than unrefunded amount on charge ({left})"
            return _error("invalid_request_error", None, said)
        return None

    def _charge_of(self, call: Call) -> dict[str, Any] | None:
        payment, charge = call.form.get("payment_intent"), call.form.get("charge")
        path = f"/v1/charges/{charge}" if charge else f"/v1/payment_intents/{payment}"
        told = self._upstream.get(path, headers=_passed(call)).json()
        found = told if charge else told.get("latest_charge")
        return found if isinstance(found, dict) and "amount_refunded" in found else None


_FAILED = {"id": "re_failed", "object": "refund", "status": "failed", "charge": "ch_1", "metadata": {}}


def _passed(call: Call) -> dict[str, str]:
    return {"Authorization": call.headers.get("Authorization", "")}


def _error(kind: str, code: str | None, said: str) -> bytes:
    told = {"type": kind, "message": said} | ({"code": code} if code else {})
    return json.dumps({"error": told}).encode()


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    handler.close_connection = True  # whoever asks again may outlive this server
    with contextlib.suppress(OSError):  # who asked may be gone
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "Request-Id": "req_1", **(headers or {})}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)


def _break(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
