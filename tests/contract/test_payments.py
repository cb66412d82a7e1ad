"""An event's Stripe account and what its orders were bought with: told once, kept sealed, changed under rules."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import select

from app.ledger.audit import AuditLog
from app.ledger.endpoint_book import OVERLAP_MS, EndpointBook, EndpointWrong
from app.ledger.payment_book import PaymentBook, PaymentUnknown, PaymentWrong, Told, find, note_told
from app.ledger.schema import endpoints, stripe_accounts
from app.ledger.shop_files import ShopRow
from app.ledger.stripe_accounts import StripeAccounts, StripeUnset, StripeWrong, Wanted, is_loopback_base
from core.delivery.circuit import EndpointState
from core.delivery.message import Channel
from core.model.ids import TicketHandle
from core.payment.money import DisputePolicy, PartialRefundPolicy, PaymentState
from tests.contract.ledger_rig import NOW, Home, House, open_house

KEY, OTHER_KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "rk_live_51H0aBcDeFgHiJkLmNoPqRsT"
SIGNING, OTHER_SIGNING = "whsec_9f8e7d6c5b4a39281706", "whsec_00112233445566778899"
PAID = Told(amount=5_000, currency="eur", payment_intent="pi_3Abc")


class Till:
    """An event's money under a clock of the test's own."""

    def __init__(self, house: House) -> None:
        self.house, self.event, self.database = house, house.event, house.office._database
        self.now = NOW
        self.accounts = StripeAccounts(self.database, b"m" * 32, house.office.events, lambda: self.now)
        self.payments = PaymentBook(self.database, house.office.events, lambda: self.now)
        self.endpoints = EndpointBook(self.database, b"m" * 32, house.office.events, lambda: self.now)

    def sell(self, ref: str, order: str = "A-1", source: str = "shop") -> TicketHandle:
        row = ShopRow(line=0, external_ref=ref, code="", cls="Standard", name="Ada", order=order)
        done = self.house.office.put_ticket(self.event, source, row)
        tid = getattr(done, "tid", None)
        assert tid is not None
        return TicketHandle(tid)

    def rows(self) -> str:
        """All that the account's two tables hold."""
        with self.database.reading() as connection:
            mine = [
                connection.execute(select(table).where(table.c.event_id == self.event)).all()
                for table in (stripe_accounts, endpoints)
            ]
        return repr(mine)

    def audited(self) -> str:
        return json.dumps([asdict(each) for each in AuditLog(self.database).page(self.event).records], default=str)


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    """On SQLite: what is refused is refused before any database is asked."""
    with open_house(Home(None, tmp_path)) as house:
        yield Till(house)


@pytest.fixture
def anywhere(house: House) -> Till:
    """On each database."""
    return Till(house)


def test_an_account_is_set_shown_changed_and_removed_and_its_secrets_lie_sealed(anywhere: Till) -> None:
    till = anywhere
    with pytest.raises(StripeUnset):
        till.accounts.show(till.event)
    made = till.accounts.set(till.event, Wanted(api_key=KEY, signing_secret=SIGNING))
    assert (made.key, made.is_live, made.has_signing_secret) == ("sk_test_…p7dc", False, True)
    assert (made.partial_refund, made.dispute) == (PartialRefundPolicy.KEEP, DisputePolicy.CANCEL)
    assert till.accounts.signing_secrets(till.event) == (SIGNING,)
    address = till.endpoints.address_of(till.event, made.endpoint)
    assert address is not None
    assert address.secrets == (KEY.encode(),)
    assert KEY not in till.rows()
    assert SIGNING not in till.rows()
    changed = till.accounts.set(till.event, Wanted(api_key=OTHER_KEY, dispute=DisputePolicy.BLOCK))
    assert (changed.key, changed.is_live, changed.dispute) == ("rk_live_…qRsT", True, DisputePolicy.BLOCK)
    assert changed.endpoint == made.endpoint
    till.accounts.remove(till.event)
    with pytest.raises(StripeUnset):
        till.accounts.show(till.event)
    assert till.accounts.signing_secrets(till.event) == ()
    assert till.accounts.set(till.event, Wanted(api_key=KEY)).state is EndpointState.ACTIVE


def test_a_new_signing_secret_counts_beside_the_one_before_for_a_day(till: Till) -> None:
    till.accounts.set(till.event, Wanted(api_key=KEY, signing_secret=SIGNING))
    till.accounts.set(till.event, Wanted(signing_secret=OTHER_SIGNING))
    assert till.accounts.signing_secrets(till.event) == (OTHER_SIGNING, SIGNING)
    till.now += OVERLAP_MS
    assert till.accounts.signing_secrets(till.event) == (OTHER_SIGNING,)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(api_key="pk_test_4eC39HqLyjWDarjt"),
        Wanted(api_key="sk_test_"),
        Wanted(api_key=KEY + "\n"),
        Wanted(api_key=KEY, signing_secret="secret"),
        Wanted(api_key=KEY, api_base="https://stripe.example"),
        Wanted(api_key=KEY, api_base="http://10.0.0.1:80"),
    ],
)
def test_what_no_account_can_be_is_refused_without_saying_it_again(till: Till, wanted: Wanted) -> None:
    with pytest.raises(StripeWrong) as refused:
        till.accounts.set(till.event, wanted)
    assert KEY not in str(refused.value.details)
    with pytest.raises(StripeUnset):
        till.accounts.show(till.event)


