"""Lines that want something for nothing: too slow, too large, too many; each ends in a problem, or in nothing."""

import asyncio
import contextlib
import json
import selectors
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from app.server.frame import Frame, Gates
from app.server.problems import TABLE, handle_problems
from app.server.turnstile import OpenTurnstile
from tests.server.serving import served

pytestmark = pytest.mark.slow

PATIENCE_S = 20.0
LONG = b"y" * 20_000


class Deaf:
    """Hears of replies and keeps nothing."""

    def replied(self, scope: object, status: int, took_s: float) -> None:
        """Nothing."""

    def refused(self, body: bytes) -> None:
        """Nothing."""


class Slow:
    """An application of two routes: one that waits until it is let go, one that answers."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.is_gone = threading.Event()
        """Set once nobody takes what is endless any more."""
        self.app = FastAPI(redirect_slashes=False)
        self.app.add_api_route("/slow", self.slow)
        self.app.add_api_route("/health", self.quick)
        self.app.add_api_route("/broken", self.broken)
        self.app.add_api_route("/endless", self.endless)
        handle_problems(self.app)
        self.app.add_middleware(Frame, gates=Gates(lambda: 0, lambda _: b"", OpenTurnstile(), Deaf()))

    async def slow(self) -> str:
        """Ends when it is let go."""
        await asyncio.to_thread(self.go.wait, PATIENCE_S)
        return "done"

    async def quick(self) -> str:
        """Ends at once."""
        return "ok"

    async def broken(self) -> str:
        """Never ends well."""
        raise ValueError("T1:SECRETSECRET")

    async def endless(self) -> StreamingResponse:
        """Sends until its reader is gone."""

        async def parts():
            try:
                while True:
                    yield b"x" * 65_536
                    await asyncio.sleep(0)
            finally:
                self.is_gone.set()

        return StreamingResponse(parts())


@pytest.fixture
def slow() -> Iterator[Slow]:
    """The application; whatever waits in it is let go in the end."""
    made = Slow()
    yield made
    made.go.set()


@pytest.fixture
def url(slow: Slow) -> Iterator[str]:
    """A server of it."""
    with served(slow.app) as address:
        yield address
        slow.go.set()


@contextlib.contextmanager
def line_to(url: str) -> Iterator[socket.socket]:
    """A bare line to a server."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=PATIENCE_S) as line:
        yield line


def ready_of(lines: list[socket.socket]) -> list[socket.socket]:
    """Those that have something to read, once there is one; a thousand files are open here: more than select takes."""
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line, selectors.EVENT_READ)
        ready = {key.fd for key, _ in selector.select(PATIENCE_S)}
    return [line for line in lines if line.fileno() in ready]


def rest_of(line: socket.socket) -> bytes:
    """What comes until the other side closes."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := line.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def problem_in(reply: bytes) -> tuple[int, str]:
    """Status and code of a whole reply off the wire, its headers checked."""
    head, _, body = reply.partition(b"\r\n\r\n")
    lower = head.lower()
    for header in (b"content-type: application/problem+json", b"x-content-type-options: nosniff"):
        assert header in lower
    assert b"default-src 'none'" in lower
    told = json.loads(body)
    assert told["code"] in TABLE
    assert int(head.split()[1]) == told["status"]
    return told["status"], told["code"]


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: a"], ids=["silent", "in its line", "in a header"]
)
def test_a_head_that_does_not_come_ends_its_line(url: str, monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr("app.server.guarded_line.HEAD_S", 1.0)  # in which a busy machine has sent what is sent
    with line_to(url) as line:
        line.sendall(begun)
        assert problem_in(rest_of(line)) == (408, "head_too_slow")


def test_without_the_timer_such_a_line_stays_open(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: it is the timer that ends it."""
    monkeypatch.setattr("app.server.guarded_line.HEAD_S", 0.2)
    monkeypatch.setattr("app.server.guarded_line.GuardedProtocol._await_head", lambda _: None)
    with line_to(url) as line:
        line.sendall(b"GET / HT")
        line.settimeout(1.0)
        with pytest.raises(TimeoutError):
            line.recv(1)


