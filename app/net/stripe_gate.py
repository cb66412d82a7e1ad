"""Calls to Stripe, one at a time: refunds made, objects read.

Owns the one door to Stripe's library, its way over this project's own connections (bounded in time and size), and the
reading of what came back: every foreign exception ends here. Nothing is retried here, and no telemetry leaves. What an
answer means is decided by `core.payment.answer`. Importing the library takes half a second: whoever may never need it
imports this module when it does.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import stripe

from app.net.bounded import BoundedTransport
from app.net.certificates import client_context
from app.net.deadline import Deadline
from app.net.exchange import FOREIGN, later_of, read
from app.net.patience import asked_to_wait_s
from core.payment.answer import Answer, Found, NotThere, Read, Refund, Unread
from core.payment.intent import Mark

API_BASE = "https://api.stripe.com"
CALL_S = 25.0
"""One call as a whole. An attempt is a call or two; the line extends its lease meanwhile."""
CONNECT_S = 5.0
MOST_REPLY = 2 * 1024 * 1024
"""Bytes: a page of 100 refunds has some 100 kB."""
MOST_CONNECTIONS = 8
PAGE, MOST_PAGES = 100, 10
"""Refunds of one charge: nobody makes a thousand."""
MOST_SAID = 500
_T = TypeVar("_T")
_ODD = (ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What the library raises where an answer is JSON, but no object of Stripe's."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account a call is for: its API key, and where Stripe is (or what stands for it on this computer)."""

    api_key: str = field(repr=False)
    api_base: str = API_BASE


class StripeGate:
    """Calls of any account. Safe between threads; `close` it at the end."""

    def __init__(self, *, call_s: float = CALL_S) -> None:
        stripe.enable_telemetry = False  # it would tell of each call how long the one before took
        self._http = _BoundedClient(call_s)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def refund(self, account: Account, key: str, parameters: Mapping[str, Any]) -> Answer:
        """One call to make a refund, under an idempotency key; the charge comes along."""
        asked: Any = {**parameters, "expand": ["charge"]}

        def ask() -> Answer:
            made = self._client(account).v1.refunds.create(params=asked, options={"idempotency_key": key})
            headers = made.last_response.headers if made.last_response is not None else {}
            return Answer(200, is_replayed=_is_replayed(headers), refund=_refund_of(_plain(made)))

        return self._ask(ask)

    def find_refund(
        self, account: Account, mark: Mark, *, payment_intent: str | None = None, charge: str | None = None
    ) -> Read:
        """Reads back whether a refund of this operation is there, and what went back of its charge in all.

        One that came to nothing (failed, canceled) is not there: another may be made.
        """
        which: Any = {"charge": charge} if charge is not None else {"payment_intent": payment_intent}
        refunds = self._refunds(account, which)
        if isinstance(refunds, Answer):
            return Unread(refunds)
        good = [each for each in refunds if each.is_good]
        refunded = sum(each.amount for each in good)
        ours = next((each for each in good if mark.is_on(each.metadata)), None)
        return NotThere(refunded) if ours is None else Found(ours, refunded)

    def get(self, account: Account, path: str, parameters: Mapping[str, Any]) -> dict[str, Any] | Answer:
        """One object of Stripe's, or one page of a list, as the JSON that it is."""

        def ask() -> dict[str, Any]:
            told = self._client(account).raw_request("get", path, **parameters).data
            return told if isinstance(told, dict) else {}

        return self._ask(ask)

    def check(self, account: Account) -> Answer:
        """Whether the account's key is taken, and may see refunds; changes nothing."""

        def ask() -> Answer:
            self._client(account).v1.refunds.list(params={"limit": 1})
            return Answer(200)

        return self._ask(ask)

    def _refunds(self, account: Account, which: Any) -> list[Refund] | Answer:
        """All refunds of a payment. More than are looked through are no answer: what is not seen may be there."""
        found: list[Refund] = []

        def ask(after: Mapping[str, str]) -> Callable[[], list[Refund] | bool]:
            def page() -> list[Refund] | bool:
                told = self._client(account).v1.refunds.list(params={**which, **after, "limit": PAGE})
                rows = [_refund_of(_plain(each)) for each in told.data]
                found.extend(each for each in rows if each is not None)
                return bool(told.has_more)

            return page

        after: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            more = self._ask(ask(after))
            if isinstance(more, Answer):
                return more
            if not more or not found:
                return found
            after = {"starting_after": found[-1].id}
        return Answer(None, code="too_many_refunds")

    def _ask(self, ask: Callable[[], _T]) -> _T | Answer:
        """What was asked for, or the error that came instead."""
        try:
            return ask()
        except stripe.StripeError as err:
            return _of_error(err)
        except _ODD as err:
            return Answer(None, code="bad_answer", said=type(err).__name__)

    def _client(self, account: Account) -> Any:
        return stripe.StripeClient(
            account.api_key,
            base_addresses={"api": account.api_base},
            http_client=self._http,
            max_network_retries=0,  # when again is our own line's matter, and the library would sleep here
        )


