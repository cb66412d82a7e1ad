"""The link's health: a table of what follows what, with hysteresis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.moments import Millis
from core.sync.health import FAILURES_TO_OFFLINE, Health, Link, Trouble

FAIL, GONE, GOOD, SLOW = "fail", "gone", "good", "slow"
STEPS = st.lists(st.sampled_from([FAIL, GONE, GOOD, SLOW]), max_size=20)


def _after(steps: list[str], health: Health | None = None) -> Health:
    health = health or Health()
    for at, step in enumerate(steps, 1):
        if step in (FAIL, GONE):
            trouble = Trouble.DEVICE_REVOKED if step == GONE else Trouble.UNREACHABLE
            health = health.after_failure(Millis(at), trouble)
        else:
            health = health.after_success(Millis(at), is_slow=step == SLOW)
    return health


@pytest.mark.parametrize(
    ("steps", "link", "trouble", "since_ms"),
    [
        ([], Link.OFFLINE, Trouble.NOT_TRIED, 0),
        ([GOOD], Link.ONLINE, None, 1),
        ([SLOW], Link.DEGRADED, Trouble.SLOW, 1),
        ([FAIL], Link.OFFLINE, Trouble.UNREACHABLE, 0),
        ([GOOD, GOOD], Link.ONLINE, None, 1),
        ([GOOD, FAIL], Link.DEGRADED, Trouble.UNREACHABLE, 2),
        ([GOOD, FAIL, GOOD], Link.ONLINE, None, 3),
        ([GOOD, FAIL, SLOW], Link.DEGRADED, Trouble.SLOW, 2),
        ([GOOD, FAIL, FAIL], Link.OFFLINE, Trouble.UNREACHABLE, 3),
        ([GOOD, FAIL, GOOD, FAIL], Link.DEGRADED, Trouble.UNREACHABLE, 4),
        ([GOOD, SLOW], Link.DEGRADED, Trouble.SLOW, 2),
        ([GOOD, SLOW, GOOD], Link.ONLINE, None, 3),
        ([GOOD, FAIL, FAIL, GOOD], Link.OFFLINE, Trouble.UNREACHABLE, 3),
        ([GOOD, FAIL, FAIL, GOOD, FAIL], Link.OFFLINE, Trouble.UNREACHABLE, 3),
        ([GOOD, FAIL, FAIL, GOOD, FAIL, GOOD], Link.OFFLINE, Trouble.UNREACHABLE, 3),
        ([GOOD, FAIL, FAIL, GOOD, GOOD], Link.ONLINE, None, 5),
        ([GOOD, FAIL, FAIL, SLOW, SLOW], Link.DEGRADED, Trouble.SLOW, 5),
        ([GOOD, GONE], Link.OFFLINE, Trouble.DEVICE_REVOKED, 2),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else None,
)
def test_each_run_of_answers_ends_in_its_state(
    steps: list[str], link: Link, trouble: Trouble | None, since_ms: int
) -> None:
    found = _after(steps)
    assert (found.link, found.trouble, found.since_ms) == (link, trouble, since_ms)


@given(STEPS)
def test_a_link_that_is_not_online_says_why(steps: list[str]) -> None:
    health = _after(steps)
    assert (health.trouble is None) is (health.link is Link.ONLINE)
    assert health.is_worth_asking is (health.link is not Link.OFFLINE)


@given(STEPS)
def test_two_good_answers_bring_any_link_back_and_two_failures_take_it_away(steps: list[str]) -> None:
    assert _after([GOOD, GOOD], _after(steps)).link is Link.ONLINE
    assert _after([FAIL] * FAILURES_TO_OFFLINE, _after(steps)).link is Link.OFFLINE


@given(STEPS)
def test_an_online_link_does_not_fall_in_one_step(steps: list[str]) -> None:
    health = _after(steps)
    if health.link is Link.ONLINE:
        assert _after([FAIL], health).link is Link.DEGRADED


@given(STEPS)
def test_since_moves_only_when_the_state_does(steps: list[str]) -> None:
    """The banner's "offline since" must not restart with every further failure."""
    health = _after(steps)
    later = health.after_failure(Millis(99), Trouble.BUSY)
    assert later.since_ms == (health.since_ms if later.link is health.link else 99)
