"""An organizer's programs say by which push project people are reached; a key comes in and never goes out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Client

from app.net.webhook_target import TargetRules
from app.runtime.push_line import PushLine
from app.runtime.rounds import Rounds
from app.server.program import build_app
from core.model.roles import Right, Scope
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import served
from tests.support.google_peer import Google, key_text
from tests.support.scripted_server import ScriptedServer

TOKEN = "t" * 43
GOOD = json.loads(key_text("https://oauth2.googleapis.com"))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path)) as opened:
        yield opened


def client_of(house: House, rules: TargetRules | None = None) -> Iterator[Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with (
        served(build_app(house.office, TOKEN, targets=rules)) as url,
        Client(base_url=f"{url}/api/v1/events/{house.event.hex}", headers=headers) as opened,
    ):
        yield opened


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    yield from client_of(house)


def test_a_project_from_its_first_day_to_its_last(client: Client) -> None:
    made = client.post("/push-projects", json={"key": GOOD})
    assert made.status_code == 201
    told = made.json()
    assert (told["channel"], told["state"]) == ("push", "active")
    assert told["target"] == "https://fcm.googleapis.com/v1/projects/doors/messages:send"
    at = f"/endpoints/{told['id']}"
    assert client.get("/endpoints").json() == [told]
    assert client.patch(at, json={"is_active": False}).json()["state"] == "disabled"
    assert client.post(f"{at}/test").status_code == 422
    again = client.put(f"/push-projects/{told['id']}", json={"key": {**GOOD, "project_id": "other-doors"}})
    assert (again.json()["target"].split("/")[5], again.json()["state"]) == ("other-doors", "disabled")
    for refused in (client.delete(at), client.post(f"{at}/secret"), client.patch(at, json={"target": "https://x.y/"})):
        assert refused.json()["code"] == "endpoint_wrong"
    hook = client.post("/endpoints", json={"target": "https://shop.example/"}).json()["id"]
    assert client.delete(f"/push-projects/{hook}").json()["code"] == "endpoint_wrong"
    assert client.put(f"/push-projects/{hook}", json={"key": GOOD}).json()["code"] == "endpoint_wrong"
    assert client.delete(f"/push-projects/{told['id']}").status_code == 204
    assert client.delete(f"/push-projects/{told['id']}").json()["code"] == "endpoint_unknown"


def test_a_key_is_told_to_nobody_whatever_is_asked(house: House, client: Client) -> None:
    told = client.post("/push-projects", json={"key": GOOD})
    answers = [told, client.get("/endpoints"), client.get("/audit")]
    answers += [client.post("/push-projects", json={"key": {**GOOD, "type": wrong}}) for wrong in ("x", 7)]
    answers += [client.post("/push-projects", json={"key": GOOD, "more": 1})]
    answers += [client.post("/push-projects", json={"key": json.dumps(GOOD)})]
    for answer in answers:
        assert "PRIVATE KEY" not in answer.text
        assert GOOD["private_key"][60:90] not in answer.text
    assert {each.status_code for each in answers[3:]} == {422}


WRONG = (
    {"key": {**GOOD, "token_uri": "https://169.254.169.254/token"}},
    {"key": {**GOOD, "token_uri": "http://127.0.0.1:9/token"}},
    {"key": GOOD, "url": "http://127.0.0.1:9"},
    {"key": GOOD, "url": "https://fcm.googleapis.com.evil.example"},
    {"key": {}},
    {"key": {**GOOD, "private_key": "no key"}},
)


def test_a_key_that_leads_elsewhere_is_not_taken(client: Client) -> None:
    for wanted in WRONG:
        answer = client.post("/push-projects", json=wanted)
        assert (answer.status_code, answer.json()["code"]) == (422, "fcm_key_wrong"), wanted
        assert answer.json()["detail"]
    assert client.get("/endpoints").json() == []


def test_who_may_only_look_sees_a_project_and_changes_nothing(house: House, client: Client) -> None:
    scope = Scope(frozenset({Right.READ_DELIVERIES}), frozenset({house.event}))
    looks = {"Authorization": f"Bearer {house.office.api_keys.make('a screen', scope, None).text}"}
    assert client.post("/push-projects", json={"key": GOOD}, headers=looks).status_code == 403
    made = client.post("/push-projects", json={"key": GOOD}).json()
    assert client.get("/endpoints", headers=looks).json()[0]["id"] == made["id"]


def test_a_test_asks_the_project_whether_it_would_take_a_message(house: House) -> None:
    peer = Google()
    with peer.server as google:
        assert isinstance(google, ScriptedServer)
        for client in client_of(house, TargetRules(is_loopback_allowed=True)):
            key = json.loads(key_text(google.url))
            made = client.post("/push-projects", json={"key": key, "url": google.url}).json()
            message = client.post(f"/endpoints/{made['id']}/test").json()["message"]
            assert Rounds([PushLine(house.office, to_loopback=True).duty]).once()
            shown = client.get(f"/deliveries/{message}").json()
    assert (shown["message"]["state"], shown["tries"][0]["status"]) == ("sent", "200")
    assert shown["tries"][0]["request"]["validate_only"] is True
    assert len(peer.pushes) == 1
