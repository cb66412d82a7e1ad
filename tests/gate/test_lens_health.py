"""When pictures are called dark or slow, and how soon they are well again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.gate.lens_health import DARK_AFTER_MS, DARK_BELOW, LEAST_A_SECOND, SLOW_OVER_MS, Ailment, LensHealth

SAID_WITHIN_MS = 3_000
GOOD, BLACK = 180.0, 3.0


def filmed(fps: float, seconds: float, brightest: float = GOOD, health: LensHealth | None = None) -> LensHealth:
    """Pictures at a steady rate, after those before."""
    made = health or LensHealth()
    start_ms = made.came_ms[-1] if made.came_ms else 0
    for number in range(1, int(fps * seconds) + 1):
        made = made.after_picture(start_ms + round(number * 1_000 / fps), brightest)
    return made


@pytest.mark.parametrize("fps", [LEAST_A_SECOND + 1, 5, 7.5, 15, 30, 60])
def test_a_usual_camera_is_well(fps: float) -> None:
    assert filmed(fps, 10).ailment is None
    assert filmed(fps, 10).a_second == round(fps)


def test_nothing_is_said_of_a_camera_that_has_shown_nothing() -> None:
    assert LensHealth().ailment is None
    assert LensHealth().a_second is None


@pytest.mark.parametrize("fps", [5, 15, 30])
def test_a_covered_lens_is_said_within_three_seconds_and_well_at_the_first_good_picture(fps: float) -> None:  # G18
    good = filmed(fps, 5)
    assert filmed(fps, DARK_AFTER_MS / 1_000 - 0.3, BLACK, good).ailment is None, "a hand passes"
    covered = filmed(fps, SAID_WITHIN_MS / 1_000 - 1 / fps, BLACK, good)
    assert covered.ailment is Ailment.DARK
    assert covered.after_picture(covered.came_ms[-1] + 30, GOOD).ailment is None


@pytest.mark.parametrize("fps", [0.6, 1, 2, 3, 3.5])
def test_a_slow_camera_is_said_within_three_seconds_and_well_soon_after_it_is_fast(fps: float) -> None:  # G18
    health, said_at = filmed(15, 5), None
    start_ms = health.came_ms[-1]
    for number in range(1, 40):
        health = health.after_picture(start_ms + round(number * 1_000 / fps), GOOD)
        if health.ailment is Ailment.SLOW:
            said_at = health.came_ms[-1] - start_ms
            break
    assert said_at is not None
    assert said_at <= max(SAID_WITHIN_MS, 2_000 / fps)
    assert filmed(15, 3, GOOD, health).ailment is None


def test_a_dim_door_is_not_called_dark() -> None:
    assert filmed(15, 10, DARK_BELOW).ailment is None


@given(st.lists(st.tuples(st.integers(1, 5_000), st.sampled_from([GOOD, BLACK])), max_size=60))
def test_little_is_remembered_whatever_comes(pictures: list[tuple[int, float]]) -> None:
    health, now = LensHealth(), 0
    for gap, brightest in pictures:
        now += gap
        health = health.after_picture(now, brightest)
        inner = health.came_ms[1:]
        assert not inner or now - inner[0] < SLOW_OVER_MS
        if brightest == GOOD:
            assert health.ailment is not Ailment.DARK
