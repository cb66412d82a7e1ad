"""People and programs over HTTP: the log-in and its end, and that nobody hands out more than they hold."""

import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx
import pytest

from app.ledger.admin import Office, open_ledger
from app.server.people_api import _FLAWS
from app.server.program import build_app
from core.model.accounts import PasswordFlaw
from core.model.ids import EventId
from core.model.roles import INSTALLATION, RIGHTS, Right, Role, Scope
from tests.contract.ledger_rig import NOW, policy
from tests.server.serving import served
from tests.server.test_api import code_of
from tests.support.passwords import make_passwords_cheap

pytestmark = pytest.mark.slow

TOKEN = "organizers-token-of-the-test"
MACHINE = {"Authorization": f"Bearer {TOKEN}"}
CHOSEN = "correct horse battery"
ANOTHER = "another horse battery"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An installation with two events for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        make_passwords_cheap(patch)
        with open_ledger(None, tmp_path_factory.mktemp("people"), now_ms=lambda: NOW) as opened:
            opened.accounts.first_owner()
            yield opened


@pytest.fixture(scope="module")
def url(office: Office) -> Iterator[str]:
    """A server of it."""
    with served(build_app(office, TOKEN)) as address:
        yield address


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def event(office: Office) -> EventId:
    return EventId(UUID(office.create_event(policy("Here")).event))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def new_name() -> str:
    return f"a{uuid4().hex[:12]}"


def person(http: httpx.Client, role: Role | None = None, event: EventId | None = None) -> tuple[str, dict[str, str]]:
    """A new account that chose its password: its name, and what it calls with."""
    body = {"name": new_name(), "role": role, "event": event.hex if event else None}
    made = http.post("/api/v1/accounts", json=body, headers=MACHINE)
    assert made.status_code == 201, made.text
    opened = http.post("/api/v1/sessions", json={"name": made.json()["name"], "password": made.json()["password"]})
    change = {"old": made.json()["password"], "new": CHOSEN}
    changed = http.post("/api/v1/me/password", json=change, headers=bearer(opened.json()["token"]))
    assert changed.status_code == 200, changed.text
    return made.json()["name"], bearer(changed.json()["token"])


# --- the log-in ---------------------------------------------------------------------------------------------------


def test_a_one_time_password_opens_nothing_but_another(http: httpx.Client, event: EventId) -> None:
    made = http.post("/api/v1/accounts", json={"name": new_name(), "role": "owner"}, headers=MACHINE).json()
    opened = http.post("/api/v1/sessions", json={"name": made["name"], "password": made["password"]})
    assert (opened.status_code, opened.json()["must_change"]) == (201, True)
    mine = bearer(opened.json()["token"])
    for address in (f"/api/v1/events/{event.hex}/status", "/api/v1/accounts", "/api/v1/events", "/api/v1/audit"):
        assert code_of(http.get(address, headers=mine)) == (403, "password_change_needed")
    assert http.get("/api/v1/me", headers=mine).json()["must_change"]
    changed = http.post("/api/v1/me/password", json={"old": made["password"], "new": CHOSEN}, headers=mine)
    assert not changed.json()["must_change"]
    assert code_of(http.get("/api/v1/me", headers=mine)) == (401, "credentials_wrong")
    fresh = bearer(changed.json()["token"])
    assert http.get(f"/api/v1/events/{event.hex}/status", headers=fresh).status_code == 200
    assert code_of(http.post("/api/v1/sessions", json={"name": made["name"], "password": made["password"]})) == (
        401,
        "log_in_wrong",
    )


