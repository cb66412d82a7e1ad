"""Money goes back once, and only as much as was paid: whatever Stripe, the network and the workers do.

Stripe is localstripe in a process of its own, behind a proxy that keeps idempotency keys as Stripe documents it.
"""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from app.ledger import intent_book, intent_rows
from app.ledger.dead_letters import Choice
from app.ledger.deliveries import LEASE_MS
from app.ledger.endpoint_book import Circuit
from app.ledger.intent_book import RefundNotAllowed, RefundRefused, Wish
from app.ledger.intent_rows import Intent, Shown
from app.ledger.outbox import add_endpoint
from app.ledger.payment_book import PaymentWrong, Told
from app.ledger.schema import installation, outbox, stripe_intents
from app.ledger.shop_files import ShopRow
from app.ledger.stripe_accounts import StripeWrong, Wanted
from app.net.stripe_gate import Account, StripeGate
from app.runtime.delivery_line import DeliveryLine
from app.runtime.pace import Rate
from app.runtime.refund_sender import RefundSender
from app.runtime.refunds import aftermath_of
from core.delivery.circuit import LONGEST_REST_MS
from core.delivery.message import Channel, MessageState
from core.delivery.notice import NoticeKind
from core.model.ids import TicketHandle
from core.payment.answer import AnotherKey, Done, Refund, Refused
from core.payment.intent import KEY_LIFE_MS, IntentState, Mark, Operation, RefundFate, key_of
from core.payment.money import PaymentState
from core.sync.ticket_messages import Why
from core.ticket.lists import DenialReason
from tests.contract.ledger_rig import Home, House, open_house
from tests.support.local_stripe import Buyer, local_stripe
from tests.support.planted import without_fence
from tests.support.replaying_stripe import API_KEY, Fault, ReplayingStripe

PAID, PRICE = 5_000, 2_000
DAY_MS = 24 * 3_600_000


@dataclass(frozen=True)
class Peer:
    """localstripe, who pays there, and our way to it: one for all tests, each of which has payments of its own."""

    url: str
    buyer: Buyer
    gate: StripeGate


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    with local_stripe() as url:
        found = Peer(url, Buyer(url), StripeGate())
        yield found
        found.buyer.close()
        found.gate.close()


class Till:
    """An event whose orders are paid at Stripe, under a clock of the test's own."""

    def __init__(self, house: House, stripe: ReplayingStripe, buyer: Buyer, gate: StripeGate) -> None:
        self.house, self.event, self.office = house, house.event, house.office
        self.stripe, self.buyer, self.gate = stripe, buyer, gate
        self.office.stripe_accounts.set(self.event, Wanted(api_key=API_KEY, api_base=stripe.url))

    def sell(self, order: str, *prices: int, amount: int = PAID) -> tuple[list[TicketHandle], str]:
        """An order of some tickets, paid by card; its tickets and its charge."""
        tids = []
        for number, _ in enumerate(prices or (0,)):
            row = ShopRow(line=0, external_ref=f"{order}-{number}", code="", cls="Standard", order=order)
            tid = getattr(self.office.put_ticket(self.event, "shop", row), "tid", None)
            assert tid is not None
            tids.append(TicketHandle(tid))
        payment, charge = self.buyer.pay(amount)
        known = {f"{order}-{number}": price for number, price in enumerate(prices) if price}
        told = Told(amount, "eur", payment_intent=payment, prices=known)
        self.office.payments.put(self.event, order, "shop", told)
        return tids, charge

    def cancel(self, tid: TicketHandle, amount: int | None = None) -> Intent | None:
        wish = Wish(amount)
        found = self.office.orders.deny(self.event, tid, DenialReason.CANCELED, Why.REFUND, wish).refund
        return found.intent if found is not None else None

    def cancel_order(self, order: str) -> Intent | None:
        found = self.office.orders.cancel_order(self.event, order, why=Why.REFUND).refund
        return found.intent if found is not None else None

    def line(self, owner: str = "a", **more: Any) -> DeliveryLine:
        settings = {"chance": lambda: 0.5, "pace": Rate(10**6), "drain_s": 0.2, "watch_s": 0.05, **more}
        sender = settings.pop("sender", None) or RefundSender(self.office, self.gate)
        return DeliveryLine(
            self.office, Channel.STRIPE, lambda: sender, aftermath=aftermath_of(self.office), owner=owner, **settings
        )

    def work(self, line: DeliveryLine | None = None) -> None:
        """All that is due now."""
        line = line or self.line()
        while line.turn():
            pass

    def wait(self, ms: int) -> None:
        self.house.now_ms += ms

    def refunded(self, charge: str) -> list[int]:
        """The refunds that Stripe has of a charge."""
        return sorted(each["amount"] for each in self.buyer.refunds(charge))

    def shown(self) -> Shown:
        """The one refund that there is."""
        (found,) = self.office.intents.list(self.event)
        return found

    def attempts(self) -> Sequence[Intent]:
        return self.office.intents.show(self.event, self.shown().intent.id)[1]

    def keys(self) -> list[str | None]:
        return [each.key for each in self.stripe.posts]

    def letter(self) -> Any:
        mine = (outbox.c.event_id == self.event) & (outbox.c.channel == Channel.STRIPE.value)
        with self.office._database.reading() as connection:
            return connection.execute(select(outbox).where(mine)).one()


