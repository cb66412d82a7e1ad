"""The organizer's side of the protocol: whatever a page asks or does, each with one of three answers.

Owns HTTP as the organizer's window speaks it: the session's token, deadlines, size limits, the server's clock. Every
foreign exception and every status becomes Done, Later or Rejected here. Nothing is retried here: the watch line decides
when to ask again, and a deed is never sent twice by itself.
"""

import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import TypeAdapter, ValidationError

from app.errors import AppError
from app.net.address import server_of
from app.net.certificates import client_context
from app.net.deadline import Deadline
from app.net.event_stream import EventStream
from app.net.exchange import (
    FOREIGN,
    MAX_REPLY_BYTES,
    Reply,
    Wire,
    advancing,
    answer_of,
    later_of,
    read,
    refusal,
    reply_of,
    took_ms,
)
from core.insight.question import EVENT_PLACE, Deed, Json, Method, Question, Told
from core.model.ids import EventId
from core.model.moments import LATEST_MS, Millis
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from core.sync.messages import TIME_HEADER, HealthReply, Me, SessionReply

ASK_S = 8.0
"""For a panel's question as a whole: the server's own bound is 100 ms, the rest is for a bad line."""
PROBE_S = 5.5
"""For the smallest question of all: whether the server is there. One that needs five seconds for it is there."""
LOG_IN_S = 20.0
"""A password takes the server half a second on purpose, and several wait for each other."""
FILE_S = 20.0
"""Without PROGRESS_BYTES of it for this long, a file is given up."""
MOST_ANSWER_BYTES = 4 * 1024 * 1024
"""Of one answer: a city's night by the minute has a tenth of it."""
MOST_FILE_BYTES = 512 * 1024 * 1024
"""Of one file: a million scans as CSV take some 150 MB."""
MOST_TIME_DIGITS = 15
_SESSIONS = "/api/v1/sessions"
_T = TypeVar("_T")
_ME = TypeAdapter(Me)
_SESSION = TypeAdapter(SessionReply)
_HEALTH = TypeAdapter(HealthReply)