def test_who_is_logged_in_learns_who_they_are(http: httpx.Client, event: EventId) -> None:
    name, mine = person(http, Role.SUPERVISOR, event)
    assert http.get("/api/v1/me", headers=mine).json() == {
        "name": name,
        "roles": [{"event": event.hex, "role": "supervisor"}],
        "must_change": False,
        "email": None,
    }
    assert http.delete("/api/v1/sessions/me", headers=mine).status_code == 204
    assert code_of(http.get("/api/v1/me", headers=mine)) == (401, "credentials_wrong")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": "nobody", "password": "x"}, (401, "log_in_wrong")),
        ({"name": "\u00e4\u2028", "password": "x"}, (401, "log_in_wrong")),
        ({"name": "nobody"}, (422, "invalid_request")),
        ({"name": "", "password": "x"}, (422, "invalid_request")),
        ({"name": "x" * 129, "password": "x"}, (422, "invalid_request")),
        ({"name": "nobody", "password": "x" * 2_000}, (422, "invalid_request")),
        ({"name": "nobody", "password": 7}, (422, "invalid_request")),
        ({"name": "nobody", "password": "x", "role": "owner"}, (422, "invalid_request")),
    ],
)
def test_a_log_in_that_is_none_is_refused(http: httpx.Client, body: dict, told: tuple[int, str]) -> None:
    reply = http.post("/api/v1/sessions", json=body)
    assert code_of(reply) == told


def test_half_a_pair_of_surrogates_is_no_password(http: httpx.Client) -> None:
    body = b'{"name": "owner", "password": "\\ud800 and more words"}'
    reply = http.post("/api/v1/sessions", content=body, headers={"Content-Type": "application/json"})
    assert code_of(reply)[0] in {401, 422}


def test_a_refusal_repeats_no_password(http: httpx.Client) -> None:
    _, mine = person(http)
    for new, old in ((ANOTHER, 7), (ANOTHER * 100, CHOSEN), ("short", CHOSEN)):
        reply = http.post("/api/v1/me/password", json={"old": old, "new": new}, headers=mine)
        assert reply.status_code == 422
        assert not any(word in reply.text for word in (ANOTHER, CHOSEN, '"short"'))


def test_a_password_that_can_not_be_says_why(http: httpx.Client) -> None:
    _, mine = person(http)
    reply = http.post("/api/v1/me/password", json={"old": CHOSEN, "new": "short"}, headers=mine)
    assert code_of(reply) == (422, "password_unfit")
    assert reply.json()["detail"] == f"too_short: {_FLAWS[PasswordFlaw.TOO_SHORT]}"
    assert _FLAWS.keys() == set(PasswordFlaw)


def test_guesses_end_with_when_to_come_again(http: httpx.Client) -> None:
    name, mine = person(http)
    for _ in range(10):
        assert code_of(http.post("/api/v1/sessions", json={"name": name, "password": "x"})) == (401, "log_in_wrong")
    refused = http.post("/api/v1/sessions", json={"name": name, "password": CHOSEN})
    assert code_of(refused) == (429, "too_many_tries")
    assert refused.headers["Retry-After"] == "900"
    assert http.get("/api/v1/me", headers=mine).status_code == 200, "who is in stays in"
    again = http.post(f"/api/v1/accounts/{name}/password", headers=MACHINE).json()
    assert http.post("/api/v1/sessions", json={"name": name, "password": again["password"]}).status_code == 201


def test_another_password_ends_every_session(http: httpx.Client) -> None:
    name, mine = person(http)
    other = bearer(http.post("/api/v1/sessions", json={"name": name, "password": CHOSEN}).json()["token"])
    assert http.get("/api/v1/me", headers=other).status_code == 200
    assert http.post("/api/v1/me/password", json={"old": CHOSEN, "new": ANOTHER}, headers=mine).status_code == 200
    for gone in (mine, other):
        assert code_of(http.get("/api/v1/me", headers=gone)) == (401, "credentials_wrong")


# --- nobody hands out more than they hold -------------------------------------------------------------------------