@contextmanager
def open_till(house: House, peer: Peer) -> Iterator[Till]:
    with ReplayingStripe(peer.url, lambda: house.now_ms) as stripe:
        yield Till(house, stripe, peer.buyer, peer.gate)


@pytest.fixture
def till(tmp_path: Path, peer: Peer) -> Iterator[Till]:
    """On SQLite: what Stripe's answers come to is the same on each database."""
    with open_house(Home(None, tmp_path)) as house, open_till(house, peer) as opened:
        yield opened


@pytest.fixture
def anywhere(house: House, peer: Peer) -> Iterator[Till]:
    """On each database: what locks, fences, constraints and transactions decide.

    Other events' messages may lie in it: what is counted here is this event's alone.
    """
    with open_till(house, peer) as opened:
        yield opened


# --- begun with the cancel ------------------------------------------------------------------------------------------


def test_a_canceled_ticket_s_money_goes_back_once_with_our_intent_s_id_on_it(anywhere: Till) -> None:
    till = anywhere
    (tid,), charge = till.sell("A", 0)
    begun = till.cancel(tid)
    assert begun is not None
    assert (begun.amount, begun.state, till.shown().fate) == (PAID, IntentState.OPEN, RefundFate.WAITING)
    assert not till.stripe.calls
    till.work()
    (refund,) = till.buyer.refunds(charge)
    assert refund["amount"] == PAID
    assert refund["metadata"] == {
        "doorlight_event": till.event.hex,
        "doorlight_intent": begun.id.hex,
        "doorlight_operation": f"refund:{tid.hex()}",
    }
    done = till.shown()
    assert (done.fate, done.intent.object_id, done.tries) == (RefundFate.DONE, refund["id"], 1)
    paid = till.office.payments.show(till.event, "A")
    assert (paid.state, paid.refunded, paid.charge) == (PaymentState.REFUNDED, PAID, charge)
    assert till.cancel(tid) is not None  # again: the same refund is told, and nothing is asked
    till.work()
    assert (till.refunded(charge), len(till.stripe.posts)) == ([PAID], 1)


