"""The kiosk's questions against a real socket: every reply is done, later or rejected."""

import json
import socket
from contextlib import closing

import pytest

from app.net.gate_client import Credential, FreshManifest, GateClient, Unchanged
from core.journal.state import Arrival
from core.model.outcomes import Outcome
from core.redeem.answer import Answer
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from core.sync.messages import FactResult
from tests.support.door import EVENT, signed
from tests.support.scripted_server import Question, Reply, ScriptedServer, reply_json

RESULT = {"id": "00" * 16, "arrival": "applied", "answer": {"outcome": "admitted", "entry_number": 1}, "incidents": []}


def ask(reply: Reply, timeout_s: float = 5.0):
    """The answer to one question, and the question as the server saw it."""
    with ScriptedServer(lambda _: reply) as server:
        credential = Credential("aa" * 16, "secret")
        with closing(GateClient(server.url, EVENT.hex, credential)) as client:
            return client.redeem({"v": 1}, timeout_s), server.asked[0]


def test_a_fact_and_its_credential_reach_the_server() -> None:
    answer, question = ask(reply_json(RESULT))
    assert isinstance(answer, Done)
    assert answer.value == FactResult("00" * 16, Arrival.APPLIED, Answer(Outcome.ADMITTED, 1))
    assert question.path == f"/api/v1/events/{EVENT.hex}/redemptions"
    assert question.headers["Authorization"] == f"Device {'aa' * 16}.secret"
    assert json.loads(question.body) == {"fact": {"v": 1}}


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (Reply(503, headers={"Retry-After": "7"}), Later(Trouble.BUSY, 7.0)),
        (Reply(429, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), Later(Trouble.BUSY, None)),
        (Reply(429, headers={"Retry-After": "-1"}), Later(Trouble.BUSY, None)),
        (Reply(500), Later(Trouble.SERVER_ERROR)),
        (Reply(302, headers={"Location": "http://example.invalid/"}), Later(Trouble.SERVER_ERROR)),
        (Reply(200, b"<html>a captive portal</html>"), Later(Trouble.SERVER_ERROR)),
        (Reply(200, b'{"id": "x", "arrival": "eaten"}'), Later(Trouble.SERVER_ERROR)),
        (Reply(200, b'{"id": ' * 1000, cut_at=100), Later(Trouble.UNREACHABLE)),
        (Reply(200, b" " * (1024 * 1024 + 1)), Later(Trouble.SERVER_ERROR)),
        (reply_json({"code": "device_revoked"}, 401), Rejected(401, "device_revoked")),
        (Reply(422, b"[]"), Rejected(422, "unknown")),
        (Reply(404, b"not even JSON"), Rejected(404, "unknown")),
    ],
)
def test_every_reply_is_one_of_three_answers(reply: Reply, answer: Later | Rejected) -> None:
    assert ask(reply)[0] == answer


def test_a_server_that_hangs_is_slow() -> None:
    assert ask(Reply(hang=True), timeout_s=0.05)[0] == Later(Trouble.SLOW)


def test_a_closed_port_is_unreachable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with closing(GateClient(f"http://127.0.0.1:{port}", EVENT.hex, None)) as client:
        assert client.redeem({"v": 1}, 1.0) == Later(Trouble.UNREACHABLE)


def test_the_servers_time_is_learned() -> None:
    learned: list[tuple[int, int]] = []
    with (
        ScriptedServer(lambda _: reply_json(RESULT, Doorlight_Time="1795000000000")) as server,
        closing(GateClient(server.url, EVENT.hex, None, lambda *told: learned.append(told))) as client,
    ):
        client.redeem({"v": 1}, 5.0)
    ((server_ms, rtt_ms),) = learned
    assert server_ms == 1_795_000_000_000
    assert 0 <= rtt_ms < 5_000


THIRD = signed(3)


def test_a_manifest_comes_once_per_version() -> None:
    def script(question: Question) -> Reply:
        if question.headers.get("If-None-Match") == '"3"':
            return Reply(304, b"")
        return Reply(200, THIRD.body, {"Doorlight-Signature": THIRD.signature})

    with ScriptedServer(script) as server, closing(GateClient(server.url, EVENT.hex, None)) as client:
        fresh, same = client.manifest(None), client.manifest(3)
    assert isinstance(fresh, Done)
    assert isinstance(fresh.value, FreshManifest)
    assert fresh.value == FreshManifest(THIRD.body, THIRD.signature)
    assert isinstance(same, Done)
    assert same.value == Unchanged()


def test_a_credential_does_not_show_its_secret() -> None:
    assert "hush" not in repr(Credential("aa", "hush"))