def test_a_key_goes_to_stripe_or_stays_on_this_computer() -> None:
    assert all(map(is_loopback_base, ("http://127.0.0.1:8420", "http://[::1]:1", "https://127.9.9.9")))
    wrong = ("http://localhost.evil.example", "http://127.0.0.1.example", "http://u@127.0.0.1", "ftp://127.0.0.1")
    assert not any(
        map(is_loopback_base, (*wrong, "http://127.0.0.1:99999", "http://127.0.0.1/v1", "", "http://8.8.8.8"))
    )


def test_no_route_of_webhooks_changes_the_account_of_another_channel(till: Till) -> None:
    id_ = till.accounts.set(till.event, Wanted(api_key=KEY)).endpoint
    for deed in (
        lambda: till.endpoints.rotate(till.event, id_),
        lambda: till.endpoints.remove(till.event, id_),
        lambda: till.endpoints.change(till.event, id_, target="https://shop.example/"),
    ):
        with pytest.raises(EndpointWrong):
            deed()
    assert till.endpoints.show(till.event, id_).channel is Channel.STRIPE
    assert till.endpoints.change(till.event, id_, is_active=False).state is EndpointState.DISABLED


def test_a_payment_is_told_of_an_order_and_the_same_again_changes_nothing(anywhere: Till) -> None:
    till = anywhere
    tid = till.sell("T-1")
    with pytest.raises(PaymentUnknown):
        till.payments.show(till.event, "A-1")
    told = Told(5_000, "eur", payment_intent="pi_3Abc", prices={"T-1": 2_000})
    made = till.payments.put(till.event, "A-1", None, told)
    assert (made.source, made.state, made.prices) == ("shop", PaymentState.PAID, {tid: 2_000})
    till.now += 1
    assert till.payments.put(till.event, "A-1", None, told) == made
    assert till.audited().count("payment.put") == 1
    assert till.payments.put(till.event, "A-1", "shop", Told(5_000, "eur", charge="ch_1")).id == made.id


@pytest.mark.parametrize(
    "told",
    [
        Told(0, "eur", payment_intent="pi_1"),
        Told(10**9, "eur", payment_intent="pi_1"),
        Told(1, "EUR", payment_intent="pi_1"),
        Told(1, "eur", payment_intent="in_1"),
        Told(1, "eur"),
        Told(1, "eur", payment_intent="pi_1", state=PaymentState.REFUNDED),
        Told(1, "eur", payment_intent="pi_1", prices={"T-1": 2}),
        Told(5, "eur", payment_intent="pi_1", prices={"T-9": 2}),
        Told(5, "eur", payment_intent="pi_1", prices={"T-1": -2}),
    ],
)
def test_what_no_payment_can_be_is_refused(till: Till, told: Told) -> None:
    till.sell("T-1")
    with pytest.raises(PaymentWrong):
        till.payments.put(till.event, "A-1", None, told)


def test_one_payment_at_stripe_is_one_orders_and_a_shop_is_named_where_two_have_the_number(anywhere: Till) -> None:
    till = anywhere
    till.sell("T-1")
    till.sell("U-1", order="A-1", source="box office")
    with pytest.raises(PaymentWrong):
        till.payments.put(till.event, "A-1", None, PAID)
    till.payments.put(till.event, "A-1", "shop", PAID)
    with pytest.raises(PaymentWrong):
        till.payments.put(till.event, "A-1", "box office", PAID)
    till.payments.put(till.event, "A-1", "box office", Told(1, "eur", charge="ch_9"))
    with pytest.raises(PaymentWrong):
        till.payments.show(till.event, "A-1")


def test_what_stripe_says_of_a_payment_stays_whatever_an_older_list_of_the_shop_says(till: Till) -> None:
    till.sell("T-1")
    till.payments.put(till.event, "A-1", None, PAID)

    def hear(refunded: int) -> PaymentState:
        def work(connection: object) -> PaymentState:
            found = find(connection, till.event, payment_intent="pi_3Abc")  # type: ignore[arg-type]
            assert found is not None
            return note_told(connection, found, till.now, refunded=refunded, charge="ch_7").state  # type: ignore[arg-type]

        return till.database.transact(work)

    assert hear(1_000) is PaymentState.PARTLY_REFUNDED
    assert till.payments.put(till.event, "A-1", None, PAID).state is PaymentState.PARTLY_REFUNDED
    assert hear(5_000) is PaymentState.REFUNDED
