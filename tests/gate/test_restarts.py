"""A door that crashes opens again at once; one that was closed stays closed."""

from core.gate.restarts import (
    FIRST_PAUSE_MS,
    LONGEST_PAUSE_MS,
    MOST_FAILED_STARTS,
    Ended,
    GiveUp,
    StartAgain,
    after,
)


def test_whoever_closes_the_window_closes_it() -> None:
    assert after(Ended(0, was_ready=True), 0) == GiveUp(0)
    assert after(Ended(2, was_ready=False), 0) == GiveUp(2)


def test_a_crash_of_an_open_door_starts_it_at_once_however_often() -> None:
    assert {after(Ended(status, was_ready=True), 0) for status in (-9, -11, 1, 134)} == {StartAgain(FIRST_PAUSE_MS)}


def test_starts_that_fail_come_more_slowly_and_end_when_the_program_says_why() -> None:
    pauses = [after(Ended(1, was_ready=False), failed) for failed in range(MOST_FAILED_STARTS)]
    assert pauses[:2] == [StartAgain(FIRST_PAUSE_MS), StartAgain(2 * FIRST_PAUSE_MS)]
    assert pauses[-2] == StartAgain(LONGEST_PAUSE_MS)
    assert pauses[-1] == GiveUp(1)


def test_a_start_that_is_killed_is_tried_for_ever() -> None:
    """Short memory, a hung driver: nobody has closed this door."""
    assert after(Ended(-9, was_ready=False), 1_000) == StartAgain(LONGEST_PAUSE_MS)
