"""Sends one webhook: signed (Standard Webhooks), to an address that was checked, within bounds of time and size.

Owns the request's form, and what came back of it as a `Heard`: every foreign exception ends here. What that means is
decided by `core.delivery.meaning`.
"""

import json
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from app.net.bounded import BoundedTransport
from app.net.certificates import client_context, trouble_of_tls
from app.net.deadline import Deadline
from app.net.exchange import FOREIGN
from app.net.patience import asked_to_wait_s
from app.net.webhook_target import (
    PinnedNetwork,
    Resolve,
    TargetRefused,
    TargetRules,
    checked_target,
    looked_up,
    reachable,
)
from core.delivery.meaning import Heard
from core.delivery.parcel import Handed, Parcel

TOTAL_S = 15.0
"""One attempt as a whole, with the name's look-up and the last byte of the answer (Standard Webhooks: 15 to 30 s)."""
CONNECT_S = 5.0
KEPT_BYTES = 64 * 1024
"""Of an answer's body: enough that a receiver can finish its page; more is cut off with the connection."""
MOST_SAID = 1_024
USER_AGENT = "Doorlight-Webhooks/1"
HIDDEN = "(hidden)"
_ID, _TIMESTAMP, _SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def webhook_id(parcel: Parcel) -> str:
    """The id that a receiver tells repetitions by: the message's own, at every attempt the same."""
    return f"msg_{parcel.id.hex}"


class WebhookSender:
    """Sends webhooks, one after the other or at the same time from several threads.

    `context`: whom to believe under TLS, the public authorities where none is given. `now` is the wall clock (UTC): a
    receiver refuses what was signed more than five minutes ago.
    """

    def __init__(
        self,
        rules: TargetRules,
        *,
        context: ssl.SSLContext | None = None,
        resolve: Resolve = looked_up,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        total_s: float = TOTAL_S,
    ) -> None:
        self._rules = rules
        self._context = context or client_context(None)
        self._resolve = resolve
        self._now = now
        self._total_s = total_s

    def send(self, parcel: Parcel) -> Handed:
        """One attempt; total. Nothing is sent unsigned, and nothing to a target that is refused."""
        if not parcel.secrets:
            return Handed(Heard(None, "no_secret", "the endpoint has no secret: give it one (rotate)"))
        headers = signed(parcel, self._now())
        deadline = Deadline(self._total_s)
        try:
            url = checked_target(parcel.target, self._rules)
            addresses = reachable(url, self._rules, self._resolve, deadline.left_s())
        except TargetRefused as err:
            return Handed(Heard(None, "target_refused", str(err.details["cause"])))
        except OSError as err:
            return Handed(_of_look_up(err))
        transport = BoundedTransport(httpx.Limits(max_connections=1), self._context, PinnedNetwork(addresses))
        told = _told(url, headers, addresses)
        with deadline.running(), httpx.Client(transport=transport, trust_env=False, follow_redirects=False) as http:
            return Handed(self._exchanged(http, url, headers, parcel.body), told)

    def _exchanged(self, http: httpx.Client, url: httpx.URL, headers: Mapping[str, str], body: str) -> Heard:
        timeout = httpx.Timeout(self._total_s, connect=min(CONNECT_S, self._total_s))
        try:
            with _asking(http, url, headers, body, timeout) as response:
                asked_s = asked_to_wait_s(response.headers.get("Retry-After", ""), self._now())
                return Heard(response.status_code, "", _said(response), asked_s)
        except FOREIGN as err:
            return _of_failure(err)


@contextmanager
def _asking(
    http: httpx.Client, url: httpx.URL, headers: Mapping[str, str], body: str, timeout: httpx.Timeout
) -> Iterator[httpx.Response]:
    request = http.build_request("POST", url, content=body.encode(), headers=headers, timeout=timeout)
    response = http.send(request, stream=True)
    try:
        yield response
    finally:
        response.close()


def signed(parcel: Parcel, now: datetime) -> dict[str, str]:
    """The headers of a webhook: with one signature for each secret that counts, the newest first."""
    id_ = webhook_id(parcel)
    signatures = [Webhook(b64encode(secret).decode()).sign(id_, now, parcel.body) for secret in parcel.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",  # what is packed could unpack to more than anybody keeps
        "Connection": "close",
        _ID: id_,
        _TIMESTAMP: str(int(now.timestamp())),
        _SIGNATURE: " ".join(signatures),
    }


def _said(response: httpx.Response) -> str:
    """The beginning of the answer's body. Whatever happens to the rest, the answer itself has come."""
    kept, size = b"", 0
    try:
        for part in response.iter_raw():
            size += len(part)
            kept = (kept + part)[: 4 * MOST_SAID]
            if size >= KEPT_BYTES:
                break
    except FOREIGN:
        pass
    return kept.decode("utf-8", "replace")[:MOST_SAID]


def _told(url: httpx.URL, headers: Mapping[str, str], addresses: object) -> str:
    """What was asked, for a person: without the signatures, and without the query, which may hold a secret."""
    shown = {name: HIDDEN if name == _SIGNATURE else value for name, value in headers.items()}
    place = str(url.copy_with(query=None))
    return json.dumps({"method": "POST", "url": place, "addresses": addresses, "headers": shown})


def _of_look_up(err: OSError) -> Heard:
    if isinstance(err, socket.gaierror):
        return Heard(None, "name_unknown", "the name of the target has no address")
    return Heard(None, "timed_out" if isinstance(err, TimeoutError) else "name_unknown", type(err).__name__)


def _of_failure(err: Exception) -> Heard:
    """Why no answer came, in a word."""
    trouble = trouble_of_tls(err)
    if trouble is not None:
        return Heard(None, trouble.value, "the target's TLS is not in order")
    if isinstance(err, httpx.TimeoutException):
        return Heard(None, "timed_out", "no answer in time")
    word = "no_connection" if isinstance(err, httpx.ConnectError) else "bad_answer"
    return Heard(None, word, type(err).__name__)
