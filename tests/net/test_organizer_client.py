"""The organizer's questions against a real socket: every reply is done, later or rejected, and files come whole."""

import json
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.net import organizer_client
from app.net.certificates import client_context
from app.net.deadline import Deadline
from app.net.exchange import Wire
from app.net.organizer_client import FileUnwritable, OrganizerClient, path_of
from core.insight.question import Deed, Method, Question, nothing
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from core.sync.messages import HealthReply
from tests.support.door import EVENT
from tests.support.ports import free_port
from tests.support.scripted_server import Question as Asked
from tests.support.scripted_server import Reply, ScriptedServer, reply_json

TIME = {"Doorlight-Time": "1795719840000"}
ASKING: Question[Any] = Question("n", "/api/v1/events/{event}/n", lambda told: told["n"], Right.READ_STATUS)
DOING: Deed[Any] = Deed(Method.POST, "/api/v1/events/{event}/n", lambda told: told["n"], Right.READ_STATUS, {"a": 1})


def at(reply: Reply | Callable[[Asked], Reply], work: Callable[[OrganizerClient], Any]) -> tuple[Any, list[Asked]]:
    """What comes of some work at a server that replies so, and what it was asked."""
    script = reply if callable(reply) else lambda _: reply
    with ScriptedServer(script) as server, closing(OrganizerClient(server.url)) as client:
        client.use("dls_secret")
        return work(client), server.asked


def read_strictly(told: Any) -> int:
    return int(told["n"] if isinstance(told, dict) else "no object")


STRICT = replace(ASKING, read=read_strictly)


def test_a_question_goes_with_its_event_its_parameters_and_the_session() -> None:
    asking = replace(ASKING, params={"q": "Zoë & Ben", "most": "5"})
    answer, (asked,) = at(reply_json({"n": 7}), lambda client: client.ask(asking, EVENT))
    assert isinstance(answer, Done)
    assert (answer.value.value, answer.value.json, answer.value.at_ms) == (7, {"n": 7}, None)
    assert asked.method == "GET"
    assert asked.path == f"/api/v1/events/{EVENT.hex}/n?q=Zo%C3%AB+%26+Ben&most=5"
    assert asked.headers["Authorization"] == "Bearer dls_secret"


def test_an_answer_is_dated_by_the_server_and_its_clock_is_learned() -> None:
    learned: list[tuple[int, int]] = []
    with (
        ScriptedServer(lambda _: Reply(200, b'{"n": 7}', TIME)) as server,
        closing(OrganizerClient(server.url, learn=lambda at_ms, rtt: learned.append((at_ms, rtt)))) as client,
    ):
        answer = client.ask(ASKING, EVENT)
    assert isinstance(answer, Done)
    assert answer.value.at_ms == 1_795_719_840_000
    assert learned[0][0] == 1_795_719_840_000


def test_a_question_with_a_body_is_posted() -> None:
    _, (asked,) = at(reply_json({"n": 7}), lambda client: client.ask(replace(ASKING, body=["x"]), EVENT))
    assert (asked.method, json.loads(asked.body)) == ("POST", ["x"])


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (reply_json({"n": "seven"}), Later(Trouble.SERVER_ERROR)),
        (reply_json([7]), Later(Trouble.SERVER_ERROR)),
        (Reply(200, b'{"n": Infinity}'), Later(Trouble.SERVER_ERROR)),
        (Reply(200, b"[" * 50_000), Later(Trouble.SERVER_ERROR)),
        (Reply(200, b"\xff\xfe"), Later(Trouble.SERVER_ERROR)),
        (Reply(200, b"<html>"), Later(Trouble.SERVER_ERROR)),
        (Reply(200, b'{"n":', cut_at=3), Later(Trouble.UNREACHABLE)),
        (Reply(500), Later(Trouble.SERVER_ERROR)),
        (Reply(503, headers={"Retry-After": "7"}), Later(Trouble.BUSY, 7.0)),
        (Reply(302, headers={"Location": "http://x.invalid/"}), Later(Trouble.SERVER_ERROR)),
        (Reply(403, b"<html>portal</html>"), Rejected(403, "unknown")),
        (Reply(409, b"[" * 50_000), Rejected(409, "unknown")),
        (reply_json({"code": "event_wrong", "detail": "no gate"}, 422), Rejected(422, "event_wrong", "no gate")),
        (reply_json({"code": "x" * 99, "detail": "y" * 9_999}, 422), Rejected(422, "x" * 64, "y" * 500)),
        (reply_json({"code": "event_wrong", "detail": [1]}, 422), Rejected(422, "event_wrong")),
    ],
)
def test_every_reply_is_one_of_three_answers(reply: Reply, answer: Later | Rejected) -> None:
    assert at(reply, lambda client: client.ask(STRICT, EVENT))[0] == answer
    assert at(reply, lambda client: client.do(replace(DOING, read=read_strictly), EVENT))[0] == answer


def test_an_answer_that_is_too_large_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organizer_client, "MOST_ANSWER_BYTES", 1_000)
    assert at(reply_json({"n": "7" * 2_000}), lambda client: client.ask(ASKING, EVENT))[0] == Later(
        Trouble.SERVER_ERROR
    )


