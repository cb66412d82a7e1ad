"""How often who may call: nobody at a busy door waits, whoever guesses or floods does."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Scope

from app.server.addresses import caller_of, networks_of
from app.server.problems import TABLE
from app.server.program import build_app, turnstile_of
from app.server.turnstile import RATES, LimitingTurnstile, OpenTurnstile, Rate, Rule
from core.sync.messages import MAX_BATCH_FACTS
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import Caller, program, served

TOKEN = "organizers-token-of-the-test"
OTHER = "203.0.113.9"


def asked(
    path: str = "/api/v1/events/e/redemptions",
    method: str = "POST",
    credential: str | None = "Device 1.secret",
    peer: str = "10.0.0.5",
    told: str | None = None,
) -> Scope:
    """A request as the turnstile sees it."""
    headers = [(b"authorization", credential.encode())] if credential else []
    headers += [(b"x-forwarded-for", told.encode())] if told else []
    return {"type": "http", "path": path, "method": method, "headers": headers, "client": (peer, 1)}


def passes(turnstile: LimitingTurnstile | OpenTurnstile, scope: Scope, status: int = 200) -> bool:
    """Asks once; whether it came in."""

    async def once() -> bool:
        if await turnstile.wait_s(scope) is not None:
            return False
        turnstile.left(scope, status)
        return True

    return asyncio.run(once())


def count_passing(turnstile: LimitingTurnstile | OpenTurnstile, scope: Scope, times: int, status: int = 200) -> int:
    """How many of so many came in."""

    async def all_of_them() -> int:
        passed = 0
        for _ in range(times):
            if await turnstile.wait_s(scope) is None:
                passed += 1
                turnstile.left(scope, status)
        return passed

    return asyncio.run(all_of_them())


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's clock stands still, so that no test falls on the border of two windows."""
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: 1_795_003_620.0)


def test_a_door_in_its_busiest_minute_never_waits() -> None:
    """A scan a second with what was shown, the manifest every 5 s, a queue of 10,000 scans that drains meanwhile."""
    turnstile = LimitingTurnstile()
    batches = 2 * 10_000 // MAX_BATCH_FACTS
    for path, method, times in [
        ("/api/v1/events/e/redemptions", "POST", 120),
        ("/api/v1/events/e/redemptions/batch", "POST", batches * 3),
        ("/api/v1/events/e/manifest", "GET", 12),
        ("/api/v1/events/e/files/x", "GET", 200),
    ]:
        assert count_passing(turnstile, asked(path, method), times) == times


def test_forty_doors_behind_one_address_never_wait() -> None:
    """Twice as many questions as an address may ask that nobody knows."""
    turnstile = LimitingTurnstile()
    for door in range(40):
        assert count_passing(turnstile, asked(credential=f"Device {door}.secret"), 61) == 61


def test_a_device_that_runs_wild_is_stopped_and_its_neighbours_are_not() -> None:
    turnstile, most = LimitingTurnstile(), RATES[Rule.REDEMPTION].most
    assert count_passing(turnstile, asked(), most + 500) == most + 1  # the first was a newcomer's
    assert passes(turnstile, asked(credential="Device 2.secret"))
    assert passes(turnstile, asked("/api/v1/events/e/redemptions/batch")), "its queue still drains"


def test_without_limits_it_is_not_stopped() -> None:
    """The negative control."""
    assert count_passing(OpenTurnstile(), asked(), 1_500) == 1_500


def test_wrong_credentials_are_counted_by_address() -> None:
    turnstile, most = LimitingTurnstile(), RATES[Rule.STRANGER].most
    tried = [passes(turnstile, asked(credential=f"Device {n}.guess"), status=401) for n in range(most + 50)]
    assert tried.count(True) == most
    assert passes(turnstile, asked(credential="Device 1.x", peer=OTHER)), "another address is not to blame"


def test_a_known_device_does_not_pay_for_a_guesser_beside_it() -> None:
    turnstile = LimitingTurnstile()
    assert passes(turnstile, asked(credential="Device good.secret"))
    for number in range(500):
        passes(turnstile, asked(credential=f"Device {number}.guess"), status=401)
    assert count_passing(turnstile, asked(credential="Device good.secret"), 120) == 120


def test_a_credential_that_was_good_and_is_not_any_more_is_nobodys() -> None:
    turnstile, most = LimitingTurnstile(), RATES[Rule.STRANGER].most
    assert passes(turnstile, asked())
    assert count_passing(turnstile, asked(), 500, status=401) == most


@pytest.mark.parametrize(
    ("path", "rule"),
    [("/api/v1/devices/enrol", Rule.ENROLMENT), ("/api/v1/sessions", Rule.LOG_IN), ("/health", Rule.NEWCOMER)],
)
def test_open_doors_are_counted_by_address(path: str, rule: Rule) -> None:
    turnstile, scope = LimitingTurnstile(), asked(path, credential=None)
    assert count_passing(turnstile, scope, RATES[rule].most + 20) == RATES[rule].most
    assert passes(turnstile, asked(path, credential=None, peer=OTHER))


