"""The routes of kiosks about themselves over a real socket, and the signatures of their batches."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import httpx
import pytest

from app.ledger.device_rows import DeviceClock
from app.server.callers import told_clock
from app.server.program import build_app
from core.journal.scan import to_record
from core.model.moments import ClockQuality
from core.sync.messages import CLOCK_HEADER, SIGNATURE_HEADER, EnrolReply, Reach
from core.sync.signing import batch_bytes
from core.ticket import seal
from tests.contract.ledger_rig import NORTH, NOW, SOUTH, Home, House, open_house
from tests.contract.test_ledger_tally import chain, told
from tests.server.serving import Caller, served
from tests.server.test_api import TOKEN, code_of
from tests.support.kiosks import confirm, device_of, enrolled, keys_of, pending

pytestmark = pytest.mark.slow

ENROL = "/api/v1/devices/enrol"
KEYS = keys_of("kiosk")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One event for all tests of this file."""
    with open_house(Home(None, tmp_path_factory.mktemp("devices"))) as opened:
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


def body(code: str, /, **change: object) -> dict[str, object]:
    """What a kiosk posts."""
    return asdict(KEYS.request(code)) | change


def credential(reply: EnrolReply, secret: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Device {reply.device}.{secret or reply.secret}"}


# --- enrolment ----------------------------------------------------------------------------------------------------


def test_a_code_becomes_a_credential_that_works_once_the_digits_are_compared(caller: Caller) -> None:  # A22
    office, event = caller.house.office, caller.house.event
    code = office.device_code(event, SOUTH, "Door 7").code
    reply = EnrolReply(**caller.http.post(ENROL, json=body(code)).json())
    assert (reply.gate, reply.event, reply.profile) == (SOUTH, event.hex, "mac")
    assert bytes.fromhex(reply.root_key) == office.roots.root_public
    me = caller.http.get(caller.url("devices/me"), headers=credential(reply))
    assert me.json() == {"state": "pending", "name": "Door 7", "gate": SOUTH, "profile": "mac"}
    office.confirm_device(event, "Door 7", KEYS.digits(code, bytes.fromhex(reply.root_key)))
    assert caller.http.get(caller.url("devices/me"), headers=credential(reply)).json()["state"] == "active"
    assert caller.http.get(caller.url("manifest"), headers=credential(reply)).status_code == 200
    assert code_of(caller.http.post(ENROL, json=body(code))) == (409, "enrol_code_used")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, (404, "enrol_code_wrong")),
        ({"protocol": "2031-01"}, (409, "server_outdated")),
        ({"protocol": "2031-01", "signing_key": None, "hello": 1}, (409, "server_outdated")),
        ({"protocol": "2025-01", "sealing_key": None}, (409, "kiosk_outdated")),
        ({"signing_key": "00"}, (422, "device_key_wrong")),
        ({"sealing_key": "0" * 64}, (422, "device_key_wrong")),
        ({"signing_key": None}, (422, "invalid_request")),
        ({"signing_key": keys_of("his").signing.hex()}, (404, "enrol_code_wrong")),
        ({"proof": "x"}, (404, "enrol_code_wrong")),
        ({"proof": None}, (422, "invalid_request")),
        ({"handle": "x"}, (422, "invalid_request")),
        ({"handle": "A\x00-Ä"}, (422, "nul_in_text")),
        ({"handle": "A\x01-Ä"}, (404, "enrol_code_wrong")),
        ({"protocol": 3}, (422, "invalid_request")),
    ],
)
def test_enrolment_refuses_with_its_reason(caller: Caller, change: dict[str, object], told) -> None:  # A22
    assert code_of(caller.http.post(ENROL, json=body("AAAA-AAAA-AAAA-AAAA-AAAA", **change))) == told


