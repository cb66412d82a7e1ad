"""Duties go their rounds: one that fails or hangs holds up nobody, and the end waits for what has begun."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import AppError
from app.runtime.rounds import Duty, Rounds

PATIENCE_S = 20.0


class Counted:
    """A duty's work that counts its turns and tells when enough have been."""

    def __init__(self, enough: int, fails: Callable[[int], Exception | None] = lambda _: None) -> None:
        self.turns = 0
        self.is_enough = threading.Event()
        self._enough = enough
        self._fails = fails

    def __call__(self) -> bool:
        self.turns += 1
        if self.turns >= self._enough:
            self.is_enough.set()
        error = self._fails(self.turns)
        if error is not None:
            raise error
        return False


def test_a_duty_that_fails_and_one_that_hangs_delay_no_other() -> None:
    hangs, goes_on = threading.Event(), Counted(5)
    broken = Counted(2, lambda _: AppError("database_unavailable"))

    def hang() -> bool:
        return bool(hangs.wait(PATIENCE_S))

    rounds = Rounds([Duty("hangs", 0.001, hang), Duty("broken", 0.001, broken), Duty("fine", 0.001, goes_on)])
    rounds.start()
    try:
        assert goes_on.is_enough.wait(PATIENCE_S)
        assert broken.is_enough.wait(PATIENCE_S)
    finally:
        hangs.set()
        assert rounds.stop(PATIENCE_S)
    told = rounds.told()["duties"]
    assert isinstance(told, dict)
    assert (told["broken"]["done"], told["broken"]["is_failing"]) == (0, True)
    assert (told["fine"]["failed"], told["fine"]["is_failing"]) == (0, False)


def test_a_duty_recovers_after_failures() -> None:
    duty = Counted(4, lambda turn: ValueError("x") if turn < 4 else None)
    rounds = Rounds([Duty("recovers", 0.001, duty)])
    rounds.start()
    assert duty.is_enough.wait(PATIENCE_S)
    assert rounds.stop(PATIENCE_S)
    told = rounds.told()["duties"]
    assert isinstance(told, dict)
    assert (told["recovers"]["failed"], told["recovers"]["is_failing"]) == (3, False)


def test_the_end_waits_for_a_turn_that_has_begun_and_begins_no_other() -> None:
    began, may_end, turns = threading.Event(), threading.Event(), []

    def work() -> bool:
        began.set()
        may_end.wait(PATIENCE_S)
        turns.append("ended")
        return True  # more is due at once: but the end was asked for

    rounds = Rounds([Duty("long", 0.001, work)])
    rounds.start()
    assert began.wait(PATIENCE_S)
    assert not rounds.stop(0.05)  # not whole: the turn is still under way
    assert turns == []
    may_end.set()
    assert rounds.stop(PATIENCE_S)
    assert turns == ["ended"]


def test_the_sign_of_life_is_there_while_it_works_and_gone_after(tmp_path: Path) -> None:
    path, duty = tmp_path / "worker.json", Counted(1)
    rounds = Rounds([Duty("one", 60, duty)], path)
    rounds.start()
    told = json.loads(path.read_text())
    assert set(told["duties"]) == {"one"}
    assert duty.is_enough.wait(PATIENCE_S)
    assert rounds.stop(PATIENCE_S)
    assert list(tmp_path.iterdir()) == []


def test_a_turn_that_never_ends_is_told_as_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.runtime.rounds.STUCK_S", -1.0)
    began, may_end = threading.Event(), threading.Event()

    def work() -> bool:
        began.set()
        return not may_end.wait(PATIENCE_S)

    rounds = Rounds([Duty("stuck", 60, work)])
    rounds.start()
    assert began.wait(PATIENCE_S)
    told = rounds.told()["duties"]
    may_end.set()
    assert rounds.stop(PATIENCE_S)
    assert isinstance(told, dict)
    assert told["stuck"]["is_stuck"] is True


def test_once_does_what_is_due_and_says_whether_all_went_well() -> None:
    left = [1, 2, 3]

    def work() -> bool:
        left.pop()
        return bool(left)

    assert Rounds([Duty("backlog", 60, work)]).once()
    assert left == []
    failing = Counted(1, lambda _: ValueError("x"))
    after = Counted(1)
    assert not Rounds([Duty("fails", 60, failing), Duty("after", 60, after)]).once()
    assert (failing.turns, after.turns) == (1, 1)
