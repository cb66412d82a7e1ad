"""A program that is killed between a refund's commit and its call, or with its call in the air, refunds once."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clock import wall_ms
from app.ledger.payment_book import Told
from app.ledger.shop_files import ShopRow
from app.ledger.stripe_accounts import Wanted
from core.model.ids import TicketHandle
from core.payment.intent import RefundFate
from core.sync.ticket_messages import Why
from core.ticket.lists import DenialReason
from tests.contract.ledger_rig import Home, House, open_house
from tests.support.local_stripe import Buyer, local_stripe
from tests.support.replaying_stripe import API_KEY, Fault, ReplayingStripe
from tests.support.stripe_worker import PATIENCE_S, skip_an_hour, work_once, worker

PRICE = 2_100

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stripe_url() -> Iterator[str]:
    with local_stripe() as url:
        yield url


class Shop:
    """An event with one paid order of two tickets, and the Stripe that it was paid at."""

    def __init__(self, house: House, stripe: ReplayingStripe, buyer: Buyer, folder: Path) -> None:
        self.house, self.stripe, self.buyer, self.folder = house, stripe, buyer, folder
        house.now_ms = wall_ms()
        house.office.stripe_accounts.set(house.event, Wanted(api_key=API_KEY, api_base=stripe.url))
        for ref in ("T-1", "T-2"):
            house.office.put_ticket(
                house.event, "shop", ShopRow(line=0, external_ref=ref, code="", cls="Standard", order="O-1")
            )
        payment, self.charge = buyer.pay(2 * PRICE)
        told = Told(2 * PRICE, "eur", payment_intent=payment, prices={"T-1": PRICE, "T-2": PRICE})
        house.office.payments.put(house.event, "O-1", "shop", told)
        self.tid: TicketHandle = house.office.orders.tickets_of(house.event, "O-1")[0]

    def cancel_and_die(self) -> int:
        """Another program cancels the ticket with its refund, and is killed right after the commit; its status."""
        words = [str(self.folder), self.house.event.hex, self.tid.hex()]
        command = [sys.executable, "-m", "tests.support.stripe_worker", *words]
        return subprocess.run(command, check=False, timeout=PATIENCE_S).returncode

    def kill_in_the_air(self) -> None:
        """A worker is killed while Stripe works on what it asked; Stripe goes on, whoever asked."""
        self.stripe.faults.append(Fault.HELD)
        with worker(self.folder) as process:
            assert self.stripe.wait_for_posts(1)
            process.kill()
            process.wait(PATIENCE_S)
        self.stripe.let_go.set()
        assert self.stripe.wait_until_done(1)

    def work(self) -> None:
        skip_an_hour(self.house.office, self.house.event)
        work_once(self.folder)

    def refunded(self) -> list[int]:
        return [each["amount"] for each in self.buyer.refunds(self.charge)]

    def fate(self) -> RefundFate:
        (found,) = self.house.office.intents.list(self.house.event)
        return found.fate


@pytest.fixture
def shop(tmp_path: Path, stripe_url: str) -> Iterator[Shop]:
    with ReplayingStripe(stripe_url, wall_ms) as stripe, open_house(Home(None, tmp_path)) as house:
        buyer = Buyer(stripe_url)
        yield Shop(house, stripe, buyer, tmp_path)
        buyer.close()


def test_killed_between_commit_and_call_and_with_its_call_in_the_air_it_refunds_once(shop: Shop) -> None:
    assert shop.cancel_and_die() == -signal.SIGKILL
    assert (shop.fate(), shop.stripe.calls) == (RefundFate.WAITING, [])
    shop.kill_in_the_air()
    shop.work()
    assert (shop.refunded(), shop.fate()) == ([PRICE], RefundFate.DONE)
    assert len({each.key for each in shop.stripe.posts}) == 1
    again = shop.house.office.orders.deny(shop.house.event, shop.tid, DenialReason.CANCELED, Why.REFUND)
    assert again.refund is not None
    assert again.refund.fate is RefundFate.DONE  # the one that there is


def test_planted_a_stripe_that_keeps_no_keys_refunds_what_was_in_the_air_twice(shop: Shop) -> None:
    """The control: the kill happens where it would show."""
    shop.stripe.forgets_keys = True
    shop.house.office.orders.deny(shop.house.event, shop.tid, DenialReason.CANCELED, Why.REFUND)
    shop.kill_in_the_air()
    shop.work()
    assert shop.refunded() == [PRICE, PRICE]