class FileUnwritable(AppError):
    """What a server sends can't be written where it was asked to go."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("file_unwritable", path=path, cause=cause)


class OrganizerClient:
    """Questions to one server, as whoever is logged in. Safe between threads; `close` it at the end.

    `authority` (PEM) alone vouches for the server under TLS; without one the public authorities do. `learn` hears the
    server's time and the round trip it came with (ms). Raises ServerAddressWrong.
    """

    def __init__(
        self,
        url: str,
        authority: str | None = None,
        learn: Callable[[int, int], None] = lambda server_ms, rtt_ms: None,  # noqa: ARG005
    ) -> None:
        self.server = server_of(url)
        self._url = url
        self._authority = authority or None
        self._wire = Wire(url, client_context(authority or None))
        self._learn = learn
        self._token: str | None = None
        self._lock = threading.Lock()
        self._open: set[Deadline] = set()
        self._is_closed = False

    def use(self, token: str | None) -> None:
        """Speaks with this session's token from now on; None: as nobody."""
        self._token = token

    def trust(self, authority: str | None) -> None:
        """Believes another authority from now on (PEM), or the public ones; what is under way is cut."""
        if (authority or None) == self._authority:
            return
        fresh = Wire(self._url, client_context(authority or None))
        with self._lock:
            self._authority = authority or None
            old, self._wire = self._wire, fresh
            for deadline in self._open:
                deadline.cut()
        old.close()

    def cut(self) -> None:
        """Ends what is under way; whatever is asked later is not answered."""
        with self._lock:
            self._is_closed = True
            for deadline in self._open:
                deadline.cut()

    def close(self) -> None:
        """The same, and closes the connections."""
        self.cut()
        self._wire.close()

    # --- who it is ------------------------------------------------------------------------------------------------

    def log_in(self, name: str, password: str) -> Done[SessionReply] | Later | Rejected:
        """A session; its token is for `use`. A server that speaks TLS to a client that does not is told as that."""
        body = json.dumps({"name": name, "password": password}).encode()
        answer = self._ask(Method.POST, _SESSIONS, _SESSION, body, LOG_IN_S, is_open=True)
        is_mute = isinstance(answer, Later) and answer.trouble is Trouble.UNREACHABLE
        return Later(Trouble.TLS_WANTED) if is_mute and self._wire.wants_tls else answer

    def log_out(self, token: str | None = None) -> Done[None] | Later | Rejected:
        """Ends the session on the server, or the one of a token that nobody speaks with any more."""
        own = {} if token is None else {"Authorization": f"Bearer {token}"}
        reply = self._exchange(Method.DELETE, f"{_SESSIONS}/me", None, ASK_S, own)
        if not isinstance(reply, Reply):
            return reply
        return Done(None, reply.took_ms) if reply.is_good else refusal(reply)

    def me(self) -> Done[Me] | Later | Rejected:
        """Who is logged in, and as what."""
        return self._ask(Method.GET, "/api/v1/me", _ME, None, ASK_S)

    def change_password(self, old: str, new: str) -> Done[SessionReply] | Later | Rejected:
        """Another password; the session is a new one. Rejected with `password_unfit`: its detail says why."""
        body = json.dumps({"old": old, "new": new}).encode()
        return self._ask(Method.POST, "/api/v1/me/password", _SESSION, body, LOG_IN_S)

    # --- what it asks ---------------------------------------------------------------------------------------------

    def health(self) -> Done[HealthReply] | Later | Rejected:
        """Whether the server is there, and whether it reaches the internet: asked as nobody.

        Later with `BUSY` or `SERVER_ERROR` comes from the server itself; a proxy before one that is away, or a
        captive portal, is REFUSED: neither stamps its replies with the server's time.
        """
        reply = self._exchange(Method.GET, "/api/v1/health", None, PROBE_S, is_open=True)
        if not isinstance(reply, Reply):
            return reply
        if _time_of(reply) is None:
            return Later(Trouble.REFUSED)
        if not reply.is_good:
            return refusal(reply)
        try:
            return Done(_HEALTH.validate_json(reply.body), reply.took_ms)
        except ValidationError:
            return Later(Trouble.SERVER_ERROR)

    def stream(self, event: EventId) -> EventStream:
        """The stream of an event; a client that trusts somebody else has another one."""
        return EventStream(self._wire, event, self._headers)

    def ask(self, question: Question[_T], event: EventId | None) -> Done[Told[_T]] | Later | Rejected:
        """Asks once. An answer that does not fit is the server's error."""
        body = None if question.body is None else json.dumps(question.body).encode()
        method = Method.GET if body is None else Method.POST
        reply = self._exchange(method, path_of(question.path, event, question.params), body, ASK_S)
        return _answer_of(reply, question.read)

    def do(self, deed: Deed[_T], event: EventId | None) -> Done[_T] | Later | Rejected:
        """Does it once. Later after it was sent says nothing about whether it was done."""
        headers: dict[str, str] = {}
        body: bytes | None
        if isinstance(deed.body, bytes):
            body, headers = deed.body, {"Content-Type": "application/octet-stream"}
        else:
            body = None if deed.body is None else json.dumps(deed.body).encode()
        reply = self._exchange(deed.method, path_of(deed.path, event), body, deed.timeout_s, headers)
        answer = _answer_of(reply, deed.read)
        return Done(answer.value.value, answer.took_ms) if isinstance(answer, Done) else answer

    def fetch(self, path: str, event: EventId | None, into: Path) -> Done[int] | Later | Rejected:
        """Writes what the server sends into a file, whole or not at all; Done tells its octets. Raises FileUnwritable.

        It is written under another name beside it, and takes its place when its end has come.
        """
        started, deadline = time.monotonic_ns(), Deadline(FILE_S)
        fresh: Path | None = None
        try:
            handle, name = tempfile.mkstemp(prefix=f".{into.name[:64]}.", suffix=".new", dir=into.parent)
            fresh = Path(name)
            with os.fdopen(handle, "wb") as file:
                found = self._pour(path_of(path, event), file.write, deadline)
                file.flush()
                os.fsync(file.fileno())
            if isinstance(found, int):
                fresh.replace(into)
                return Done(found, took_ms(started))
            return found
        except OSError as err:
            raise FileUnwritable(into, err.strerror or type(err).__name__) from err
        finally:
            if fresh is not None:
                with suppress(OSError):
                    fresh.unlink(missing_ok=True)

    # --- steps ----------------------------------------------------------------------------------------------------

    def _pour(self, path: str, write: Callable[[bytes], object], deadline: Deadline) -> int | Later | Rejected:
        """The octets that were written; an answer where the file did not come whole."""
        came, started = 0, time.monotonic_ns()
        if not self._begin(deadline):
            return Later(Trouble.UNREACHABLE)
        try:
            with (
                deadline.running(),
                self._wire.stream(Method.GET, path, None, FILE_S, self._headers()) as response,
            ):
                if not response.is_success:
                    return refusal(reply_of(response, read(response, MAX_REPLY_BYTES, is_cut=True) or b"", started))
                for part in advancing(response.iter_bytes(), deadline, FILE_S):
                    came += len(part)
                    if came > MOST_FILE_BYTES:
                        return Later(Trouble.SERVER_ERROR)
                    write(part)
        except FOREIGN as err:
            return later_of(err)
        finally:
            self._end(deadline)
        return came

    def _ask(
        self,
        method: Method,
        path: str,
        adapter: "TypeAdapter[_T]",
        body: bytes | None,
        timeout_s: float,
        *,
        is_open: bool = False,
    ) -> Done[_T] | Later | Rejected:
        return answer_of(self._exchange(method, path, body, timeout_s, is_open=is_open), adapter)

    def _exchange(
        self,
        method: Method,
        path: str,
        body: bytes | None,
        timeout_s: float,
        headers: Mapping[str, str] | None = None,
        *,
        is_open: bool = False,
    ) -> Reply | Later:
        """One question; `is_open` is asked without the token."""
        deadline = Deadline(timeout_s)
        if not self._begin(deadline):
            return Later(Trouble.UNREACHABLE)
        told = {**({} if is_open else self._headers()), **(headers or {})}
        try:
            reply = self._wire.exchange(
                method.value, path, body, timeout_s, headers=told, most=MOST_ANSWER_BYTES, deadline=deadline
            )
        finally:
            self._end(deadline)
        if isinstance(reply, Reply):
            at_ms = _time_of(reply)
            if at_ms is not None:
                self._learn(at_ms, reply.took_ms)
        return reply

    def _begin(self, deadline: Deadline) -> bool:
        """Notes what is under way, so that `close` cuts it; False once it is closed."""
        with self._lock:
            if not self._is_closed:
                self._open.add(deadline)
            return not self._is_closed

    def _end(self, deadline: Deadline) -> None:
        with self._lock:
            self._open.discard(deadline)

    def _headers(self) -> dict[str, str]:
        token = self._token
        return {} if token is None else {"Authorization": f"Bearer {token}"}


