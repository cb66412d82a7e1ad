"""A message comes back at its channel's time, spread a little, and never sooner than the receiver asked for."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.message import WAITS_S, Channel, most_attempts
from core.delivery.schedule import LONGEST_ASKED_S, SPREAD, bounded_s, run_at, tries_counted

NOW = 1_795_003_600_000
CHANCE = st.floats(0, 1)


@given(st.sampled_from(Channel), st.integers(1, 40), CHANCE)
def test_each_wait_is_the_schedules_within_the_spread(channel: Channel, attempt: int, chance: float) -> None:
    waits = WAITS_S[channel]
    planned_ms = 1000 * waits[min(attempt, len(waits) - 1)]
    wait_ms = run_at(channel, attempt, NOW, asked_s=None, chance=chance) - NOW
    assert planned_ms * (1 - SPREAD) - 1 <= wait_ms <= planned_ms * (1 + SPREAD)


@given(st.sampled_from(Channel), st.integers(1, 40), CHANCE, st.floats(0.001, LONGEST_ASKED_S))
def test_what_was_asked_for_is_waited(channel: Channel, attempt: int, chance: float, asked_s: float) -> None:
    assert run_at(channel, attempt, NOW, asked_s=asked_s, chance=chance) - NOW >= int(1000 * asked_s)


@pytest.mark.parametrize("asked_s", [LONGEST_ASKED_S * 365.0, math.inf])
def test_nobody_is_waited_for_longer_than_a_day(asked_s: float) -> None:
    wait_ms = run_at(Channel.WEBHOOK, 1, NOW, asked_s=asked_s, chance=1.0) - NOW
    assert wait_ms == 1000 * LONGEST_ASKED_S


@pytest.mark.parametrize("asked_s", [None, 0.0, -5.0, -math.inf, math.nan])
def test_nonsense_asks_for_nothing(asked_s: float | None) -> None:
    assert bounded_s(asked_s) == 0.0


def test_chance_spreads_messages_that_failed_together() -> None:
    at = {run_at(Channel.WEBHOOK, 2, NOW, asked_s=None, chance=step / 10) for step in range(11)}
    assert len(at) == 11


@pytest.mark.parametrize("channel", Channel)
@given(attempt=st.integers(1, 7), uncounted=st.integers(0, 1_000))
def test_a_try_that_counted_against_nobody_makes_no_later_wait_longer(
    channel: Channel, attempt: int, uncounted: int
) -> None:
    assert tries_counted(channel, attempt + uncounted, most_attempts(channel) + uncounted) == attempt
