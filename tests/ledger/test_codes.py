"""The rules of old codes: what an event takes, and what can't be changed under codes that are listed."""

import hmac
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from app.ledger.admin import Office, open_ledger
from app.ledger.code_book import AdapterInUse, AdapterKeyMissing, OldCode, OwnCode, Unread
from app.ledger.event_book import EventWrong
from app.ledger.schema import adapter_keys
from app.ledger.shop_files import ShopRow
from core.model.ids import EventId
from core.sync.messages import AdapterRow, CodesRow
from core.ticket.legacy import Recognised, digest_of
from tests.contract.ledger_rig import NOW, STANDARD, policy

SHOP, UUIDS = AdapterRow("shop", "opaque", prefix="S"), AdapterRow("uuid", "uuid")
SEALED = AdapterRow("sealed", "hmac")
FOREIGN = CodesRow("foreign", adapters=[SHOP])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_ledger(None, tmp_path, now_ms=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def event(office: Office) -> EventId:
    return EventId(UUID(office.create_event(policy()).event))


def read(office: Office, event: EventId, text: str) -> OwnCode | OldCode | Unread:
    with office._database.reading() as connection:
        return office.codes.reader(connection, event).read(text)


def sell(office: Office, event: EventId, code: str = "SA0001") -> None:
    office.put_ticket(event, "shop", ShopRow(0, "A-1", code, "Standard"))


def test_new_rules_are_in_the_next_version(office: Office, event: EventId) -> None:
    version = office.events.manifest_version(event)
    assert office.set_codes(event, FOREIGN, {}) == FOREIGN
    assert office.show_event(event).policy.codes == FOREIGN
    assert office.events.manifest_version(event) == version + 1


@pytest.mark.parametrize(
    "rules",
    [
        CodesRow("foreign"),
        CodesRow("maybe"),
        CodesRow("foreign", adapters=[AdapterRow("t1", "opaque")]),
        CodesRow("foreign", adapters=[AdapterRow("shop", "regex")]),
        CodesRow("foreign", adapters=[AdapterRow("shop", "url")]),
        CodesRow("foreign", adapters=[SHOP, SHOP]),
        CodesRow(symbologies=["qr", "barcode"]),
    ],
)
def test_rules_that_nobody_could_follow_are_refused(office: Office, event: EventId, rules: CodesRow) -> None:
    with pytest.raises(EventWrong):
        office.set_codes(event, rules, {})
    assert office.show_event(event).policy.codes == CodesRow()


@pytest.mark.parametrize(
    "adapters",
    [
        [],
        [UUIDS],
        [AdapterRow("shop", "opaque", prefix="X")],
        [UUIDS, SHOP],
        [AdapterRow("store", "opaque", prefix="S")],
    ],
)
def test_an_adapter_whose_codes_are_listed_stays_as_and_where_it_is(
    office: Office, event: EventId, adapters: list[AdapterRow]
) -> None:
    office.set_codes(event, FOREIGN, {})
    sell(office, event)
    with pytest.raises(AdapterInUse, match="shop"):
        office.set_codes(event, CodesRow("t1", adapters=adapters), {})
    assert office.show_event(event).policy.codes == FOREIGN


def test_another_adapter_behind_it_and_an_end_are_fine(office: Office, event: EventId) -> None:
    office.set_codes(event, CodesRow("foreign", adapters=[UUIDS, SHOP]), {})
    sell(office, event)
    after = CodesRow("migrating", is_final=True, legacy_until_ms=NOW, adapters=[SHOP, AdapterRow("more", "opaque")])
    assert office.set_codes(event, after, {}) == after


def test_an_adapter_without_listed_codes_may_change(office: Office, event: EventId) -> None:
    office.set_codes(event, FOREIGN, {})
    after = CodesRow("foreign", adapters=[UUIDS])
    assert office.set_codes(event, after, {}) == after


def test_an_adapters_key_is_wrapped_and_proves_its_codes(office: Office, event: EventId) -> None:
    secret = b"the shop's own secret"
    office.set_codes(event, CodesRow("foreign", adapters=[SEALED]), {"sealed": secret})
    with office._database.reading() as connection:
        (wrapped,) = connection.execute(select(adapter_keys.c.secret)).scalars()
    assert secret not in wrapped
    right = f"order-1.{hmac.new(secret, b'order-1', 'sha256').hexdigest()}"
    assert isinstance(read(office, event, right), OldCode)
    wrong = read(office, event, f"order-2.{right[-64:]}")
    assert isinstance(wrong, Unread)
    assert "seal is wrong" in wrong.cause


@pytest.mark.parametrize(
    ("adapters", "secrets"), [([SEALED], {}), ([SHOP], {"shop": b"x"}), ([SEALED], {"sealed": b"x", "other": b"y"})]
)
def test_keys_and_hmac_adapters_go_together(office: Office, event: EventId, adapters, secrets) -> None:
    with pytest.raises(AdapterKeyMissing):
        office.set_codes(event, CodesRow("foreign", adapters=adapters), secrets)


def test_a_digest_is_the_one_that_kiosks_compute(office: Office, event: EventId) -> None:
    office.set_codes(event, FOREIGN, {})
    found = read(office, event, "SA0001")
    key = office.events.keys.legacy_key(event)
    assert found == OldCode("shop", digest_of(key, Recognised("shop", "SA0001")))


def test_our_own_codes_are_read_in_every_mode(office: Office, event: EventId) -> None:
    text = office.issue_tickets(event, STANDARD, 1)[0].text
    assert isinstance(read(office, event, text), OwnCode)
    office.set_codes(event, CodesRow("foreign", adapters=[AdapterRow("any", "opaque")]), {})
    assert isinstance(read(office, event, text), OwnCode)
    broken = read(office, event, text[:-1] + "a")
    assert isinstance(broken, Unread), "a broken T1 is no code of another shop"


def test_an_event_of_t1_takes_no_other_code(office: Office, event: EventId) -> None:
    found = read(office, event, "SA0001")
    assert isinstance(found, Unread)
    assert "--mode" in found.cure
