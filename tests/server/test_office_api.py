"""An organizer at the server's door: events, orders, tickets, kiosks, incidents, files."""

import base64
import csv
import json
import time
from collections.abc import Iterator

import httpx
import pytest

from app.server.program import build_app
from core.journal.signed_ledger import Whole, check_lines
from core.model.ids import TicketHandle
from tests.contract.ledger_rig import NOW, SOUTH, Home, House, open_house, policy
from tests.contract.test_ledger_by_file import written
from tests.server.serving import served
from tests.support.kiosks import keys_of

pytestmark = pytest.mark.slow

TOKEN = "organizers-token-of-the-test"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
OTHER_EVENT = {
    "name": "Another",
    "time_zone": "Europe/Berlin",
    "starts_ms": NOW,
    "ends_ms": NOW + 3_600_000,
    "gates": [{"id": "main", "name": "Main"}],
    "classes": [{"id": 1, "name": "Day"}],
}
WEEK_MS = 7 * 86_400_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(Home(None, tmp_path_factory.mktemp("office"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def web(house: House) -> Iterator[httpx.Client]:
    with (
        served(build_app(house.office, TOKEN)) as url,
        httpx.Client(base_url=url, timeout=20, headers=BEARER) as http,
    ):
        yield http


@pytest.fixture
def at(house: House) -> str:
    """The address of the house's event."""
    return f"/api/v1/events/{house.event.hex}"


def sold(house: House, web: httpx.Client, at: str, ref: str, **fields: str) -> TicketHandle:
    reply = web.put(f"{at}/tickets/shop/{ref}", json={"class": "Standard", **fields})
    assert reply.status_code == 201, reply.text
    return TicketHandle(bytes.fromhex(reply.json()["tid"]))


def doubled(house: House) -> str:
    """A ticket that two kiosks let in; the scan that lost."""
    tid = house.tickets()[0]
    house.upload(*house.admit_offline(tid, 0))
    scan = house.scan(tid, 1, after_ms=5_000, gate=SOUTH)
    house.upload(scan, house.shown(scan))
    return scan.stamp.id.hex


# --- events -------------------------------------------------------------------------------------------------------


def test_an_event_is_made_changed_and_copied(web: httpx.Client) -> None:
    told = {
        "name": "Fresh",
        "time_zone": "Europe/Berlin",
        "starts_ms": NOW,
        "ends_ms": NOW + 3_600_000,
        "gates": [{"id": "main", "name": "Main"}],
        "classes": [{"id": 1, "name": "Day", "entries": 2}],
        "algorithm": "ed25519",
    }
    made = web.post("/api/v1/events", json=told)
    assert made.status_code == 201
    event = made.json()["policy"]["event"]
    changed = web.patch(f"/api/v1/events/{event}", json={"name": "Renamed"}).json()
    assert (changed["policy"]["name"], changed["manifest_version"]) == ("Renamed", 2)
    assert web.get(f"/api/v1/events/{event}").json() == changed
    wanted = {"event": event, "starts_ms": NOW + WEEK_MS, "name": "Next"}
    copy = web.post("/api/v1/event-copies", json=wanted)
    assert copy.status_code == 201
    assert copy.json()["event"]["policy"]["ends_ms"] == NOW + WEEK_MS + 3_600_000
    assert [each["what"] for each in copy.json()["moved"]] == ["starts", "ends"]
    names = [each["policy"]["name"] for each in web.get("/api/v1/events").json()]
    assert {"Renamed", "Next"} <= set(names)
    until = web.put(f"/api/v1/events/{event}/lease", json={"until_ms": NOW + WEEK_MS})
    assert until.json()["policy"]["lease_until_ms"] == NOW + WEEK_MS


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"colour": "red"}, "no field 'colour'"),
        ({"ends_ms": 5}, "ends before"),
        ({"gates": []}, "gate"),
        ({"classes": 7}, "classes"),
        ({"name": None}, "name"),
    ],
)
def test_an_event_that_nobody_could_run_is_refused_with_the_cause(
    web: httpx.Client, at: str, fields: object, cause: str
) -> None:
    before = web.get(at).json()
    reply = web.patch(at, json=fields)
    assert (reply.status_code, reply.json()["code"]) == (422, "event_wrong")
    assert cause in reply.json()["detail"]
    assert web.get(at).json() == before
    assert web.post("/api/v1/events", json={"name": "Empty", "algorithm": "none"}).json()["code"] == "event_wrong"


