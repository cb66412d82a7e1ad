"""Pushes to telephones through Firebase Cloud Messaging (HTTP v1), one at a time.

Owns the account that Google knows this installation by, its access tokens, the message as FCM wants it and the reading
of what FCM answers. Whether a token is still worth a push, and what an answer means for a message, is decided elsewhere
(`core.delivery`). Nothing is retried here. No token and no text is ever logged.

Reference: Firebase, "Send messages using the HTTP v1 API"; "FCM error codes" (`google.firebase.fcm.v1.FcmError`).
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from google.auth import exceptions, transport
from google.oauth2 import service_account

from app.errors import AppError
from app.net.certificates import client_context
from app.net.exchange import Reply, ServerAddressWrong, Wire, seconds
from core.delivery.meaning import Heard
from core.sync.answers import Later

FCM_URL = "https://fcm.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
PUSH_S = 15.0
"""One push, as a whole."""
TOKEN_S = 10.0
"""One access token."""
MOST_FILE = 64 * 1024
"""A service account's file has some 2.4 kB."""
MOST_TITLE, MOST_TEXT = 100, 500
"""More no telephone shows; FCM takes 4,096 octets in all."""
_NO_MESSAGE = HTTPStatus.UNAUTHORIZED


class FcmAccountWrong(AppError):
    """The file is none of a Google service account, or can't be read: `cause` says why."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("fcm_account_wrong", path=path, cause=cause)


@dataclass(frozen=True, slots=True)
class PushText:
    """What a telephone shows, and what its app may open. `id` is the message's: the same for the same news."""

    id: str
    title: str = field(repr=False)
    text: str = field(repr=False)
    data: Mapping[str, str] = field(default_factory=dict)


class Fcm:
    """The pushes of one service account. Safe between threads; `close` it at the end. Raises FcmAccountWrong."""

    def __init__(self, account: Path, url: str = FCM_URL) -> None:
        told = _read(account)
        try:
            made = service_account.Credentials.from_service_account_info(told, scopes=[SCOPE])  # type: ignore[no-untyped-call]
            self._tokens = _Transport(str(told["token_uri"]))
        except (ValueError, KeyError, exceptions.GoogleAuthError, ServerAddressWrong) as err:
            raise FcmAccountWrong(account, "it is no service account's key as Firebase exports it") from err
        self._credentials = made
        self._path = f"/v1/projects/{made.project_id}/messages:send"
        self._wire = Wire(url, client_context(None))
        self._lock = threading.Lock()

    def close(self) -> None:
        """Closes the connections."""
        self._wire.close()
        self._tokens.close()

    def push(self, token: str, text: PushText) -> Heard:
        """One push to one telephone, within `TOKEN_S` and `PUSH_S`."""
        bearer = self._bearer()
        if isinstance(bearer, Heard):
            return bearer
        headers = {"Authorization": f"Bearer {bearer}"}
        body = json.dumps({"message": _message(token, text)}).encode()
        reply = self._wire.exchange("POST", self._path, body, PUSH_S, headers=headers)
        if isinstance(reply, Later):
            return Heard(None, reply.trouble.value)
        if reply.status == _NO_MESSAGE:
            self._forget(bearer)
        return heard_of(reply)

    def _bearer(self) -> str | Heard:
        """An access token that holds for a while; who comes while one is fetched waits for that one."""
        with self._lock:
            try:
                if not self._credentials.valid:
                    self._credentials.refresh(self._tokens)
            except exceptions.TransportError:
                return Heard(None, "token_unreachable")
            except exceptions.GoogleAuthError as err:
                return Heard(None, "account_refused", _reason_of(err))
            return str(self._credentials.token)

    def _forget(self, bearer: str) -> None:
        """FCM does not take it: the next push fetches another."""
        with self._lock:
            if self._credentials.token == bearer:
                self._credentials.token = None


def heard_of(reply: Reply) -> Heard:
    """What FCM answered: the error's own name is the one of `FcmError`, else the status of `google.rpc.Status`."""
    if reply.is_good:
        return Heard(reply.status, said="sent")
    error = _error_in(reply.body)
    details = error.get("details")
    named = [each.get("errorCode") for each in details if isinstance(each, dict)] if isinstance(details, list) else []
    word = next((name for name in named if isinstance(name, str)), None) or error.get("status")
    asked_s = seconds(reply.headers.get("Retry-After", ""))
    return Heard(reply.status, str(word or "")[:64], str(error.get("message") or "")[:MOST_TEXT], asked_s)


def _error_in(body: bytes) -> dict[str, Any]:
    told = _json_in(body)
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, dict) else {}


def _json_in(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _message(token: str, text: PushText) -> dict[str, Any]:
    shown = {"title": text.title[:MOST_TITLE], "body": text.text[:MOST_TEXT]}
    return {"token": token, "notification": shown, "data": {**text.data, "message_id": text.id}}


def _read(account: Path) -> dict[str, Any]:
    try:
        if account.stat().st_size > MOST_FILE:
            raise FcmAccountWrong(account, "it is far too long for one")
        told = json.loads(account.read_bytes())
    except OSError as err:
        raise FcmAccountWrong(account, err.strerror or type(err).__name__) from err
    except ValueError as err:
        raise FcmAccountWrong(account, "it is not JSON") from err
    if not isinstance(told, dict) or not isinstance(told.get("token_uri"), str):
        raise FcmAccountWrong(account, "it is no service account's key as Firebase exports it")
    return told


def _reason_of(err: exceptions.GoogleAuthError) -> str:
    """Google's own word for a refusal, such as `invalid_grant`; never its text, which may quote what was sent."""
    told = err.args[1] if len(err.args) > 1 else None
    reason = told.get("error") if isinstance(told, dict) else None
    return str(reason or "")[:64]


class _Transport(transport.Request):
    """google-auth's way to the token endpoint, over this project's own connections: bounded in time and size."""

    def __init__(self, token_uri: str) -> None:
        self._host = _host_of(token_uri)
        self._wire = Wire(self._host, client_context(None))

    def close(self) -> None:
        self._wire.close()

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 — ours is shorter
        **_: object,
    ) -> "_Response":
        """Asks the token endpoint and nobody else. Raises google.auth's TransportError."""
        if _host_of(url) != self._host:
            raise exceptions.TransportError("another host than the account's own")  # type: ignore[no-untyped-call]
        reply = self._wire.exchange(method, urlsplit(url).path, body, TOKEN_S, headers=headers or {})
        if isinstance(reply, Later):
            raise exceptions.TransportError(reply.trouble.value)  # type: ignore[no-untyped-call]
        if not isinstance(_json_in(reply.body), dict):  # google-auth takes whatever comes for an object
            raise exceptions.TransportError("no token endpoint")  # type: ignore[no-untyped-call]
        return _Response(reply)


class _Response(transport.Response):
    """A reply as google-auth reads it."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    @property
    def status(self) -> int:
        return self._reply.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._reply.headers

    @property
    def data(self) -> bytes:
        return self._reply.body


def _host_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
