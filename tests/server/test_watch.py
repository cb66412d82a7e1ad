"""Whoever looks after the server: lives, ready, figures, the page of its description."""

import io
import json
import re
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from app.ledger.engine import LedgerUnavailable
from app.server.addresses import is_own_machine
from app.server.program import build_app
from core.journal.scan import to_record
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import Caller, served

pytestmark = pytest.mark.slow

TOKEN = "organizers-token-of-the-test"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LABEL = re.compile(r'(\w+)="([^"]*)"')


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A ledger of the test's own."""
    with open_house(Home(None, tmp_path_factory.mktemp("watch"))) as opened:
        yield opened


@pytest.fixture
def caller(house: House) -> Iterator[Caller]:
    """A kiosk of it."""
    with served(build_app(house.office, TOKEN)) as url, httpx.Client(base_url=url, timeout=20) as http:
        yield Caller(http, house)


def figures(caller: Caller) -> dict[str, float]:
    """The metrics, by their line's head."""
    lines = caller.http.get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_a_database_that_is_away_makes_the_process_unready_and_not_dead(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise LedgerUnavailable("test")

    monkeypatch.setattr(caller.house.office._database, "reading", away)
    assert caller.http.get("/health").status_code == 200
    reply = caller.http.get("/ready")
    assert (reply.status_code, reply.json()["code"]) == (503, "database_unavailable")
    assert int(reply.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "statement",
    ["UPDATE alembic_version SET version_num = '9999'", "UPDATE installation SET check_value = x'00'"],
    ids=["upgraded under it", "another master key"],
)
def test_a_database_that_is_another_ones_makes_it_unready(caller: Caller, statement: str) -> None:
    assert caller.http.get("/ready").status_code == 200
    with caller.house.office._database.writing() as connection:
        connection.execute(text(statement))
    reply = caller.http.get("/ready")
    assert (reply.status_code, reply.json()["code"], "Retry-After" in reply.headers) == (503, "not_ready", True)


def test_figures_are_for_this_machine_and_for_the_organizer(caller: Caller) -> None:
    http = caller.http
    assert http.get("/metrics").status_code == 200
    for stranger in ({"Host": "evil.example"}, {"X-Forwarded-For": "10.0.0.7"}, {"Forwarded": "for=10.0.0.7"}):
        assert http.get("/metrics", headers=stranger).status_code == 401
        assert http.get("/metrics", headers=stranger | BEARER).status_code == 200
        assert http.get("/metrics", headers=stranger | caller.headers).status_code in {401, 403}


@pytest.mark.parametrize(
    ("peer", "host", "is_own"),
    [
        ("127.0.0.1", b"localhost:8480", True),
        ("127.0.0.1", b"127.0.0.1", True),
        ("::1", b"[::1]:8480", True),
        ("127.0.0.1", b"localhost.evil.example", False),
        ("127.0.0.1", b"", False),
        ("10.0.0.7", b"localhost", False),
        ("unknown", b"localhost", False),
    ],
)
def test_who_is_a_program_of_this_machine(peer: str, host: bytes, is_own: bool) -> None:
    assert is_own_machine({"client": (peer, 1), "headers": [(b"host", host)]}) is is_own


def test_what_happens_is_counted(caller: Caller) -> None:
    house = caller.house
    first, second = house.tickets(2)
    scan = house.scan(first)
    caller.ask(scan)
    caller.ask(house.scan(first))
    caller.send([to_record(house.scan(second)), "poison", {"id": "f" * 32}])
    caller.http.get("/nothing/here")
    caller.get("status", Authorization="Device nobody")
    told = figures(caller)
    route = "/api/v1/events/{event}/redemptions"
    assert told[f'doorlight_requests_total{{method="POST",route="{route}",status="2xx"}}'] == 2
    assert told['doorlight_redemptions_total{outcome="admitted"}'] == 2
    assert told['doorlight_redemptions_total{outcome="already_used"}'] == 1
    assert told['doorlight_facts_total{arrival="quarantined",by="batch"}'] == 2
    assert told["doorlight_batch_facts_sum"] == 3
    assert told['doorlight_problems_total{code="credentials_wrong"}'] == 1
    assert told['doorlight_problems_total{code="not_found"}'] == 1
    aside = [arrival for arrival, _ in house.stored().values() if arrival == "quarantined"]
    assert told["doorlight_quarantined_facts"] == len(aside) > 0
    assert told["doorlight_unsent_messages"] == 0
    assert told["doorlight_questions_waiting"] == 0
    assert told[f'doorlight_request_seconds_count{{route="{route}"}}'] == 2


def test_what_is_asked_every_few_seconds_has_no_line_of_the_log_until_it_fails(
    caller: Caller, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise LedgerUnavailable("test")

    for path in ("/api/v1/health", "/health", "/nothing/here"):
        caller.http.get(path)
    assert [json.loads(line)["status"] for line in said.getvalue().splitlines() if '"request"' in line] == [404]
    monkeypatch.setattr(caller.house.office, "check", away)
    caller.http.get("/api/v1/health")
    assert any('"/api/v1/health"' in line and "503" in line for line in said.getvalue().splitlines())


def test_a_busy_database_is_counted(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise LedgerUnavailable("test")

    monkeypatch.setattr(caller.house.office, "check", away)
    caller.http.get("/api/v1/health")
    assert figures(caller)['doorlight_problems_total{code="database_unavailable"}'] == 1


def test_no_caller_makes_the_figures_grow(caller: Caller) -> None:
    def labels() -> set[tuple[str, str]]:
        return set(LABEL.findall("\n".join(figures(caller))))

    def ask(number: int) -> None:
        caller.http.get(f"/nothing/{number}")
        caller.http.request(f"VERB{number}", f"/api/v1/events/{number}/status")
        caller.http.get(f"/api/v1/events/{number}/files/{number}?q={number}", headers={"Authorization": f"X {number}"})

    ask(0)
    labels()
    before = labels()
    for number in range(1, 20):
        ask(number)
    assert labels() == before


def test_the_page_of_the_description_needs_nobody_else(caller: Caller) -> None:
    reply = caller.http.get("/docs")
    assert reply.headers["content-type"].startswith("text/html")
    assert "<script" not in reply.text
    assert not re.search(r"(src|href)=.?(https?:)?//", reply.text)
    policy = reply.headers.get_list("Content-Security-Policy")
    assert len(policy) == 1
    assert "default-src 'none'" in policy[0]
    assert "script-src" not in policy[0]
    paths = caller.http.get("/openapi.json").json()["paths"]
    assert all(path in reply.text for path in paths)


def test_every_operation_tells_every_problem(caller: Caller) -> None:
    described = caller.http.get("/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            statuses = set(told["responses"])
            assert {"400", "404", "413", "422", "429", "500", "503"} <= statuses, (method, path)
            assert not told.get("security") or {"401", "403"} <= statuses, (method, path)
            assert told.get("security") or not {"401", "403"} <= statuses or path == "/metrics", (method, path)
    assert "HTTPValidationError" not in described["components"]["schemas"]
