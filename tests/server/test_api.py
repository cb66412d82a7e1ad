"""The routes over a real socket: who may call, what comes back, and what is refused how."""

import contextlib
import os
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from app.ledger.engine import LedgerUnavailable
from app.runtime.redeem_line import RedeemLine
from app.server import api as api_module
from app.server.api import UPLOADS_AT_ONCE
from app.server.problems import TABLE
from app.server.program import build_app
from core.journal.scan import Scan, to_record
from core.model.ids import DeviceId
from core.sync.messages import MAX_BATCH_BYTES, TIME_HEADER, FactResult
from tests.architecture.sources import ROOT
from tests.contract.ledger_rig import NORTH, NOW, SOUTH, Home, House, open_house, policy
from tests.server.serving import Caller, served
from tests.support.kiosks import enrolled, keys_of

pytestmark = pytest.mark.slow

TOKEN = "organizers-token-of-the-test"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One event for all tests of this file."""
    with open_house(Home(None, tmp_path_factory.mktemp("api"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def url(house: House) -> Iterator[str]:
    """A server of it."""
    with served(build_app(house.office, TOKEN)) as address:
        yield address


@pytest.fixture
def caller(house: House, url: str) -> Iterator[Caller]:
    """A kiosk of it."""
    with httpx.Client(base_url=url, timeout=20) as http:
        yield Caller(http, house)


def code_of(reply: httpx.Response) -> tuple[int, str]:
    """Status and stable code of a problem, its form checked."""
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert problem["status"] == reply.status_code
    assert problem["code"] in TABLE
    assert problem["title"]
    return reply.status_code, problem["code"]


# --- who may call -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["manifest", "status"])
@pytest.mark.parametrize(
    "header", ["", "Device", "Device x.y", "Basic eDp5", "Bearer wrong", "Device " + "0" * 32 + ".no"]
)
def test_strangers_are_nobody(caller: Caller, path: str, header: str) -> None:
    reply = caller.http.get(caller.url(path), headers={"Authorization": header} if header else {})
    assert code_of(reply) == (401, "credentials_wrong")
    assert "Device" in reply.headers["WWW-Authenticate"]


def test_device_of_another_event_is_forbidden(caller: Caller) -> None:  # A24
    other = caller.house.office.create_event(policy("Other"))
    reply = caller.http.get(f"/api/v1/events/{other.event}/manifest", headers=caller.headers)
    assert code_of(reply) == (403, "not_authorised")


def test_unknown_event_for_the_organizer(caller: Caller) -> None:
    for event in ("0" * 32, "nonsense"):
        reply = caller.http.get(f"/api/v1/events/{event}/status", headers=BEARER)
        assert code_of(reply) == (404, "event_unknown")


def test_a_device_may_not_issue_and_a_token_may_not_redeem(caller: Caller) -> None:  # A24
    made = caller.http.post(caller.url("tickets"), json={"cls": 1, "count": 1}, headers=caller.headers)
    assert code_of(made) == (403, "not_authorised")
    scan = caller.house.scan(caller.house.tickets()[0])
    asked = caller.http.post(caller.url("redemptions"), json={"fact": to_record(scan)}, headers=BEARER)
    assert code_of(asked) == (403, "not_authorised")


def test_revoked_device_is_told_so(caller: Caller) -> None:
    office, event = caller.house.office, caller.house.event
    reply = enrolled(office, event, NORTH, "old")
    headers = {"Authorization": f"Device {reply.device}.{reply.secret}"}
    assert caller.http.get(caller.url("status"), headers=headers).status_code == 200
    office.revoke_device(event, DeviceId(UUID(reply.device)))
    for path in ("status", "manifest"):
        assert code_of(caller.http.get(caller.url(path), headers=headers)) == (401, "device_revoked")
    asked = caller.http.post(caller.url("redemptions"), json={"fact": {}}, headers=headers)
    assert code_of(asked) == (401, "device_revoked")


# --- facts --------------------------------------------------------------------------------------------------------


def test_a_door_asks_and_asks_again(caller: Caller) -> None:  # A1, A5
    scan = caller.house.scan(caller.house.tickets()[0])
    first, again = caller.ask(scan).json(), caller.ask(scan).json()
    assert (first["id"], first["arrival"], first["answer"]["outcome"]) == (scan.stamp.id.hex, "applied", "admitted")
    assert (again["arrival"], again["answer"]) == ("replayed", first["answer"])


def test_every_reply_tells_the_servers_time(caller: Caller) -> None:
    for reply in (caller.get("status"), caller.http.get("/nothing"), caller.http.get("/health")):
        assert reply.headers[TIME_HEADER] == str(NOW)
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Cache-Control"] == "no-store"
        assert "server" not in reply.headers


def test_another_fact_under_a_known_id_is_422(caller: Caller) -> None:  # A5
    scan = caller.house.scan(caller.house.tickets()[0])
    caller.ask(scan)
    assert code_of(caller.ask(replace(scan, gate=SOUTH))) == (422, "id_reuse")
    assert ("id_reuse", scan.stamp.id) in caller.house.open_incidents()
    in_batch = caller.send([to_record(replace(scan, gate=SOUTH))]).json()["results"][0]
    assert (in_batch["arrival"], in_batch["reason"]) == ("quarantined", "id_reuse")


def test_a_batch_is_answered_fact_by_fact(caller: Caller) -> None:  # G12
    facts = [to_record(caller.house.scan(tid)) for tid in caller.house.tickets(3)]
    results = caller.send([facts[0], "poison", facts[1], {"id": 3}, facts[2]]).json()["results"]
    assert [result["arrival"] for result in results] == ["applied", "quarantined", "applied", "quarantined", "applied"]
    assert [result["id"] for result in results[::2]] == [fact["id"] for fact in facts]


@pytest.mark.parametrize("doors", [2, 8, 64])
def test_parallel_questions_admit_once_and_fail_never(caller: Caller, doors: int) -> None:  # G2
    tid = caller.house.tickets()[0]
    with ThreadPoolExecutor(doors) as pool:
        replies = list(pool.map(caller.ask, [caller.house.scan(tid) for _ in range(doors)]))
    assert {reply.status_code for reply in replies} == {200}
    told = [reply.json()["answer"]["outcome"] for reply in replies]
    assert (told.count("admitted"), told.count("already_used")) == (1, doors - 1)


# --- bounds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_limited", [True, False])
def test_a_guest_does_not_wait_for_queues_that_drain(
    house: House, monkeypatch: pytest.MonkeyPatch, *, is_limited: bool
) -> None:
    """More kiosks than the server has threads send queues that take for ever. Control: without the limit they do."""
    threads = min(32, (os.cpu_count() or 1) + 4)  # concurrent.futures.ThreadPoolExecutor
    at_once = UPLOADS_AT_ONCE if is_limited else threads
    monkeypatch.setattr(api_module, "UPLOADS_AT_ONCE", at_once)
    begun, go_on, real = threading.Semaphore(0), threading.Event(), RedeemLine.redeem_batch

    def held(*told: Any, **more: Any) -> list[FactResult]:
        begun.release()
        assert go_on.wait(30)
        return real(*told, **more)

    monkeypatch.setattr(RedeemLine, "redeem_batch", held)
    queues = [house.scan(tid) for tid in house.tickets(threads + 1)]
    guest = house.scan(house.tickets()[0])
    with served(build_app(house.office, TOKEN)) as address, httpx.Client(base_url=address, timeout=30) as http:
        caller = Caller(http, house)
        with ThreadPoolExecutor(len(queues)) as pool:
            try:
                sent = [pool.submit(caller.send, [to_record(scan)]) for scan in queues]
                assert all(begun.acquire(timeout=30) for _ in range(at_once))
                patience = httpx.Timeout(20, read=20 if is_limited else 1)
                with httpx.Client(base_url=address, timeout=patience) as patient:
                    told = _status_or_none(Caller(patient, house), guest)
            finally:
                go_on.set()
            assert {each.result().status_code for each in sent} == {200}
    assert told == (200 if is_limited else None)


def _status_or_none(caller: Caller, scan: Scan) -> int | None:
    """What a guest's question is answered with; None when the guest has gone."""
    try:
        return caller.ask(scan).status_code
    except httpx.ReadTimeout:
        return None


