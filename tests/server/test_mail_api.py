"""Over the interface an event gets its mail account, its guests their tickets once more, and an address no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Client

from app.ledger.ticket_mail import GATHERS_MS
from app.net.mail_sender import MailSender
from app.runtime.delivery_line import DeliveryLine
from app.runtime.mail_desk import MailDesk
from app.server.program import build_app
from core.delivery.mail import MailAccount, Safety
from core.delivery.message import Channel
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import served
from tests.support.mail_server import MailServer

TOKEN = "t" * 43
GUEST = "mara.lindqvist@mail.example"
ACCOUNT = {
    "host": "mail.club.example",
    "user": "club",
    "password": "correct horse battery",
    "sender": "tickets@club.example",
    "sender_name": "Club",
    "sends_tickets": True,
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path)) as opened:
        yield opened


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    with (
        served(build_app(house.office, TOKEN)) as url,
        Client(
            base_url=f"{url}/api/v1/events/{house.event.hex}", headers={"Authorization": f"Bearer {TOKEN}"}
        ) as opened,
    ):
        yield opened


def work(house: House) -> None:
    house.now_ms += GATHERS_MS
    desk = MailDesk(house.office)
    line = DeliveryLine(
        house.office,
        Channel.EMAIL,
        lambda: MailSender(desk.compose, total_s=20.0),
        aftermath=house.office.suppressions.aftermath,
        watch_s=0.05,
    )
    while line.turn():
        pass


def test_an_account_is_made_shown_changed_tested_and_removed_without_its_password(client: Client) -> None:
    assert client.get("/mail").json()["code"] == "mail_unset"
    made = client.put("/mail", json=ACCOUNT)
    assert made.status_code == 200
    assert (made.json()["has_password"], made.json()["safety"], made.json()["port"]) == (True, "starttls", 587)
    kept = client.put("/mail", json={**ACCOUNT, "password": None, "language": "de"}).json()
    assert (kept["has_password"], kept["language"], kept["endpoint"]) == (True, "de", made.json()["endpoint"])
    assert "correct horse" not in made.text + client.get("/mail").text + client.get("/endpoints").text
    assert client.post("/mail/test").status_code == 202
    assert client.post("/mail/test", json={"to": GUEST}).status_code == 202
    assert client.post("/mail/test", json={"to": "nobody"}).json()["code"] == "endpoint_wrong"
    waiting = client.get("/deliveries", params={"state": "ready"}).text
    assert "m…@mail.example" in waiting
    assert GUEST not in waiting
    assert client.delete("/mail").status_code == 204
    assert client.post("/mail/test").json()["code"] == "mail_unset"


WRONG: list[dict[str, object]] = [
    {"safety": "none"},
    {"port": 22},
    {"sender": "nobody"},
    {"sender_name": "x\r\nBcc: y@z.example"},
    {"host": "mail club"},
    {"host": "elsewhere.example", "password": None},
    {"language": "xx"},
    {"is_local": True},
    {"authority": "none"},
]


def test_an_account_that_could_not_be_is_refused_and_nothing_of_it_is_said_again(client: Client) -> None:
    client.put("/mail", json=ACCOUNT)
    for change in WRONG:
        refused = client.put("/mail", json=ACCOUNT | change)
        assert (refused.status_code, refused.json()["code"]) in {(422, "mail_wrong"), (422, "invalid_request")}, change
        assert "correct horse" not in refused.text
        assert client.get("/mail").json()["host"] == ACCOUNT["host"]


def test_a_shop_sells_a_guest_gets_the_mail_and_gets_it_once_more(house: House, client: Client) -> None:
    with MailServer() as server:
        account = MailAccount(
            "127.0.0.1",
            server.port,
            Safety.NONE,
            "",
            "tickets@club.example",
            "",
            "en",
            sends_tickets=True,
            is_local=True,
        )
        house.office.mail_accounts.set(house.event, account)
        sold = {"class": "Standard", "name": "Mara", "order": "A1", "email": GUEST}
        tid = client.put("/tickets/shop/1", json=sold).json()["tid"]
        client.put("/tickets/shop/2", json=sold)
        refused = client.put("/tickets/shop/3", json=sold | {"email": "nobody"})
        assert (refused.status_code, refused.json()["code"]) == (422, "address_wrong")
        work(house)
        (first,) = server.taken
        assert first.recipients == (GUEST,)
        again = client.post("/mail/tickets", json={"order": "A1"})
        assert again.status_code == 202
        assert (again.json()["tickets"], again.json()["recipients"]) == (2, ["m…@mail.example"])
        assert client.post("/mail/tickets", json={"order": "A1"}).json()["messages"] == again.json()["messages"]
        work(house)
        assert len(server.taken) == 2
        assert len({taken.message["Message-ID"] for taken in server.taken}) == 2
        issued = client.post("/tickets", json={"cls": 1, "count": 1, "email": GUEST})
        assert issued.status_code == 201
        work(house)
        assert len(server.taken) == 3
        assert client.post("/mail/unsent", json={"is_trial": True}).json() == {"tickets": 0, "mails": 0}
        put = client.post("/mail/suppressed", json={"address": GUEST, "reason": "asked"})
        assert (put.status_code, put.json()["shown"]) == (201, "m…@mail.example")
        assert client.post("/mail/tickets", json={"tickets": [tid]}).json()["code"] == "mail_refused"
        assert [each["reason"] for each in client.get("/mail/suppressed").json()] == ["asked"]
        assert client.post("/mail/suppressed/lift", json={"address": GUEST}).status_code == 200
        assert client.post("/mail/suppressed/lift", json={"address": GUEST}).json()["code"] == "address_unknown"
        assert client.post("/mail/tickets", json={"tickets": [tid]}).status_code == 202
    assert client.post("/mail/tickets", json={"order": "none"}).json()["code"] == "order_unknown"
    assert client.post("/mail/suppressed", json={"address": "nobody"}).json()["code"] == "address_wrong"


def test_a_dead_mails_address_is_corrected_once_and_what_can_not_be_is_refused_by_its_code(
    house: House, client: Client
) -> None:
    with MailServer({"RCPT": "550 5.7.1 not here"}) as server:
        local = MailAccount(
            "127.0.0.1", server.port, Safety.NONE, "", "t@club.example", "", "en", sends_tickets=True, is_local=True
        )
        house.office.mail_accounts.set(house.event, local)
        client.put("/tickets/shop/1", json={"class": "Standard", "order": "A1", "email": GUEST})
        work(house)
        (dead,) = client.get("/deliveries").json()
        client.post("/mail/suppressed", json={"address": "olek@mail.example", "reason": "asked"})
        at, right = f"/deliveries/{dead['id']}/recipient", {"email": "mara@mail.example"}
        for path, email, status, code in (
            (at, "nobody", 422, "address_wrong"),
            (at, "", 422, "invalid_request"),
            (at, GUEST, 409, "address_unchanged"),
            (at, "olek@mail.example", 409, "address_suppressed"),
            (f"/deliveries/{'0' * 32}/recipient", "mara@mail.example", 404, "message_unknown"),
        ):
            refused = client.post(path, json={"email": email})
            assert (refused.status_code, refused.json()["code"]) == (status, code)
            assert "mail.example" not in refused.text
        server.answers = {}
        done = client.post(at, json=right)
        assert (done.status_code, done.json()["tickets"]) == (202, 1)
        assert done.json()["recipients"] == ["m…@mail.example"]
        assert client.post(at, json=right).json()["code"] == "message_not_dead"
        work(house)
        (taken,) = server.taken
        assert taken.recipients == ("mara@mail.example",)
    (new,) = done.json()["messages"]
    assert client.get(f"/deliveries/{new}").json()["message"]["state"] == "sent"
    given_up = client.get(f"/deliveries/{dead['id']}").json()["message"]
    assert (given_up["state"], given_up["reason"], given_up["recipient"]) == ("canceled", "readdressed", None)
