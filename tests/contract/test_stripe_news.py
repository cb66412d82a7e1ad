"""What Stripe told becomes what tickets are worth: once, in whatever order it came, whatever fails meanwhile."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.ledger.admin import Office, open_ledger
from app.ledger.dead_letters import Choice
from app.ledger.deliveries import LEASE_MS
from app.ledger.intent_book import Wish
from app.ledger.schema import outbox, payments
from app.ledger.stripe_events import PaymentVanished
from core.delivery.circuit import EndpointState
from core.delivery.message import Channel, MessageState
from core.delivery.notice import NoticeKind
from core.model.outcomes import Outcome as Said
from core.payment.intent import IntentState
from core.payment.look import Outcome, Trouble
from core.payment.money import DisputePolicy, PartialRefundPolicy, PaymentState
from core.sync.ticket_messages import Why
from core.ticket.lists import DenialReason
from tests.contract.ledger_rig import NOW, Home
from tests.support.planted import without_fence
from tests.support.scripted_server import Reply
from tests.support.stripe_desk import PRICE, Relayed, StripeDesk, stripe_desk


@pytest.fixture
def desk(home: Home) -> Iterator[StripeDesk]:
    clock = [NOW]
    with open_ledger(home.url, home.folder, now_ms=lambda: clock[0]) as office, stripe_desk(office, clock) as made:
        yield made


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, list[int]]]:
    """On SQLite: what is decided is the same on each database. Each test has an event and a Stripe of its own."""
    clock = [NOW]
    with open_ledger(None, tmp_path_factory.mktemp("stripe"), now_ms=lambda: clock[0]) as office:
        yield office, clock


@pytest.fixture
def small(ledger: tuple[Office, list[int]]) -> Iterator[StripeDesk]:
    with stripe_desk(*ledger) as made:
        yield made


# --- paid, refunded, disputed -------------------------------------------------------------------------------------


def test_paid_and_then_refunded_as_a_door_sees_it(desk: StripeDesk) -> None:
    intent, (one, two) = desk.order()
    other = desk.sell("B-2", 1)[0]
    assert [desk.said(tid) for tid in (one, two, other)] == [Said.UNPAID] * 3
    charge = desk.peer.pay(intent)
    paid = desk.hear("payment_intent.succeeded", intent)
    desk.work()
    assert [desk.said(tid) for tid in (one, two, other)] == [None, None, Said.UNPAID]
    assert (desk.kept(paid).outcome, desk.state()) == (Outcome.PAID, (PaymentState.PAID, 0))
    desk.peer.refund(intent, PRICE)
    gone = desk.hear("charge.refunded", charge)
    desk.work()
    assert [desk.said(tid) for tid in (one, two)] == [Said.CANCELED] * 2, "on the next deny list"
    assert (desk.kept(gone).outcome, desk.state()) == (Outcome.CANCELED, (PaymentState.REFUNDED, PRICE))
    assert desk.dead() == []
    deeds = [deed for deed, about in desk.audited() if about in {one.hex(), two.hex()}]
    assert deeds == ["ticket.canceled"] * 2 + ["ticket.restored"] * 2 + ["ticket.put"] * 2


@pytest.mark.parametrize(
    ("policy", "said", "outcome"),
    [
        (DisputePolicy.KEEP, None, Outcome.NOTHING),
        (DisputePolicy.BLOCK, Said.BLOCKED, Outcome.BLOCKED),
        (DisputePolicy.CANCEL, Said.CANCELED, Outcome.CANCELED),
    ],
)
def test_a_dispute_takes_the_tickets_that_its_policy_says(
    small: StripeDesk, policy: DisputePolicy, said: Said | None, outcome: Outcome
) -> None:
    small.account(dispute=policy)
    intent, (tid, _) = small.order()
    small.peer.pay(intent)
    small.hear("payment_intent.succeeded", intent)
    small.work()
    dispute = small.hear("charge.dispute.created", small.peer.dispute(intent))
    small.work()
    assert (small.said(tid), small.kept(dispute).outcome) == (said, outcome)
    assert (small.kept(dispute).trouble, small.state()[0]) == (Trouble.DISPUTED, PaymentState.DISPUTED)


@pytest.mark.parametrize(
    ("policy", "said"), [(PartialRefundPolicy.KEEP, None), (PartialRefundPolicy.CANCEL, Said.CANCELED)]
)
def test_a_part_that_went_back_follows_its_policy(
    small: StripeDesk, policy: PartialRefundPolicy, said: Said | None
) -> None:
    small.account(partial_refund=policy)
    intent, (tid, _) = small.order()
    charge = small.peer.pay(intent)
    small.peer.refund(intent, 1_000)
    told = small.hear("charge.refunded", charge)
    small.work()
    assert (small.said(tid), small.kept(told).trouble) == (said, Trouble.PARTLY_REFUNDED)
    assert small.state() == (PaymentState.PARTLY_REFUNDED, 1_000)


def test_money_that_comes_back_brings_no_ticket_back_and_is_told(small: StripeDesk) -> None:
    intent, (tid, _) = small.order()
    small.peer.pay(intent)
    refund = small.peer.refund(intent, PRICE, "pending")
    small.hear("refund.created", refund)
    small.work()
    assert small.said(tid) is Said.CANCELED
    small.peer.change_refund(refund, "failed")
    failed = small.hear("refund.failed", refund)
    small.work()
    assert (small.said(tid), small.state()) == (Said.CANCELED, (PaymentState.PAID, 0))
    assert small.kept(failed).trouble is Trouble.MONEY_BACK


def test_a_ticket_that_a_person_restored_stays_so_whatever_else_is_told(small: StripeDesk) -> None:
    intent, (tid, _) = small.order()
    charge = small.peer.pay(intent)
    small.peer.refund(intent, PRICE)
    small.hear("charge.refunded", charge)
    small.work()
    small.office.orders.lift(small.event, tid, DenialReason.CANCELED)
    again = small.hear("refund.updated", next(each for each in small.peer.objects if each.startswith("re_")))
    small.work()
    assert (small.said(tid), small.kept(again).outcome) == (None, Outcome.NOTHING)


def test_a_shops_list_that_is_older_than_the_payment_holds_no_guest_up(small: StripeDesk) -> None:
    intent, tids = small.order()
    small.peer.pay(intent)
    small.hear("payment_intent.succeeded", intent)
    small.work()
    assert small.sell() == tids, "the same rows again, still unpaid"
    late = small.sell("A-1", 3)[-1]
    assert {small.said(tid) for tid in (*tids, late)} == {None}
    other = small.sell("B-2", 1)[0]
    assert small.said(other) is Said.UNPAID


def test_tickets_are_found_by_their_prices_after_who_bought_them_was_forgotten(small: StripeDesk) -> None:
    intent, tids = small.peer.begin(PRICE), small.sell()
    small.bought(payment_intent=intent, prices={"A-1-0": PRICE // 2, "A-1-1": PRICE // 2})
    charge = small.peer.pay(intent)
    small.hear("payment_intent.succeeded", intent)
    small.work()
    small.office.retention.erase_person(small.event, order="A-1")
    small.peer.refund(intent, PRICE)
    small.hear("charge.refunded", charge)
    small.work()
    assert ({small.said(tid) for tid in tids}, small.dead()) == ({Said.CANCELED}, [])


def test_an_order_that_costs_more_than_came_in_is_not_paid(small: StripeDesk) -> None:
    intent, tids = small.peer.begin(PRICE - 1), small.sell()
    small.bought(payment_intent=intent)
    small.peer.pay(intent)
    told = small.hear("payment_intent.succeeded", intent)
    small.work()
    assert ({small.said(tid) for tid in tids}, small.kept(told).trouble) == ({Said.UNPAID}, Trouble.UNDERPAID)


def test_people_are_told_once_of_one_trouble(small: StripeDesk) -> None:
    """A row for each way that the event has (here telephones): the worker finds whom it reaches."""
    add_way(small)
    intent, _ = small.order()
    small.peer.pay(intent)
    dispute = small.peer.dispute(intent)
    for type_ in ("charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated"):
        small.hear(type_, dispute)
    small.work()
    with small.office._database.reading() as connection:
        mine = (outbox.c.event_id == small.event) & (outbox.c.kind == NoticeKind.PAYMENTS.value)
        bodies = connection.execute(select(outbox.c.body).where(mine)).scalars().all()
    assert len(bodies) == 1
    assert '"trouble":"disputed"' in bodies[0]
    assert intent in bodies[0]


def add_way(desk: StripeDesk) -> None:
    from app.ledger.outbox import add_endpoint

    desk.office._database.transact(
        lambda connection: add_endpoint(connection, desk.event, Channel.PUSH, "project", frozenset(), NOW)
    )


# --- by which order -----------------------------------------------------------------------------------------------


def test_an_order_is_found_by_the_payments_metadata_where_nobody_told_of_it(small: StripeDesk) -> None:
    tids = small.sell()
    intent = small.peer.paid(PRICE, doorlight_order="A-1", doorlight_event=small.event.hex)
    small.hear("payment_intent.succeeded", intent)
    small.work()
    assert {small.said(tid) for tid in tids} == {None}
    assert small.office.payments.show(small.event, "A-1").payment_intent == intent


def test_a_session_leads_to_its_payment_and_gives_it_its_order(small: StripeDesk) -> None:
    tids, intent = small.sell(), small.peer.paid(PRICE)
    session = small.peer.session(intent, doorlight_order="A-1")
    early = small.hear("payment_intent.succeeded", intent)
    small.work()
    assert (small.said(tids[0]), small.kept(early).outcome) == (Said.UNPAID, None), "no order is named by it"
    small.hear("checkout.session.completed", session)
    small.work()
    assert {small.said(tid) for tid in tids} == {None}
    small.work_for(hours=1)
    assert small.kept(early).outcome is Outcome.NOTHING, "by now its order is known"


def test_a_session_that_costs_nothing_pays_its_order(small: StripeDesk) -> None:
    tids = small.sell()
    session = small.peer.session(None, "no_payment_required", doorlight_order="A-1")
    small.hear("checkout.session.completed", session)
    small.work()
    assert {small.said(tid) for tid in tids} == {None}


def test_a_second_session_pays_what_the_first_left(small: StripeDesk) -> None:
    tids = small.sell()
    small.hear("checkout.session.expired", small.peer.session(None, "unpaid", "expired", doorlight_order="A-1"))
    small.work()
    assert {small.said(tid) for tid in tids} == {Said.UNPAID}
    intent = small.peer.paid(PRICE)
    small.hear("checkout.session.completed", small.peer.session(intent, doorlight_order="A-1"))
    small.work()
    assert {small.said(tid) for tid in tids} == {None}
    assert small.office.payments.show(small.event, "A-1").payment_intent == intent


def test_an_order_that_is_paid_twice_is_told(small: StripeDesk) -> None:
    small.sell()
    first, second = (small.peer.paid(PRICE, doorlight_order="A-1") for _ in range(2))
    small.hear("payment_intent.succeeded", first)
    small.work()
    told = small.hear("payment_intent.succeeded", second)
    small.work()
    assert (small.kept(told).outcome, small.kept(told).trouble) == (Outcome.NOTHING, Trouble.PAID_TWICE)


def test_two_events_that_share_one_account_each_look_for_themselves(small: StripeDesk) -> None:
    other = StripeDesk(
        small.office, small.clock, small.peer, small.office.stripe_accounts.show(small.event).api_base or ""
    )
    intent, tids = other.order("B-1")
    small.peer.pay(intent)
    event = small.peer.event("payment_intent.succeeded", intent)
    here, there = small.hear_again(event), other.hear_again(event)
    small.work()
    assert {other.said(tid) for tid in tids} == {None}
    assert (small.kept(here).outcome, other.kept(there).outcome) == (Outcome.ELSEWHERE, Outcome.PAID)
    assert small.dead() == []


def test_what_was_never_paid_for_an_order_nobody_knows_is_no_dead_letter(small: StripeDesk) -> None:
    told = small.hear("payment_intent.payment_failed", small.peer.begin())
    small.work()
    assert small.kept(told).outcome is Outcome.NOTHING


def test_a_payment_that_comes_before_its_order_waits_for_it(desk: StripeDesk) -> None:
    intent = desk.peer.paid(PRICE, doorlight_order="A-1")
    told = desk.hear("payment_intent.succeeded", intent)
    desk.work()
    tids = desk.sell()
    desk.work_for(hours=1)
    assert ({desk.said(tid) for tid in tids}, desk.kept(told).outcome) == ({None}, Outcome.PAID)


def test_an_order_that_never_comes_is_a_dead_letter_which_says_so_and_is_replayed(desk: StripeDesk) -> None:
    intent = desk.peer.paid(PRICE, doorlight_order="A-1")
    told = desk.hear("payment_intent.succeeded", intent)
    desk.work_for(hours=90)
    (dead,) = desk.dead()
    assert (dead.channel, dead.kind, dead.reason) == (Channel.STRIPE, "payment_intent.succeeded", "order_unknown")
    assert dead.attempts == dead.max_attempts
    account = desk.office.stripe_accounts.show(desk.event)
    assert (account.state, account.health.failures) == (EndpointState.ACTIVE, 0), "it is not Stripe's fault"
    tids = desk.sell()
    assert desk.office.letters.replay(desk.event, Choice((dead.id,))) == 1
    desk.work()
    assert ({desk.said(tid) for tid in tids}, desk.kept(told).outcome) == ({None}, Outcome.PAID)
    assert desk.dead() == []


def test_dead_letters_are_replayed_all_at_once_or_given_up_for_a_reason(small: StripeDesk) -> None:
    for number in range(3):
        small.hear("payment_intent.succeeded", small.peer.paid(PRICE, doorlight_order=f"A-{number}"))
    small.work_for(hours=90)
    every = Choice(channel=Channel.STRIPE, reason="order_unknown")
    assert small.office.letters.count(small.event, every, is_replay=True) == 3
    tids = small.sell("A-1")
    assert small.office.letters.replay(small.event, every) == 3
    small.work()
    assert {small.said(tid) for tid in tids} == {None}
    small.work_for(hours=25)
    assert small.office.letters.discard(small.event, every, "another shop's") == 2
    assert small.dead() == []
    told = [json.loads(each.text) for each in small.office.audit.page(small.event).records]
    deeds = [each["deed"] for each in told if each["deed"].startswith("deliveries.")]
    assert deeds == ["deliveries.discarded", "deliveries.replayed"]


def test_an_object_that_is_gone_is_a_dead_letter_at_once(small: StripeDesk) -> None:
    intent = small.peer.paid()
    small.hear("payment_intent.succeeded", intent)
    del small.peer.objects[intent]
    small.work()
    assert [each.reason for each in small.dead()] == ["object_unknown"]


# --- duplicates, disorder, failure --------------------------------------------------------------------------------


def test_the_same_message_eight_times_is_worked_on_once(desk: StripeDesk) -> None:
    intent, tids = desk.order()
    desk.peer.pay(intent)
    event = desk.peer.event("payment_intent.succeeded", intent)
    threads = [threading.Thread(target=desk.hear_again, args=(event,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.work()
    assert desk.peer.asked == [f"/v1/payment_intents/{intent}"]
    assert len(desk.audited("ticket.restored")) == len(tids)


def disorder(desk: StripeDesk) -> tuple[str, list[Any], list[str]]:
    """A payment, a whole refund, a dispute that was won: the messages come the other way round."""
    desk.account(dispute=DisputePolicy.CANCEL)
    intent, tids = desk.order()
    other, kept = desk.order("B-1")
    charge = desk.peer.pay(intent)
    paid = desk.peer.event("payment_intent.succeeded", intent)
    desk.peer.refund(intent, PRICE)
    refunded = desk.peer.event("charge.refunded", charge)
    desk.peer.pay(other)
    dispute = desk.peer.dispute(other)
    opened = desk.peer.event("charge.dispute.created", dispute)
    desk.peer.objects[dispute]["status"] = "won"
    won = desk.peer.event("charge.dispute.closed", dispute)
    for event in (refunded, paid, won, opened):
        desk.hear_again(event)
        desk.work()
    return intent, tids, kept


def test_refunded_before_succeeded_and_closed_before_opened(small: StripeDesk) -> None:
    _, tids, kept = disorder(small)
    assert {small.said(tid) for tid in tids} == {Said.CANCELED}
    assert {small.said(tid) for tid in kept} == {None}, "the dispute was won before we heard of it"
    assert small.state() == (PaymentState.REFUNDED, PRICE)
    assert small.state("B-1") == (PaymentState.PAID, 0)


def test_without_asking_stripe_the_order_of_messages_would_decide(
    small: StripeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: planted, a look that believes what the message said instead of asking."""
    said: dict[str, dict[str, Any]] = {}
    heard = small.hear_again

    def hear(event: Any, *rest: Any) -> str:
        said.update({event["data"]["object"]["id"]: event["data"]["object"]})
        return heard(event, *rest)

    def answer(question: Any) -> Reply | None:
        told = said.get(question.path.partition("?")[0].rpartition("/")[2])
        return None if told is None else Reply(200, json.dumps(told).encode())

    def listed(question: Any) -> Reply | None:
        disputes = [each for each in said.values() if each["object"] == "dispute"]
        is_list = question.path.startswith("/v1/disputes?")
        return Reply(200, json.dumps({"data": disputes}).encode()) if is_list else answer(question)

    monkeypatch.setattr(small, "hear_again", hear)
    small.peer.trouble = listed
    _, _, kept = disorder(small)
    assert {small.said(tid) for tid in kept} == {Said.CANCELED}, "the last word was that it is disputed"