def test_batches_have_bounds(caller: Caller) -> None:
    assert code_of(caller.send([{}] * 201)) == (413, "batch_too_large")
    large = caller.send([{"id": "x", "junk": "x" * MAX_BATCH_BYTES}])
    assert code_of(large) == (413, "batch_too_large")
    assert caller.send([]).json() == {"results": []}


@pytest.mark.parametrize("is_told", [True, False], ids=["by its header", "while it streams"])
def test_a_body_of_more_than_a_mebibyte_is_cut(caller: Caller, is_told: bool) -> None:
    parts = (b"x" * 65_536 for _ in range(64))
    content = b"x" * (1024 * 1024 + 1) if is_told else parts
    with contextlib.suppress(httpx.WriteError):
        reply = caller.http.post(caller.url("redemptions"), content=content, headers=caller.headers)
        assert code_of(reply) == (413, "body_too_large")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"fact"', b"\xff\xfe", b"[" * 500_000, b'{"facts":[' + b"[" * 90_000],
    ids=["nothing", "cut", "list", "null", "half", "no UTF-8", "deep", "deeper"],
)
def test_nonsense_is_refused_not_crashed_on(caller: Caller, content: bytes) -> None:  # G14
    headers = {**caller.headers, **keys_of("kiosk 0").signed(content), "Content-Type": "application/json"}
    for path in ("redemptions", "redemptions/batch"):
        reply = caller.http.post(caller.url(path), content=content, headers=headers)
        assert code_of(reply)[0] in {400, 413, 422}


def test_a_problem_never_repeats_what_was_sent(caller: Caller) -> None:
    reply = caller.http.post("/api/v1/devices/enrol", json={"code": ["T1:SECRETSECRET"]})
    assert code_of(reply) == (422, "invalid_request")
    assert "SECRET" not in reply.text


def test_a_silent_client_holds_nobody_up(caller: Caller, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.server.frame.BODY_S", 0.3)
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as line:
        line.sendall(b"POST /api/v1/devices/enrol HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert caller.http.get("/health").status_code == 200
        assert b"408" in line.recv(4096)


# --- the rest -----------------------------------------------------------------------------------------------------


def test_manifest_has_a_version_and_is_not_sent_twice(caller: Caller) -> None:
    reply = caller.get("manifest")
    assert reply.headers["ETag"] == f'"{reply.json()["version"]}"'
    again = caller.get("manifest", **{"If-None-Match": reply.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers[TIME_HEADER]
    assert caller.get("manifest", **{"If-None-Match": '"0"'}).status_code == 200


def test_organizer_issues_and_reads_the_figures(caller: Caller) -> None:  # A25
    reply = caller.http.post(caller.url("tickets"), json={"cls": 1, "count": 3}, headers=BEARER)
    assert reply.status_code == 201
    assert [ticket["text"][:3] for ticket in reply.json()["tickets"]] == ["T1:"] * 3
    wrong = caller.http.post(caller.url("tickets"), json={"cls": 77, "count": 1}, headers=BEARER)
    assert code_of(wrong) == (422, "class_unknown")
    by_kiosk = caller.get("status").json()  # first: its question is a sign of life, which the figures have
    by_token = caller.http.get(caller.url("status"), headers=BEARER).json()
    assert by_token == by_kiosk
    assert by_token["redemptions"] == len(caller.house.entries())
    assert sum(gate["admitted"] for gate in by_token["by_gate"]) == by_token["redemptions"]


def test_health(caller: Caller) -> None:
    assert caller.http.get("/api/v1/health").json() == {"status": "ok", "database": "sqlite", "internet": None}
    assert caller.http.get("/health").json() == {"status": "ok"}
    assert caller.http.get("/ready").json() == {"status": "ready"}


def test_wrong_address_and_wrong_method_are_problems_too(caller: Caller) -> None:
    assert code_of(caller.http.get("/nothing")) == (404, "not_found")
    assert code_of(caller.http.delete("/health")) == (405, "method_not_allowed")


def test_a_database_that_is_gone_is_503_with_patience(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(*_: object) -> None:
        raise LedgerUnavailable("test")

    monkeypatch.setattr(caller.house.office._database, "transact", gone)
    monkeypatch.setattr(caller.house.office, "check", gone)
    scan = caller.house.scan(None)
    for reply in (caller.ask(scan), caller.send([to_record(scan)]), caller.http.get("/api/v1/health")):
        assert code_of(reply) == (503, "database_unavailable")
        assert int(reply.headers["Retry-After"]) > 0


def test_a_bug_is_500_without_its_words(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*_: object) -> None:
        raise ValueError("T1:SECRET")

    monkeypatch.setattr(caller.house.office, "status_of", bug)
    reply = caller.get("status")
    assert code_of(reply) == (500, "server_error")
    assert "SECRET" not in reply.text


def test_the_documents_name_exactly_the_routes(caller: Caller) -> None:
    paths = caller.http.get("/openapi.json").json()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    document = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### `((?:GET|POST|PUT|PATCH|DELETE) \S+)`", document, re.MULTILINE)) == routes
    assert {code for code in TABLE if f"`{code}`" not in document} == set()