def test_the_second_head_of_a_line_has_its_time_too(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.server.guarded_line.HEAD_S", 1.0)
    with line_to(url) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in line.recv(65_536)
        line.sendall(b"GET /hea")
        assert problem_in(rest_of(line)) == (408, "head_too_slow")


def test_a_request_under_way_is_no_late_head(url: str, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.server.guarded_line.HEAD_S", 0.5)
    threading.Timer(1.5, slow.go.set).start()
    assert httpx.get(f"{url}/slow", timeout=PATIENCE_S).status_code == 200


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", (400, "bad_request")),
        (b"GET / HTTP/1.1\r\n\r\n", (400, "bad_request")),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", (400, "bad_request")),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", (400, "bad_request")),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", (400, "bad_request")),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 300_000, (431, "head_too_large")),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
            (431, "head_too_large"),
        ),
        (b"GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", (400, "bad_address")),
        (b"GET /" + b"y" * 9_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", (414, "address_too_long")),
        (b"GET //evil.example/..// HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", (404, "not_found")),
        (b"GET /health/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", (404, "not_found")),
    ],
    ids=lambda each: each[:24].decode("latin-1") if isinstance(each, bytes) else "",
)
def test_what_is_no_request_is_a_problem_in_our_form(url: str, sent: bytes, told: tuple[int, str]) -> None:
    with line_to(url) as line:
        with contextlib.suppress(ConnectionError):
            line.sendall(sent)
        assert problem_in(rest_of(line)) == told


def test_a_line_too_many_is_told_so_and_the_others_live(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.server.guarded_line.MOST_LINES", 3)
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(line_to(url)) for _ in range(3)]
        for line in lines:
            line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200" in line.recv(65_536)
        with line_to(url) as one_more:
            assert problem_in(rest_of(one_more)) == (503, "server_busy")
        lines[0].sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in lines[0].recv(65_536)


def test_a_reader_who_takes_nothing_loses_the_line(url: str, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.server.guarded_line.STALLED_S", 0.3)
    with line_to(url) as line:
        line.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        assert slow.is_gone.wait(PATIENCE_S)  # takes nothing, while the buffers of both sides fill
        took = 0
        with contextlib.suppress(ConnectionError):
            while part := line.recv(1 << 20):
                took += len(part)
                assert took < 64 << 20, "it went on"


def test_more_at_once_than_there_is_room_for_is_turned_away(
    url: str, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looks after the server gets through; what was turned away passes once the others are done."""
    monkeypatch.setattr("app.server.frame.MOST_AT_ONCE", 4)
    with ThreadPoolExecutor(12) as pool, httpx.Client(base_url=url, timeout=PATIENCE_S) as http:
        asked = [pool.submit(http.get, "/slow") for _ in range(12)]
        done = as_completed(asked, timeout=PATIENCE_S)
        refused = [next(done).result() for _ in range(8)]
        assert [reply.json()["code"] for reply in refused] == ["server_busy"] * 8
        assert {int(reply.headers["Retry-After"]) for reply in refused} == {1}
        assert http.get("/health").status_code == 200
        slow.go.set()
        assert sorted(each.result().status_code for each in asked) == [200] * 4 + [503] * 8
        assert http.get("/slow").status_code == 200


def test_a_burst_of_500_lines_is_answered_each_in_one_way_or_the_other(url: str, slow: Slow) -> None:
    """At most as many as there is room for are kept waiting; nobody is left without a word."""
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(line_to(url)) for _ in range(500)]
        for line in lines:
            line.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        refused = [line for line in ready_of(lines) if problem_in(rest_of(line))]
        assert refused, "somebody is told at once"
        slow.go.set()
        replies = [rest_of(line) for line in lines if line not in refused]
    good = [reply for reply in replies if reply.startswith(b"HTTP/1.1 200")]
    told = {problem_in(reply) for reply in replies if reply not in good}
    assert told <= {(503, "server_busy")}
    assert len(good) >= 256
    assert len(good) + len(refused) <= 500


def test_a_reply_that_does_not_begin_is_given_up(url: str, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as short:  # for it alone: what is well may take its time
        short.setattr("app.server.frame.REPLY_S", 0.2)
        reply = httpx.get(f"{url}/slow", timeout=PATIENCE_S)
    assert (reply.status_code, reply.json()["code"]) == (503, "server_slow")
    assert int(reply.headers["Retry-After"]) > 0
    slow.go.set()
    assert httpx.get(f"{url}/health").status_code == 200


def test_a_bug_has_the_headers_of_every_reply_and_no_words(url: str) -> None:
    reply = httpx.get(f"{url}/broken")
    assert (reply.status_code, reply.json()["code"]) == (500, "server_error")
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "SECRET" not in reply.text
    assert "Strict-Transport-Security" not in reply.headers
