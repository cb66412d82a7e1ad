"""Practice: every lesson has one right answer, a wrong one is remembered, and the end says how many were known."""

from itertools import pairwise

from core.gate.practice import CHOICES, LESSONS, OUTCOME_OF, Lesson, Practice
from core.model.outcomes import TABLE, OutcomeClass


def through(*, misses: int = 0) -> Practice:
    practice = Practice()
    while practice.lesson is not None:
        if practice.place < misses:
            practice = practice.after((practice.right + 1) % CHOICES)
        practice = practice.after(practice.right).next()
    return practice


def test_every_lesson_shows_an_outcome_and_all_signs_are_seen_but_the_exits() -> None:
    assert set(OUTCOME_OF) == set(Lesson)
    assert {TABLE[each].outcome_class for each in OUTCOME_OF.values()} == set(OutcomeClass) - {OutcomeClass.LEAVE}


def test_whoever_knows_everything_is_told_so_and_whoever_misses_some_is_told_how_many() -> None:
    assert (through().known, through().missed) == (LESSONS, frozenset())
    assert through(misses=2).known == LESSONS - 2


def test_nobody_goes_on_without_the_right_answer() -> None:
    practice = Practice()
    assert practice.next() == practice
    wrong = practice.after((practice.right + 1) % CHOICES)
    assert (wrong.next(), wrong.is_right, wrong.tried) == (wrong, False, {(practice.right + 1) % CHOICES})
    assert wrong.after(practice.right).after(0).next().lesson is list(Lesson)[1], "what is right stays right"


def test_the_right_answer_moves_about() -> None:
    places = [Practice(place).right for place in range(LESSONS)]
    assert set(places) == set(range(CHOICES))
    assert all(one != other for one, other in pairwise(places))


def test_after_the_last_lesson_nothing_more_is_asked() -> None:
    done = through()
    assert done.after(0) == done
