"""What Stripe answers means one thing, and only what is known ends a refund."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.meaning import Fate, meaning_of
from core.delivery.message import Channel
from core.payment.answer import (
    ALREADY_REFUNDED,
    ELSEWHERE,
    REFUSALS,
    AccountRefused,
    AnotherKey,
    Answer,
    Conclusion,
    Done,
    Found,
    NotThere,
    Read,
    Reading,
    Refund,
    Refused,
    Unknown,
    Unread,
    concluded,
    heard_of,
    reading_of,
)

PAID = 5_000
MADE = Refund("re_1", PAID, "succeeded", "ch_1", {}, PAID)
ANSWERS = st.builds(
    Answer,
    st.none() | st.integers(0, 999),
    st.sampled_from(["", "api_error", "idempotency_error", "invalid_request_error"]),
    st.sampled_from(["", ALREADY_REFUNDED, "resource_missing", "idempotency_key_in_use"]),
    st.text(max_size=8),
    st.booleans(),
    st.none() | st.floats(0, 100),
    st.none() | st.just(MADE),
)
READS = st.one_of(
    st.builds(Found, st.just(MADE), st.integers(0, 2 * PAID)),
    st.builds(NotThere, st.integers(0, 2 * PAID)),
    st.builds(Unread, ANSWERS),
)


@pytest.mark.parametrize(
    ("answer", "reading"),
    [
        (Answer(200, refund=MADE), Reading.DONE),
        (Answer(200, refund=MADE, is_replayed=True), Reading.DONE),
        (Answer(200), Reading.SAME_KEY),  # a good answer without a refund is nobody's
        (Answer(None, code="timed_out"), Reading.SAME_KEY),
        (Answer(401), Reading.ACCOUNT),
        (Answer(403), Reading.ACCOUNT),
        (Answer(408), Reading.SAME_KEY),
        (Answer(409, code="idempotency_key_in_use"), Reading.SAME_KEY),
        (Answer(424), Reading.SAME_KEY),
        (Answer(429, asked_s=7.0), Reading.SAME_KEY),
        (Answer(500), Reading.SAME_KEY),
        (Answer(500, is_replayed=True), Reading.READ_BACK),
        (Answer(503), Reading.SAME_KEY),
        (Answer(302), Reading.SAME_KEY),
        (Answer(400), Reading.READ_BACK),
        (Answer(400, "idempotency_error"), Reading.READ_BACK),
        (Answer(400, code=ALREADY_REFUNDED), Reading.READ_BACK),
        (Answer(402), Reading.READ_BACK),
        (Answer(404), Reading.READ_BACK),
    ],
)
def test_an_answer_to_a_call_means_one_thing(answer: Answer, reading: Reading) -> None:
    assert reading_of(answer) is reading


STORED = Answer(500, is_replayed=True)


@pytest.mark.parametrize(
    ("read", "before", "conclusion"),
    [
        (Found(MADE, PAID), None, Done(MADE, PAID)),
        (Found(MADE, PAID), STORED, Done(MADE, PAID)),
        (Found(MADE, PAID), Answer(400, "idempotency_error"), Done(MADE, PAID)),
        (NotThere(0), None, AnotherKey(None)),
        (NotThere(0), STORED, AnotherKey(STORED)),
        (NotThere(PAID), Answer(400, code=ALREADY_REFUNDED), Done(None, PAID, ELSEWHERE)),
        (NotThere(PAID - 1), Answer(400, code=ALREADY_REFUNDED), "refused"),
        (NotThere(0), Answer(400, "idempotency_error"), "parameters_differ"),
        (NotThere(0), Answer(404, code="resource_missing"), "payment_unknown"),
        (NotThere(0), Answer(400, "invalid_request_error"), "refused"),
        (Unread(Answer(None)), STORED, Unknown(Answer(None))),
        (Unread(Answer(500)), None, Unknown(Answer(500))),
        (Unread(Answer(401)), None, AccountRefused(Answer(401))),
        (Unread(Answer(404)), None, "payment_unknown"),
    ],
)
def test_what_was_read_back_decides(read: Read, before: Answer | None, conclusion: Conclusion | str) -> None:
    found = concluded(read, before, paid=PAID)
    assert (found.word if isinstance(found, Refused) else found) == conclusion


@given(READS, st.none() | ANSWERS)
def test_another_key_is_never_taken_without_having_seen_that_nothing_is_there(
    read: Read, before: Answer | None
) -> None:
    found = concluded(read, before, paid=PAID)
    if isinstance(found, AnotherKey):
        assert isinstance(read, NotThere)
    if isinstance(found, Done) and found.refund is None:
        assert isinstance(read, NotThere)
        assert read.refunded >= PAID
    if isinstance(found, Refused):
        assert found.word in REFUSALS


@pytest.mark.parametrize(
    ("conclusion", "fate", "reason"),
    [
        (Done(MADE, PAID), Fate.SENT, None),
        (Done(None, PAID, ELSEWHERE), Fate.SENT, None),
        (Unknown(Answer(None, code="timed_out")), Fate.LATER, None),
        (Unknown(Answer(429)), Fate.LATER, None),
        (AnotherKey(None), Fate.AGAIN, None),
        (AccountRefused(Answer(401)), Fate.RESTS, None),
        *((Refused(word, "code", Answer(400)), Fate.DEAD, word) for word in sorted(REFUSALS)),
    ],
)
def test_what_a_try_came_to_is_one_fate_of_its_message(conclusion: Conclusion, fate: Fate, reason: str | None) -> None:
    meaning = meaning_of(Channel.STRIPE, heard_of(conclusion))
    assert (meaning.fate, meaning.reason) == (fate, reason)


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_came_to_nothing_is_none(status: str) -> None:
    assert not Refund("re_1", 1, status, None, {}).is_good
    assert all(Refund("re_1", 1, good, None, {}).is_good for good in ("pending", "requires_action", "succeeded"))