def test_the_later_of_two_windows_is_told(web: httpx.Client, at: str) -> None:  # D6
    was = web.get(at).json()["policy"]
    assert web.patch(at, json={"capacity": 500, "seen": {"capacity": was["capacity"]}}).status_code == 200
    later = web.patch(at, json={"capacity": 900, "seen": {"capacity": was["capacity"]}})
    assert (later.status_code, later.json()["code"], later.json()["detail"]) == (409, "event_changed", "capacity")
    assert web.get(at).json()["policy"]["capacity"] == 500
    assert web.patch(at, json={"capacity": 900, "seen": 5}).json()["code"] == "event_wrong"


def test_whose_codes_open_the_doors_is_set_as_a_whole(house: House, web: httpx.Client) -> None:
    event = house.office.create_event(policy("Two shops")).event
    at = f"/api/v1/events/{event}"
    shop = {"name": "shop", "kind": "hmac"}
    rules = {"mode": "migrating", "legacy_until_ms": NOW, "adapters": [shop], "symbologies": ["qr", "code128"]}
    assert web.put(f"{at}/codes", json={"codes": rules}).json()["code"] == "adapter_key_missing"
    secret = base64.b64encode(b"the shop's own key").decode()
    done = web.put(f"{at}/codes", json={"codes": rules, "secrets": {"shop": secret}})
    assert (done.status_code, done.json()["policy"]["codes"]["symbologies"]) == (200, ["qr", "code128"])
    assert secret not in done.text
    again = web.put(f"{at}/codes", json={"codes": {**rules, "is_final": True}, "seen": done.json()["policy"]["codes"]})
    assert again.json()["policy"]["codes"]["is_final"] is True, "the secret is there already"
    stale = web.put(f"{at}/codes", json={"codes": rules, "seen": rules})
    assert (stale.status_code, stale.json()["code"]) == (409, "event_changed")
    for wrong in ({"mode": "all"}, {"mode": "foreign"}, {"symbologies": ["runes"]}):
        assert web.put(f"{at}/codes", json={"codes": wrong}).json()["code"] == "event_wrong"
    assert web.put(f"{at}/codes", json={"codes": rules, "secrets": {"shop": "abc"}}).json()["code"] == "event_wrong"
    assert (
        web.put(f"{at}/codes", json={"codes": {}, "secrets": {"other": secret}}).json()["code"] == "adapter_key_missing"
    )


# --- tickets and orders -------------------------------------------------------------------------------------------


def test_tickets_are_found_without_a_name_in_an_address(house: House, web: httpx.Client, at: str) -> None:  # A18
    tid = sold(house, web, at, "S-1", name="Jörg Müller", order="O-1")
    found = web.post(f"{at}/tickets/search", json={"text": "muller"}).json()
    assert [(each["ticket"]["tid"], each["by"], each["name"]) for each in found["matches"]] == [
        (tid.hex(), "name", "Jörg Müller")
    ]
    house.ask(house.scan(tid))
    told = web.get(f"{at}/tickets/{tid.hex()}").json()
    assert (told["name"], [each["outcome"] for each in told["facts"]]) == ("Jörg Müller", ["admitted"])
    assert web.get(f"{at}/tickets/{'0' * 16}").json()["code"] == "ticket_unknown"
    assert web.get(f"{at}/tickets/nonsense").status_code == 422


def test_a_tickets_life_by_hand(house: House, web: httpx.Client, at: str) -> None:  # A8, A10
    tid = sold(house, web, at, "L-1", order="O-2")
    one = f"{at}/tickets/{tid.hex()}"

    def status() -> str:
        return web.get(one).json()["ticket"]["status"]  # type: ignore[no-any-return]

    for verb, expected in (("block", "blocked"), ("unblock", "valid"), ("cancel", "canceled"), ("restore", "valid")):
        reply = web.post(f"{one}/{verb}").json()
        assert (reply["changed"], status()) == ([tid.hex()], expected)
        assert reply["manifest_version"] > 0
        again = web.post(f"{one}/{verb}").json()
        assert again == {"changed": [], "manifest_version": 0, "refund": None}, "again changes nothing"
    made = web.post(f"{one}/reissue").json()
    assert made["text"].startswith("T1:")
    assert made["mailed_to"] is None
    refused = web.post(f"{one}/reissue", json={"why": "lost", "mail": True})
    assert (refused.status_code, refused.json()["code"]) == (404, "mail_unset")
    assert web.get(one).json()["ticket"]["gen"] == 1
    assert [each["deed"] for each in web.get(one).json()["deeds"]][-1] == "ticket.reissued"


