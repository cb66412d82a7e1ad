"""The kiosk's questions against a real socket: every reply is done, later or rejected."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict

import pytest

from app.net import gate_client
from app.net.address import ServerAddressWrong
from app.net.deadline import Deadline
from app.net.exchange import PROGRESS_BYTES
from app.net.exchange import Reply as NetReply
from app.net.gate_client import (
    Credential,
    FreshManifest,
    GateClient,
    OwnDevice,
    Papers,
    Received,
    Unchanged,
)
from core.journal.state import Arrival
from core.model.outcomes import Outcome
from core.redeem.answer import Answer
from core.sync.answers import Done, Later, Rejected
from core.sync.enrolment import enrol_request
from core.sync.health import Trouble
from core.sync.messages import FactResult
from core.sync.protocols import PROTOCOL
from core.sync.signing import batch_bytes, is_signed, time_bytes
from core.ticket import seal
from tests.support.door import EVENT, ROOT, ROOT_PRIVATE, SIGNING_PRIVATE, HandClock, signed
from tests.support.ports import free_port
from tests.support.scripted_server import Question, Reply, ScriptedServer, reply_json

RESULT = {"id": "00" * 16, "arrival": "applied", "answer": {"outcome": "admitted", "entry_number": 1}, "incidents": []}


def ask(reply: Reply, timeout_s: float = 20.0):
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
    assert ask(Reply(hang=True), timeout_s=0.5)[0] == Later(Trouble.SLOW)


HEAD_BYTES = 200
LONG = " " * 500
"""At 20 ms a byte, what takes ten seconds to drip: twenty times the deadline, and then it would be an answer.
The deadline leaves a busy machine the time to connect: it counts from before that."""


@pytest.mark.parametrize("drips_from", [0, HEAD_BYTES], ids=["the headers", "the body"])
def test_a_server_that_drips_is_slow_and_hung_up_on(drips_from: int) -> None:
    """Each byte comes long before a time-out of its own; the exchange as a whole has one."""
    body = json.dumps(RESULT) + LONG
    reply = Reply(200, body.encode(), {"X": "x" * HEAD_BYTES} if drips_from == 0 else {}, drips_from=drips_from)
    with ScriptedServer(lambda _: reply) as server, closing(GateClient(server.url, EVENT.hex, None)) as client:
        assert client.redeem({"v": 1}, 0.5) == Later(Trouble.SLOW)
        assert server.hung_up.wait(10)


def test_a_dripping_manifest_is_slow_and_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_client, "MANIFEST_S", 0.5)
    reply = Reply(200, THIRD.body + LONG.encode(), drips_from=HEAD_BYTES)
    with ScriptedServer(lambda _: reply) as server, closing(GateClient(server.url, EVENT.hex, None)) as client:
        assert client.manifest(None) == Later(Trouble.SLOW)
        assert server.hung_up.wait(10)


def test_after_an_exchange_without_time_left_the_next_one_has_its_own() -> None:
    replies = iter([Reply(body=LONG.encode(), drips_from=0), reply_json(RESULT)])
    with ScriptedServer(lambda _: next(replies)) as server, closing(GateClient(server.url, "e", None)) as client:
        assert client.redeem({"v": 1}, 0.5) == Later(Trouble.SLOW)
        assert isinstance(client.redeem({"v": 1}, 20.0), Done)


def test_a_closed_port_is_unreachable() -> None:
    with closing(GateClient(f"http://127.0.0.1:{free_port()}", EVENT.hex, None)) as client:
        assert client.redeem({"v": 1}, 20.0) == Later(Trouble.UNREACHABLE)


NO_ADDRESSES = [
    "",
    "door.example",
    "ftp://door.example",
    "http://",
    "http://[::1",
    "http://door:0x",
    "http://door:0",
    "http://door:99999999",
    "http://door..example",
    f"http://{'d' * 64}",
    "http://xn--a.de",
    "http://\ud800",
    "http://\x00",
]


@pytest.mark.parametrize("url", NO_ADDRESSES, ids=ascii)
def test_what_is_no_address_is_said_before_anything_is_asked(url: str) -> None:
    with pytest.raises(ServerAddressWrong) as told:
        GateClient(url, EVENT.hex, None)
    assert told.value.key == "server_address_wrong"


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://127.0.0.1:8080/", "127.0.0.1", 8080),
        ("https://[::1]:1", "::1", 1),
        ("https://bücher.example/door", "bücher.example", None),
    ],
)
def test_what_is_an_address_is_taken(url: str, host: str, port: int | None) -> None:
    with closing(GateClient(url, EVENT.hex, None)) as client:
        base = client._wire.base_url
    assert (base.host, base.port) == (host, port)


def test_a_wrong_address_is_told_without_its_password() -> None:
    with pytest.raises(ServerAddressWrong) as told:
        GateClient("http://erika:hush@[::1", EVENT.hex, None)
    assert "hush" not in str(told.value)
    assert told.value.details == {"address": "[::1"}


def test_a_reply_does_not_show_its_body() -> None:
    """It may hold a new credential; and it would be in the trace of any crash."""
    assert "hush" not in repr(NetReply(200, b'{"secret": "hush"}', {}, 1))
    assert "hush" not in repr(FreshManifest(b"hush", "ab"))


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


# --- the time, and who signs what ---------------------------------------------------------------------------------

NOW_MS = 1_795_000_000_000


def timed(question: Question, *, root: bytes = ROOT_PRIVATE, nonce: str | None = None, told: int = NOW_MS) -> Reply:
    """A manifest's reply with the server's signed time."""
    asked = bytes.fromhex(nonce or question.headers["Doorlight-Nonce"])
    signature = seal.ed25519_sign(root, time_bytes(asked, NOW_MS)).hex()
    headers = {"Doorlight-Time": str(told), "Doorlight-Time-Signature": signature}
    return Reply(200, THIRD.body, headers | {"Doorlight-Signature": THIRD.signature})


def learned_from(script: Callable[[Question], Reply], root: bytes | None = ROOT) -> list[int]:
    """The times that a kiosk learns of a server's manifest."""
    learned: list[int] = []
    with (
        ScriptedServer(script) as server,
        closing(GateClient(server.url, EVENT.hex, None, lambda at, _: learned.append(at), Papers(root))) as client,
    ):
        client.manifest(None)
    return learned