def path_of(path: str, event: EventId | None, params: Mapping[str, str] | None = None) -> str:
    """The address of a question: `{event}` in it stands for the event. Raises ValueError where there is none."""
    if EVENT_PLACE in path:
        if event is None:
            raise ValueError("no event is shown")
        path = path.replace(EVENT_PLACE, event.hex)
    return f"{path}{'&' if '?' in path else '?'}{urlencode(params)}" if params else path


def _answer_of(reply: Reply | Later, make: Callable[[Json], _T]) -> Done[Told[_T]] | Later | Rejected:
    if not isinstance(reply, Reply):
        return reply
    if not reply.is_good:
        return refusal(reply)
    try:
        told = json.loads(reply.body, parse_constant=_refuse_constant) if reply.body else None
        return Done(Told(make(told), told, _time_of(reply)), reply.took_ms)
    except (ValueError, RecursionError):
        return Later(Trouble.SERVER_ERROR)


def _refuse_constant(name: str) -> float:
    """NaN and the infinities are no JSON (RFC 8259, section 6), and no figure."""
    raise ValueError(name)


def _time_of(reply: Reply) -> Millis | None:
    told = reply.headers.get(TIME_HEADER, "")
    is_time = told.isascii() and told.isdigit() and len(told) <= MOST_TIME_DIGITS
    return Millis(min(int(told), LATEST_MS)) if is_time else None