def test_a_guest_is_forgotten_and_the_ticket_stays(house: House, web: httpx.Client, at: str) -> None:
    tid = sold(house, web, at, "G-1", name="Anna Example", order="O-4711")
    done = web.post(f"{at}/people/erase", json={"order": "O-4711"}).json()
    assert done == {"tickets": 1, "names": 1, "answers": 0, "evidence": 0}
    assert "G-1" not in web.post(f"{at}/tickets/search", json={"text": "Anna Exam"}).text
    assert web.post(f"{at}/people/erase", json={"tickets": [tid.hex()]}).json()["names"] == 0
    reply = web.post(f"{at}/people/erase", json={"order": "O-4711"})
    assert (reply.status_code, reply.json()["code"]) == (404, "person_unknown")


def test_an_order_is_shown_and_canceled(house: House, web: httpx.Client, at: str) -> None:  # A8
    tids = sorted(sold(house, web, at, f"R-{number}", order="O/3 ä").hex() for number in range(3))
    assert [each["tid"] for each in web.get(f"{at}/orders", params={"order": "O/3 ä"}).json()] == tids
    assert web.post(f"{at}/orders/cancel", json={"order": "O/3 ä"}).json()["changed"] == tids
    reply = web.post(f"{at}/orders/cancel", json={"order": "nobody's"})
    assert (reply.status_code, reply.json()["code"]) == (404, "order_unknown")


# --- imports ------------------------------------------------------------------------------------------------------


def test_a_list_comes_in_parts_and_says_how_far_it_is(house: House, web: httpx.Client, at: str) -> None:  # G26
    one = f"{at}/imports/{'ab' * 16}"
    whole = ("external_ref,class\n" + "".join(f"I-{number},Standard\n" for number in range(700))).encode()
    assert web.put(one, json={"source": "parts"}).json()["state"] == "open"
    for part in range(3):
        reply = web.put(f"{one}/parts/{part}", content=whole[part * 4_000 : (part + 1) * 4_000])
        assert (reply.status_code, reply.json()["parts"]) == (200, part + 1)
    assert web.put(f"{one}/parts/0", content=b"other").json()["code"] == "import_refused"

    def until(*states: str) -> dict[str, object]:
        """Asks as a client does; each question takes the server's time, and the import ends by itself."""
        for _ in range(2_000):
            told: dict[str, object] = web.get(one).json()
            if told["state"] in states:
                return told
        raise AssertionError(told)

    assert web.post(f"{one}/preview").status_code == 202
    assert until("previewed", "failed")["report"]["new"] == 700  # type: ignore[index]
    assert web.post(f"{one}/apply").status_code == 202
    told = until("done", "failed")
    assert (told["state"], told["done"], told["report"]["issued"]) == ("done", 700, 700)  # type: ignore[index]
    page = web.get(f"{at}/ticket-codes", params={"source": "parts", "limit": 5}).json()
    assert len(page["codes"]) == 5
    assert page["codes"][0]["text"].startswith("T1:")
    deeds = [row["record"] for row in web.get(f"{at}/audit").json()["records"]]
    (noted,) = [each for each in deeds if each["deed"] == "tickets.imported"]
    assert (noted["about"], noted["by"]["kind"], noted["details"]["new"]) == ("parts", "machine", 700)
    assert one.rpartition("/")[2] in [each["id"] for each in web.get(f"{at}/imports").json()]
    assert web.delete(one).status_code == 204
    assert web.get(one).json()["code"] == "import_unknown"


# --- kiosks -------------------------------------------------------------------------------------------------------


