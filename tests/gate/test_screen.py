"""The kiosk's screen: every state meets every step, and a verdict lies over all of them until its time is over."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.gate.screen import ADMIT_SHOWN_MS, BENEATH, REFUSAL_SHOWN_MS, SHOWN_MS, Face, Screen, Step
from core.model.outcomes import OutcomeClass

ADMITTING = (OutcomeClass.ADMIT, OutcomeClass.LEAVE, OutcomeClass.ADMIT_AND_ACT)
STEPS = [step for step in Step if step is not Step.VERDICT_ARRIVED]


def test_table_has_a_row_for_every_face_and_step() -> None:
    assert set(BENEATH) == set(Face) - {Face.VERDICT}
    assert {(face, step) for face, row in BENEATH.items() for step in row} == set(product(BENEATH, Step))


def test_a_verdict_is_never_beneath_a_verdict() -> None:
    assert all(face is not Face.VERDICT for row in BENEATH.values() for face in row.values())


def test_every_class_has_a_time() -> None:
    assert set(SHOWN_MS) == set(OutcomeClass)


@pytest.mark.parametrize("outcome_class", OutcomeClass)
def test_admissions_stay_five_seconds_and_refusals_eight(outcome_class: OutcomeClass) -> None:
    shown_ms = 5_000 if outcome_class in ADMITTING else 8_000
    screen = Screen().after_verdict(outcome_class, 100)
    assert screen.after(Step.TIME_PASSED, 100 + shown_ms - 1).face is Face.VERDICT
    assert screen.after(Step.TIME_PASSED, 100 + shown_ms).face is Face.IDLE


def test_the_next_verdict_replaces_the_last_and_takes_its_own_time() -> None:
    screen = Screen().after_verdict(OutcomeClass.DENY, 0).after_verdict(OutcomeClass.ADMIT, 7_000)
    assert screen.remaining_ms(7_000) == ADMIT_SHOWN_MS
    assert screen.after(Step.TIME_PASSED, REFUSAL_SHOWN_MS).face is Face.VERDICT


@pytest.mark.parametrize("outcome_class", OutcomeClass)
def test_a_touch_ends_a_verdict(outcome_class: OutcomeClass) -> None:
    assert Screen().after_verdict(outcome_class, 0).after(Step.TOUCHED, 1).face is Face.IDLE


def test_trouble_waits_beneath_a_verdict() -> None:
    screen = Screen().after_verdict(OutcomeClass.ADMIT, 0).after(Step.TROUBLE_BEGAN, 1)
    assert screen.face is Face.VERDICT
    assert screen.after(Step.TIME_PASSED, ADMIT_SHOWN_MS).face is Face.TROUBLE


def test_a_verdict_ends_the_hint_that_came_before_it() -> None:
    screen = Screen().after(Step.HINT_SEEN, 0).after_verdict(OutcomeClass.ADMIT, 1)
    assert screen.after(Step.TOUCHED, 2).face is Face.IDLE


def test_trouble_outweighs_a_hint() -> None:
    screen = Screen().after(Step.HINT_SEEN, 0).after(Step.TROUBLE_BEGAN, 1)
    assert screen.face is Face.TROUBLE
    assert screen.after(Step.HINT_SEEN, 2).face is Face.TROUBLE


def test_nothing_is_left_to_wait_for_without_a_verdict() -> None:
    assert Screen().remaining_ms(5) is None


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3_000)), max_size=30), st.sampled_from(OutcomeClass))
def test_no_sequence_of_steps_keeps_a_verdict_beyond_its_time(
    steps: list[tuple[Step, int]], outcome_class: OutcomeClass
) -> None:
    screen, now_ms = Screen().after_verdict(outcome_class, 0), 0
    for step, later_ms in steps:
        now_ms += later_ms
        screen = screen.after(step, now_ms)
    if now_ms >= SHOWN_MS[outcome_class]:
        assert screen.face is not Face.VERDICT