def test_expired_withdrawn_and_tried_codes_say_so(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:  # A22
    office, event = caller.house.office, caller.house.event
    withdrawn, tried, late = (office.device_code(event, NORTH, "x").code for _ in range(3))
    office.devices.withdraw(event, withdrawn)
    assert code_of(caller.http.post(ENROL, json=body(withdrawn))) == (410, "enrol_code_withdrawn")
    for _ in range(5):
        assert code_of(caller.http.post(ENROL, json=body(tried[:5] + "AAAA-AAAA"))) == (404, "enrol_code_wrong")
    assert code_of(caller.http.post(ENROL, json=body(tried))) == (410, "enrol_code_expired")
    monkeypatch.setattr(office.devices._enrolments, "_now_ms", lambda: NOW + 15 * 60 * 1000)
    assert code_of(caller.http.post(ENROL, json=body(late))) == (410, "enrol_code_expired")


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"protocol":' + b"[" * 90_000])
def test_nonsense_is_refused_not_crashed_on(caller: Caller, content: bytes) -> None:  # G14
    assert code_of(caller.http.post(ENROL, content=content))[0] in {400, 413, 422}


# --- a pending device ---------------------------------------------------------------------------------------------


def test_a_pending_device_can_do_nothing_else(caller: Caller) -> None:
    office, event = caller.house.office, caller.house.event
    reply = pending(office, event, NORTH, "waiting")
    headers, http = credential(reply), caller.http
    signed = {**headers, **keys_of("waiting").signed(b'{"facts":[]}')}
    refused = [
        http.get(caller.url("manifest"), headers=headers),
        http.get(caller.url(f"files/{'0' * 64}"), headers=headers),
        http.get(caller.url("status"), headers=headers),
        http.post(caller.url("redemptions"), json={"fact": {}}, headers=headers),
        http.post(caller.url("redemptions/batch"), content=b'{"facts":[]}', headers=signed),
        http.post(caller.url("devices/me/credential"), headers=headers),
    ]
    assert [code_of(each) for each in refused] == [(403, "not_confirmed")] * len(refused)
    confirm(office, event, reply)
    told = http.post(caller.url("redemptions/batch"), content=b'{"facts":[]}', headers=signed)
    assert (told.status_code, told.json()) == (200, {"results": []})


def test_who_asks_about_itself_is_proven(caller: Caller) -> None:
    reply = pending(caller.house.office, caller.house.event, NORTH, "asks")
    for wrong in ({}, {"Authorization": "Bearer guess"}, credential(reply, "guess")):
        assert code_of(caller.http.get(caller.url("devices/me"), headers=wrong)) == (401, "credentials_wrong")
    organizer = {"Authorization": f"Bearer {TOKEN}"}
    assert code_of(caller.http.get(caller.url("devices/me"), headers=organizer)) == (403, "not_authorised")
    caller.house.office.revoke_device(caller.house.event, device_of(reply))
    told = caller.http.get(caller.url("devices/me"), headers=credential(reply))
    assert code_of(told) == (401, "device_revoked")


# --- credentials --------------------------------------------------------------------------------------------------


def test_a_credential_is_rotated_and_a_lost_reply_costs_nothing(caller: Caller) -> None:
    reply = enrolled(caller.house.office, caller.house.event, NORTH, "rotates")
    rotate = caller.url("devices/me/credential")
    lost, new = (caller.http.post(rotate, headers=credential(reply)).json()["secret"] for _ in range(2))

    def asked(secret: str) -> int:
        return caller.http.get(caller.url("status"), headers=credential(reply, secret)).status_code

    assert [asked(lost), asked(reply.secret), asked(new), asked(reply.secret), asked(new)] == [401, 200, 200, 401, 200]


# --- batches ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["missing", "no hex", "other device", "other body", "other words", "short"])
def test_a_batch_without_its_devices_signature_changes_nothing(caller: Caller, how: str) -> None:
    scan = caller.house.scan(caller.house.tickets()[0])
    content = json.dumps({"facts": [to_record(scan)]}).encode()
    own = keys_of("kiosk 0")
    signatures = {
        "missing": {},
        "no hex": {SIGNATURE_HEADER: "x" * 128},
        "other device": keys_of("kiosk 1").signed(content),
        "other body": own.signed(content + b" "),
        "other words": {SIGNATURE_HEADER: seal.ed25519_sign(own.signing_private, content).hex()},
        "short": {SIGNATURE_HEADER: own.signed(content)[SIGNATURE_HEADER][:-2]},
    }
    address = caller.url("redemptions/batch")
    wrong = caller.http.post(address, content=content, headers={**caller.headers, **signatures[how]})
    assert code_of(wrong) == (401, "bad_batch_signature")
    assert scan.stamp.id not in caller.house.stored()
    right = caller.http.post(address, content=content, headers={**caller.headers, **own.signed(content)})
    assert right.json()["results"][0]["arrival"] == "applied"


def test_the_signature_is_over_the_bytes_as_sent(caller: Caller) -> None:
    content = b'{ "facts" : [ ] }\n'
    signature = seal.ed25519_sign(keys_of("kiosk 0").signing_private, batch_bytes(content)).hex()
    headers = {**caller.headers, SIGNATURE_HEADER: signature}
    assert caller.http.post(caller.url("redemptions/batch"), content=content, headers=headers).status_code == 200


def test_an_heir_delivers_the_lost_kiosks_facts(caller: Caller) -> None:  # G6
    house = caller.house
    lost = enrolled(house.office, house.event, NORTH, "lost")
    house.kiosks.append(device_of(lost))
    facts = [to_record(fact) for fact in house.admit_offline(house.tickets()[0], len(house.kiosks) - 1)]
    content = json.dumps({"facts": facts}).encode()
    stranger = caller.send(facts).json()["results"]
    assert {result["reason"] for result in stranger} == {"other_device"}
    facts = [to_record(fact) for fact in house.admit_offline(house.tickets()[0], len(house.kiosks) - 1)]
    content = json.dumps({"facts": facts}).encode()
    heir = enrolled(house.office, house.event, NORTH, "heir", replaces=device_of(lost))
    headers = {**credential(heir), **keys_of("heir").signed(content)}
    results = caller.http.post(caller.url("redemptions/batch"), content=content, headers=headers).json()["results"]
    assert [result["arrival"] for result in results] == ["applied", "applied"]
    assert code_of(caller.http.get(caller.url("status"), headers=credential(lost))) == (401, "device_revoked")


# --- clocks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["manifest", "status", "redemptions"])
def test_a_devices_clock_is_known_by_its_calls(caller: Caller, route: str) -> None:
    house = caller.house
    reply = enrolled(house.office, house.event, NORTH, f"clock {route}")
    headers = {**credential(reply), CLOCK_HEADER: f"{NOW - 90_000};1500;holdover"}
    if route == "redemptions":
        caller.http.post(caller.url(route), json={"fact": {}}, headers=headers)
    else:
        caller.http.get(caller.url(route), headers=headers)
    assert house.office.devices.show(house.event, device_of(reply)).clock == DeviceClock(
        -90_000, 1_500, ClockQuality.HOLDOVER, NOW
    )


@pytest.mark.parametrize(
    "header",
    ["", "x", "1;2", "1;2;right", "-1;2;synced", "1;2;synced;", "1" * 16 + ";2;synced", "١;2;synced", "1;2;SYNCED"],
)
def test_a_clock_that_can_not_be_read_is_none(header: str) -> None:
    assert told_clock(header) is None


def test_a_door_hears_since_when_the_server_itself_has_no_internet(house: House) -> None:
    reach = Reach(None, None, None)
    with served(build_app(house.office, TOKEN, reach=lambda: reach)) as url, httpx.Client(base_url=url) as http:
        caller = Caller(http, house)
        heard = []
        for each in (reach, Reach(True, 1, 2), Reach(False, 7, 9)):
            reach = each
            heard.append(caller.get("devices/me/door").json()["no_internet_since_ms"])
    assert heard == [None, None, 7]


def test_many_devices_that_ask_at_once_are_all_served(caller: Caller) -> None:
    house = caller.house
    replies = [enrolled(house.office, house.event, NORTH, f"many {number}") for number in range(8)]

    def ask(reply: EnrolReply) -> int:
        headers = {**credential(reply), CLOCK_HEADER: f"{NOW};1;synced"}
        return caller.http.get(caller.url("devices/me"), headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, replies)) == [200] * 8


