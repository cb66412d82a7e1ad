"""What Stripe told survives the programs that it was told to: real servers, real workers, kill -9, and localstripe."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from app.ledger.admin import Office, open_ledger
from app.ledger.schema import outbox
from core.delivery.message import MessageState
from core.model.outcomes import Outcome as Said
from core.payment.look import Outcome
from core.payment.money import PaymentState
from tests.server.serving import program
from tests.support import nursery
from tests.support.local_stripe import Buyer, local_stripe
from tests.support.replaying_stripe import API_KEY
from tests.support.scripted_server import Question, Reply
from tests.support.stripe_desk import PRICE, StripeDesk
from tests.support.stripe_peer import StripePeer

pytestmark = pytest.mark.slow
PATIENCE_S = 30.0
SIGNING = "whsec_local000000000000"


@contextmanager
def desk_in(folder: Path, peer: StripePeer, api_base: str) -> Iterator[StripeDesk]:
    """An event for programs in that folder, by the clock of this computer."""
    with open_ledger(None, folder) as office:
        desk = StripeDesk(office, [], peer, api_base)
        try:
            yield desk
        finally:
            desk.gate.close()


@contextmanager
def worker(folder: Path, *more: str) -> Iterator[nursery.Child]:
    with (
        (folder / "worker-log").open("ab") as log,
        nursery.start(["worker", "--data", folder, *more], stdout=log.fileno(), stderr=log.fileno()) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def do_all(folder: Path) -> None:
    """A worker that does what is due, and ends."""
    with worker(folder, "--once") as process:
        assert process.wait(PATIENCE_S) == 0, (folder / "worker-log").read_text("utf-8")[-2_000:]


def skip_a_minute(office: Office, desk: StripeDesk) -> None:
    """Ends the leases of the worker that is gone."""
    leased = (outbox.c.event_id == desk.event) & (outbox.c.state == MessageState.LEASED.value)
    office._database.transact(lambda each: each.execute(update(outbox).where(leased).values(lease_until=0)))


def wait_until(holds: Any) -> bool:
    """Programs of their own tell nobody when they are done: their ledger is looked at."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if holds():
            return True
        threading.Event().wait(0.05)
    return False


def test_what_was_told_is_worked_on_after_the_server_and_then_the_worker_were_killed(tmp_path: Path) -> None:
    peer, asked = StripePeer(), threading.Event()

    def holds(_: Question) -> Reply:
        asked.set()
        return Reply(hang=True)

    with peer.serve() as stripe, desk_in(tmp_path, peer, stripe.url) as desk:
        intent, tids = desk.order()
        peer.pay(intent)
        event = peer.event("payment_intent.succeeded", intent)
        with program(tmp_path, "--without-worker") as (server, url):
            assert peer.deliver(f"{url}/api/v1/stripe/{desk.event.hex}", event).json() == {"is_new": True}
            server.kill()  # between what is stored and its work
            server.wait()
        assert {desk.said(tid) for tid in tids} == {Said.UNPAID}
        peer.trouble = holds
        with worker(tmp_path) as first:
            assert asked.wait(PATIENCE_S)
            first.kill()  # while it asks Stripe
            first.wait()
        peer.trouble = lambda _: None
        skip_a_minute(desk.office, desk)
        do_all(tmp_path)
        assert {desk.said(tid) for tid in tids} == {None}
        assert desk.kept(event["id"]).outcome is Outcome.PAID
        assert len(desk.audited("ticket.restored")) == len(tids)
        assert desk.hear_again(event) == event["id"], "and when Stripe, that heard no answer, sends it again"
        do_all(tmp_path)
        assert len(desk.audited("ticket.restored")) == len(tids)


def test_localstripe_tells_a_server_of_a_payment_and_then_a_refund_takes_the_tickets(tmp_path: Path) -> None:
    """localstripe signs and sends what it tells by itself; it tells of no refund, so that message is ours."""
    peer = StripePeer(key=API_KEY, secret=SIGNING)
    with local_stripe() as stripe, desk_in(tmp_path, peer, stripe) as desk, program(tmp_path) as (_, url):
        buyer = Buyer(stripe)
        try:
            hook = {"url": f"{url}/api/v1/stripe/{desk.event.hex}", "secret": SIGNING}
            told = httpx.post(f"{stripe}/_config/webhooks/here", json=hook, trust_env=False)
            assert told.status_code == 200
            (one, two), (other,) = desk.sell("A-1"), desk.sell("B-2", 1)
            intent, charge = buyer.pay(PRICE)
            desk.bought(payment_intent=intent)
            assert wait_until(lambda: desk.state()[0] is PaymentState.PAID)
            assert [desk.said(tid) for tid in (one, two, other)] == [None, None, Said.UNPAID]
            buyer.refund(charge, PRICE)
            about = {"id": charge, "object": "charge"}
            event = {"id": "evt_ours", "object": "event", "type": "charge.refunded", "created": peer.at_s}
            reply = peer.deliver(hook["url"], {**event, "data": {"object": about}})
            assert reply.json() == {"is_new": True}
            assert wait_until(lambda: desk.kept("evt_ours").outcome is not None)
            assert [desk.said(tid) for tid in (one, two)] == [Said.CANCELED] * 2
            assert desk.state() == (PaymentState.REFUNDED, PRICE)
        finally:
            buyer.close()