def test_a_signed_time_is_learned() -> None:
    assert learned_from(timed) == [NOW_MS]


@pytest.mark.parametrize(
    "script",
    [
        lambda question: timed(question, root=bytes(32)),
        lambda question: timed(question, nonce="00" * 16),
        lambda question: timed(question, told=NOW_MS + 3_600_000),
        lambda _: Reply(200, THIRD.body, {"Doorlight-Time": str(NOW_MS)}),
        lambda _: Reply(200, THIRD.body, {"Doorlight-Time": str(NOW_MS), "Doorlight-Time-Signature": "zz"}),
    ],
    ids=["another key", "replayed", "another time", "unsigned", "no hex"],
)
def test_with_a_pinned_key_no_other_time_is_learned(script: Callable[[Question], Reply]) -> None:
    assert learned_from(script) == []


def test_with_a_pinned_key_a_reply_to_no_nonce_teaches_no_time() -> None:
    learned: list[int] = []
    with (
        ScriptedServer(lambda _: reply_json(RESULT, Doorlight_Time=str(NOW_MS))) as server,
        closing(GateClient(server.url, EVENT.hex, None, lambda at, _: learned.append(at), Papers(ROOT))) as client,
    ):
        client.redeem({"v": 1}, 5.0)
    assert learned == []


def test_each_question_for_a_manifest_has_a_nonce_of_its_own() -> None:
    with ScriptedServer(timed) as server, closing(GateClient(server.url, EVENT.hex, None)) as client:
        client.manifest(None)
        client.manifest(None)
        first, second = (question.headers["Doorlight-Nonce"] for question in server.asked)
    assert len(bytes.fromhex(first)) == 16
    assert first != second


def test_a_batch_is_signed_by_the_device_and_tells_its_clock() -> None:
    papers = Papers(ROOT, SIGNING_PRIVATE, HandClock(at_ms=5, uncertainty_ms=7).now)
    with (
        ScriptedServer(lambda _: reply_json({"results": []})) as server,
        closing(GateClient(server.url, EVENT.hex, None, papers=papers)) as client,
    ):
        client.send(b'{"facts":[]}')
        (question,) = server.asked
    assert question.headers["Doorlight-Clock"] == "5;7;synced"
    public = seal.ed25519_public(SIGNING_PRIVATE)
    assert is_signed(public, batch_bytes(question.body), question.headers["Doorlight-Signature"])


def test_papers_do_not_show_their_secret() -> None:
    assert SIGNING_PRIVATE.hex() not in repr(Papers(ROOT, SIGNING_PRIVATE))
    assert repr(SIGNING_PRIVATE) not in repr(Papers(ROOT, SIGNING_PRIVATE))


# --- files --------------------------------------------------------------------------------------------------------

BODY = bytes(range(256)) * 1_000


def fetched(reply: Reply, offset: int = 0, most: int = len(BODY)) -> tuple[object, bytes, Question]:
    """What a question for a file comes to, and its bytes."""
    came = bytearray()

    def sink(part: bytes) -> bool:
        came.extend(part)
        return True

    with ScriptedServer(lambda _: reply) as server, closing(GateClient(server.url, EVENT.hex, None)) as client:
        return client.file("ab" * 32, offset, sink, most), bytes(came), server.asked[0]


