"""What Stripe tells is believed by its signature, kept once with its work, and answered before anything is done."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Client, Response
from sqlalchemy import select

from app.ledger.admin import Office, open_ledger
from app.ledger.engine import LedgerUnavailable
from app.ledger.schema import outbox, stripe_events
from app.ledger.stripe_accounts import Wanted
from app.server.program import build_app
from core.model.ids import EventId
from core.model.roles import Right, Scope
from core.payment.signature import TOLERANCE_S, SignatureFlaw
from core.payment.told_event import ToldEvent, read_event
from tests.contract.ledger_rig import NOW, policy
from tests.server.serving import served
from tests.support.stripe_peer import StripePeer

TOKEN = "t" * 43
AT_S = NOW // 1000
Flaw = SignatureFlaw


class Hall:
    """A server, whose clock each test sets, with an event for each."""

    def __init__(self, office: Office, url: str, http: Client, clock: list[int]) -> None:
        self.office, self.url, self.http, self.clock = office, url, http, clock


class Till:
    """An event of its own with a Stripe account, and Stripe."""

    def __init__(self, hall: Hall) -> None:
        self.office, self.http, self.clock = hall.office, hall.http, hall.clock
        self.at = EventId(UUID(hall.office.create_event(policy(f"Night {uuid4().hex}")).event))
        self.peer = StripePeer(at_s=AT_S)
        self.url = f"{hall.url}/api/v1/stripe/{self.at.hex}"
        self.office.stripe_accounts.set(self.at, Wanted(self.peer.key, self.peer.secret))

    def event(self, type_: str = "payment_intent.succeeded") -> dict[str, Any]:
        return self.peer.event(type_, self.peer.paid())

    def post(self, body: bytes, header: str | None) -> Response:
        return self.http.post(self.url, content=body, headers={} if header is None else {"Stripe-Signature": header})

    def kept(self) -> list[tuple[str, str | None]]:
        wanted = select(stripe_events).where(stripe_events.c.event_id == self.at)
        with self.office._database.reading() as connection:
            return [(row.type, row.outcome) for row in connection.execute(wanted)]

    def works(self) -> Counter[tuple[str, str]]:
        wanted = select(outbox).where(outbox.c.event_id == self.at, outbox.c.channel == "stripe")
        with self.office._database.reading() as connection:
            return Counter((row.kind, row.state) for row in connection.execute(wanted))


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """One server for all tests here; each has an event, an account and a Stripe of its own."""
    clock = [NOW]
    with (
        open_ledger(None, tmp_path_factory.mktemp("hall"), now_ms=lambda: clock[0]) as office,
        served(build_app(office, TOKEN)) as url,
        Client(timeout=20) as http,
    ):
        yield Hall(office, url, http, clock)


@pytest.fixture
def till(hall: Hall) -> Till:
    hall.clock[0] = NOW
    return Till(hall)


def test_a_message_is_kept_with_its_work_and_answered_before_anything_is_asked(till: Till) -> None:
    reply = till.post(*till.peer.signed(till.event()))
    assert (reply.status_code, reply.json()) == (200, {"is_new": True})
    assert till.kept() == [("payment_intent.succeeded", None)]
    assert till.works() == {("payment_intent.succeeded", "ready"): 1}
    assert till.peer.asked == [], "the worker asks, afterwards"


def test_of_a_message_no_more_is_kept_than_what_it_is_about(till: Till) -> None:
    event = till.event()
    event["data"]["object"]["receipt_email"] = "ada@example.org"
    till.post(*till.peer.signed(event))
    with till.office._database.reading() as connection:
        mine = [select(table).where(table.c.event_id == till.at) for table in (stripe_events, outbox)]
        rows = [connection.execute(each).all() for each in mine]
    assert "ada@example" not in repr(rows)


def storm(till: Till) -> list[Response]:
    """The same message eight times at once."""
    body, header = till.peer.signed(till.event())
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: till.post(body, header), range(8)))
    assert [each.status_code for each in replies] == [200] * 8
    return replies


def test_the_same_message_eight_times_at_once_is_there_once(till: Till) -> None:
    assert sum(each.json()["is_new"] for each in storm(till)) == 1
    assert (len(till.kept()), till.works().total()) == (1, 1)


def test_a_type_that_means_nothing_here_is_kept_and_makes_no_work(till: Till) -> None:
    assert till.post(*till.peer.signed(till.event("customer.created"))).status_code == 200
    assert till.kept() == [("customer.created", "ignored")]
    assert till.works() == {}


@pytest.mark.parametrize("at_s", [AT_S - TOLERANCE_S, AT_S + TOLERANCE_S])
def test_at_the_limits_of_time_it_is_believed(till: Till, at_s: int) -> None:
    assert till.post(*till.peer.signed(till.event(), at_s=at_s)).status_code == 200


def test_what_is_not_signed_or_not_of_now_is_refused_with_its_reason(till: Till) -> None:
    event = till.event()
    body, header = till.peer.signed(event)
    tries = {
        Flaw.MISSING: (body, None),
        Flaw.MALFORMED: (body, "garbage"),
        Flaw.NO_SIGNATURE: (body, header.replace("v1=", "v0=")),
        Flaw.WRONG: (body.replace(b"succeeded", b"succeeden"), header),
        Flaw.TOO_OLD: till.peer.signed(event, at_s=AT_S - TOLERANCE_S - 1),
        Flaw.TOO_EARLY: till.peer.signed(event, at_s=AT_S + TOLERANCE_S + 1),
    }
    assert set(tries) == set(Flaw)
    for flaw, (sent, by) in tries.items():
        reply = till.post(sent, by)
        told = reply.json()
        assert (reply.status_code, told["code"], told["detail"]) == (400, "stripe_signature_wrong", flaw.value)
    assert till.post(*till.peer.signed(event, secret="whsec_other")).json()["detail"] == Flaw.WRONG
    assert till.kept() == []


def test_of_what_is_refused_the_log_has_the_reason_alone(till: Till, said: io.StringIO) -> None:
    event = till.event()
    event["data"]["object"]["receipt_email"] = "ada@example.org"
    body, header = till.peer.signed(event, secret="whsec_other")
    assert till.post(body, header).status_code == 400
    told = said.getvalue()
    assert '"why": "wrong_signature"' in told
    assert "stripe_message_refused" in told
    hidden = ("ada@", till.peer.secret, header.partition("v1=")[2], event["id"])
    assert not [each for each in hidden if each in told]


def test_a_header_that_is_not_ascii_or_huge_breaks_nothing(till: Till) -> None:
    body, header = till.peer.signed(till.event())
    for by in (header.encode() + "é".encode(), b"t=1," + b"v1=" * 5_000):
        reply = till.http.post(till.url, content=body, headers={b"Stripe-Signature": by})
        assert (reply.status_code, reply.json()["code"]) == (400, "stripe_signature_wrong")


def test_the_old_secret_counts_for_a_day_beside_the_new_one(till: Till) -> None:
    accounts, old = till.office.stripe_accounts, till.peer.secret
    accounts.set(till.at, Wanted(signing_secret="whsec_fresh000000000"))
    for secret in (old, "whsec_fresh000000000"):
        assert till.post(*till.peer.signed(till.event(), secret=secret)).status_code == 200
    till.clock[0] = NOW + 25 * 60 * 60 * 1000
    later = till.clock[0] // 1000
    assert till.post(*till.peer.signed(till.event(), secret=old, at_s=later)).status_code == 400
    assert till.post(*till.peer.signed(till.event(), "whsec_fresh000000000", later)).status_code == 200


def test_what_is_signed_and_no_message_is_refused(till: Till) -> None:
    for told in ([], {"id": "evt_1"}, {"id": "e v t", "type": "charge.refunded"}):
        reply = till.post(*till.peer.signed(told))  # type: ignore[arg-type]
        assert (reply.status_code, reply.json()["code"]) == (400, "stripe_event_wrong")


def test_a_text_with_a_nul_in_it_loses_no_message(till: Till) -> None:
    event = till.event()
    event["data"]["object"]["description"] = "a\0b"
    assert till.post(*till.peer.signed(event)).status_code == 200


def test_an_endless_body_is_turned_away_before_it_is_computed_with(till: Till) -> None:
    event = till.event()
    event["data"]["object"]["description"] = "x" * 1024 * 1024
    reply = till.post(*till.peer.signed(event))
    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")


def test_without_an_account_or_an_event_there_is_nothing_to_tell(till: Till) -> None:
    body, header = till.peer.signed(till.event())
    for event in (uuid4().hex, "nonsense"):
        reply = till.http.post(till.url.replace(till.at.hex, event), content=body)
        assert reply.status_code == 404
    till.office.stripe_accounts.remove(till.at)
    assert till.post(body, header).json()["code"] == "stripe_unset"


def test_while_it_cant_be_kept_stripe_is_asked_to_come_again(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise LedgerUnavailable("disk full")

    body, header = till.peer.signed(till.event())
    with monkeypatch.context() as broken:
        broken.setattr(till.office.stripe_events._database, "transact", fails)
        assert till.post(body, header).status_code == 503
    assert till.post(body, header).json() == {"is_new": True}


def test_a_message_and_its_work_are_stored_both_or_neither(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the work can't be put in. A message that is kept without its work would never be looked at."""

    def fails(*_: object) -> None:
        raise LedgerUnavailable("the outbox is gone")

    body, header = till.peer.signed(till.event())
    with monkeypatch.context() as broken:
        broken.setattr("app.ledger.stripe_events.put", fails)
        assert till.post(body, header).status_code == 503
    assert (till.kept(), till.works()) == ([], {})
    assert till.post(body, header).json() == {"is_new": True}
    assert till.works().total() == 1


