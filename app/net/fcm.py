"""Pushes to telephones through Firebase Cloud Messaging (HTTP v1), one at a time.

Owns the account that Google knows a project's sender by, its access tokens, the message as FCM wants it and the reading
of what FCM answers. Whether a token is still worth a push, and what an answer means for a message, is decided elsewhere
(`core.delivery`). Nothing is retried here but what met an access token that was over before its time. No token and no
text is ever logged.

Reference: Firebase, "Send messages using the HTTP v1 API"; "FCM error codes" (`google.firebase.fcm.v1.FcmError`).
"""

import json
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from google.auth import exceptions, transport
from google.oauth2 import service_account

from app.errors import AppError
from app.net.address import ServerAddressWrong
from app.net.certificates import client_context
from app.net.exchange import Reply, Wire
from app.net.patience import asked_to_wait_s
from core.delivery.meaning import DEVICE_QUOTA, THIRD_PARTY, Heard
from core.sync.answers import Later

FCM_URL = "https://fcm.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
PUSH_S = 15.0
"""One push, as a whole."""
TOKEN_S = 10.0
"""One access token."""
MOST_KEY = 16 * 1024
"""Characters of a service account's key: it has some 2,400."""
MOST_TITLE, MOST_TEXT = 100, 500
"""Characters: more no telephone shows."""
MOST_MESSAGE_BYTES = 4_096
"""What FCM takes of one message to a telephone."""
LIFE_S = 4 * 60 * 60
"""How long the provider keeps a push for a telephone that is off: what happened at the door last week wakes nobody."""
QUOTA_WAIT_S = 60.0
"""How long a project over its quota waits where the answer does not say: the quota is of a minute."""
TEST_TOPIC = "doorlight-test"
"""Whom a test would be for, if it were sent: it is only checked, and no telephone rings."""
FCM_HOSTS = frozenset({"fcm.googleapis.com"})
TOKEN_HOSTS = frozenset({"oauth2.googleapis.com", "accounts.google.com", "www.googleapis.com"})
"""Where a service account's key may send its holder for an access token: the key comes from outside."""
HIDDEN = "(hidden)"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PROJECT = re.compile(r"[a-z][a-z0-9.:-]{2,62}[a-z0-9]", re.ASCII)
_QUOTA = "QUOTA_EXCEEDED"
_NO_MESSAGE = HTTPStatus.UNAUTHORIZED


class FcmKeyWrong(AppError):
    """That is no key of a Google service account that pushes can be sent with: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("fcm_key_wrong", cause=cause)


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A service account's key as Firebase exports it, read and checked."""

    project: str
    told: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PushText:
    """What a telephone shows, and what its app may open. `id` is the message's: the same for the same news."""

    id: str
    title: str = field(repr=False)
    text: str = field(repr=False)
    data: Mapping[str, str] = field(default_factory=dict)


def read_key(text: str, *, to_loopback: bool = False) -> ServiceKey:
    """The key of a text. `to_loopback`: its token endpoint may be on this computer, for development.

    Raises FcmKeyWrong.
    """
    if len(text) > MOST_KEY:
        raise FcmKeyWrong("it is far too long for one")
    told = _json_in(text.encode())
    if not isinstance(told, dict) or told.get("type") != "service_account":
        raise FcmKeyWrong("it is no service account's key: export one as JSON from the Firebase console")
    project, token_uri = told.get("project_id"), told.get("token_uri")
    if not isinstance(project, str) or _PROJECT.fullmatch(project) is None:
        raise FcmKeyWrong("it names no project")
    if not isinstance(token_uri, str) or not is_googles(token_uri, TOKEN_HOSTS, to_loopback=to_loopback):
        raise FcmKeyWrong("its token_uri is none of Google's")
    if not isinstance(told.get("client_email"), str) or not isinstance(told.get("private_key"), str):
        raise FcmKeyWrong("its private key or its account is missing")
    _credentials(told)
    return ServiceKey(project, told)


def target_of(project: str, url: str = FCM_URL) -> str:
    """Where a project's pushes are sent."""
    return f"{url.rstrip('/')}/v1/projects/{project}/messages:send"


def checked_project(text: str, url: str | None = None, *, to_loopback: bool = False) -> str:
    """Where the pushes of a key's project are sent. `url` names a peer that plays the provider. Raises FcmKeyWrong."""
    key = read_key(text, to_loopback=to_loopback)
    if url is not None and not is_googles(url, FCM_HOSTS, to_loopback=to_loopback):
        raise FcmKeyWrong("the address is neither the provider's nor, for development, of this computer")
    return target_of(key.project, FCM_URL if url is None else url)


def is_googles(url: str, hosts: Collection[str], *, to_loopback: bool) -> bool:
    """Whether a URL is one of Google's hosts under TLS, or of this computer where that is allowed."""
    try:
        parts = urlsplit(url)
        is_default = parts.port in (None, 443)
    except ValueError:
        return False
    if parts.username is not None or parts.query or parts.fragment:
        return False
    if to_loopback and parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK:
        return True
    return parts.scheme == "https" and parts.hostname in hosts and is_default