def test_a_made_up_credential_opens_no_second_counter() -> None:
    """Or whoever shows another one each time would never be counted."""
    turnstile, most = LimitingTurnstile(), RATES[Rule.ENROLMENT].most
    path = "/api/v1/devices/enrol"
    tried = [passes(turnstile, asked(path, credential=f"Device {n}.x"), status=404) for n in range(most + 20)]
    assert tried.count(True) == most


@pytest.mark.parametrize(
    ("peer", "told", "proxies", "counted"),
    [
        ("10.0.0.5", None, [], "10.0.0.5"),
        ("10.0.0.5", OTHER, [], "10.0.0.5"),
        ("10.0.0.5", OTHER, ["10.0.0.5"], OTHER),
        ("10.0.0.5", f"1.2.3.4, {OTHER}", ["10.0.0.0/24"], OTHER),
        ("10.0.0.5", f"{OTHER}, 10.0.0.6", ["10.0.0.0/24"], OTHER),
        ("10.0.0.5", f"{OTHER}:4711", ["10.0.0.5"], OTHER),
        ("10.0.0.5", "nonsense", ["10.0.0.5"], "unknown"),
        ("10.0.0.5", None, ["10.0.0.5"], "10.0.0.5"),
        ("::ffff:10.0.0.5", OTHER, ["10.0.0.5"], OTHER),
        ("2001:db8:1:2:3:4:5:6", None, [], "2001:db8:1:2::/64"),
        ("fe80::1%eth0", None, [], "fe80::/64"),
    ],
)
def test_a_proxy_is_believed_where_it_was_named(peer: str, told: str | None, proxies: list[str], counted: str) -> None:
    assert caller_of(asked(peer=peer, told=told), networks_of(proxies)) == counted


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A ledger of the test's own."""
    with open_house(Home(None, tmp_path_factory.mktemp("turnstile"))) as opened:
        yield opened


@contextlib.contextmanager
def limited(house: House) -> Iterator[Caller]:
    """A kiosk of a house whose server limits."""
    app = build_app(house.office, TOKEN, turnstile_of(house.office, ()))
    with served(app) as url, httpx.Client(base_url=url, timeout=20) as http:
        yield Caller(http, house)


@pytest.mark.slow
def test_who_is_over_the_limit_is_told_when_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RATES, Rule.READING, Rate(3))
    with limited(house) as caller:
        replies = [caller.get("status") for _ in range(6)]
        assert [reply.status_code for reply in replies] == [200] * 4 + [429] * 2
        assert replies[-1].headers["content-type"] == "application/problem+json"
        assert replies[-1].json()["code"] == "too_many_requests"
        assert replies[-1].json()["code"] in TABLE
        assert 1 <= int(replies[-1].headers["Retry-After"]) <= 60
        assert caller.ask(house.scan(house.tickets()[0])).status_code == 200, "another rule counts apart"


@pytest.mark.slow
@pytest.mark.postgres
def test_two_processes_on_one_database_count_together(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RATES, Rule.ENROLMENT, Rate(4, is_shared=True))
    home = Home(postgres_url, tmp_path_factory.mktemp("shared"))
    with open_house(home) as house, limited(house) as one, limited(house) as other:
        tries = [each.http.post("/api/v1/devices/enrol", json={}) for each in (one, other) * 3]
        assert [reply.status_code for reply in tries].count(422) == 4
        assert [reply.status_code for reply in tries].count(429) == 2


@pytest.mark.slow
def test_the_program_limits_unless_told_not_to(tmp_path: Path) -> None:
    most = RATES[Rule.ENROLMENT].most
    with program(tmp_path, "--limits", "on") as (_, url), httpx.Client(base_url=url, timeout=20) as http:
        tries = [http.post("/api/v1/devices/enrol", json={}).status_code for _ in range(2 * most + 1)]
    assert (tries[0], set(tries)) == (422, {422, 429}), "as many as two minutes have, where one ends in between"


def test_what_stripe_tells_has_a_limit_of_its_own_for_a_late_payment_holds_guests_up() -> None:
    turnstile, most = LimitingTurnstile(), RATES[Rule.STRIPE].most
    told = asked("/api/v1/stripe/0197e2b0c4a87d3e9a1b2c3d4e5f6071", credential=None)
    assert count_passing(turnstile, told, most + 10) == most
    assert most > RATES[Rule.NEWCOMER].most
    other = asked("/api/v1/stripe/0197e2b0c4a87d3e9a1b2c3d4e5f6071", credential=None, peer="10.0.0.6")
    assert passes(turnstile, other), "each address by itself"
    assert passes(turnstile, asked("/api/v1/health", "GET", credential=None)), "and nobody else pays for it"