def test_a_kiosk_comes_is_moved_and_goes(house: House, web: httpx.Client, at: str) -> None:
    made = web.post(f"{at}/devices/codes", json={"gate": "south", "name": "Side"})
    assert made.status_code == 201
    reply = house.office.devices.enrol(keys_of("side").request(made.json()["code"]))
    one = f"{at}/devices/{reply.device}"
    waiting = web.get(one).json()
    assert (waiting["state"], waiting["gate"]) == ("pending", "south")
    assert (waiting["confirm_until_ms"] is None, waiting["revoked_at_ms"]) == (False, None)
    wrong = web.post(f"{one}/confirm", json={"digits": "000000" if waiting["digits"] != "000 000" else "111111"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "digits_wrong")
    assert web.post(f"{one}/confirm", json={"digits": waiting["digits"]}).json()["state"] == "active"
    moved = web.patch(one, json={"name": "Main door", "gate": "north"}).json()
    assert (moved["name"], moved["gate"]) == ("Main door", "north")
    assert web.patch(one, json={"name": "kiosk 0"}).json()["code"] == "device_name_taken"
    assert web.patch(one, json={"gate": "west"}).json()["code"] == "gate_unknown"
    heir = web.post(f"{at}/devices/codes", json={"replaces": reply.device}).json()
    assert (heir["name"], heir["gate"]) == ("Main door", "north")
    gone = web.post(f"{one}/revoke").json()
    assert (gone["state"], gone["confirm_until_ms"], gone["revoked_at_ms"] is None) == ("revoked", None, False)
    assert gone["salvageable"] == 0
    assert "Main door" in [each["name"] for each in web.get(f"{at}/devices").json()]
    assert web.get(f"{at}/devices/{'0' * 32}").json()["code"] == "device_unknown"


def test_a_queue_comes_on_a_stick(house: House, web: httpx.Client, at: str) -> None:  # G27
    facts = [fact for tid in house.tickets(40) for fact in house.admit_offline(tid, 0)]
    data = written(house, facts)
    octets = {"Content-Type": "application/octet-stream"}
    first = web.post(f"{at}/devices/queue-files", content=data, headers=octets).json()
    again = web.post(f"{at}/devices/queue-files", content=data, headers=octets).json()
    assert (first["device"], first["applied"], again["applied"], again["replayed"]) == ("kiosk 0", 80, 0, 80)
    assert first["is_revoked"] is False
    for wrong, told in (
        (b"a picture", (422, "queue_file_foreign")),
        (data[:-1] + bytes([data[-1] ^ 1]), (422, "queue_file_wrong_signature")),
        (data + b"x" * 1024 * 1024, (413, "body_too_large")),
        (b"{" * 100 + data, (422, "queue_file_foreign")),
    ):
        refused = web.post(f"{at}/devices/queue-files", content=wrong, headers=octets)
        assert (refused.status_code, refused.json()["code"]) == told
    other = web.post("/api/v1/events", json=OTHER_EVENT).json()["policy"]["event"]
    elsewhere = web.post(f"/api/v1/events/{other}/devices/queue-files", content=data, headers=octets)
    assert elsewhere.json()["code"] == "device_unknown", "a right at one event opens no other one"


def test_a_code_is_withdrawn(web: httpx.Client, at: str) -> None:
    code = web.post(f"{at}/devices/codes", json={}).json()["code"]
    assert web.post(f"{at}/devices/codes/withdraw", json={"code": code}).status_code == 204
    assert web.post(f"{at}/devices/codes/withdraw", json={"code": "AAAA"}).json()["code"] == "enrol_code_wrong"


# --- incidents and files ------------------------------------------------------------------------------------------


def test_an_incident_is_noted_and_resolved(house: House, web: httpx.Client, at: str) -> None:  # G1
    scan = doubled(house)
    open_ones = {"kind": "double_admission", "state": "open"}
    (told,) = [row for row in web.get(f"{at}/incidents", params=open_ones).json()["incidents"] if row["scan"] == scan]
    assert (told["scan"], told["winner"]["gate_name"], told["loser"]["gate_name"]) == (scan, "North gate", "South gate")
    one = f"{at}/incidents/{scan}/double_admission"
    assert web.post(f"{one}/notes", json={"note": "asked"}).json()["notes"][0]["author"] == "machine"
    done = web.put(f"{one}/resolution", json={"finding": "honest_rescan", "note": "same guest"}).json()
    assert (done["state"], done["finding"]) == ("resolved", "honest_rescan")
    assert web.get(one).json() == done
    still_open = web.get(f"{at}/incidents", params=open_ones).json()["incidents"]
    assert scan not in [row["scan"] for row in still_open]
    assert web.get(f"{at}/incidents", params={"after": "nonsense"}).json()["code"] == "incident_unknown"
    assert web.get(f"{at}/incidents", params={"state": "lost"}).status_code == 422


def test_files_leave_the_ledger(house: House, web: httpx.Client, at: str) -> None:
    doubled(house)
    scans = web.get(f"{at}/exports/scans")
    assert scans.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(scans.text.splitlines()))
    told = [json.loads(line) for line in web.get(f"{at}/exports/scans?format=jsonl").text.splitlines()]
    assert [row["id"] for row in rows] == [row["id"] for row in told]
    assert len(rows) >= 2
    assert len(web.get(f"{at}/exports/admissions?format=jsonl").text.splitlines()) == len(house.entries())
    assert web.get(f"{at}/exports/secrets").status_code == 422
    found = check_lines(web.get(f"{at}/ledger").text.splitlines(keepends=True))
    assert isinstance(found, Whole)
    assert (found.facts, found.root_key) == (len(house.stored()), house.office.roots.root_public)


