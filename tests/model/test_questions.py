"""Which answers a door takes, and whom it asks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.attention import MOST_ITEMS, AttentionItem, AttentionKind, from_bits, items_of, to_bits
from core.model.questions import MOST_ANSWER, AnswerFlaw, Question, QuestionKind, answered, flaw_of_answer, to_ask

PLATE = Question("plate", "Number plate?", QuestionKind.TEXT)
MEAL = Question("meal", "Which meal?", QuestionKind.CHOICE, choices=("meat", "fish"))
HEADS = Question("heads", "How many?", QuestionKind.NUMBER, is_required=False)
ADULT = Question("adult", "18 or older?", QuestionKind.YES_NO)


@pytest.mark.parametrize(
    ("question", "answer", "flaw"),
    [
        (PLATE, "B-AR 17", None),
        (PLATE, " ", AnswerFlaw.MISSING),
        (PLATE, "x" * MOST_ANSWER, None),
        (PLATE, "x" * (MOST_ANSWER + 1), AnswerFlaw.TOO_LONG),
        (MEAL, "fish", None),
        (MEAL, "Fish", AnswerFlaw.NO_CHOICE),
        (HEADS, "", None),
        (HEADS, "-3", None),
        (HEADS, "3.5", AnswerFlaw.NO_NUMBER),
        (HEADS, "٣", AnswerFlaw.NO_NUMBER),
        (HEADS, "1" * 13, AnswerFlaw.NO_NUMBER),
        (ADULT, "yes", None),
        (ADULT, "ja", AnswerFlaw.NEITHER_YES_NOR_NO),
        (ADULT, "", AnswerFlaw.MISSING),
    ],
)
def test_each_kind_of_answer_has_its_rule(question: Question, answer: str, flaw: AnswerFlaw | None) -> None:
    assert flaw_of_answer(question, answer) is flaw


def test_who_has_answered_or_was_passed_over_is_not_asked_again() -> None:
    done = answered((PLATE, MEAL, HEADS), {"plate": "B-AR 17", "meal": "soup", "heads": "", "other": "x"})
    assert done == {"plate", "heads"}
    assert to_ask((PLATE, MEAL, HEADS), done) == (MEAL,)


@given(st.sampled_from([PLATE, MEAL, HEADS, ADULT]), st.text())
def test_any_text_is_an_answer_or_has_a_flaw(question: Question, answer: str) -> None:
    assert flaw_of_answer(question, answer) in {None, *AnswerFlaw}


@given(st.frozensets(st.integers(1, MOST_ITEMS)))
def test_items_fit_into_two_octets(numbers: frozenset[int]) -> None:
    assert from_bits(to_bits(numbers)) == numbers
    assert to_bits(numbers) < 1 << 16


def test_an_item_that_the_event_does_not_name_says_nothing() -> None:
    age = AttentionItem(1, AttentionKind.AGE, "18 or older")
    assert items_of({1, 7}, {1: age}) == (age,)
    with pytest.raises(ValueError, match="1 to 16"):
        to_bits({17})
