"""Whatever an answer of Stripe's holds, it is read; and what nobody knew when this was written takes no ticket."""

from typing import Any, get_args
from uuid import UUID

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from core.payment.answer import RefundStatus
from core.payment.look import DisputeStatus, Effect, Held, Policy, Progress, SeenPayment, decide, state_of
from core.payment.money import DisputePolicy, PartialRefundPolicy, PaymentState
from core.payment.stripe_objects import of_charge, of_intent, of_session, reference

INTENT: dict[str, Any] = {"id": "pi_1", "status": "succeeded", "amount_received": 4_000, "currency": "eur"}
CHARGE: dict[str, Any] = {"id": "ch_1", "status": "succeeded", "captured": True, "amount": 4_000, "currency": "eur"}
CANCELS = Policy(PartialRefundPolicy.CANCEL, DisputePolicy.CANCEL)
HELD = Held(PaymentState.PAID, 0, 4_000, "eur")


def seen(*refunds: dict[str, Any], disputes: tuple[dict[str, Any], ...] = (), **changed: Any) -> SeenPayment:
    return of_intent(INTENT | changed, CHARGE, refunds, disputes, None)


def words(shape: type, name: str) -> set[str]:
    """The closed list of a field, by Stripe's own library."""
    return {word for part in get_args(shape.__annotations__[name]) for word in get_args(part) if isinstance(word, str)}


def test_the_words_for_disputes_are_stripes_own() -> None:
    """A library with another word shows here, before a server meets it."""
    assert words(stripe.Dispute, "status") == {each.value for each in DisputeStatus}
    assert {"succeeded", "canceled", "processing"} <= words(stripe.PaymentIntent, "status")


@pytest.mark.parametrize("status", ["expired_tomorrow", None, 7, ["lost"]])
def test_a_dispute_of_a_status_that_is_new_takes_no_ticket(status: Any) -> None:
    assert decide(seen(disputes=({"status": status},)), HELD, CANCELS).effect is Effect.PAY


@pytest.mark.parametrize("status", ["on_its_way", None, 7])
def test_a_refund_of_a_status_that_is_new_is_one_whose_money_may_be_gone(status: Any) -> None:
    (refund,) = seen({"id": "re_1", "amount": 4_000, "status": status}).refunds
    assert refund.status is RefundStatus.PENDING


@pytest.mark.parametrize("status", ["requires_capture", "processing", "invented", None, 7])
def test_an_intent_that_has_not_succeeded_is_no_payment(status: Any) -> None:
    assert state_of(seen(status=status)) is PaymentState.OPEN


def test_a_refund_is_ours_by_its_intent_alone() -> None:
    ours, theirs, odd = (
        {"id": "re_1", "amount": 1, "status": "succeeded", "metadata": metadata}
        for metadata in ({"doorlight_intent": UUID(int=7).hex}, {}, {"doorlight_intent": "not one"})
    )
    assert [each.intent for each in seen(ours, theirs, odd).refunds] == [UUID(int=7), None, None]


def test_an_order_is_named_by_metadata_and_by_nothing_that_a_buyer_sets() -> None:
    session = {"id": "cs_1", "payment_status": "paid", "status": "complete", "currency": "eur", "amount_total": 4_000}
    assert of_session(session | {"client_reference_id": "A-1"}).order is None
    named = of_session(session | {"metadata": {"doorlight_order": "A-1", "doorlight_event": "e"}}).order
    assert named is not None
    assert (named.order, named.event, named.source) == ("A-1", "e", None)
    assert seen(metadata={"doorlight_order": "x" * 513}).order is None


def test_a_charge_without_an_intent_is_a_payment_once_it_is_captured() -> None:
    assert of_charge(CHARGE, (), ()).progress is Progress.PAID
    assert of_charge(CHARGE | {"captured": False}, (), ()).progress is Progress.WAITING
    assert of_charge(CHARGE | {"status": "failed"}, (), ()).progress is Progress.FAILED


def test_what_is_a_name_may_come_as_the_whole_object() -> None:
    assert reference({"charge": "ch_1"}, "charge") == reference({"charge": {"id": "ch_1"}}, "charge") == "ch_1"
    assert reference({"charge": "../v1/charges"}, "charge") is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=2)
        | st.dictionaries(st.sampled_from([*INTENT, *CHARGE, "metadata", "payment_status", "doorlight_order"]), each)
    ),
    max_leaves=10,
)
_OBJECTS = st.dictionaries(st.sampled_from([*INTENT, *CHARGE, "metadata", "payment_status", "amount_total"]), _JSON)


@given(_OBJECTS, _OBJECTS, st.lists(_OBJECTS, max_size=2))
def test_whatever_comes_is_read(one: dict[str, Any], other: dict[str, Any], some: list[dict[str, Any]]) -> None:
    for told in (of_intent(one, other, some, some, other), of_charge(one, some, some), of_session(one)):
        assert told.paid >= 0
        assert decide(told, HELD, CANCELS).state in set(PaymentState)
