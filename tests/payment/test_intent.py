"""A key is used again until it can do nothing more; another one is taken after reading back, and money moves once."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.message import MessageState
from core.model.ids import EventId, TicketHandle
from core.payment.intent import (
    KEY_LIFE_MS,
    MOST_KEY,
    NEXT,
    SKEW_MS,
    IntentState,
    Mark,
    Operation,
    RefundFate,
    Step,
    are_same,
    digest_of,
    fate_of,
    key_of,
    refund_parameters,
    stable_id_of,
    step_of,
)

NOW = 1_795_003_600_000
MARK = Mark(EventId(UUID(int=1)), Operation.REFUND, "a7f8022a4eedef2a", UUID(int=2))


@pytest.mark.parametrize(
    ("state", "called_at", "step"),
    [
        (IntentState.OPEN, None, Step.CALL),
        (IntentState.OPEN, NOW, Step.CALL),
        (IntentState.OPEN, NOW - KEY_LIFE_MS + 1, Step.CALL),
        (IntentState.OPEN, NOW - KEY_LIFE_MS, Step.READ_BACK),
        (IntentState.OPEN, NOW - 10 * KEY_LIFE_MS, Step.READ_BACK),
        (IntentState.OPEN, NOW + SKEW_MS, Step.CALL),  # another worker's clock
        (IntentState.OPEN, NOW + SKEW_MS + 1, Step.READ_BACK),  # a clock that nobody believes
        (IntentState.REFUSED, NOW, Step.READ_BACK),
        (IntentState.REFUSED, None, Step.READ_BACK),
        (IntentState.DONE, NOW, None),
        (IntentState.SUPERSEDED, NOW, None),
    ],
)
def test_the_next_step_goes_by_the_state_and_the_key_s_age(
    state: IntentState, called_at: int | None, step: Step | None
) -> None:
    assert step_of(state, called_at, NOW - KEY_LIFE_MS + 1, NOW) is step


@pytest.mark.parametrize(
    ("called_at", "made_at", "may_be_done", "step"),
    [
        (None, NOW, False, Step.CALL),
        (None, NOW - KEY_LIFE_MS, False, Step.READ_BACK),  # a backup may have forgotten the call
        (None, NOW, True, Step.READ_BACK),  # or the whole refund
        (NOW, NOW, True, Step.CALL),
    ],
)
def test_what_a_restored_ledger_may_have_forgotten_is_read_back_first(
    called_at: int | None, made_at: int, may_be_done: bool, step: Step
) -> None:
    assert step_of(IntentState.OPEN, called_at, made_at, NOW, may_be_done=may_be_done) is step


def test_every_state_has_its_row_and_what_is_superseded_stays_so() -> None:
    assert NEXT.keys() == set(IntentState)
    assert NEXT[IntentState.SUPERSEDED] == frozenset()
    assert IntentState.SUPERSEDED not in NEXT[IntentState.DONE]


@given(st.sampled_from(IntentState), st.none() | st.sampled_from(MessageState))
def test_every_refund_has_a_fate_and_what_is_done_is_done(state: IntentState, message: MessageState | None) -> None:
    fate = fate_of(state, message)
    assert (fate is RefundFate.DONE) == (state is IntentState.DONE)
    if message in {MessageState.READY, MessageState.LEASED} and state is not IntentState.DONE:
        assert fate is RefundFate.WAITING


def test_a_key_names_its_operation_and_fits() -> None:
    assert key_of(Operation.REFUND, "a7f8", UUID(int=5)) == f"refund:a7f8:{UUID(int=5)}"
    longest = MOST_KEY - len(key_of(Operation.REFUND, "", UUID(int=5)))
    assert len(key_of(Operation.REFUND, "x" * longest, UUID(int=5))) == MOST_KEY
    for wrong in ("x" * (longest + 1), "ü", "a\nb"):
        with pytest.raises(ValueError, match="idempotency"):
            key_of(Operation.REFUND, wrong, UUID(int=5))


def test_what_a_refund_is_for_goes_by_its_tickets_whatever_their_order() -> None:
    one, two = TicketHandle(b"a" * 8), TicketHandle(b"b" * 8)
    payment = UUID(int=3)
    assert stable_id_of(payment, [one]) == one.hex()
    assert stable_id_of(payment, [one, two]) == stable_id_of(payment, [two, one])
    assert len({stable_id_of(payment, [one, two]), stable_id_of(UUID(int=4), [one, two]), one.hex()}) == 3


def test_parameters_are_compared_in_their_canonical_form() -> None:
    parameters = refund_parameters(MARK, 2_000, "pi_1", None)
    told = json.loads(parameters)
    assert told["payment_intent"] == "pi_1"
    assert "charge" in json.loads(refund_parameters(MARK, 2_000, "pi_1", "ch_1"))
    digest = digest_of(parameters)
    assert are_same(json.dumps(told, indent=2), digest)
    assert not are_same(json.dumps(told | {"amount": 2_001}), digest)
    assert not are_same("no JSON", digest)
    assert not are_same('{"amount": NaN}', digest)


def test_a_mark_is_known_on_any_attempt_and_on_nothing_else() -> None:
    other = Mark(MARK.event, MARK.operation, MARK.stable_id, UUID(int=99))
    assert MARK.is_on(other.metadata)
    assert not MARK.is_on({})
    assert not MARK.is_on(other.metadata | {"doorlight_event": UUID(int=7).hex})
    assert not MARK.is_on(other.metadata | {"doorlight_operation": "refund:other"})