def test_a_worker_that_lost_its_lease_changes_no_ticket(small: StripeDesk) -> None:
    """The zombie's finish: it comes back after another has done its work, and its own is written nowhere."""
    intent, (tid, _) = small.order()
    small.peer.pay(intent)
    small.hear("payment_intent.succeeded", intent)

    def sleeps(_: Any) -> None:
        small.clock[0] += LEASE_MS + 1
        other = small.line(owner="other")
        small.office.deliveries.sweep_all(10)
        small.work(other)
        other.drain()
        small.office.orders.deny(small.event, tid, DenialReason.UNPAID)  # a person, meanwhile

    sleeper = Relayed(small.sender(), before=sleeps)
    line = small.line(owner="sleeper", make_sender=lambda: sleeper)
    assert line.turn()
    line.drain()
    assert small.said(tid) is Said.UNPAID, "the sleeper would have paid it again"


def test_planted_without_the_fence_a_worker_that_slept_would_pay_a_ticket_again(
    small: StripeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    without_fence(monkeypatch)
    with pytest.raises(AssertionError):
        test_a_worker_that_lost_its_lease_changes_no_ticket(small)


def overtake(small: StripeDesk) -> tuple[list[Any], str]:
    """A worker sees a dispute and falls asleep; the dispute is won, and another worker sees that and writes it down."""
    small.account(dispute=DisputePolicy.CANCEL)
    intent, tids = small.order()
    small.peer.pay(intent)
    small.hear("payment_intent.succeeded", intent)
    small.work()
    dispute = small.peer.dispute(intent)
    opened = small.hear("charge.dispute.created", dispute)

    def sleeps(_: Any) -> None:
        if small.peer.objects[dispute]["status"] == "won":
            return
        small.peer.objects[dispute]["status"] = "won"
        small.hear("charge.dispute.closed", dispute)
        other = small.line(owner="other")
        small.work(other)
        other.drain()

    sleeper = Relayed(small.sender(), after=sleeps)
    line = small.line(owner="sleeper", make_sender=lambda: sleeper, at_once=1)  # the second message is the other's
    small.work(line)
    line.drain()
    small.work()
    return tids, opened


def test_a_look_that_another_has_overtaken_is_made_again(small: StripeDesk) -> None:
    """Both workers hold their leases: what the first saw is over when it comes to write it down."""
    tids, opened = overtake(small)
    assert {small.said(tid) for tid in tids} == {None}
    assert (small.kept(opened).outcome, small.state()) == (Outcome.NOTHING, (PaymentState.PAID, 0))
    assert small.dead() == []


def test_without_looking_again_what_is_over_would_take_the_tickets(
    small: StripeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: planted, a look that counts whenever it was made."""
    monkeypatch.setattr("app.ledger.stripe_events._is_overtaken", lambda *_: False)
    tids, _ = overtake(small)
    assert {small.said(tid) for tid in tids} == {Said.CANCELED}


def test_what_is_done_and_the_end_of_its_work_are_written_both_or_neither(
    small: StripeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the power goes after the tickets were changed, before the end of the transaction."""
    intent, tids = small.order()
    small.peer.pay(intent)
    told = small.hear("payment_intent.succeeded", intent)
    with monkeypatch.context() as broken:
        broken.setattr("app.runtime.delivery_line.FINISH_PAUSES_S", ())
        broken.setattr(type(small.office.stripe_events), "_close", lambda *_: (_ for _ in ()).throw(PaymentVanished()))
        small.work()
    assert ({small.said(tid) for tid in tids}, small.state()[0]) == ({Said.UNPAID}, PaymentState.OPEN)
    small.clock[0] += LEASE_MS + 1
    small.work()
    assert ({small.said(tid) for tid in tids}, small.kept(told).outcome) == ({None}, Outcome.PAID)


def test_while_stripe_is_down_nothing_is_lost_and_the_work_rests(small: StripeDesk) -> None:
    orders = [small.order(f"A-{number}", 1) for number in range(8)]
    small.peer.trouble = lambda _: Reply(503, b"{}")
    for intent, _ in orders:
        small.peer.pay(intent)
        small.hear("payment_intent.succeeded", intent)
    small.work()
    asked = len(small.peer.asked)
    small.work_for(hours=0.02)
    assert len(small.peer.asked) - asked < len(orders) * 2, "its circuit is open: it is left alone"
    assert {small.said(tid) for _, tids in orders for tid in tids} == {Said.UNPAID}
    small.peer.trouble = lambda _: None
    small.work_for(hours=8)
    assert {small.said(tid) for _, tids in orders for tid in tids} == {None}
    assert small.dead() == []


def test_an_account_whose_key_is_not_taken_rests_and_its_messages_keep_their_tries(small: StripeDesk) -> None:
    intent, (tid, _) = small.order()
    small.peer.pay(intent)
    small.hear("payment_intent.succeeded", intent)
    good, small.peer.key = small.peer.key, "sk_test_another00000000"
    small.work_for(hours=2, step_s=300)
    (waiting,) = small.office.letters.list(small.event, Choice(channel=Channel.STRIPE), MessageState.READY)
    assert waiting.max_attempts - waiting.attempts >= 10
    small.account(api_key=small.peer.key)
    small.work_for(hours=0.5)
    assert small.said(tid) is None
    assert good != small.peer.key


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"{", b'{"id":7}', b'{"id":"pi_1","status":7,"latest_charge":[]}']
)
def test_an_answer_that_is_no_object_takes_no_ticket_and_is_asked_again(small: StripeDesk, body: bytes) -> None:
    intent, (tid, _) = small.order()
    small.peer.pay(intent)
    told = small.hear("payment_intent.succeeded", intent)
    small.peer.trouble = lambda _: Reply(200, body)
    small.work()
    assert (small.said(tid), small.dead()) == (Said.UNPAID, [])
    assert small.kept(told).outcome in {None, Outcome.NOTHING}


