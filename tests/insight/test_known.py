"""What a panel may show: never an old value as a new one, never loading for ever, no failure for one lost question."""

import pytest

from core.insight import known as known_module
from core.insight.known import GRACE_MS, LOADING_MS, Known
from core.insight.reading import Fault, Freshness, Reading
from core.model.moments import Millis
from core.sync.answers import Later, Rejected
from core.sync.health import Trouble

AWAY = Later(Trouble.UNREACHABLE)
NO = Rejected(403, "not_authorised")
EVERY_MS = 30_000
BEGAN = Millis(1_000_000)


def shown(known: Known[str], at_ms: int, lost: Fault | None = None) -> Reading[str]:
    return known.reading(Millis(at_ms), EVERY_MS, lost, Millis(at_ms) if lost else None)


def unknown() -> Known[str]:
    return Known(BEGAN)


def new(at_ms: int = BEGAN) -> Known[str]:
    return unknown().answered("7", Millis(at_ms))


def test_what_nobody_answered_yet_is_loading_for_a_while_and_then_failed() -> None:
    waiting: Known[str] = unknown()
    assert shown(waiting, BEGAN + LOADING_MS) == Reading(Freshness.LOADING)
    told = shown(waiting, BEGAN + LOADING_MS + 1)
    assert told == Reading(Freshness.FAILED, None, None, Later(Trouble.SLOW), BEGAN)


def test_a_first_failure_is_not_shown_a_second_is_and_says_since_the_first() -> None:
    once: Known[str] = unknown().failed(AWAY, Millis(BEGAN + 5))
    assert shown(once, BEGAN + 5).state is Freshness.LOADING
    told = shown(once.failed(Later(Trouble.SLOW), Millis(BEGAN + 9)), BEGAN + 9)
    assert told == Reading(Freshness.FAILED, None, None, Later(Trouble.SLOW), Millis(BEGAN + 5))


def test_a_refusal_is_shown_at_once() -> None:
    told = shown(unknown().failed(NO, Millis(BEGAN + 5)), BEGAN + 5)
    assert told == Reading(Freshness.FAILED, None, None, NO, Millis(BEGAN + 5))


def test_an_answer_is_new_and_forgets_what_failed_before() -> None:
    known: Known[str] = unknown().failed(AWAY, BEGAN).failed(AWAY, BEGAN).answered("7", Millis(BEGAN + 50))
    assert shown(known, BEGAN + 60) == Reading(Freshness.FRESH, "7", Millis(BEGAN + 50))


def test_a_value_that_can_not_be_had_anew_is_old_and_says_why_and_of_when_it_is() -> None:
    known = new().failed(AWAY, Millis(BEGAN + 10))
    assert shown(known, BEGAN + 10).state is Freshness.FRESH
    told = shown(known.failed(AWAY, Millis(BEGAN + 20)), BEGAN + 20)
    assert told == Reading(Freshness.OLD, "7", BEGAN, AWAY, Millis(BEGAN + 10))


def test_no_value_is_new_for_longer_than_a_round_even_if_nobody_asked_again() -> None:
    last_ms = BEGAN + EVERY_MS + GRACE_MS
    assert shown(new(), last_ms).state is Freshness.FRESH
    told = shown(new(), last_ms + 1)
    assert (told.state, told.fault, told.fault_since_ms) == (Freshness.OLD, Later(Trouble.SLOW), BEGAN)


def test_control_without_that_bound_an_old_value_would_be_new_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_module, "GRACE_MS", 10**12)
    assert shown(new(), BEGAN + 3_600_000).state is Freshness.FRESH


def test_a_cached_value_is_old_without_a_fault_until_it_is_known_whether_a_newer_one_can_be_had() -> None:
    cached = unknown().cached("7", Millis(BEGAN - 720_000))
    assert shown(cached, BEGAN + 1) == Reading(Freshness.OLD, "7", Millis(BEGAN - 720_000))
    assert shown(cached, BEGAN + LOADING_MS + 1).fault == Later(Trouble.SLOW)
    assert shown(cached.answered("8", Millis(BEGAN + 2)), BEGAN + 3).is_new


def test_while_the_server_is_away_nothing_is_new() -> None:
    assert shown(new(), BEGAN + 1, AWAY) == Reading(Freshness.OLD, "7", BEGAN, AWAY, Millis(BEGAN + 1))
    told = shown(unknown(), BEGAN + 1, AWAY)
    assert told == Reading(Freshness.FAILED, None, None, AWAY, Millis(BEGAN + 1))


def test_what_nobody_could_ask_for_is_not_new_before_it_was_told_again() -> None:
    doubted = new().doubted()
    assert shown(doubted, BEGAN + 1) == Reading(Freshness.OLD, "7", BEGAN)
    assert shown(doubted.answered("7", BEGAN), BEGAN + 1).is_new


def test_who_asks_again_waits_anew() -> None:
    failed: Known[str] = unknown().failed(NO, BEGAN)
    assert shown(failed.wanted(Millis(BEGAN + 100)), BEGAN + 101).state is Freshness.LOADING