def test_what_hangs_is_slow_and_what_is_closed_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(OrganizerClient(f"http://127.0.0.1:{free_port()}")) as client:
        assert client.ask(ASKING, EVENT) == Later(Trouble.UNREACHABLE)
    monkeypatch.setattr(organizer_client, "ASK_S", 0.5)
    assert at(Reply(hang=True), lambda client: client.ask(ASKING, EVENT))[0] == Later(Trouble.SLOW)


def test_a_deed_is_sent_once_as_json_or_as_it_is() -> None:
    answer, asked = at(reply_json({"n": 7}), lambda client: client.do(DOING, EVENT))
    assert isinstance(answer, Done)
    assert (answer.value, len(asked), json.loads(asked[0].body)) == (7, 1, {"a": 1})
    raw = replace(DOING, body=b"a;b\r\n")
    _, (sent,) = at(reply_json({"n": 7}), lambda client: client.do(raw, EVENT))
    assert (sent.body, sent.headers["Content-Type"]) == (b"a;b\r\n", "application/octet-stream")


def test_a_deed_that_was_answered_with_nothing_is_done() -> None:
    silent = replace(DOING, read=nothing)
    answer, _ = at(Reply(204, b""), lambda client: client.do(silent, EVENT))
    assert isinstance(answer, Done)
    assert answer.value is None


def test_without_an_event_nothing_is_sent() -> None:
    with pytest.raises(ValueError, match="event"):
        path_of(ASKING.path, None)
    assert path_of("/api/v1/events", None, {"a": "b"}) == "/api/v1/events?a=b"


def test_the_token_is_shown_nowhere_and_told_to_the_server_alone() -> None:
    with closing(OrganizerClient("http://127.0.0.1:9")) as client:
        client.use("dls_secret")
        assert "dls_secret" not in repr(client)
    _, (asked,) = at(Reply(200, b"{}", TIME), lambda client: client.health())
    assert "Authorization" not in asked.headers, "who asks whether the server is there tells nobody who asks"


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (Reply(503, b"{}", TIME | {"Retry-After": "2"}), Later(Trouble.BUSY, 2.0)),
        (Reply(502, b"<html>a proxy whose server is away</html>"), Later(Trouble.REFUSED)),
        (Reply(200, b"<html>Welcome to our guest network</html>"), Later(Trouble.REFUSED)),
        (Reply(200, b"[]", TIME), Later(Trouble.SERVER_ERROR)),
    ],
)
def test_a_proxy_and_a_portal_are_told_from_the_server(reply: Reply, answer: Later) -> None:
    assert at(reply, lambda client: client.health())[0] == answer


def test_a_server_of_before_says_nothing_of_the_internet() -> None:
    answer, _ = at(Reply(200, b'{"status": "ok", "database": "sqlite"}', TIME), lambda client: client.health())
    assert isinstance(answer, Done)
    assert answer.value == HealthReply("ok", "sqlite", None)


FILE = "/api/v1/events/{event}/exports/scans.csv"


def fetched(reply: Reply, into: Path) -> Done[int] | Later | Rejected:
    answer: Done[int] | Later | Rejected = at(reply, lambda client: client.fetch(FILE, EVENT, into))[0]
    return answer


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (Reply(200, b"x" * 5_000, cut_at=3_000), Later(Trouble.UNREACHABLE)),
        (Reply(500), Later(Trouble.SERVER_ERROR)),
        (reply_json({"code": "not_authorised"}, 403), Rejected(403, "not_authorised")),
        (Reply(200, b"y" * 5_000, endless=True), Later(Trouble.SERVER_ERROR)),
    ],
)
def test_a_file_that_does_not_come_whole_does_not_come(
    reply: Reply, answer: Later | Rejected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organizer_client, "MOST_FILE_BYTES", 1024 * 1024)
    assert fetched(reply, tmp_path / "scans.csv") == answer
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileUnwritable) as told:
        fetched(Reply(200, b"x"), tmp_path / "nowhere" / "scans.csv")
    assert "nowhere" in str(told.value.details["path"])


def test_a_client_that_is_cut_ends_what_is_under_way_and_answers_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organizer_client, "ASK_S", 120.0)  # what ends it sooner is the cut
    is_asked = threading.Event()

    def hang(_: Asked) -> Reply:
        is_asked.set()
        return Reply(hang=True)

    with ScriptedServer(hang) as server, closing(OrganizerClient(server.url)) as client:
        answers: list[object] = []
        asking = threading.Thread(target=lambda: answers.append(client.ask(ASKING, EVENT)))
        asking.start()
        assert is_asked.wait(10)
        client.cut()
        asking.join(30)
        assert answers == [Later(Trouble.UNREACHABLE)]
        assert client.ask(ASKING, EVENT) == Later(Trouble.UNREACHABLE)
        assert len(server.asked) == 1


def test_an_exchange_that_is_cut_before_it_waits_says_the_same_as_one_that_waited() -> None:
    deadline = Deadline(60)
    deadline.cut()
    with ScriptedServer(lambda _: Reply()) as server, closing(Wire(server.url, client_context(None))) as wire:
        answer = wire.exchange("GET", "/", None, 60, headers={}, deadline=deadline)
    assert answer == Later(Trouble.UNREACHABLE)
