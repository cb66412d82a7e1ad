"""What a server that fails says of itself: why, and where; never a guest's name, a code, or a row of its tables."""

import io
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from app.server.program import build_app
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import served

pytestmark = pytest.mark.slow

NAME = "Ottilie Unverkennbar"
REFERENCE = "ORDER-70713"
TOKEN = "organizer-token-of-tests"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A ledger of the test's own, on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with open_house(Home(url, tmp_path_factory.mktemp("secrecy"))) as opened:
        yield opened


def put(house: House) -> httpx.Response:
    """A sale, as a shop tells it."""
    with served(build_app(house.office, TOKEN)) as url:
        return httpx.put(
            f"{url}/api/v1/events/{house.event.hex}/tickets/shop/{REFERENCE}",
            json={"class": 1, "name": NAME, "order": REFERENCE},
            headers={"Authorization": f"Bearer {TOKEN}"},
        )


def has_named_somebody(said: io.StringIO) -> bool:
    return any(part in said.getvalue() for part in (NAME, "Ottilie", REFERENCE))


def test_a_row_that_the_database_refuses_is_not_logged(house: House, said: io.StringIO) -> None:
    with house.office._database.writing() as connection:
        if house.office.database_name == "sqlite":
            refusing = "CREATE TRIGGER no BEFORE INSERT ON attendees BEGIN SELECT RAISE(ABORT, 'no'); END"
        else:
            refusing = "ALTER TABLE attendees ADD CONSTRAINT no CHECK (name = '')"
        connection.execute(text(refusing))
    reply = put(house)
    assert reply.status_code >= 500  # the control: it came to that
    assert "PUT /api/v1/events/{event}/tickets" in said.getvalue()
    assert not has_named_somebody(said)
    assert NAME not in reply.text


def test_a_database_that_fails_is_named_by_its_own_word(house: House, said: io.StringIO) -> None:
    if house.office.database_name != "sqlite":
        pytest.skip("a missing table is no failing database there")
    with house.office._database.writing() as connection:
        connection.execute(text("DROP TABLE attendees"))
    assert put(house).status_code == 503
    assert "SQLITE_ERROR" in said.getvalue()
    assert not has_named_somebody(said)


def test_a_bug_is_named_by_its_type_and_place(house: House, said: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError(f"a row of {NAME}")

    monkeypatch.setattr(house.office, "put_ticket", broken)
    assert put(house).json()["code"] == "server_error"
    assert "ValueError" in said.getvalue()
    assert "test_secrecy.py" in said.getvalue()
    assert not has_named_somebody(said)