def test_the_intent_is_there_exactly_when_the_cancel_is(anywhere: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    till = anywhere
    (tid,), _ = till.sell("A", 0)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(intent_book, "note", broken)
        with pytest.raises(RuntimeError, match="planted"):
            till.cancel(tid)
    assert till.office.intents.list(till.event) == []
    (ticket,) = till.office.tickets.some(till.event, [tid])
    assert ticket.status == "valid"


def test_nothing_is_refunded_without_the_word_without_an_account_and_by_nobody_who_may_not(till: Till) -> None:
    (tid, other), charge = till.sell("A", PRICE, PRICE)
    with pytest.raises(RefundNotAllowed):
        till.office.orders.deny(till.event, tid, DenialReason.CANCELED, Why.REFUND, Wish(is_allowed=False))
    (ticket,) = till.office.tickets.some(till.event, [tid])
    assert ticket.status == "valid"
    assert till.office.orders.deny(till.event, tid, DenialReason.CANCELED, Why.GUEST).refund is None
    assert till.office.orders.deny(till.event, other, DenialReason.BLOCKED, Why.REFUND).refund is None
    till.office.stripe_accounts.remove(till.event)
    assert till.cancel(tid) is None
    till.work()
    assert till.refunded(charge) == []


def test_an_open_payment_has_nothing_to_give_back(till: Till) -> None:
    (tid,), _ = till.sell("A", 0)
    told = Told(PAID, "eur", checkout_session="cs_test_1", state=PaymentState.OPEN)
    till.office.payments.put(till.event, "A", "shop", told)
    assert till.cancel(tid) is None


# --- how much -------------------------------------------------------------------------------------------------------


def test_one_ticket_of_an_order_brings_its_price_and_the_order_the_rest(till: Till) -> None:
    (first, _, _), charge = till.sell("A", PRICE, PRICE, 500)
    assert till.cancel(first) is not None
    till.work()
    assert till.refunded(charge) == [PRICE]
    assert till.office.payments.show(till.event, "A").state is PaymentState.PARTLY_REFUNDED
    rest = till.cancel_order("A")
    assert rest is not None
    assert (rest.amount, len(rest.tids)) == (PAID - PRICE, 2)  # with the fee that is no ticket's price
    till.work()
    assert till.refunded(charge) == [PRICE, PAID - PRICE]
    assert till.office.payments.show(till.event, "A").state is PaymentState.REFUNDED


def test_without_a_price_somebody_says_the_amount_and_never_more_than_is_left(till: Till) -> None:
    (first, second, _), charge = till.sell("A", 0, 0, 0)
    with pytest.raises(RefundRefused):
        till.cancel(first)
    with pytest.raises(RefundRefused):
        till.cancel(first, PAID + 1)
    (ticket,) = till.office.tickets.some(till.event, [first])
    assert ticket.status == "valid"  # nothing was canceled either
    assert till.cancel(first, PAID - 1) is not None
    with pytest.raises(RefundRefused):
        till.cancel(second, 2)  # what waits counts, before Stripe has heard of it
    till.buyer.refund(charge, 1)
    rest = till.cancel_order("A")
    assert rest is not None
    assert rest.amount == 1
    till.work()
    assert sum(till.refunded(charge)) <= PAID  # of the two that can't both be, Stripe refuses one


def test_a_payment_with_a_refund_stays_what_it_is(till: Till) -> None:
    (tid,), _ = till.sell("A", 0)
    till.cancel(tid)
    with pytest.raises(PaymentWrong):
        till.office.payments.put(till.event, "A", "shop", Told(PAID + 1, "eur", payment_intent="pi_other"))
    with pytest.raises(StripeWrong):
        till.office.stripe_accounts.remove(till.event)


# --- what may go wrong on the way -----------------------------------------------------------------------------------


def test_a_lost_answer_is_asked_for_again_under_the_same_key_and_refunds_once(till: Till) -> None:
    (tid,), charge = till.sell("A", 0)
    till.stripe.faults.extend([Fault.LOST_BEFORE, Fault.LOST, Fault.LOST])
    till.cancel(tid)
    for _ in range(4):
        till.work()
        till.wait(DAY_MS // 24)
    assert till.refunded(charge) == [PAID]
    assert (till.shown().fate, len(till.keys()), len(set(till.keys()))) == (RefundFate.DONE, 3, 1)


def test_a_stored_500_is_read_back_before_another_key_is_taken(till: Till) -> None:
    (tid,), charge = till.sell("A", 0)
    till.stripe.faults.append(Fault.STORED_500)
    till.cancel(tid)
    till.work()
    assert [each.attempt for each in till.attempts()] == [1]  # a fresh 500 proves nothing
    till.wait(60_000)
    till.work()
    assert till.refunded(charge) == [PAID]
    assert [each.state for each in till.attempts()] == [IntentState.SUPERSEDED, IntentState.DONE]
    first, again, other = till.keys()
    assert first == again != other
    assert till.letter().attempts == 3
    paths = [each.method for each in till.stripe.calls]
    assert paths == ["POST", "POST", "GET", "POST"]


def test_a_stored_500_of_a_refund_that_was_made_takes_no_other_key(till: Till) -> None:
    (tid,), charge = till.sell("A", 0)
    till.stripe.faults.append(Fault.DONE_500)
    till.cancel(tid)
    for _ in range(3):
        till.work()
        till.wait(DAY_MS // 24)
    assert till.refunded(charge) == [PAID]
    assert [each.state for each in till.attempts()] == [IntentState.DONE]
    assert len(set(till.keys())) == 1


def test_a_key_that_stripe_may_have_forgotten_is_read_back_first(till: Till) -> None:
    (tid, other), charge = till.sell("A", PRICE, PRICE)
    till.stripe.faults.append(Fault.LOST)
    till.cancel(tid)
    till.work()
    assert till.refunded(charge) == [PRICE]
    till.wait(KEY_LIFE_MS + DAY_MS)  # a call now would refund a second time
    till.work()
    assert till.refunded(charge) == [PRICE]
    assert (till.shown().fate, len(till.keys())) == (RefundFate.DONE, 1)
    till.stripe.faults.append(Fault.LOST_BEFORE)
    till.cancel(other)
    till.work()
    till.wait(KEY_LIFE_MS + DAY_MS)
    till.work()
    assert till.refunded(charge) == [PRICE, PRICE]
    assert len(set(till.keys())) == 3


def test_parameters_that_the_key_was_not_made_for_are_refused_by_us_first(till: Till) -> None:
    (tid, _), charge = till.sell("A", PRICE, PRICE)
    begun = till.cancel(tid)
    assert begun is not None
    told = json.loads(begun.parameters) | {"amount": PAID}
    with till.office._database.writing() as connection:
        mine = (stripe_intents.c.event_id == till.event) & (stripe_intents.c.id == begun.id)
        connection.execute(update(stripe_intents).where(mine).values(parameters=json.dumps(told)))
    till.work()
    assert not till.stripe.calls
    assert (till.letter().state, till.letter().reason) == (MessageState.DEAD, "parameters_differ")
    assert till.refunded(charge) == []


def test_stripe_s_own_word_that_the_parameters_differ_ends_it_for_a_person(till: Till) -> None:
    (tid, _), charge = till.sell("A", PRICE, PRICE)
    begun = till.cancel(tid)
    assert begun is not None
    used = till.gate.refund(Account(API_KEY, till.stripe.url), begun.key, {"charge": charge, "amount": 1})
    assert used.status == 200
    till.work()
    assert (till.letter().reason, till.refunded(charge)) == ("parameters_differ", [1])
    assert till.shown().fate is RefundFate.REFUSED


def test_too_many_calls_wait_as_long_as_stripe_asks(till: Till) -> None:
    (tid,), charge = till.sell("A", 0)
    till.stripe.faults.append(Fault.RATE_LIMITED)
    till.cancel(tid)
    till.work()
    assert till.letter().run_at - till.house.now_ms == 7_000
    till.wait(6_999)
    till.work()
    assert till.refunded(charge) == []
    till.wait(1)
    till.work()
    assert (till.refunded(charge), len(set(till.keys()))) == ([PAID], 1)


@pytest.mark.parametrize("fault", [Fault.UNSTORED_503, Fault.NO_JSON])
def test_what_may_pass_is_tried_again_under_the_same_key(till: Till, fault: Fault) -> None:
    (tid,), charge = till.sell("A", 0)
    till.stripe.faults.append(fault)
    till.cancel(tid)
    till.work()
    till.wait(60_000)
    till.work()
    assert (till.refunded(charge), len(set(till.keys()))) == ([PAID], 1)


def test_a_charge_that_somebody_else_refunded_is_done_after_reading_back(till: Till) -> None:
    (tid,), charge = till.sell("A", 0)
    till.buyer.refund(charge, PAID)
    till.cancel(tid)
    till.work()
    done = till.shown()
    assert (done.fate, done.intent.reason, done.intent.object_id) == (RefundFate.DONE, "refunded_elsewhere", None)
    assert till.refunded(charge) == [PAID]
    assert till.office.payments.show(till.event, "A").refunded == PAID
    assert till.letter().state == MessageState.SENT


def test_more_than_is_left_at_stripe_is_refused_and_a_person_tries_again(till: Till) -> None:
    (tid, _), charge = till.sell("A", PRICE, PRICE)
    till.buyer.refund(charge, PAID - 1)
    till.cancel(tid)
    till.work()
    refused = till.shown()
    assert (refused.fate, till.letter().reason) == (RefundFate.REFUSED, "refused")
    letters = till.office.letters.list(till.event, Choice(channel=Channel.STRIPE))
    assert [each.id for each in letters] == [refused.intent.message]
    assert till.office.intents.retry(till.event, refused.intent.id).fate is RefundFate.WAITING
    till.work()  # read back, another key, the same answer
    assert till.shown().fate is RefundFate.REFUSED
    assert [each.state for each in till.attempts()] == [IntentState.SUPERSEDED, IntentState.REFUSED]
    assert len(set(till.keys())) == 2
    assert till.refunded(charge) == [PAID - 1]


def test_a_retry_never_brings_back_more_than_was_paid(till: Till) -> None:
    (first, second), _ = till.sell("A", 3_000, 2_000)
    till.stripe.faults.append(Fault.FAILED_REFUND)
    till.cancel(first)
    till.work()
    (refused,) = till.office.intents.list(till.event)
    assert (refused.fate, refused.intent.reason) == (RefundFate.REFUSED, "refund_failed")
    assert till.cancel(second, 2_500) is not None
    till.office.intents.retry(till.event, refused.intent.id)
    till.work()
    by_ticket = {each.intent.tids: each for each in till.office.intents.list(till.event)}
    assert by_ticket[first,].intent.reason == "nothing_left"
    assert by_ticket[second,].fate is RefundFate.DONE
    assert sum(each.amount for each in (by_ticket[second,].intent,)) == 2_500


def test_a_wrong_key_rests_the_account_tells_people_and_kills_nothing(till: Till) -> None:
    (tid,), charge = till.sell("A", 0)
    till.stripe.taken_keys.clear()
    with till.office._database.writing() as connection:  # a way to tell people
        add_endpoint(connection, till.event, Channel.PUSH, "https://fcm.example", frozenset(), till.house.now_ms)
    till.cancel(tid)
    for _ in range(14):  # more than a message has attempts, over more than five days
        till.work()
        till.wait(DAY_MS // 2)
    assert till.letter().state == MessageState.READY
    told = (outbox.c.event_id == till.event) & (outbox.c.kind == NoticeKind.ACCOUNT.value)
    with till.office._database.reading() as connection:
        notices = connection.execute(select(outbox.c.body).where(told)).scalars().all()
    assert len(notices) == 7  # once on each day that it was refused
    assert all("key_refused" in body and API_KEY not in body for body in notices)
    account = till.office.stripe_accounts.show(till.event)
    assert (account.state, account.circuit) == ("active", Circuit.HALF_OPEN)
    assert len(till.stripe.calls) == 14  # after a day its key may be forgotten, and it would be read back first
    till.work()
    assert till.office.stripe_accounts.show(till.event).circuit is Circuit.OPEN
    till.wait(LONGEST_REST_MS // 2)
    till.work()
    assert len(till.stripe.calls) == 15  # it rests
    till.stripe.taken_keys.add(API_KEY)
    till.stripe.faults.append(Fault.UNSTORED_503)
    till.office.stripe_accounts.set(till.event, Wanted(api_key=API_KEY))  # a person sets it again: at once
    till.work()
    assert till.letter().state == MessageState.READY  # none of the refused tries was one of its own
    till.wait(2 * DAY_MS)
    till.work()
    assert (till.refunded(charge), till.shown().fate) == ([PAID], RefundFate.DONE)


# --- several workers, and workers that die --------------------------------------------------------------------------


def test_two_workers_at_once_refund_each_order_once(anywhere: Till) -> None:
    till = anywhere
    charges = []
    for number in range(6):
        (tid,), charge = till.sell(f"A{number}", 0)
        till.cancel(tid)
        charges.append(charge)
    lines = [till.line(name) for name in ("a", "b")]
    threads = [threading.Thread(target=till.work, args=(line,)) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [till.refunded(charge) for charge in charges] == [[PAID]] * 6
    assert len(till.stripe.posts) == 6


def test_people_who_cancel_the_same_at_once_give_back_no_more_than_was_paid(anywhere: Till) -> None:
    till = anywhere
    (first, second), charge = till.sell("A", 3_000, 2_000)
    deeds: list[Callable[[], object]] = [
        lambda: till.cancel(first),
        lambda: till.cancel_order("A"),
        lambda: till.cancel(second),
        lambda: till.cancel_order("A"),
    ]
    threads = [threading.Thread(target=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    begun = [each.intent for each in till.office.intents.list(till.event)]
    assert sum(each.amount for each in begun) == PAID
    assert sorted(tid for each in begun for tid in each.tids) == sorted((first, second))
    till.work()
    assert sum(till.refunded(charge)) == PAID


def test_a_worker_that_slept_through_its_lease_changes_nothing(anywhere: Till) -> None:
    till = anywhere
    (tid,), charge = till.sell("A", 0)
    till.stripe.faults.append(Fault.HELD)
    till.cancel(tid)
    slow, quick = till.line("slow", drain_s=20.0), till.line("quick")
    while till.letter().state == MessageState.READY:  # other events' messages may come first
        assert slow.turn()
    assert till.stripe.wait_for_posts(1)  # and no other turn: it sleeps, with its call in the air
    till.wait(LEASE_MS + 1)
    till.work(quick)  # the key is in use: 409, later
    assert (till.shown().fate, till.letter().owner, till.letter().attempts) == (RefundFate.WAITING, None, 2)
    till.stripe.let_go.set()
    slow.drain()
    assert till.letter().state == MessageState.READY  # the sleeper's answer is not written down
    till.wait(60_000)
    till.work(quick)
    assert (till.refunded(charge), till.shown().fate) == ([PAID], RefundFate.DONE)
    assert len(set(till.keys())) == 1


def test_planted_without_the_fence_a_worker_that_slept_would_end_anothers_refund(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    without_fence(monkeypatch)
    with pytest.raises(AssertionError):
        test_a_worker_that_slept_through_its_lease_changes_nothing(till)


# --- for a person ---------------------------------------------------------------------------------------------------


def test_a_refund_that_failed_days_later_is_tried_again_under_another_key(till: Till) -> None:
    (tid,), _ = till.sell("A", 0)
    till.cancel(tid)
    till.work()
    done = till.shown().intent
    assert done.object_id is not None
    said = done.object_id
    till.office._database.transact(lambda connection: till.office.intents.note_failed(connection, till.event, said))
    assert till.shown().fate is RefundFate.REFUSED
    assert till.office.intents.retry(till.event, done.id).fate is RefundFate.WAITING
    till.work()
    assert till.shown().fate is RefundFate.DONE  # this Stripe has it after all: it is found, and no other is made
    assert len(till.stripe.posts) == 1


def test_a_ledger_that_was_restored_reads_back_before_it_refunds(till: Till) -> None:
    """The refund was made, and the backup that the ledger was restored from is older: it knows nothing of it."""
    (tid, other), charge = till.sell("A", PRICE, PRICE)
    lost = Mark(till.event, Operation.REFUND, tid.hex(), uuid4())
    asked = {"charge": charge, "amount": PRICE, "metadata": lost.metadata}
    till.gate.refund(Account(API_KEY, till.stripe.url), "refund:before", asked)
    with till.office._database.writing() as connection:
        connection.execute(update(installation).values(restored_at=till.house.now_ms))
    till.cancel(tid)
    till.cancel(other)
    till.work()
    assert till.refunded(charge) == [PRICE, PRICE]
    assert {each.fate for each in till.office.intents.list(till.event)} == {RefundFate.DONE}


def test_what_stripe_said_meanwhile_that_it_has_stays_done(till: Till) -> None:
    (tid,), _ = till.sell("A", 0)
    begun = till.cancel(tid)
    assert begun is not None
    made = Refund("re_1", PAID, "succeeded", None, {})
    for late in (AnotherKey(None), Refused("refused", "x"), Done(made, PAID)):

        def work(connection: Connection, late: Any = late) -> None:
            till.office.intents.note_done(connection, till.event, begun.id, made)
            till.office.intents.settle(connection, begun, late)

        till.office._database.transact(work)
        assert (till.shown().fate, len(till.attempts())) == (RefundFate.DONE, 1)
    till.work()
    assert not till.stripe.posts


def test_a_refund_that_was_given_up_can_be_tried_again(till: Till) -> None:
    (tid,), charge = till.sell("A", 0)
    till.stripe.faults.append(Fault.FAILED_REFUND)
    till.cancel(tid)
    till.work()
    assert till.office.letters.discard(till.event, Choice(channel=Channel.STRIPE), "paid in cash") == 1
    given_up = till.shown()
    assert given_up.fate is RefundFate.GIVEN_UP
    again = till.cancel(tid)  # a second cancel is no second refund, and no way round who gave it up
    assert again is not None
    till.work()
    assert (again.id, till.refunded(charge)) == (given_up.intent.id, [])
    assert till.office.intents.retry(till.event, given_up.intent.id).fate is RefundFate.WAITING
    till.work()
    assert (till.refunded(charge), till.shown().fate) == ([PAID], RefundFate.DONE)


def test_no_secret_and_no_name_is_kept_with_an_attempt(till: Till) -> None:
    (tid,), _ = till.sell("A", 0)
    till.cancel(tid)
    till.work()
    told = till.office.letters.show(till.event, till.shown().intent.message)
    kept = repr(told)
    assert API_KEY not in kept
    assert till.shown().intent.key in kept


def test_two_attempts_under_one_number_or_one_key_can_not_be(anywhere: Till) -> None:
    till = anywhere
    (tid,), _ = till.sell("A", 0)
    begun = till.cancel(tid)
    assert begun is not None
    row = intent_rows.row_of(begun)
    for twin in ({"id": uuid4()}, {"id": uuid4(), "attempt": 2}, {"id": uuid4(), "key": "refund:x:y"}):
        with pytest.raises(IntegrityError), till.office._database.writing() as connection:
            connection.execute(stripe_intents.insert(), row | twin)


# --- planted defects ------------------------------------------------------------------------------------------------


def test_planted_a_new_uuid_for_each_retry_refunds_twice(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    (tid, _), charge = till.sell("A", PRICE, PRICE)
    real = till.gate.refund

    def anew(account: Account, key: str, parameters: Any) -> Any:
        operation, stable_id, _ = key.split(":")
        return real(account, f"{operation}:{stable_id}:{uuid4()}", parameters)

    monkeypatch.setattr(till.gate, "refund", anew)
    till.stripe.faults.append(Fault.LOST)
    till.cancel(tid)
    till.work()
    till.wait(60_000)
    till.work()
    assert till.refunded(charge) == [PRICE, PRICE]  # what the tests above would see


def test_planted_an_intent_that_is_not_committed_first_is_lost(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The defect: Stripe is called inside the cancel's transaction. It fails after the call, and nobody knows."""
    (tid, _), charge = till.sell("A", PRICE, PRICE)
    real = till.office.intents.begin_refund

    def early(*args: Any, **named: Any) -> None:
        begun = real(*args, **named)
        assert begun is not None
        account = Account(API_KEY, till.stripe.url)
        till.gate.refund(account, begun.key, json.loads(begun.parameters))
        raise RuntimeError("power")

    with monkeypatch.context() as patch:
        patch.setattr(till.office.intents, "begin_refund", early)
        with pytest.raises(RuntimeError, match="power"):
            till.cancel(tid)
    assert till.office.intents.list(till.event) == []  # lost: the money went, and no row says so
    till.cancel(tid)
    till.work()
    assert till.refunded(charge) == [PRICE, PRICE]


def test_planted_another_key_without_reading_back_refunds_twice(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    (tid, _), charge = till.sell("A", PRICE, PRICE)
    sender = RefundSender(till.office, till.gate)
    blind: Callable[..., Any] = lambda account, work, before: AnotherKey(before)  # noqa: E731
    monkeypatch.setattr(sender, "_read_back", blind)
    till.stripe.faults.append(Fault.DONE_500)
    till.cancel(tid)
    for _ in range(3):
        till.work(till.line(sender=sender))
        till.wait(DAY_MS // 24)
    assert till.refunded(charge) == [PRICE, PRICE]


def test_a_key_is_never_longer_than_stripe_takes() -> None:
    with pytest.raises(ValueError, match="idempotency"):
        key_of(Operation.REFUND, "x" * 255, UUID(int=1))
