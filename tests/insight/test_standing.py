"""The banner: every state meets every sign, one lost packet is no outage, and what is well has to stay so."""

from dataclasses import replace
from itertools import product

import pytest

from core.insight import standing as standing_module
from core.insight.standing import CALM_MS, IS_ABSENCE, LOST_AFTER, MOVES, Now, Sign, Standing, State, worst
from core.model.moments import Millis
from core.sync.answers import Later
from core.sync.health import Trouble
from core.sync.messages import Reach

SLOW = {"arrivals": Later(Trouble.SLOW)}
START_MS = 1_000_000


def at(tick_ms: int) -> Now:
    return Now(Millis(START_MS + tick_ms), tick_ms)


def live() -> Standing:
    return Standing().after_answer(at(1)).after_round(at(2), {}, is_complete=True)


def offline(tick_ms: int = 10) -> Standing:
    standing = live()
    for miss in range(LOST_AFTER):
        standing = standing.after_miss(at(tick_ms + miss), Trouble.UNREACHABLE)
    return standing


def test_every_state_meets_every_sign() -> None:
    assert set(MOVES) == set(product(State, Sign))
    assert set(IS_ABSENCE) == set(Trouble)


def test_a_window_that_was_just_opened_is_live_with_its_first_answers() -> None:
    assert Standing().state is State.RECOVERING
    assert Standing().after_answer(at(1)).state is State.RECOVERING
    assert (live().state, live().trouble, live().since_ms) == (State.LIVE, None, START_MS + 2)


def test_one_miss_is_no_outage_and_two_in_a_row_are() -> None:
    once = live().after_miss(at(10), Trouble.UNREACHABLE)
    assert once.state is State.LIVE
    assert once.after_answer(at(11)).after_miss(at(12), Trouble.UNREACHABLE).state is State.LIVE
    twice = once.after_miss(at(11), Trouble.UNREACHABLE)
    assert (twice.state, twice.trouble, twice.since_ms) == (State.OFFLINE, Trouble.UNREACHABLE, START_MS + 11)
    assert not twice.is_asking


def test_many_questions_that_fail_together_are_one_suspicion() -> None:
    standing = live()
    for _ in range(6):
        standing = standing.after_suspicion()
    assert standing.state is State.LIVE
    assert standing.after_miss(at(10), Trouble.UNREACHABLE).state is State.OFFLINE
    assert standing.after_answer(at(10)).after_miss(at(11), Trouble.UNREACHABLE).state is State.LIVE


def test_an_outage_counts_from_its_beginning_and_what_it_affects_is_all_that_is_watched() -> None:
    standing = offline(10).after_miss(at(9_000), Trouble.SLOW)
    assert (standing.since_ms, standing.trouble) == (START_MS + 11, Trouble.SLOW)
    assert standing.with_watched(frozenset({"status"})).affected == {"status"}
    assert live().with_watched(frozenset({"status"})).affected == frozenset()


def test_a_panel_that_fails_makes_it_degraded_and_says_which() -> None:
    standing = live().after_round(at(10), SLOW, is_complete=True)
    assert (standing.state, standing.trouble) == (State.DEGRADED, Trouble.SLOW)
    assert standing.affected == {"arrivals"}
    assert standing.is_asking


def test_what_is_well_again_has_to_stay_so() -> None:
    standing = live().after_round(at(10), SLOW, is_complete=True)
    standing = standing.after_round(at(20), {}, is_complete=True)
    assert standing.state is State.DEGRADED
    assert standing.after_round(at(20 + CALM_MS - 1), {}, is_complete=True).state is State.DEGRADED
    assert standing.after_round(at(20 + CALM_MS), {}, is_complete=True).state is State.LIVE
    again = standing.after_round(at(25), SLOW, is_complete=True).after_round(at(30), {}, is_complete=True)
    assert again.after_round(at(20 + CALM_MS), {}, is_complete=True).state is State.DEGRADED, "it counts from the last"


def test_after_an_outage_it_recovers_until_everything_is_known_anew() -> None:
    standing = offline().after_answer(at(500))
    assert (standing.state, standing.since_ms) == (State.RECOVERING, START_MS + 500)
    standing = standing.after_round(at(90_000), {}, is_complete=False)
    assert standing.state is State.RECOVERING
    standing = standing.after_round(at(90_001), {}, is_complete=True)
    assert standing.state is State.RECOVERING
    assert standing.after_round(at(90_001 + CALM_MS), {}, is_complete=True).state is State.LIVE
    assert standing.after_round(at(90_002), SLOW, is_complete=True).state is State.DEGRADED


def flickers(calm_ms: int, lost_after: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often the state changes in ten minutes of a line on which every other probe is lost, and a panel with it."""
    monkeypatch.setattr(standing_module, "CALM_MS", calm_ms)
    monkeypatch.setattr(standing_module, "LOST_AFTER", lost_after)
    standing, changes = live(), 0
    for step in range(600):
        now, before = at(1_000 + step * 1_000), standing.state
        standing = standing.after_answer(now) if step % 2 else standing.after_miss(now, Trouble.UNREACHABLE)
        standing = standing.after_round(now, {} if step % 2 else SLOW, is_complete=True)
        changes += standing.state is not before
    return changes


def test_a_bad_line_does_not_flicker(monkeypatch: pytest.MonkeyPatch) -> None:
    assert flickers(standing_module.CALM_MS, standing_module.LOST_AFTER, monkeypatch) == 1


def test_control_without_hysteresis_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert flickers(0, 1, monkeypatch) > 500


def test_a_server_without_internet_is_no_state_and_says_since_when() -> None:
    assert live().no_internet_since_ms is None
    cut = replace(live(), reach=Reach(False, 77, 99))
    assert (cut.state, cut.no_internet_since_ms) == (State.LIVE, 77)
    assert replace(live(), reach=Reach(True, 77, 99)).no_internet_since_ms is None
    assert replace(live(), reach=Reach(None, None, None)).no_internet_since_ms is None


def test_the_trouble_is_what_most_suffer_from() -> None:
    failing = {"a": Later(Trouble.SLOW), "b": Later(Trouble.SERVER_ERROR), "c": Later(Trouble.SERVER_ERROR)}
    assert worst(failing) is Trouble.SERVER_ERROR
    assert worst({"a": Later(Trouble.SERVER_ERROR), "b": Later(Trouble.SLOW)}) is Trouble.SLOW
