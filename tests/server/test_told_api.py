"""An account says where it is told what happens, and which daily reports it wants."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Client

from app.server.program import build_app
from core.model.roles import Role
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import served

TOKEN = "t" * 43


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path)) as opened:
        yield opened


def test_an_account_is_told_at_its_address_what_it_may_know(house: House) -> None:
    made = house.office.accounts.add("ben", Role.OPERATOR, house.event)
    with (
        served(build_app(house.office, TOKEN)) as url,
        Client(base_url=f"{url}/api/v1") as client,
    ):
        body = {"name": "ben", "password": made.password}
        session = client.post("/sessions", json=body).json()
        chosen = {"old": made.password, "new": "a long enough word of mine"}
        client.headers["Authorization"] = f"Bearer {session['token']}"
        client.headers["Authorization"] = f"Bearer {client.post('/me/password', json=chosen).json()['token']}"
        assert client.put("/me/email", json={"email": "Ben@Example.org"}).status_code == 204
        assert client.get("/me").json()["email"] == "Ben@example.org"
        wrong = client.put("/me/email", json={"email": "ben at example"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "account_email_wrong")
        at, reports = house.event.hex, "/me/daily-reports"
        assert client.put(reports, json={"event": at, "at": "08:00"}).status_code == 204
        assert client.get(reports).json() == [{"event": at, "at": "08:00"}]
        assert client.put(reports, json={"event": at, "at": "25:00"}).json()["code"] == "report_time_wrong"
        assert client.put(reports, json={"event": "0" * 31 + "1", "at": "08:00"}).status_code == 403, "not his event"
        assert client.put(reports, json={"event": at, "at": None}).status_code == 204
        assert client.get(reports).json() == []
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        assert client.put("/accounts/ben/email", json={"email": None}).json()["email"] is None
        assert client.put("/me/email", json={"email": None}).status_code == 403, "nobody's account"