def test_nobody_else_may(house: House, web: httpx.Client, at: str) -> None:  # A24
    kiosk = {"Authorization": f"Device {house.kiosks[0].hex}.{house.secrets[0]}"}
    nobody = {"Authorization": "Bearer wrong"}
    for headers, status in ((kiosk, 403), (nobody, 401)):
        for path in ("", "/devices", "/incidents", "/exports/scans", "/ledger", "/orders?order=1"):
            assert web.get(f"{at}{path}", headers=headers).status_code == status, path
        for path in ("/tickets/search", "/orders/cancel", "/devices/codes"):
            assert web.post(f"{at}{path}", json={}, headers=headers).status_code == status, path


def test_door_staff_come_and_change_and_no_pin_comes_out(web: httpx.Client, at: str) -> None:
    made = web.post(f"{at}/operators", json={"name": "Ana", "pin": "840217", "role": "supervisor"})
    assert made.status_code == 201
    one = f"{at}/operators/{made.json()['id']}"
    assert web.patch(one, json={"budget": 3, "pin": "731904"}).json()["budget"] == 3
    card, code = web.get(f"{one}/badge"), web.get(f"{one}/badge?format=png")
    assert (card.headers["content-type"], card.content[:5]) == ("application/pdf", b"%PDF-")
    assert (code.headers["content-type"], code.content[1:4]) == ("image/png", b"PNG")
    assert code.headers["cache-control"] == "no-store"
    assert web.patch(one, json={"is_active": False}).json()["is_active"] is False
    assert web.get(f"{one}/badge").json()["code"] == "operator_unknown", "who works no more comes on no shift"
    told = web.get(f"{at}/operators")
    assert [each["name"] for each in told.json()] == ["Ana"]
    assert not {"840217", "731904", "argon2"} & set(told.text.split('"'))
    refused = web.post(f"{at}/operators", json={"name": "Bo", "pin": "123456"})
    assert (refused.status_code, refused.json()["code"]) == (422, "operator_wrong")
    assert web.patch(f"{at}/operators/{'0' * 32}", json={"name": "Bo"}).json()["code"] == "operator_unknown"


def test_the_last_hour_is_sixty_minutes_whenever_it_is_asked(web: httpx.Client, at: str) -> None:
    hour = web.get(f"{at}/arrivals", params={"last_min": 60}).json()
    assert {len(each["counts"]) for each in hour["gates"]} == {60}
    now_ms = time.time_ns() // 1_000_000
    assert now_ms - 61 * 60_000 < hour["since_ms"] <= now_ms - 59 * 60_000
    coarse = web.get(f"{at}/arrivals", params={"last_min": 60, "step_min": 10}).json()
    assert {len(each["counts"]) for each in coarse["gates"]} == {6}
    since = web.get(f"{at}/arrivals", params={"since_ms": NOW, "until_ms": NOW + 120_000}).json()
    assert since["since_ms"] == NOW // 60_000 * 60_000
    assert {len(each["counts"]) for each in since["gates"]} == {3}
    assert web.get(f"{at}/arrivals", params={"last_min": 1_441}).status_code == 422