@pytest.mark.parametrize(("offset_ms", "is_incident"), [(120_000, False), (120_001, True), (-120_001, True)])
def test_a_clock_that_drifted_is_an_incident_of_its_device_until_it_is_right(
    house: House, caller: Caller, monkeypatch: pytest.MonkeyPatch, offset_ms: int, is_incident: bool
) -> None:
    reply = enrolled(house.office, house.event, NORTH, f"drift {offset_ms}")
    incident = ("clock_drift", device_of(reply))
    headers = {**credential(reply), CLOCK_HEADER: f"{NOW + offset_ms};1500;synced"}
    assert caller.http.get(caller.url("status"), headers=headers).status_code == 200
    assert (incident in house.open_incidents()) is is_incident
    later = NOW + 60_000
    monkeypatch.setattr(house.office.devices._credentials, "_now_ms", lambda: later)
    caller.http.get(caller.url("status"), headers=credential(reply) | {CLOCK_HEADER: f"{later};1500;synced"})
    assert incident not in house.open_incidents()


def test_a_drifting_clock_changes_no_order(caller: Caller) -> None:
    house = caller.house
    (tid,) = house.tickets()
    ahead = house.scan(tid, after_ms=600_000)
    house.upload(ahead)
    assert house.entries()[tid, 1] == ahead.stamp.id
    earlier = house.scan(tid)
    house.upload(earlier, house.shown(earlier))
    assert house.entries()[tid, 1] == earlier.stamp.id, "the key is the record's own time, drifted or not"


