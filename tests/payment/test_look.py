"""What a payment means for its tickets: by how it is as a whole, the same in whatever order it was heard of."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.payment.answer import RefundStatus
from core.payment.look import (
    Decision,
    DisputeStatus,
    Effect,
    Held,
    Policy,
    Progress,
    SeenPayment,
    SeenRefund,
    Trouble,
    decide,
    state_of,
)
from core.payment.money import DisputePolicy, PartialRefundPolicy, PaymentState

PRICE = 4_000
OURS = UUID(int=7)
KEEP = Policy(PartialRefundPolicy.KEEP, DisputePolicy.KEEP)
CANCEL = Policy(PartialRefundPolicy.CANCEL, DisputePolicy.CANCEL)
State = PaymentState


def seen(*refunds: SeenRefund, disputes: tuple[DisputeStatus, ...] = (), **more: object) -> SeenPayment:
    told = {"progress": Progress.PAID, "paid": PRICE, "currency": "eur"} | more
    return SeenPayment("pi_1", "ch_1", None, refunds=refunds, disputes=disputes, **told)  # type: ignore[arg-type]


def held(state: PaymentState = State.OPEN, refunded: int = 0) -> Held:
    return Held(state, refunded, PRICE, "eur")


def back(amount: int, status: RefundStatus = RefundStatus.SUCCEEDED, intent: UUID | None = None) -> SeenRefund:
    return SeenRefund("re_1", amount, status, intent)


def test_what_is_paid_makes_unpaid_tickets_count() -> None:
    assert decide(seen(), held(), KEEP) == Decision(State.PAID, Effect.PAY)


@pytest.mark.parametrize("progress", [Progress.WAITING, Progress.FAILED])
def test_what_is_not_paid_changes_nothing(progress: Progress) -> None:
    decided = decide(seen(progress=progress), held(), CANCEL)
    assert (decided.effect, decided.trouble) == (Effect.NONE, None)


def test_a_whole_refund_cancels() -> None:
    assert decide(seen(back(PRICE)), held(State.PAID), KEEP) == Decision(State.REFUNDED, Effect.CANCEL)


def test_refunds_that_come_to_the_whole_cancel() -> None:
    last = seen(back(1_000), back(3_000, RefundStatus.PENDING))
    assert decide(last, held(State.PARTLY_REFUNDED, 1_000), KEEP).effect is Effect.CANCEL


def test_a_refund_that_failed_is_none() -> None:
    assert state_of(seen(back(PRICE, RefundStatus.FAILED), back(PRICE, RefundStatus.CANCELED))) is State.PAID


@pytest.mark.parametrize("amount", [1_000, PRICE])
def test_what_our_own_intents_sent_back_cancels_nothing_twice(amount: int) -> None:
    """The tickets that they were for are canceled already; the others were not refunded, whatever the policy."""
    assert decide(seen(back(amount, intent=OURS)), held(State.PAID), CANCEL).effect in {Effect.PAY, Effect.NONE}
    assert decide(seen(back(amount, intent=OURS)), held(State.PAID), CANCEL).trouble is None


def test_the_rest_of_an_order_that_somebody_else_sends_back_cancels_it() -> None:
    last = seen(back(1_000, intent=OURS), back(3_000))
    assert decide(last, held(State.PARTLY_REFUNDED, 1_000), KEEP).effect is Effect.CANCEL


@pytest.mark.parametrize(("policy", "effect"), [(KEEP, Effect.PAY), (CANCEL, Effect.CANCEL)])
def test_a_part_sent_back_by_others_follows_the_policy_and_is_told(policy: Policy, effect: Effect) -> None:
    decided = decide(seen(back(1_000)), held(State.PAID), policy)
    assert decided == Decision(State.PARTLY_REFUNDED, effect, Trouble.PARTLY_REFUNDED)


@pytest.mark.parametrize("status", [DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW, DisputeStatus.LOST])
@pytest.mark.parametrize(
    ("policy", "effect"),
    [
        (DisputePolicy.KEEP, Effect.PAY),
        (DisputePolicy.BLOCK, Effect.BLOCK),
        (DisputePolicy.CANCEL, Effect.CANCEL),
    ],
)
def test_a_dispute_follows_the_policy_and_is_told(status: DisputeStatus, policy: DisputePolicy, effect: Effect) -> None:
    decided = decide(seen(disputes=(status,)), held(State.PAID), Policy(PartialRefundPolicy.KEEP, policy))
    assert decided == Decision(State.DISPUTED, effect, Trouble.DISPUTED)


@pytest.mark.parametrize("status", [DisputeStatus.WON, DisputeStatus.PREVENTED, DisputeStatus.WARNING_CLOSED])
def test_a_dispute_that_is_over_without_loss_is_none(status: DisputeStatus) -> None:
    assert decide(seen(disputes=(status,)), held(), CANCEL) == Decision(State.PAID, Effect.PAY)


@pytest.mark.parametrize("status", [DisputeStatus.WARNING_NEEDS_RESPONSE, DisputeStatus.WARNING_UNDER_REVIEW])
def test_an_inquiry_takes_no_ticket_and_is_told_when_it_is_news(status: DisputeStatus) -> None:
    asked = seen(disputes=(status,))
    assert decide(asked, held(State.PAID), CANCEL, is_about_dispute=True).trouble is Trouble.ASKED_ABOUT
    assert decide(asked, held(State.PAID), CANCEL) == Decision(State.PAID, Effect.PAY)


@pytest.mark.parametrize("before", [State.DISPUTED, State.REFUNDED])
def test_money_that_came_back_is_told_and_brings_no_ticket_back(before: PaymentState) -> None:
    decided = decide(seen(), held(before, PRICE if before is State.REFUNDED else 0), CANCEL)
    assert decided == Decision(State.PAID, Effect.PAY, Trouble.MONEY_BACK)


def test_less_than_the_order_costs_does_not_pay_it() -> None:
    assert decide(seen(paid=PRICE - 1), held(), KEEP) == Decision(State.OPEN, Effect.NONE, Trouble.UNDERPAID)
    assert decide(seen(currency="usd"), held(), KEEP).trouble is Trouble.UNDERPAID


def test_what_has_not_changed_takes_no_ticket_again() -> None:
    """A person has restored them since: another message about the same payment leaves that alone."""
    assert decide(seen(back(PRICE)), held(State.REFUNDED, PRICE), CANCEL).effect is Effect.NONE
    lost = seen(disputes=(DisputeStatus.LOST,))
    assert decide(lost, held(State.DISPUTED), CANCEL) == Decision(State.DISPUTED, Effect.NONE)
    assert decide(seen(back(1_000)), held(State.PARTLY_REFUNDED, 1_000), CANCEL).effect is Effect.PAY


_REFUNDS = st.lists(
    st.builds(
        SeenRefund,
        st.just("re_1"),
        st.integers(1, PRICE),
        st.sampled_from(RefundStatus),
        st.none() | st.just(OURS),
    ),
    max_size=3,
)
_SEEN = st.builds(
    SeenPayment,
    st.just("pi_1"),
    st.none(),
    st.none(),
    st.sampled_from(Progress),
    st.sampled_from([0, PRICE - 1, PRICE, 2 * PRICE]),
    st.sampled_from(["eur", "usd"]),
    _REFUNDS.map(tuple),
    st.lists(st.sampled_from(DisputeStatus), max_size=2).map(tuple),
)
_POLICIES = st.builds(Policy, st.sampled_from(PartialRefundPolicy), st.sampled_from(DisputePolicy))


@given(st.lists(_SEEN, min_size=1, max_size=5), _POLICIES)
def test_where_a_payment_is_depends_on_how_it_is_now_alone(looks: list[SeenPayment], policy: Policy) -> None:
    now = held()
    for each in looks:
        now = Held(decide(each, now, policy).state, each.refunded, PRICE, "eur")
    alone = decide(looks[-1], held(), policy)
    assert now.state is alone.state


@given(_SEEN, _POLICIES)
def test_the_same_look_again_takes_nothing(look: SeenPayment, policy: Policy) -> None:
    first = decide(look, held(), policy)
    again = decide(look, Held(first.state, look.refunded, PRICE, "eur"), policy)
    assert again.effect in {Effect.NONE, Effect.PAY}
    assert again.trouble in {None, Trouble.UNDERPAID}


@given(_SEEN, _POLICIES, st.sampled_from(PaymentState))
def test_only_money_that_came_in_makes_tickets_count(look: SeenPayment, policy: Policy, before: PaymentState) -> None:
    decided = decide(look, held(before), policy)
    if decided.effect is Effect.PAY:
        assert (look.progress, look.currency) == (Progress.PAID, "eur")
        assert look.paid >= PRICE
