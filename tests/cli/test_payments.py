"""At the shell: an event's Stripe account, its secrets from anywhere but an argument; what an order was bought with."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.payments import API_KEY, SIGNING_SECRET
from app.ledger.shop_files import ShopRow
from app.ledger.stripe_accounts import Wanted
from app.ledger.stripe_events import Came
from core.payment.told_event import ToldEvent
from tests.cli.test_office import Shell
from tests.contract.ledger_rig import Home, House, open_house

KEY, OTHER, SIGNING = "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "rk_live_51H0aBcDeFgHiJkL", "whsec_9f8e7d6c5b4a39281706"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path / "server")) as opened:
        yield opened


@pytest.fixture
def shell(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "server", capsys)


def test_an_account_from_the_environment_and_from_standard_input(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv(API_KEY, KEY)
        patch.setenv(SIGNING_SECRET, SIGNING)
        told = shell.run("stripe", "set", "--dispute", "block")
    assert "sk_test_…p7dc, test money: active" in told
    assert house.office.stripe_accounts.signing_secrets(house.event) == (SIGNING,)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{OTHER}\n"))
    (made,) = shell.lines("stripe", "set", "--stdin")
    assert (made["key"], made["is_live"], made["has_signing_secret"], made["dispute"]) == (
        "rk_live_…iJkL",
        True,
        True,
        "block",
    )
    shown = shell.run("stripe", "show")
    assert "real money" in shown
    assert not any(secret in told + shown + str(made) for secret in (KEY, OTHER, SIGNING))
    assert "removed" in shell.run("stripe", "remove")


def test_what_an_order_was_bought_with_is_said_and_shown(shell: Shell, house: House) -> None:
    house.office.put_ticket(house.event, "shop", ShopRow(line=0, external_ref="T-1", code="", cls="1", order="O-1"))
    said = ("order", "payment", "O-1", "--amount", "5000", "--currency", "eur", "--payment-intent", "pi_1")
    (made,) = shell.lines(*said, "--price", "T-1=2000")
    assert (made["amount"], made["state"], list(made["prices"].values())) == (5_000, "paid", [2_000])
    assert "order O-1 of shop: 5000 eur, paid  pi_1" in shell.run("order", "payment", "O-1")
    told = shell.run("order", "cancel", "O-1", "--refund")
    assert "1 tickets are canceled" in told
    assert "nothing goes back through Stripe" in told
    assert shell.run("stripe", "intents", "list") == ""


def test_what_stripe_told_is_listed_and_what_is_dead_of_it_is_replayed_and_given_up(shell: Shell, house: House) -> None:
    office = house.office
    office.stripe_accounts.set(house.event, Wanted(KEY, SIGNING))
    for number in (1, 2):
        told = ToldEvent(f"evt_{number}", "payment_intent.succeeded", "pi_1", 1_795_003_600)
        assert office.stripe_events.take(house.event, told, Came.DELIVERED)
    office.stripe_events.take(house.event, ToldEvent("evt_3", "customer.created", "cus_1", 0), Came.DELIVERED)
    assert "evt_1 payment_intent.succeeded pi_1: its work waits" in shell.run("stripe", "events")
    assert "evt_3 customer.created cus_1: ignored" in shell.run("stripe", "events")
    assert {each["outcome"] for each in shell.lines("stripe", "events")} == {None, "ignored"}
    endpoint = office.stripe_accounts.show(house.event).endpoint
    for claimed in office.deliveries.claim(house.event, endpoint, "worker", 2):
        office.deliveries.dead(claimed, "order_unknown", "no order here was bought with it", "order_unknown")
    listed = shell.lines("delivery", "list", "--channel", "stripe")
    assert {(each["kind"], each["reason"]) for each in listed} == {("payment_intent.succeeded", "order_unknown")}
    chosen = ("--channel", "stripe", "--reason", "order_unknown")
    assert "2 messages would be sent again" in shell.run("delivery", "replay", *chosen, "--dry-run")
    assert "1 message is sent again" in shell.run("delivery", "replay", listed[0]["id"])
    assert "1 message is given up" in shell.run("delivery", "discard", *chosen, "--why", "another shop's")
    assert shell.run("delivery", "list", "--channel", "stripe") == ""
