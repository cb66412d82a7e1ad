"""An endpoint that fails is left alone, tried by one message at a time, and given up only after days."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.account_trouble import AccountTrouble
from core.delivery.circuit import (
    GIVEN_UP_AFTER_MS,
    LEAST_FAILURES,
    LONGEST_REST_MS,
    OPENS_AFTER,
    PROBE_MS,
    Health,
    Permit,
    after_answer,
    after_failure,
    after_refusal,
    after_success,
    is_given_up,
    permit_of,
    probed,
)
from core.delivery.schedule import LONGEST_ASKED_S

NOW = 1_795_003_600_000
NEW = Health()
ASKED = st.none() | st.floats(0, 1e9)


def failed(times: int, health: Health = NEW, *, at: int = NOW, chance: float = 0.5) -> Health:
    for _ in range(times):
        health = after_failure(health, at, asked_s=None, chance=chance)
    return health


def test_a_new_endpoint_is_tried() -> None:
    assert permit_of(Health(), NOW) is Permit.CLOSED


def test_it_opens_with_the_fifth_failure_in_a_row_and_not_before() -> None:
    assert permit_of(failed(OPENS_AFTER - 1), NOW) is Permit.CLOSED
    assert permit_of(failed(OPENS_AFTER), NOW) is Permit.OPEN


def test_after_its_rest_one_probe_goes_and_the_others_wait() -> None:
    resting = failed(OPENS_AFTER)
    assert resting.open_until is not None
    assert permit_of(resting, resting.open_until - 1) is Permit.OPEN
    assert permit_of(resting, resting.open_until) is Permit.PROBE
    trying = probed(resting, resting.open_until)
    assert permit_of(trying, resting.open_until) is Permit.OPEN
    assert permit_of(trying, resting.open_until + PROBE_MS) is Permit.PROBE, "the probe's worker may be gone"


def test_a_probe_that_arrives_closes_it_and_one_that_fails_opens_it_for_longer() -> None:
    resting = failed(OPENS_AFTER, chance=1.0)
    assert permit_of(after_success(resting, NOW), NOW) is Permit.CLOSED
    again = after_failure(resting, NOW, asked_s=None, chance=1.0)
    assert again.open_until is not None
    assert resting.open_until is not None
    assert again.open_until - NOW == 2 * (resting.open_until - NOW)


def test_successes_between_failures_keep_it_closed() -> None:
    health = Health()
    for _ in range(100):
        health = after_success(failed(OPENS_AFTER - 1, health), NOW)
    assert (permit_of(health, NOW), health.failures) == (Permit.CLOSED, 0)


def test_who_asks_for_patience_is_left_alone_at_once() -> None:
    asked = after_failure(Health(), NOW, asked_s=120.0, chance=0.0)
    assert (permit_of(asked, NOW + 119_999), permit_of(asked, NOW + 120_000)) == (Permit.OPEN, Permit.PROBE)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10**9), ASKED, st.floats(0, 1)), max_size=40))
def test_the_rest_is_bounded_whatever_happens(steps: Sequence[tuple[bool, int, float | None, float]]) -> None:
    health, now = Health(), NOW
    for is_good, later_ms, asked_s, chance in steps:
        now += later_ms
        health = after_success(health, now) if is_good else after_failure(health, now, asked_s=asked_s, chance=chance)
        rest_ms = (health.open_until or now) - now
        assert 0 <= rest_ms <= max(LONGEST_REST_MS, 1000 * LONGEST_ASKED_S)
        assert (health.failing_since is None) == (health.failures == 0)
        assert health.failures < OPENS_AFTER or permit_of(health, now) is Permit.OPEN


@pytest.mark.parametrize("failures", [OPENS_AFTER, 50, 10_000])
def test_without_being_asked_nobody_rests_for_longer_than_a_quarter_of_an_hour(failures: int) -> None:
    health = failed(1, Health(failures=failures, failing_since=NOW), chance=1.0)
    assert health.open_until is not None
    assert 0 < health.open_until - NOW <= LONGEST_REST_MS


def test_a_clock_that_was_days_ahead_closes_nobody_out() -> None:
    wrong = failed(OPENS_AFTER, at=NOW + 10 * GIVEN_UP_AFTER_MS)
    assert permit_of(wrong, NOW) is Permit.PROBE


def test_five_days_of_nothing_but_failure_give_it_up() -> None:
    failing = failed(LEAST_FAILURES)
    assert not is_given_up(failing, NOW + GIVEN_UP_AFTER_MS - 1)
    assert is_given_up(failing, NOW + GIVEN_UP_AFTER_MS)


def test_one_success_starts_the_five_days_anew() -> None:
    health = failed(1, after_success(failed(LEAST_FAILURES), NOW), at=NOW + GIVEN_UP_AFTER_MS)
    assert not is_given_up(health, NOW + GIVEN_UP_AFTER_MS)


def test_two_failures_a_week_apart_give_nobody_up() -> None:
    health = failed(1, failed(1), at=NOW + 2 * GIVEN_UP_AFTER_MS)
    assert not is_given_up(health, NOW + 2 * GIVEN_UP_AFTER_MS)


# --- an account that is refused -------------------------------------------------------------------------------------


def refused(times: int, health: Health = NEW, *, at: int = NOW, chance: float = 0.5) -> Health:
    for _ in range(times):
        health = after_refusal(health, at, AccountTrouble.PASSWORD_REFUSED, chance=chance)
    return health


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_refused_account_rests_at_once_and_is_tried_again_within_a_quarter_of_an_hour_for_ever(
    times: int, chance: float
) -> None:
    health = after_refusal(replace(NEW, failures=times - 1), NOW, AccountTrouble.KEY_REFUSED, chance=chance)
    assert permit_of(health, NOW) is Permit.OPEN
    assert permit_of(health, NOW + LONGEST_REST_MS) is Permit.PROBE


def test_a_refused_account_is_never_given_up_whatever_else_fails_meanwhile() -> None:
    later = NOW + 30 * GIVEN_UP_AFTER_MS
    health = failed(1, refused(2 * LEAST_FAILURES), at=later)
    assert health.trouble is AccountTrouble.PASSWORD_REFUSED
    assert not is_given_up(health, later)
    assert is_given_up(replace(health, trouble=None), later), "what is given up without it"


def test_an_answer_to_a_message_says_that_the_account_is_taken_again() -> None:
    assert after_success(refused(3), NOW).trouble is None
    assert after_answer(refused(3)).trouble is None
