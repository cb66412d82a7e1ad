"""The description is kept: programs that know nothing else find no 5xx, and no reply that it does not name."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import Response

from app.errors import AppError
from app.server.program import build_app
from tests.contract.ledger_rig import Home, House, open_house
from tests.support.strangers import findings

pytestmark = pytest.mark.slow

TOKEN = "organizers-token-of-the-test"
EXAMPLES = 5
"""For each operation and mode; `dev.py soak contract` asks 300."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A ledger of the test's own, on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with open_house(Home(url, tmp_path_factory.mktemp("contract"))) as opened:
        yield opened


def seed_of(request: pytest.FixtureRequest) -> int:
    """The run's own seed, so that `--randomly-seed` repeats this search too."""
    told = request.config.getoption("randomly_seed", 0)
    return told if isinstance(told, int) else 0


@pytest.mark.timeout(300)
def test_strangers_find_the_description_kept(house: House, request: pytest.FixtureRequest) -> None:
    count = EXAMPLES if house.office.database_name == "postgresql" else 1
    found = list(findings(house, build_app(house.office, TOKEN), TOKEN, seed_of(request), count))
    assert found == []


@dataclass(frozen=True, slots=True)
class Answer:
    """What the planted routes promise."""

    number: int


def test_broken_promises_are_found(house: House) -> None:
    """The negative control: a bug, an error without its row, a status, a type and a shape that are not described."""
    if house.office.database_name != "sqlite":
        pytest.skip("once is enough")
    app = build_app(house.office, TOKEN)
    app.router.routes[:] = [route for route in app.routes if getattr(route, "path", "") == "/openapi.json"]

    def bug(q: int = 1) -> Answer:
        raise ZeroDivisionError(q)

    def without_a_row(q: int = 1) -> Answer:
        raise AppError("of_nobody_knows", q=q)

    def status(q: int = 1) -> Response:
        return Response('{"number": 1}', 207, media_type="application/json")

    def kind(q: int = 1) -> Response:
        return Response(f"number {q}", 200, media_type="text/plain")

    def shape(q: int = 1) -> Response:
        return Response('{"number": "one"}', 200, media_type="application/json")

    for route in (bug, without_a_row, status, kind, shape):
        app.add_api_route(f"/{route.__name__}", route, methods=["GET"], response_model=Answer)
    told: dict[str, set[str]] = {}
    for operation, found in findings(house, app, TOKEN, 1, 2):
        told.setdefault(operation, set()).add(found.partition(":")[0])
    assert "not_a_server_error" in told["GET /bug"]
    assert "not_a_server_error" in told["GET /without_a_row"]
    assert "status_code_conformance" in told["GET /status"]
    assert "content_type_conformance" in told["GET /kind"]
    assert "response_schema_conformance" in told["GET /shape"]
