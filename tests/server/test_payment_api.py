"""A shop says what an order was bought with, an organizer gives it back and sees what became of it; a door can't."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from httpx import Client
from pydantic import TypeAdapter

from app.__main__ import main
from app.net.stripe_gate import StripeGate
from app.net.webhook_target import TargetRules
from app.organizer.refund_present import offer_of
from app.runtime.stripe_line import sender_of, stripe_line
from app.server.program import build_app
from core.model.roles import Right, Scope
from core.sync.ticket_messages import PaymentTold
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import served
from tests.support.scripted_server import Question, Reply, ScriptedServer, reply_json

TOKEN = "t" * 43
HERE = TargetRules(is_loopback_allowed=True)
KEY, SIGNING = "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "whsec_9f8e7d6c5b4a39281706"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path)) as opened:
        yield opened


@pytest.fixture
def url(house: House) -> Iterator[str]:
    with served(build_app(house.office, TOKEN, targets=HERE)) as at:
        yield f"{at}/api/v1/events/{house.event.hex}"


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}) as opened:
        yield opened


class Stripe:
    """Refuses or makes refunds, as it is told; it lists none."""

    def __init__(self) -> None:
        self.is_refusing = False

    def answer(self, question: Question) -> Reply:
        form = dict(parse_qsl(question.body.decode()))
        if question.method == "GET":
            return reply_json({"object": "list", "data": [], "has_more": False, "url": "/v1/refunds"})
        if self.is_refusing:
            told = {"type": "invalid_request_error", "code": "charge_disputed", "message": "The charge is disputed"}
            return reply_json({"error": told}, 400)
        charge = {"id": "ch_1", "object": "charge", "amount": 5_000, "amount_refunded": int(form["amount"])}
        made = {"id": "re_1", "object": "refund", "amount": int(form["amount"]), "status": "succeeded"}
        return reply_json(made | {"charge": charge, "metadata": {}})


def work(house: House) -> None:
    gate = StripeGate(call_s=20.0)
    line = stripe_line(house.office, make_sender=lambda: sender_of(house.office, gate), watch_s=0.05)
    while line.turn():
        pass
    gate.close()


def sell(client: Client, refs: dict[str, int]) -> list[str]:
    """An order with a ticket for each reference, and its payment."""
    tids = []
    for ref in refs:
        made = client.put(f"/tickets/shop/{ref}", json={"class": "Standard", "order": "O/7 ä"})
        tids.append(str(made.json()["tid"]))
    prices = [{"ticket": ref, "amount": price} for ref, price in refs.items()]
    told = {"order": "O/7 ä", "amount": 5_000, "currency": "eur", "payment_intent": "pi_1", "prices": prices}
    put = client.put("/orders/payment", json=told)
    assert (put.status_code, put.json()["state"], put.json()["source"]) == (200, "paid", "shop")
    return tids


def test_an_order_s_money_goes_back_and_everybody_who_looks_sees_it(
    house: House, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert client.get("/stripe").json()["code"] == "stripe_unset"
    peer = Stripe()
    with ScriptedServer(peer.answer) as stripe:
        told = {"api_key": KEY, "signing_secret": SIGNING, "api_base": stripe.url}
        account = client.put("/stripe", json=told)
        assert (account.status_code, account.json()["api_key"]) == (200, "sk_test_…p7dc")
        assert KEY not in account.text + client.get("/stripe").text
        tried = client.post(f"/endpoints/{account.json()['endpoint']}/test").json()["message"]
        work(house)
        (attempt,) = client.get(f"/deliveries/{tried}").json()["tries"]
        assert (attempt["status"], stripe.asked[-1].method) == ("200", "GET")
        tid, other = sell(client, {"T-1": 2_000, "T-2": 2_500})
        peer.is_refusing = True
        done = client.post(f"/tickets/{tid}/cancel", json={"why": "refund"}).json()
        assert (done["refund"]["state"], done["refund"]["amount"], done["changed"]) == ("waiting", 2_000, [tid])
        work(house)
        (refused,) = client.get(f"/tickets/{tid}").json()["refunds"]
        assert (refused["state"], refused["reason"], refused["tries"]) == ("refused", "charge_disputed", 1)
        (letter,) = client.get("/deliveries", params={"channel": "stripe"}).json()
        assert (letter["kind"], letter["reason"]) == ("refund", "refused")
        peer.is_refusing = False
        at = f"/stripe/intents/{refused['id']}"
        assert client.post(f"{at}/retry").json()["refund"]["state"] == "waiting"
        work(house)
        paid = client.get("/orders/payment", params={"order": "O/7 ä"}).json()
        (refund,) = paid["refunds"]
        assert (paid["state"], paid["refunded"], refund["state"], refund["refund"]) == (
            "partly_refunded",
            2_000,
            "done",
            "re_1",
        )
        seen = TypeAdapter(PaymentTold).validate_python(paid)  # as the organizer's window reads it
        offered = offer_of(seen, other, is_order=False)
        assert (offered.left, offered.usual, offer_of(seen, other, is_order=True).usual) == (3_000, 2_500, 3_000)
        unknown = client.get("/orders/payment", params={"order": "O/8", "source": "shop"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "payment_unknown")
        shown = client.get(f"/stripe/intents/{refund['id']}").json()
        assert [each["state"] for each in shown["attempts"]] == ["superseded", "done"]
        assert len({each["key"] for each in shown["attempts"]}) == 2
        assert client.get(f"/tickets/{other}").json()["refunds"] == []
        (asked,) = {each.headers["Authorization"] for each in stripe.asked}
        assert asked == f"Bearer {KEY}"
    again = client.post("/orders/cancel", json={"order": "O/7 ä", "why": "refund", "refund_amount": 4_000})
    assert (again.status_code, again.json()["code"]) == (422, "refund_refused")
    assert client.get(f"/tickets/{other}").json()["ticket"]["status"] == "valid"
    (line,) = _said(capsys, tmp_path, "stripe", "intents", "list", "--order", "O/7 ä")
    assert (line["state"], line["amount"], line["tickets"]) == ("done", 2_000, [tid])
    (one,) = _said(capsys, tmp_path, "stripe", "intents", "show", line["id"][:8])
    assert [each["state"] for each in one["attempts"]] == ["superseded", "done"]
    (ended,) = _said(capsys, tmp_path, "ticket", "cancel", other, "--refund-amount", "3")
    assert (ended["refund"]["state"], ended["refund"]["amount"]) == ("waiting", 3)


def _said(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main([*words, "--data", str(folder), "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_who_cancels_at_a_door_gives_no_money_back(house: House, client: Client, url: str) -> None:
    client.put("/stripe", json={"api_key": KEY})
    (tid,) = sell(client, {"T-1": 5_000})
    scope = Scope(frozenset({Right.CANCEL_TICKETS, Right.READ_TICKETS}), frozenset({house.event}))
    made = house.office.api_keys.make("door", scope, None)
    with Client(base_url=url, headers={"Authorization": f"Bearer {made.text}"}) as door:
        refused = door.post(f"/tickets/{tid}/cancel", json={"why": "refund"})
        assert (refused.status_code, refused.json()["code"]) == (403, "refund_not_allowed")
        assert door.post("/orders/cancel", json={"order": "O/7 ä", "why": "refund"}).status_code == 403
        assert door.get(f"/tickets/{tid}").json()["ticket"]["status"] == "valid"
        assert door.get("/stripe").status_code == 403
        assert door.post(f"/tickets/{tid}/cancel", json={"why": "guest"}).json()["refund"] is None


def test_another_server_than_stripe_s_is_for_development_alone(house: House) -> None:
    with (
        served(build_app(house.office, TOKEN)) as at,
        Client(base_url=f"{at}/api/v1/events/{house.event.hex}", headers={"Authorization": f"Bearer {TOKEN}"}) as web,
    ):
        wrong = web.put("/stripe", json={"api_key": KEY, "api_base": "http://127.0.0.1:9"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "stripe_wrong")
        assert web.put("/stripe", json={"api_key": "pk_test_no"}).json()["code"] == "stripe_wrong"
        assert web.put("/stripe", json={"api_key": KEY}).status_code == 200
        assert web.delete("/stripe").status_code == 204
