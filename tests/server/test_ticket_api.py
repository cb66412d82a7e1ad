"""A shop at the server's door: tickets sealed, put one by one, handed back with their use."""

from collections.abc import Iterator

import httpx
import pytest

from app.server.program import build_app
from core.sync.messages import AdapterRow, CodesRow
from core.ticket.wire import Code, parse
from tests.contract.ledger_rig import Home, House, open_house, policy
from tests.server.serving import Caller, served

pytestmark = pytest.mark.slow

TOKEN = "organizers-token-of-the-test"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An event that sells its own codes, and takes those of a shop."""
    with open_house(Home(None, tmp_path_factory.mktemp("tickets"))) as opened:
        opened.office.set_codes(
            opened.event, CodesRow("migrating", adapters=[AdapterRow("shop", "opaque", prefix="S")]), {}
        )
        yield opened


@pytest.fixture(scope="module")
def url(house: House) -> Iterator[str]:
    """A server of it."""
    with served(build_app(house.office, TOKEN)) as address:
        yield address


@pytest.fixture
def caller(house: House, url: str) -> Iterator[Caller]:
    """A kiosk of it; the organizer's calls bring their own token."""
    with httpx.Client(base_url=url, timeout=20) as http:
        yield Caller(http, house)


def put(caller: Caller, ref: str, body: object, source: str = "shop") -> httpx.Response:
    return caller.http.put(caller.url(f"tickets/{source}/{ref}"), json=body, headers=BEARER)


def test_a_ticket_is_put_changed_canceled_and_restored(caller: Caller) -> None:  # G26
    sold = {"code": "SA0001", "class": "Standard", "name": "Ann", "order": "O-1"}
    bodies = [sold, sold, {**sold, "class": 2}, {**sold, "class": 2, "status": "canceled"}, {**sold, "class": 2}]
    replies = [put(caller, "A-1", body) for body in bodies]
    assert [(reply.status_code, reply.json()["what"]) for reply in replies] == [
        (201, "new"),
        (200, "unchanged"),
        (200, "changed"),
        (200, "canceled"),
        (200, "restored"),
    ]
    assert len({reply.json()["tid"] for reply in replies}) == 1
    assert replies[0].json()["text"].startswith("T1:")


def test_a_reference_may_hold_a_slash(caller: Caller) -> None:
    assert put(caller, "2026/A 7", {"code": "SA0007", "class": 1}).status_code == 201
    assert put(caller, "2026%2FA%207", {"code": "SA0007", "class": 1}).json()["what"] == "unchanged"


@pytest.mark.parametrize(
    ("ref", "body", "told"),
    [
        ("B-1", {"code": "hello", "class": 1}, "no adapter"),
        ("B-1", {"code": "8.1E+17", "class": 1}, "lost its digits"),
        ("B-1", {"code": "SB0001", "class": "Balcony"}, "Standard"),
        ("B-1", {"code": "SB0001", "class": 1, "nbf": 20, "exp": 10}, "ends before"),
        ("B" * 129, {"code": "SB0001", "class": 1}, "too long"),
    ],
)
def test_a_refused_ticket_says_the_cure_and_not_the_code(caller: Caller, ref: str, body: object, told: str) -> None:
    reply = put(caller, ref, body)
    assert (reply.status_code, reply.json()["code"]) == (422, "ticket_refused")
    assert told in reply.json()["detail"]
    assert "SB0001" not in reply.text


@pytest.mark.parametrize(
    "body",
    [
        {"code": "S" * 513},
        {"status": "gone"},
        {"nbf": -1},
        {"exp": 2**32},
        {"color": "red"},
        {"code": 7},
        [],
        {"name": "x" * 513, "class": 1},
    ],
)
def test_a_body_out_of_bounds_is_refused(caller: Caller, body: object) -> None:
    reply = put(caller, "B-2", body)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


def test_a_shops_name_has_its_bounds(caller: Caller) -> None:
    reply = put(caller, "B-3", {"code": "SB0003", "class": 1}, source="s" * 65)
    assert (reply.status_code, reply.json()["code"]) == (422, "source_wrong")


def test_only_the_organizer_touches_tickets(caller: Caller) -> None:  # A24
    address = caller.url("tickets/shop/C-1")
    for headers, told in (
        ({}, "credentials_wrong"),
        (caller.headers, "not_authorised"),
        ({"Authorization": "Bearer wrong"}, "credentials_wrong"),
    ):
        assert caller.http.put(address, json={"class": 1}, headers=headers).json()["code"] == told
        assert caller.http.get(caller.url("tickets"), headers=headers).json()["code"] == told


def test_tickets_come_back_page_by_page_with_their_use(house: House, caller: Caller) -> None:
    other = Caller(caller.http, house)
    event = house.office.create_event(policy("Export")).event
    address = f"/api/v1/events/{event}/tickets"
    for number in range(5):
        body = {"class": "Standard", "order": f"O-{number}"}
        assert caller.http.put(f"{address}/shop/E-{number}", json=body, headers=BEARER).status_code == 201
    found: list[dict[str, object]] = []
    after: str | None = ""
    while after is not None:
        page = other.http.get(f"{address}?limit=2&after={after}", headers=BEARER).json()
        assert len(page["tickets"]) <= 2
        found += page["tickets"]
        after = page["after"]
    assert sorted((row["external_ref"], row["order"], row["status"], row["entries"]) for row in found) == [
        (f"E-{number}", f"O-{number}", "valid", 0) for number in range(5)
    ]
    assert [row["tid"] for row in found] == sorted(str(row["tid"]) for row in found)


def test_an_export_shows_the_use(house: House, caller: Caller) -> None:
    reply = put(caller, "F-1", {"code": "SF0001", "class": 1}).json()
    tid = bytes.fromhex(reply["tid"])
    caller.ask(house.scan(tid))  # type: ignore[arg-type]
    rows = caller.http.get(caller.url("tickets"), headers=BEARER).json()["tickets"]
    (row,) = (row for row in rows if row["external_ref"] == "F-1")
    assert (row["entries"], row["source"], row["class_name"]) == (1, "shop", "Standard")
    assert row["first_ms"] is not None


@pytest.mark.parametrize("query", ["after=xyz", "limit=0", "limit=1001", "after=00"])
def test_a_page_out_of_bounds_is_refused(caller: Caller, query: str) -> None:
    reply = caller.http.get(f"{caller.url('tickets')}?{query}", headers=BEARER)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


def test_tickets_are_issued_rotating_and_listed(caller: Caller) -> None:
    body = {"cls": 1, "count": 2, "rotating": True, "listed": True}
    reply = caller.http.post(caller.url("tickets"), json=body, headers=BEARER)
    assert reply.status_code == 201
    codes = [parse(row["text"]) for row in reply.json()["tickets"]]
    assert all(isinstance(code, Code) and code.claims.is_rotating and code.claims.must_be_listed for code in codes)


def test_a_name_never_leaves_in_a_refusal(caller: Caller) -> None:
    reply = put(caller, "G-1", {"code": "hello", "class": 1, "name": "Ann Secret"})
    assert "Secret" not in reply.text
