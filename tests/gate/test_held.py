"""Codes behind a lane that is held: in their order, once each, none taken and none lost."""

from hypothesis import given
from hypothesis import strategies as st

from core.gate.held import MOST_WAITING, Held, Hold

TEXTS = st.lists(st.sampled_from("abcdefgh"), max_size=20)


def test_a_free_lane_has_nobody_waiting() -> None:
    assert Held().taken() == (None, Held())


def test_the_guest_who_is_asked_does_not_wait_behind_themselves() -> None:
    held = Held().after_verdict("a", wants_answer=True)
    assert held.is_held
    assert held.after_code("a") == held
    assert held.after_code("b").waiting == ("b",)


def test_after_the_answer_the_next_code_is_taken_and_the_one_behind_it_waits_for_its_verdict() -> None:
    held = Held().after_verdict("a", wants_answer=True).after_code("b").after_code("c")
    assert held.taken()[0] is None
    text, held = held.without(Hold.ANSWER).taken()
    assert text == "b"
    held = held.after_verdict("b", wants_answer=False)
    assert held.taken()[0] is None, "its verdict has to be read first"
    text, held = held.without(Hold.VERDICT).taken()
    assert (text, held.waiting) == ("c", ())
    assert not held.after_verdict("c", wants_answer=False).is_held


@given(TEXTS)
def test_every_code_that_came_is_taken_once_and_in_order(texts: list[str]) -> None:
    held = Held().with_reason(Hold.SHEET)
    for text in texts:
        held = held.after_code(text)
    held, taken = held.without(Hold.SHEET), []
    while (turn := held.taken())[0] is not None:
        taken.append(turn[0])
        held = turn[1].after_verdict(turn[0], wants_answer=False).without(Hold.VERDICT)
    assert taken == list(dict.fromkeys(texts))


def test_a_full_row_says_so_and_keeps_what_it_has() -> None:
    held = Held().with_reason(Hold.SHEET)
    for number in range(MOST_WAITING):
        assert not held.is_full
        held = held.after_code(str(number))
    assert held.is_full
    assert held.after_code("one more") == held