def test_an_admin_makes_no_owner_and_touches_none(http: httpx.Client, event: EventId) -> None:  # A24
    _, admin = person(http, Role.ADMIN)
    owner, _ = person(http, Role.OWNER, event)
    refused = [
        http.post("/api/v1/accounts", json={"name": new_name(), "role": "owner"}, headers=admin),
        http.post("/api/v1/accounts", json={"name": new_name(), "role": "owner", "event": event.hex}, headers=admin),
        http.put(f"/api/v1/accounts/{owner}/role", json={"role": "owner"}, headers=admin),
        http.post(f"/api/v1/accounts/{owner}/password", headers=admin),
        http.post(f"/api/v1/accounts/{owner}/disable", headers=admin),
        http.post(f"/api/v1/accounts/{owner}/enable", headers=admin),
        http.put(f"/api/v1/events/{event.hex}/roles/{owner}", json={"role": "auditor"}, headers=admin),
        http.delete(f"/api/v1/events/{event.hex}/roles/{owner}", headers=admin),
        http.delete("/api/v1/accounts/owner/role", headers=admin),
        http.post("/api/v1/apikeys", json={"name": "x", "rights": ["installation:run"]}, headers=admin),
    ]
    assert [code_of(reply) for reply in refused] == [(403, "not_authorised")] * len(refused)
    allowed = http.post("/api/v1/accounts", json={"name": new_name(), "role": "admin"}, headers=admin)
    assert allowed.status_code == 201


def test_an_admin_of_one_event_gives_roles_there_and_nowhere_else(
    http: httpx.Client, office: Office, event: EventId
) -> None:  # A24
    other = office.create_event(policy("There")).event
    _, admin = person(http, Role.ADMIN, event)
    name, theirs = person(http)
    given = http.put(f"/api/v1/events/{event.hex}/roles/{name}", json={"role": "operator"}, headers=admin)
    assert given.json()["roles"] == [{"event": event.hex, "role": "operator"}]
    assert http.get(f"/api/v1/events/{event.hex}/status", headers=theirs).status_code == 200
    assert name in {row["name"] for row in http.get(f"/api/v1/events/{event.hex}/roles", headers=admin).json()}
    for reply in (
        http.put(f"/api/v1/events/{other}/roles/{name}", json={"role": "operator"}, headers=admin),
        http.put(f"/api/v1/events/{INSTALLATION.hex}/roles/{name}", json={"role": "operator"}, headers=admin),
        http.put(f"/api/v1/accounts/{name}/role", json={"role": "operator"}, headers=admin),
        http.get("/api/v1/accounts", headers=admin),
        http.get("/api/v1/audit", headers=admin),
        http.post("/api/v1/events", json={}, headers=admin),
    ):
        assert code_of(reply) == (403, "not_authorised")
    assert http.delete(f"/api/v1/events/{event.hex}/roles/{name}", headers=admin).status_code == 204
    assert code_of(http.get(f"/api/v1/events/{event.hex}/status", headers=theirs)) == (403, "not_authorised")


def test_what_a_role_at_one_event_shows_of_an_account_is_that_event(http: httpx.Client, event: EventId) -> None:
    _, admin = person(http, Role.ADMIN, event)
    name, _ = person(http, Role.AUDITOR)
    http.put(f"/api/v1/events/{event.hex}/roles/{name}", json={"role": "operator"}, headers=admin)
    (row,) = (r for r in http.get(f"/api/v1/events/{event.hex}/roles", headers=admin).json() if r["name"] == name)
    assert row["roles"] == [{"event": event.hex, "role": "operator"}]


def test_the_last_owner_stays(http: httpx.Client, office: Office) -> None:
    for account in office.accounts.list():
        if account.name != "owner" and account.roles.held.get(INSTALLATION) is Role.OWNER:
            office.accounts.take_role(account.name)
    assert code_of(http.post("/api/v1/accounts/owner/disable", headers=MACHINE)) == (409, "last_owner")
    assert code_of(http.delete("/api/v1/accounts/owner/role", headers=MACHINE)) == (409, "last_owner")