def _credentials(told: Mapping[str, Any]) -> Any:
    try:
        return service_account.Credentials.from_service_account_info(told, scopes=[SCOPE])  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, KeyError, AttributeError, exceptions.GoogleAuthError) as err:
        raise FcmKeyWrong("its private key or its account can't be read") from err


class Fcm:
    """The pushes of one project. Safe between threads; `close` it at the end. Raises FcmKeyWrong."""

    def __init__(self, key: ServiceKey, url: str = FCM_URL, now_s: Callable[[], float] = time.time) -> None:
        self._credentials = _credentials(key.told)
        self._now_s = now_s
        self._path = urlsplit(target_of(key.project)).path
        try:
            self._tokens = _Transport(str(key.told["token_uri"]))
            self._wire = Wire(url, client_context(None))
        except ServerAddressWrong as err:
            raise FcmKeyWrong("an address in it can't be asked") from err
        self._lock = threading.Lock()

    def close(self) -> None:
        """Closes the connections."""
        self._wire.close()
        self._tokens.close()

    def push(self, token: str, text: PushText) -> Heard:
        """One push to one telephone, within `TOKEN_S` and `PUSH_S`. What is heard never quotes the token."""
        heard = self._send({"message": {"token": token, **_form(text, self._now_s())}})
        return replace(heard, said=heard.said.replace(token, HIDDEN))

    def check(self, text: PushText) -> Heard:
        """Whether the project would take a message: the provider looks at key, project and form, and sends nothing."""
        return self._send({"validate_only": True, "message": {"topic": TEST_TOPIC, **_form(text, self._now_s())}})

    def _send(self, told: Mapping[str, Any]) -> Heard:
        """Asks FCM; a second time where it does not take an access token any more that was fetched for another push."""
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        is_second = False
        while True:
            bearer, is_new = self._bearer()
            if isinstance(bearer, Heard):
                return bearer
            headers = {"Authorization": f"Bearer {bearer}"}
            reply = self._wire.exchange("POST", self._path, body, PUSH_S, headers=headers)
            if isinstance(reply, Later):
                return Heard(None, reply.trouble.value)
            heard = heard_of(reply)
            if reply.status != _NO_MESSAGE or heard.word == THIRD_PARTY:
                return heard
            self._forget(bearer)
            if is_new or is_second:
                return heard
            is_second = True

    def _bearer(self) -> tuple[str | Heard, bool]:
        """An access token that holds for a while, and whether it is new; who comes meanwhile waits for that one."""
        with self._lock:
            is_new = not self._credentials.valid
            try:
                if is_new:
                    self._credentials.refresh(self._tokens)
            except exceptions.TransportError:
                return Heard(None, "token_unreachable"), is_new
            except exceptions.GoogleAuthError as err:
                reason = "" if err.retryable else _reason_of(err)
                return Heard(None, "account_refused" if reason else "token_unreachable", reason), is_new
            return str(self._credentials.token), is_new

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
    parts = [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []
    named = (each.get("errorCode") for each in parts)
    word = str(next((name for name in named if isinstance(name, str)), None) or error.get("status") or "")
    asked_s = asked_to_wait_s(reply.headers.get("Retry-After", ""))
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        word = DEVICE_QUOTA if word == _QUOTA and _is_of_one_device(parts) else word
        asked_s = QUOTA_WAIT_S if asked_s is None else asked_s
    return Heard(reply.status, word[:64], str(error.get("message") or "")[:MOST_TEXT], asked_s)


def _is_of_one_device(details: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the quota that is over is one telephone's (`google.rpc.QuotaFailure`), and not the project's."""
    lists = [each.get("violations") for each in details]
    violations = [one for each in lists if isinstance(each, list) for one in each if isinstance(one, dict)]
    told = [f"{one.get('subject', '')} {one.get('description', '')}".lower() for one in violations]
    return bool(told) and all("device" in text for text in told)


def _error_in(body: bytes) -> dict[str, Any]:
    told = _json_in(body)
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, dict) else {}


def _json_in(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _form(text: PushText, now_s: float) -> dict[str, Any]:
    """A message but for whom it is for. What is sent twice under one id is shown once, on Android by its tag and on
    iOS by its collapse id; the texts are cut until the whole fits."""
    title, body = text.title[:MOST_TITLE], text.text[:MOST_TEXT]
    data = {**text.data, "message_id": text.id}
    spare = MOST_MESSAGE_BYTES - _FRAME_BYTES - sum(len(f"{name}{value}".encode()) for name, value in data.items())
    title = _cut(title, spare)
    return {
        "notification": {"title": title, "body": _cut(body, spare - len(title.encode()))},
        "data": data,
        "android": {"priority": "HIGH", "ttl": f"{LIFE_S}s", "notification": {"tag": text.id}},
        "apns": {
            "headers": {
                "apns-priority": "10",
                "apns-collapse-id": text.id[:64],
                "apns-expiration": str(int(now_s) + LIFE_S),
            }
        },
    }


_FRAME_BYTES = 1_024
"""What is left of a message for its token and everything that the provider counts beside the texts."""


def _cut(text: str, most: int) -> str:
    """The beginning of a text that has no more octets."""
    return text.encode()[: max(0, most)].decode(errors="ignore")


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