# --- what we asked for ourselves ------------------------------------------------------------------------------------


def begun(desk: StripeDesk) -> tuple[str, list[Any], Any]:
    """A paid order of two tickets of which one is canceled, and its refund begun, and not tried yet."""
    desk.account(partial_refund=PartialRefundPolicy.CANCEL)
    intent, tids = desk.order()
    desk.peer.pay(intent)
    desk.hear("payment_intent.succeeded", intent)
    desk.work()
    done = desk.office.orders.deny(desk.event, tids[0], DenialReason.CANCELED, Why.REFUND, Wish(PRICE // 2))
    assert done.refund is not None
    return intent, tids, done.refund.intent


def test_a_refund_of_ours_whose_answer_was_lost_is_closed_by_what_stripe_tells_and_takes_no_other_ticket(
    small: StripeDesk,
) -> None:
    intent, (one, two), ours = begun(small)
    refund = small.peer.refund(intent, PRICE // 2, **ours.mark.metadata)
    told = small.hear("refund.created", refund)
    with_account = small.office.letters.list(small.event, Choice(channel=Channel.STRIPE), MessageState.READY)
    assert {each.kind for each in with_account} == {"refund", "refund.created"}
    small.work()
    shown, _ = small.office.intents.show(small.event, ours.id)
    assert (shown.intent.state, shown.intent.object_id) == (IntentState.DONE, refund)
    assert (small.said(one), small.said(two)) == (Said.CANCELED, None)
    assert (small.kept(told).outcome, small.kept(told).trouble) == (Outcome.NOTHING, None)
    assert small.state() == (PaymentState.PARTLY_REFUNDED, PRICE // 2)
    assert not [each for each in small.peer.asked if each == "/v1/refunds" and "POST" in each]


def test_a_refund_of_ours_that_came_to_nothing_after_all_is_for_a_person(small: StripeDesk) -> None:
    intent, (one, _), ours = begun(small)
    refund = small.peer.refund(intent, PRICE // 2, **ours.mark.metadata)
    small.hear("refund.created", refund)
    small.work()
    small.peer.change_refund(refund, "failed")
    failed = small.hear("refund.failed", refund)
    small.work()
    shown, _ = small.office.intents.show(small.event, ours.id)
    assert shown.intent.state is IntentState.REFUSED
    assert (small.said(one), small.kept(failed).trouble) == (Said.CANCELED, Trouble.MONEY_BACK)


def test_many_messages_of_the_same_orders_at_once_by_two_workers_pay_each_once(desk: StripeDesk) -> None:
    """Nobody told with what these were bought: whoever comes first writes it down, and the others find it."""
    orders = {f"A-{number}": desk.sell(f"A-{number}", 2) for number in range(5)}
    for order in orders:
        intent = desk.peer.begin(PRICE, doorlight_order=order)
        charge = desk.peer.pay(intent)
        session = desk.peer.session(intent, doorlight_order=order)
        for type_, about in (
            ("payment_intent.succeeded", intent),
            ("charge.succeeded", charge),
            ("checkout.session.completed", session),
        ):
            desk.hear(type_, about)
    lines = [desk.line(owner=name) for name in ("one", "other")]
    with ThreadPoolExecutor(len(lines)) as pool:
        list(pool.map(desk.work, lines))
    for line in lines:
        line.drain()
    desk.clock[0] += LEASE_MS + 1
    desk.work()
    assert {desk.said(tid) for tids in orders.values() for tid in tids} == {None}
    outcomes = Counter(each.outcome for each in desk.office.stripe_events.list(desk.event))
    assert outcomes == {Outcome.PAID: 5, Outcome.NOTHING: 10}
    assert (len(desk.audited("ticket.restored")), desk.dead()) == (10, [])
    with desk.office._database.reading() as connection:
        kept = connection.execute(select(payments.c.order_ref).where(payments.c.event_id == desk.event)).scalars().all()
    assert sorted(kept) == sorted(orders)