def test_a_file_comes_whole_and_unpacked_by_nobody() -> None:
    answer, came, question = fetched(Reply(200, BODY))
    assert isinstance(answer, Done)
    assert answer.value == Received(len(BODY), is_end=True)
    assert came == BODY
    assert question.path == f"/api/v1/events/{EVENT.hex}/files/{'ab' * 32}"
    assert question.headers["Accept-Encoding"] == "identity"
    assert "Range" not in question.headers


def test_a_broken_file_gives_what_came() -> None:
    answer, came, _ = fetched(Reply(200, BODY, cut_at=100_000))
    assert answer == Later(Trouble.UNREACHABLE)
    assert came == BODY[:100_000]


def test_a_dripping_file_is_slow_and_keeps_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_client, "MANIFEST_S", 1.0)
    came = bytearray()
    reply = Reply(200, BODY, drips_from=HEAD_BYTES)
    with ScriptedServer(lambda _: reply) as server, closing(GateClient(server.url, EVENT.hex, None)) as client:
        answer = client.file("ab" * 32, 0, lambda part: came.extend(part) or len(came) < 400, len(BODY))
        assert answer == Later(Trouble.SLOW)
        assert server.hung_up.wait(10)
    assert came
    assert BODY.startswith(came)


def test_a_file_that_goes_on_coming_outlasts_any_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every 64 KiB earn the span anew, however long the whole takes."""
    renewed = []
    monkeypatch.setattr(Deadline, "renew", lambda _, span_s: renewed.append(span_s))
    answer, came, _ = fetched(Reply(200, BODY))
    assert isinstance(answer, Done)
    assert came == BODY
    assert 1 <= len(renewed) <= len(BODY) // PROGRESS_BYTES
    assert set(renewed) == {gate_client.MANIFEST_S}


def test_a_rest_comes_from_its_first_byte() -> None:
    rest = Reply(206, BODY[1_000:], {"Content-Range": f"bytes 1000-{len(BODY) - 1}/{len(BODY)}"})
    _, came, question = fetched(rest, 1_000, len(BODY) - 1_000)
    assert came == BODY[1_000:]
    assert question.headers["Range"] == "bytes=1000-"


def test_a_server_without_ranges_sends_the_head_once_more_for_nothing() -> None:
    _, came, _ = fetched(Reply(200, BODY), 1_000, len(BODY) - 1_000)
    assert came == BODY[1_000:]


def test_endless_bytes_are_cut_at_the_size_that_was_said() -> None:
    answer, came, _ = fetched(Reply(200, BODY, endless=True), 0, 300_001)
    assert isinstance(answer, Done)
    assert len(came) == 300_001


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (Reply(206, BODY, {"Content-Range": "bytes 5-9/10"}), Later(Trouble.SERVER_ERROR)),
        (Reply(206, BODY), Later(Trouble.SERVER_ERROR)),
        (Reply(200, BODY, {"Content-Encoding": "gzip"}), Later(Trouble.UNREACHABLE)),
        (Reply(416, b"{}"), Rejected(416, "unknown")),
        (reply_json({"code": "file_unknown"}, 404), Rejected(404, "file_unknown")),
        (Reply(503, headers={"Retry-After": "9"}), Later(Trouble.BUSY, 9.0)),
    ],
)
def test_what_is_no_part_of_the_file_gives_no_byte(reply: Reply, answer: Later | Rejected) -> None:
    found, came, _ = fetched(reply, 1_000)
    assert (found, came) == (answer, b"")


# --- enrolment ----------------------------------------------------------------------------------------------------


def test_a_kiosks_public_keys_travel_with_the_proof_of_its_code() -> None:
    reply = {"device": "aa", "secret": "s", "event": "bb", "event_name": "E", "name": "N", "gate": "g"}
    reply |= {"incarnation": 1, "root_key": "00" * 32, "profile": "mac"}  # type: ignore[dict-item]
    with ScriptedServer(lambda _: reply_json(reply)) as server, closing(GateClient(server.url, "", None)) as client:
        answer = client.enrol("CODE-ABCD", bytes([1]) * 32, bytes([2]) * 32)
        (question,) = server.asked
    assert isinstance(answer, Done)
    assert (answer.value.root_key, answer.value.profile) == ("00" * 32, "mac")
    sent = json.loads(question.body)
    asked = enrol_request("CODE-ABCD", PROTOCOL, bytes([1]) * 32, bytes([2]) * 32)
    assert sent == asdict(asked)
    assert (sent["handle"], sent["sealing_key"], sent["signing_key"]) == ("CODE", "01" * 32, "02" * 32)
    assert b"ABCD" not in question.body, "the secret stays here"


def test_a_device_learns_whether_it_is_let_in() -> None:
    own = {"state": "pending", "name": "N", "gate": "g", "profile": "mac"}
    with ScriptedServer(lambda _: reply_json(own)) as server, closing(GateClient(server.url, "e", None)) as client:
        answer = client.me()
        assert server.asked[0].path == "/api/v1/events/e/devices/me"
    assert isinstance(answer, Done)
    assert answer.value == OwnDevice("pending", "N", "g", "mac")