# --- both sides count ---------------------------------------------------------------------------------------------


def test_a_kiosk_and_its_server_compare_over_http(caller: Caller) -> None:
    house = caller.house
    facts = chain(house, 2, kiosk=1)
    house.upload(*facts)
    row = asdict(told(facts))
    headers = Caller(caller.http, house, 1).headers
    reply = caller.http.post(caller.url("devices/me/tally"), json={"tallies": [row]}, headers=headers)
    assert [result["finding"] for result in reply.json()["tallies"]] == ["equal"]
    held = caller.http.get(caller.url("devices/me/tally"), headers=headers).json()["tallies"]
    assert [(one["count"], one["max_seq"], one["head"]) for one in held] == [(4, 4, row["head"])]
    short = caller.http.post(
        caller.url("devices/me/tally"), json={"tallies": [row | {"count": 3, "max_seq": 3}]}, headers=headers
    )
    assert short.json()["tallies"][0]["finding"] == "heads_differ"


@pytest.mark.parametrize("tallies", [[{}] * 65, [{"device": 1}], "x", [{"count": -1}]])
def test_what_is_no_tally_is_refused(caller: Caller, tallies: object) -> None:
    reply = caller.http.post(caller.url("devices/me/tally"), json={"tallies": tallies}, headers=caller.headers)
    assert code_of(reply) == (422, "invalid_request")


# --- salvage ------------------------------------------------------------------------------------------------------


def test_a_revoked_device_may_deliver_batches_and_nothing_else(caller: Caller) -> None:  # G7
    house, http = caller.house, caller.http
    reply = enrolled(house.office, house.event, NORTH, "stolen")
    house.kiosks.append(device_of(reply))
    facts = [to_record(fact) for fact in house.admit_offline(house.tickets()[0], len(house.kiosks) - 1)]
    house.office.revoke_device(house.event, device_of(reply))
    headers = credential(reply)
    content = json.dumps({"facts": facts}).encode()
    sent = http.post(
        caller.url("redemptions/batch"), content=content, headers={**headers, **keys_of("stolen").signed(content)}
    )
    assert {(result["arrival"], result["reason"]) for result in sent.json()["results"]} == {
        ("quarantined", "device_revoked")
    }
    route = caller.url(f"devices/{device_of(reply).hex}/salvage")
    assert code_of(http.post(route, headers=headers)) == (401, "device_revoked"), "not by itself"
    report = http.post(route, headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert report == {"device": "stolen", "facts": 2, "applied": 2, "quarantined": 0, "incidents": 0}
    unsigned = http.post(caller.url("redemptions/batch"), content=content, headers=headers)
    assert code_of(unsigned) == (401, "bad_batch_signature")
    refused = [
        http.get(caller.url("manifest"), headers=headers),
        http.get(caller.url(f"files/{'0' * 64}"), headers=headers),
        http.get(caller.url("status"), headers=headers),
        http.get(caller.url("devices/me"), headers=headers),
        http.get(caller.url("devices/me/tally"), headers=headers),
        http.post(caller.url("devices/me/tally"), json={"tallies": []}, headers=headers),
        http.post(caller.url("devices/me/credential"), headers=headers),
        http.post(caller.url("redemptions"), json={"fact": facts[0]}, headers=headers),
    ]
    assert [code_of(each) for each in refused] == [(401, "device_revoked")] * len(refused)