@pytest.mark.parametrize(
    ("method", "address", "body", "told"),
    [
        ("POST", "/api/v1/accounts", {"name": "OWNER"}, (409, "account_name_taken")),
        ("POST", "/api/v1/accounts", {"name": "a b"}, (422, "account_name_wrong")),
        ("POST", "/api/v1/accounts", {"name": "x1", "role": "device"}, (403, "not_authorised")),
        ("POST", "/api/v1/accounts", {"name": "x1", "role": "king"}, (422, "invalid_request")),
        ("POST", "/api/v1/accounts", {"name": "x1", "role": "admin", "event": "0" * 31 + "1"}, (404, "event_unknown")),
        ("POST", "/api/v1/accounts/nobody/disable", None, (404, "account_unknown")),
        ("PUT", "/api/v1/accounts/nobody/role", {"role": "admin"}, (404, "account_unknown")),
        ("DELETE", "/api/v1/apikeys/x", None, (404, "api_key_unknown")),
        ("DELETE", "/api/v1/apikeys/" + "0" * 32, None, (404, "api_key_unknown")),
        ("POST", "/api/v1/apikeys", {"name": " ", "rights": ["event:read"]}, (422, "api_key_wrong")),
        ("POST", "/api/v1/apikeys", {"name": "x", "rights": ["event:read"], "ends_at_ms": 5}, (422, "api_key_wrong")),
        ("POST", "/api/v1/apikeys", {"name": "x", "rights": ["facts:send"]}, (403, "not_authorised")),
        ("POST", "/api/v1/apikeys", {"name": "x", "rights": []}, (422, "invalid_request")),
        ("POST", "/api/v1/apikeys", {"name": "x", "rights": ["moon:sell"]}, (422, "invalid_request")),
    ],
)
def test_what_can_not_be_is_said(
    http: httpx.Client, method: str, address: str, body: object, told: tuple[int, str]
) -> None:
    assert code_of(http.request(method, address, json=body, headers=MACHINE)) == told


# --- API keys -----------------------------------------------------------------------------------------------------


def test_a_shops_key_sells_and_does_nothing_else(http: httpx.Client, event: EventId) -> None:
    _, admin = person(http, Role.ADMIN)
    body = {"name": "box office", "rights": ["tickets:sell"], "events": [event.hex]}
    made = http.post("/api/v1/apikeys", json=body, headers=admin)
    assert made.status_code == 201
    key = bearer(made.json()["key"])
    sold = http.post(f"/api/v1/events/{event.hex}/tickets", json={"cls": 1, "count": 1}, headers=key)
    assert sold.status_code == 201
    for address in (f"/api/v1/events/{event.hex}/tickets", "/api/v1/apikeys", "/api/v1/me", "/api/v1/accounts"):
        assert code_of(http.get(address, headers=key)) == (403, "not_authorised")
    (row,) = (r for r in http.get("/api/v1/apikeys", headers=admin).json() if r["id"] == made.json()["id"])
    assert (row["rights"], row["events"], row["used_at_ms"]) == (["tickets:sell"], [event.hex], NOW)
    assert "key" not in row
    assert http.delete(f"/api/v1/apikeys/{made.json()['id']}", headers=admin).status_code == 204
    reply = http.post(f"/api/v1/events/{event.hex}/tickets", json={"cls": 1, "count": 1}, headers=key)
    assert code_of(reply) == (401, "credentials_over")


def test_a_key_makes_no_key_for_more_than_it_may(http: httpx.Client, office: Office, event: EventId) -> None:  # A24
    maker = office.api_keys.make(
        "maker", Scope(frozenset({Right.CHANGE_API_KEYS, Right.READ_EVENT}), frozenset({INSTALLATION}))
    )
    key = bearer(maker.text)
    more = http.post("/api/v1/apikeys", json={"name": "x", "rights": ["tickets:read"]}, headers=key)
    assert code_of(more) == (403, "not_authorised")
    same = http.post(
        "/api/v1/apikeys", json={"name": "x", "rights": ["event:read"], "events": [event.hex]}, headers=key
    )
    assert same.status_code == 201
    strong = office.api_keys.make("strong", Scope(RIGHTS[Role.OWNER], frozenset({INSTALLATION})))
    assert code_of(http.delete(f"/api/v1/apikeys/{strong.id.hex}", headers=key)) == (403, "not_authorised")