def _of_error(err: stripe.StripeError) -> Answer:
    """The answer that an exception stands for; its text is Stripe's own, cut."""
    if err.http_status is None:
        return Answer(None, code=str(err.code or "no_answer"), said=type(err).__name__)
    body = err.json_body if isinstance(err.json_body, dict) else {}
    error = body.get("error")
    told = error if isinstance(error, dict) else {}
    headers: Mapping[str, str] = err.headers or {}
    return Answer(
        status=int(err.http_status),
        kind=_word(told.get("type")),
        code=_word(told.get("code")),
        said=str(told.get("message") or "")[:MOST_SAID],
        is_replayed=_is_replayed(headers),
        asked_s=asked_to_wait_s(_header(headers, "Retry-After")),
    )


def _refund_of(told: Mapping[str, Any]) -> Refund | None:
    """A refund of Stripe's, its charge with it where it was asked for; None for what is none."""
    id_, amount, status = told.get("id"), told.get("amount"), told.get("status")
    if not isinstance(id_, str) or type(amount) is not int or not isinstance(status, str):
        return None
    charge, metadata = told.get("charge"), told.get("metadata")
    whole = charge if isinstance(charge, dict) else {}
    refunded = whole.get("amount_refunded")
    return Refund(
        id=id_,
        amount=amount,
        status=status,
        charge=whole.get("id") if whole else charge if isinstance(charge, str) else None,
        metadata=metadata if isinstance(metadata, dict) else {},
        charge_refunded=refunded if type(refunded) is int else None,
    )


def _plain(made: Any) -> dict[str, Any]:
    """An object of the library's as the JSON that it came as."""
    told = json.loads(str(made))
    return told if isinstance(told, dict) else {}


def _word(told: object) -> str:
    return told[:64] if isinstance(told, str) else ""


def _is_replayed(headers: Mapping[str, str]) -> bool:
    return _header(headers, "Idempotent-Replayed").lower() == "true"


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((str(value) for each, value in headers.items() if each.lower() == name.lower()), "")


class _NoAnswer(stripe.APIConnectionError):
    """No answer came: `code` says why in a word."""

    def __init__(self, word: str) -> None:
        super().__init__("no answer", code=word, should_retry=False)  # type: ignore[no-untyped-call]


class _BoundedClient(stripe.HTTPClient):
    """Stripe's library over this project's connections: a whole call is bounded, and so is what it answers."""

    name = "doorlight"

    def __init__(self, call_s: float) -> None:
        super().__init__()
        self._call_s = call_s
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None

    def _client_of_all(self) -> httpx.Client:
        with self._lock:
            if self._made is None:
                limits = httpx.Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=30.0)
                transport = BoundedTransport(limits, client_context(None))
                self._made = httpx.Client(transport=transport, trust_env=False, follow_redirects=False)
            return self._made

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One call and its answer. Raises APIConnectionError."""
        timeout = httpx.Timeout(self._call_s, connect=min(CONNECT_S, self._call_s))
        sent = {**(headers or {}), "Accept-Encoding": "gzip"}
        try:
            with (
                Deadline(self._call_s).running(),
                self._client_of_all().stream(method, url, content=post_data, headers=sent, timeout=timeout) as response,
            ):
                body = read(response, MOST_REPLY)
        except FOREIGN as err:
            raise _NoAnswer(later_of(err).trouble.value) from err
        if body is None:
            raise _NoAnswer("answer_too_large")
        return body.decode("utf-8", "replace"), response.status_code, response.headers

    def close(self) -> None:
        """Closes the connections."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None
