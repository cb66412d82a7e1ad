"""An organizer's programs say who hears of an event, and look after what did not arrive, over the interface."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Client

from app.net.webhook_sender import WebhookSender
from app.net.webhook_target import TargetRules
from app.runtime.delivery_line import DeliveryLine
from app.server.program import build_app
from core.delivery.message import Channel
from core.model.roles import Right, Scope
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import served
from tests.support.scripted_server import Reply, ScriptedServer

TOKEN = "t" * 43
HERE = TargetRules(is_loopback_allowed=True)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path)) as opened:
        yield opened


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    """Who speaks for the organizer, to a server that lets webhooks go to this computer."""
    with (
        served(build_app(house.office, TOKEN, targets=HERE)) as url,
        Client(
            base_url=f"{url}/api/v1/events/{house.event.hex}", headers={"Authorization": f"Bearer {TOKEN}"}
        ) as opened,
    ):
        yield opened


def work(house: House) -> None:
    line = DeliveryLine(house.office, Channel.WEBHOOK, lambda: WebhookSender(HERE), watch_s=0.05)
    while line.turn():
        pass


def test_a_shop_subscribes_is_told_fails_and_is_told_again(house: House, client: Client) -> None:
    status = 500
    with ScriptedServer(lambda _: Reply(status, b"no such order")) as shop:
        made = client.post("/endpoints", json={"target": f"{shop.url}/hook?key=1", "kinds": ["ticket.redeemed"]})
        assert made.status_code == 201
        endpoint, secret = made.json()["id"], made.json()["secret"]
        assert secret.startswith("whsec_")
        (listed,) = client.get("/endpoints").json()
        assert (listed["state"], listed["circuit"], listed["kinds"]) == ("active", "closed", ["ticket.redeemed"])
        assert secret not in client.get(f"/endpoints/{endpoint}").text
        message = client.post(f"/endpoints/{endpoint}/test").json()["message"]
        work(house)
        (dead,) = client.get("/deliveries").json()
        assert (dead["id"], dead["kind"], dead["reason"]) == (message, "endpoint.test", "attempts_spent")
        shown = client.get(f"/deliveries/{message}").json()
        (attempt,) = shown["tries"]
        assert (attempt["status"], attempt["answer"]) == ("500", "no such order")
        assert attempt["request"]["headers"]["webhook-signature"] == "(hidden)"
        assert attempt["request"]["url"] == f"{shop.url}/hook"
        counted = client.get("/deliveries/counts").json()
        assert [(each["state"], each["reason"], each["count"]) for each in counted] == [("dead", "attempts_spent", 1)]
        status = 200
        choice = {"endpoint": endpoint}
        assert client.post("/deliveries/replay", json=choice | {"is_trial": True}).json() == {"touched": 1}
        assert client.post("/deliveries/replay", json=choice).json() == {"touched": 1}
        work(house)
        assert client.get("/deliveries").json() == []
        assert [each["status"] for each in client.get(f"/deliveries/{message}").json()["tries"]] == ["500", "200"]
    assert len({question.headers["webhook-id"] for question in shop.asked}) == 1


def test_an_endpoint_is_changed_rotated_disabled_and_removed(client: Client) -> None:
    made = client.post("/endpoints", json={"target": "https://shop.example/"}).json()
    at = f"/endpoints/{made['id']}"
    changed = client.patch(
        at, json={"target": "https://b.example/", "kinds": ["ticket.exit"], "is_active": False}
    ).json()
    assert (changed["target"], changed["kinds"], changed["state"]) == (
        "https://b.example/",
        ["ticket.exit"],
        "disabled",
    )
    assert client.post(f"{at}/test").status_code == 422
    rotated = client.post(f"{at}/secret").json()
    assert rotated["secret"] != made["secret"]
    assert client.get(at).json()["old_secret_until_ms"] == rotated["old_until_ms"]
    assert client.delete(at).status_code == 204
    assert client.get(at).json()["code"] == "endpoint_unknown"
    assert client.get("/endpoints").json() == []


def test_who_may_look_and_not_change_is_not_told_the_key_in_a_target(house: House, client: Client) -> None:
    made = client.post("/endpoints", json={"target": "https://shop.example/hook?key=secret"}).json()
    scope = Scope(frozenset({Right.READ_DELIVERIES}), frozenset({house.event}))
    key = house.office.api_keys.make("a screen", scope, None).text
    looks = {"Authorization": f"Bearer {key}"}
    (told,) = client.get("/endpoints", headers=looks).json()
    assert told["target"] == "https://shop.example/hook"
    assert client.get("/deliveries/summary", headers=looks).json()["channels"] == ["webhook"]
    assert client.post(f"/endpoints/{made['id']}/test", headers=looks).status_code == 403
    assert client.get("/endpoints").json()[0]["target"].endswith("key=secret")


def test_a_page_of_the_list_goes_on_where_the_one_before_ended(house: House, client: Client) -> None:
    made = client.post("/endpoints", json={"target": "http://127.0.0.1:9/"}).json()
    for _ in range(3):
        client.post(f"/endpoints/{made['id']}/test")
        work(house)
    first = client.get("/deliveries", params={"order": "died", "limit": 2}).json()
    after = f"{first[-1]['closed_ms']}.{first[-1]['id']}"
    second = client.get("/deliveries", params={"order": "died", "limit": 2, "after": after}).json()
    assert len({each["id"] for each in (*first, *second)}) == 3
    assert client.get("/deliveries/summary").json()["dead"] == 3
    assert client.get("/deliveries", params={"after": "behind"}).status_code == 422
    assert client.get("/deliveries/counts", params={"state": "ready"}).json() == []


def test_what_died_is_given_up_with_a_reason(house: House, client: Client) -> None:
    made = client.post("/endpoints", json={"target": "http://127.0.0.1:9/"}).json()
    client.post(f"/endpoints/{made['id']}/test")
    work(house)
    assert client.post("/deliveries/discard", json={"reason": "attempts_spent", "why": "a test"}).json() == {
        "touched": 1
    }
    assert client.get("/deliveries").json() == []
    (record,) = [
        each["record"]
        for each in client.get("/audit").json()["records"]
        if each["record"]["deed"] == "deliveries.discarded"
    ]
    assert record["details"]["touched"] == 1


def test_a_deed_on_nothing_in_particular_is_refused(client: Client) -> None:
    for deed in ("replay", "discard"):
        bodies: list[dict[str, list[str]]] = [{}, {"messages": []}]
        for body in bodies:
            assert client.post(f"/deliveries/{deed}", json=body).json()["code"] == "nothing_chosen"


def test_a_target_inside_is_refused_as_it_is_added(house: House) -> None:
    with (
        served(build_app(house.office, TOKEN)) as url,
        Client(
            base_url=f"{url}/api/v1/events/{house.event.hex}", headers={"Authorization": f"Bearer {TOKEN}"}
        ) as client,
    ):
        for target in ("http://shop.example/", "https://shop.example:22/", "https://10.0.0.1/", "https://x@y/"):
            reply = client.post("/endpoints", json={"target": target})
            assert (reply.status_code, reply.json()["code"]) == (422, "target_refused"), target