# --- the audit log ------------------------------------------------------------------------------------------------


def test_who_did_it_is_who_called(http: httpx.Client, office: Office, event: EventId) -> None:
    name, admin = person(http, Role.ADMIN)
    key = office.api_keys.make("box office", Scope(frozenset({Right.SELL_TICKETS}), frozenset({event})))
    for caller in (admin, bearer(key.text), MACHINE):
        http.post(f"/api/v1/events/{event.hex}/tickets", json={"cls": 1, "count": 1}, headers=caller)
    page = http.get(f"/api/v1/events/{event.hex}/audit?limit=3", headers=admin).json()
    by = [row["record"]["by"] for row in reversed(page["records"])]
    assert [(who["kind"], who["name"]) for who in by] == [("account", name), ("apikey", "box office"), ("machine", "")]
    assert {who["address"] for who in by} == {"127.0.0.1"}
    assert page["before"] == page["records"][-1]["record"]["seq"]
    check = http.get(f"/api/v1/events/{event.hex}/audit/check", headers=admin).json()
    newest = page["records"][0]
    assert check == {
        "is_whole": True,
        "seq": newest["record"]["seq"],
        "hash": newest["hash"],
        "flaw": None,
        "at": None,
    }


def test_a_log_in_is_written_down_with_its_address(http: httpx.Client) -> None:
    name, _ = person(http)
    http.post("/api/v1/sessions", json={"name": name, "password": "a guess of mine"})
    newest = http.get("/api/v1/audit?limit=1", headers=MACHINE).json()["records"][0]["record"]
    assert (newest["deed"], newest["about"], newest["by"]["kind"]) == ("login.refused", name, "stranger")
    assert newest["by"]["address"] == "127.0.0.1"


def test_no_record_holds_a_secret(http: httpx.Client, office: Office) -> None:
    _, admin = person(http, Role.ADMIN)
    made = http.post("/api/v1/apikeys", json={"name": "x", "rights": ["event:read"]}, headers=admin).json()
    said = json.dumps(http.get("/api/v1/audit", headers=MACHINE).json())
    secrets = [made["key"].partition(".")[2], CHOSEN, TOKEN, admin["Authorization"].split(" ")[1]]
    assert made["id"] in said
    assert not any(secret in said for secret in secrets)


# --- telephones ---------------------------------------------------------------------------------------------------


def test_a_telephone_says_where_it_is_reached_and_nobody_hears_it_back(http: httpx.Client) -> None:
    path, (_, mine), (_, theirs) = "/api/v1/me/push-tokens", person(http), person(http)
    token = {"token": f"fcm:{uuid4().hex}"}
    for _ in range(2):
        assert http.put(path, json=token, headers=mine).status_code == 204
    (told,) = http.get(path, headers=mine).json()
    assert (told["state"], told["ending"], len(told["sign"])) == ("active", None, 8)
    assert token["token"] not in http.get(path, headers=mine).text
    assert http.get(path, headers=theirs).json() == []
    assert http.post(f"{path}/withdraw", json=token, headers=theirs).status_code == 204
    assert len(http.get(path, headers=mine).json()) == 1, "it is not theirs to end"
    http.post(f"{path}/withdraw", json=token, headers=mine)
    assert http.get(path, headers=mine).json() == []
    assert http.put(path, json={**token, "language": "de"}, headers=mine).status_code == 204
    assert http.put(path, json={**token, "language": "xx"}, headers=mine).status_code == 422
    for wrong in ("two words", "ä", "\n"):
        assert code_of(http.put(path, json={"token": wrong}, headers=mine)) == (422, "push_token_wrong")
    assert http.put(path, json={"token": "x" * 5_000}, headers=mine).status_code == 422
    assert code_of(http.put(path, json=token, headers=MACHINE)) == (403, "not_authorised"), "a program has no telephone"
