"""Asking again: how long, how often, and how it stops."""

import threading

from app.net import patience
from app.net.patience import FIRST_WAIT_S, LONGEST_RETRY_AFTER_S, LONGEST_WAIT_S, ask_until_answered
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble


class Instant(threading.Event):
    """A stopper that waits no time and remembers for how long it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        return self.is_set()


def waits_for(answers: "list[Done[str] | Later | Rejected]") -> list[float]:
    """The waits between questions that are answered like this, one after the other."""
    stopper, left = Instant(), list(answers)
    assert ask_until_answered(lambda: left.pop(0), stopper) == answers[-1]
    return stopper.waits


def test_a_first_answer_is_not_waited_for() -> None:
    assert waits_for([Done("yes", 1)]) == []


def test_a_rejection_is_an_answer() -> None:
    assert waits_for([Later(Trouble.BUSY), Rejected(422, "no")])[1:] == []


def test_waits_double_up_to_the_longest_and_are_drawn_from_nothing() -> None:
    waits = waits_for([Later(Trouble.SLOW)] * 300 + [Done("yes", 1)])
    assert all(wait <= min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**place) for place, wait in enumerate(waits, 0))
    late = waits[20:]
    assert min(late) < LONGEST_WAIT_S * 0.1, "full jitter reaches down to nothing"
    assert max(late) > LONGEST_WAIT_S * 0.9


def test_retry_after_is_obeyed_and_bounded() -> None:
    assert waits_for([Later(Trouble.BUSY, 100.0), Done("yes", 1)]) == [100.0]
    assert waits_for([Later(Trouble.BUSY, 99_999.0), Done("yes", 1)]) == [LONGEST_RETRY_AFTER_S]


def test_a_stopper_ends_the_asking() -> None:
    stopper = Instant()
    asked = []

    def ask() -> Later:
        asked.append(1)
        if len(asked) == 3:
            stopper.set()
        return Later(Trouble.UNREACHABLE)

    assert ask_until_answered(ask, stopper) == Later(Trouble.UNREACHABLE)
    assert len(asked) == 3


def test_each_wait_is_told() -> None:
    told: list[float] = []
    left: list[Done[str] | Later] = [Later(Trouble.BUSY, 2.0), Done("yes", 1)]
    ask_until_answered(lambda: left.pop(0), Instant(), told.append)
    assert told == [2.0]


def test_the_policy_is_the_documented_one() -> None:
    assert (patience.FIRST_WAIT_S, patience.LONGEST_WAIT_S) == (0.5, 60.0)


def test_who_waits_by_a_clock_of_his_own_has_the_same_policy() -> None:
    back_off = patience.BackOff(longest_s=4.0)
    waits = [back_off.next_wait_s() for _ in range(300)]
    assert all(wait <= min(4.0, FIRST_WAIT_S * 2**place) for place, wait in enumerate(waits))
    assert max(waits) > 3.5
    assert min(waits[20:]) < 0.5
    assert back_off.tries == 300
    assert back_off.next_wait_s(100.0) == 100.0
    assert back_off.next_wait_s(99_999.0) == LONGEST_RETRY_AFTER_S
    back_off.reset()
    assert back_off.next_wait_s() <= FIRST_WAIT_S
