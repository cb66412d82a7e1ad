"""A call to Stripe ends in time and in bounds, whatever comes back, and tells nobody whose account it was."""

import json
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from app.net import stripe_gate
from app.net.stripe_gate import Account, StripeGate
from core.model.ids import EventId
from core.payment.answer import Answer, Found, NotThere, Reading, Unread, reading_of
from core.payment.intent import Mark, Operation
from tests.support.scripted_server import Question, Reply, ScriptedServer, reply_json

KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
MARK = Mark(EventId(UUID(int=1)), Operation.REFUND, "a7f8", UUID(int=2))
MADE = {"id": "re_1", "object": "refund", "amount": 5, "status": "succeeded", "charge": "ch_1", "metadata": {}}


@pytest.fixture
def gate() -> Iterator[StripeGate]:
    opened = StripeGate(call_s=20.0)
    yield opened
    opened.close()


def ask(gate: StripeGate, reply: Reply) -> tuple[Answer, Question]:
    with ScriptedServer(lambda _: reply) as stripe:
        answer = gate.refund(Account(KEY, stripe.url), "refund:a:b", {"amount": 5, "charge": "ch_1"})
    return answer, stripe.asked[0]


def test_a_call_carries_the_account_s_key_and_its_own_and_nothing_about_the_call_before(gate: StripeGate) -> None:
    answer, asked = ask(gate, reply_json(MADE, 200, Idempotent_Replayed="true"))
    assert answer.refund is not None
    assert (answer.refund.id, answer.is_replayed, reading_of(answer)) == ("re_1", True, Reading.DONE)
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["idempotency-key"] == "refund:a:b"
    assert "x-stripe-client-telemetry" not in headers
    assert "telemetry_id" not in json.loads(headers["x-stripe-client-user-agent"])
    assert asked.body == b"amount=5&charge=ch_1&expand[0]=charge"
    assert KEY not in repr(Account(KEY))


@pytest.mark.parametrize(
    ("reply", "status", "reading"),
    [
        (Reply(200, b"no JSON"), None, Reading.SAME_KEY),
        (Reply(200, b"[1]"), None, Reading.SAME_KEY),
        (Reply(200, b"null"), None, Reading.SAME_KEY),
        (Reply(200, b"{}"), 200, Reading.SAME_KEY),
        (reply_json(MADE | {"amount": "5"}), 200, Reading.SAME_KEY),
        (Reply(500, b"<html>"), 500, Reading.SAME_KEY),
        (Reply(400, b"<html>"), 400, Reading.READ_BACK),
        (reply_json({"error": "odd"}, 400), None, Reading.SAME_KEY),
        (reply_json({"error": {"type": ["odd"], "code": {}, "message": 5}}, 400), 400, Reading.READ_BACK),
        (Reply(302, b"", {"Location": "https://elsewhere.example/"}), None, Reading.SAME_KEY),
        (Reply(200, endless=True, body=b" " * 65_536), None, Reading.SAME_KEY),
        (Reply(lost=True), None, Reading.SAME_KEY),
        (reply_json(MADE | {"id": None}), 200, Reading.SAME_KEY),
    ],
)
def test_whatever_comes_back_is_read(gate: StripeGate, reply: Reply, status: int | None, reading: Reading) -> None:
    answer, _ = ask(gate, reply)
    assert reading_of(answer) is reading
    assert status is None or answer.status == status
    assert answer.refund is None


def test_a_call_that_hangs_ends_in_time() -> None:
    gate = StripeGate(call_s=0.3)
    began = time.monotonic()
    answer, _ = ask(gate, Reply(hang=True))
    gate.close()
    assert answer.status is None
    assert time.monotonic() - began < stripe_gate.CALL_S, "it was told to wait for less"


def test_pages_are_read_to_their_end_and_no_further_than_somebody_would_go(
    gate: StripeGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_gate, "MOST_PAGES", 3)
    pages = [[MADE | {"id": f"re_{number}", "amount": 5}] for number in range(9)]
    ours = MADE | {"id": "re_ours", "metadata": MARK.metadata}

    def told(last: int, question: Question) -> Reply:
        after = dict(parse_qsl(urlsplit(question.path).query)).get("starting_after", "re_-1")
        number = int(after.removeprefix("re_")) + 1
        rows = [ours] if number == last else pages[number]
        return reply_json({"object": "list", "url": "/v1/refunds", "data": rows, "has_more": number < last})

    for last, expected in ((0, Found), (2, Found), (3, Unread)):
        with ScriptedServer(lambda question, last=last: told(last, question)) as stripe:  # type: ignore[misc]
            read = gate.find_refund(Account(KEY, stripe.url), MARK, charge="ch_1")
        assert isinstance(read, expected)
    failed = {"object": "list", "data": [ours | {"status": "failed"}], "has_more": False, "url": "/v1/refunds"}
    with ScriptedServer(lambda _: reply_json(failed)) as stripe:
        assert gate.find_refund(Account(KEY, stripe.url), MARK, payment_intent="pi_1") == NotThere(0)
