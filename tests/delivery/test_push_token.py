"""The life of a push token: what the times make of it, and whose word ends it."""

from hypothesis import given
from hypothesis import strategies as st

from core.delivery.push_token import (
    DAY_MS,
    INACTIVE_AFTER_MS,
    INVALID_AFTER_MS,
    KEPT_MS,
    Ending,
    TokenLife,
    TokenState,
)
from core.model.moments import Millis

NOW = Millis(1_795_000_000_000)
FRESH = TokenLife(NOW, NOW)


def at(days: float) -> Millis:
    return Millis(NOW + round(days * DAY_MS))


def test_a_token_is_active_for_a_month_then_inactive_then_invalid() -> None:
    told = {days: FRESH.state_at(at(days)) for days in (0, 29.9, 30, 269.9, 270, 400)}
    active, inactive, invalid = TokenState.ACTIVE, TokenState.INACTIVE, TokenState.INVALID
    assert list(told.values()) == [active, active, inactive, inactive, invalid, invalid]


def test_a_refresh_brings_an_inactive_one_back() -> None:
    assert FRESH.refreshed(at(100)).state_at(at(110)) is TokenState.ACTIVE
    assert FRESH.refreshed(at(100)).registered_at_ms == NOW


def test_the_providers_word_ends_it_unless_the_telephone_registered_since() -> None:
    ended = FRESH.told_unregistered(at(1), at(1))
    assert (ended.state_at(at(1)), ended.ending) == (TokenState.INVALID, Ending.UNREGISTERED)
    later = FRESH.refreshed(at(2))
    assert later.told_unregistered(at(1), at(3)) == later, "it spoke of what was there before"
    assert later.told_unregistered(at(2.5), at(3)).state_at(at(3)) is TokenState.INVALID


def test_the_first_end_is_the_one_that_is_kept() -> None:
    ended = FRESH.told_unregistered(at(1), at(1))
    assert ended.told_unregistered(at(5), at(5)) == ended
    assert ended.aged(at(300)) == ended


def test_an_invalid_token_that_registers_again_begins_anew() -> None:
    again = FRESH.told_unregistered(at(1), at(1)).refreshed(at(9))
    assert (again, again.state_at(at(9))) == (TokenLife(at(9), at(9)), TokenState.ACTIVE)


def test_it_is_forgotten_a_month_after_its_end() -> None:
    ended = FRESH.aged(at(270))
    assert ended.ending is Ending.UNUSED
    assert [ended.is_forgotten_at(at(270 + days)) for days in (0, 29.9, 30)] == [False, False, True]
    assert not FRESH.is_forgotten_at(at(10_000)), "what nobody has ended is first ended, then forgotten"


_STEPS = st.lists(st.tuples(st.sampled_from(["refresh", "told", "age"]), st.integers(0, 200 * DAY_MS)), max_size=12)


@given(_STEPS)
def test_whatever_happens_times_never_go_back_and_an_end_has_its_reason(steps: list[tuple[str, int]]) -> None:
    life, now = FRESH, NOW
    for what, span in steps:
        before, now = life, Millis(now + span)
        match what:
            case "refresh":
                life = life.refreshed(now)
                assert life.state_at(now) is TokenState.ACTIVE
            case "told":
                life = life.told_unregistered(now, now)
            case _:
                life = life.aged(now)
        assert life.refreshed_at_ms >= before.refreshed_at_ms
        assert (life.ended_at_ms is None) is (life.ending is None)
        assert life.state_at(now) is TokenState.INVALID or now - life.refreshed_at_ms < INVALID_AFTER_MS
        if life.state_at(now) is TokenState.ACTIVE:
            assert now - life.refreshed_at_ms < INACTIVE_AFTER_MS
    assert not life.is_forgotten_at(now) or now - (life.ended_at_ms or now) >= KEPT_MS