def test_under_another_key_than_stripes_id_the_same_message_would_be_there_eight_times(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the storm: planted, a key of each delivery's own."""

    def keyed_anew(body: bytes) -> Any:
        told = read_event(body)
        return replace(told, id=f"evt_{uuid4().hex}") if isinstance(told, ToldEvent) else told

    monkeypatch.setattr("app.server.stripe_api.read_event", keyed_anew)
    assert sum(each.json()["is_new"] for each in storm(till)) == 8
    assert (len(till.kept()), till.works().total()) == (8, 8)


def test_who_may_read_deliveries_reads_what_stripe_told_and_nobody_else(till: Till) -> None:
    till.post(*till.peer.signed(till.event("customer.created")))
    till.post(*till.peer.signed(till.event()))
    at = till.url.replace("/api/v1/stripe/", "/api/v1/events/") + "/stripe/events"
    assert till.http.get(at).status_code == 401
    token = till.office.api_keys.make("Shop", Scope(frozenset({Right.READ_DELIVERIES}), frozenset({till.at}))).text
    listed = till.http.get(at, headers={"Authorization": f"Bearer {token}"}).json()
    assert {(each["type"], each["outcome"], each["came"]) for each in listed} == {
        ("customer.created", "ignored", "delivered"),
        ("payment_intent.succeeded", None, "delivered"),
    }
    json.dumps(listed)
