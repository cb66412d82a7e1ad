"""The median alarm: what most phones say counts, what a few say does not."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import TicketHandle
from core.model.skew import ALARM_MS, CALM_MS, LEAST, WINDOW, Skew

MINUTE = 60_000


def tid(number: int) -> TicketHandle:
    return TicketHandle(number.to_bytes(8))


def after(offsets: Iterable[int], start: Skew | None = None, first_tid: int = 0) -> Skew:
    skew = start or Skew()
    for number, offset_ms in enumerate(offsets, first_tid):
        skew = skew.after(tid(number), offset_ms)
    return skew


@pytest.mark.parametrize(
    ("offsets", "alarm_ms"),
    [
        ([], None),
        ([3 * MINUTE] * (LEAST - 1), None),
        ([3 * MINUTE] * LEAST, 3 * MINUTE),
        ([-3 * MINUTE] * LEAST, -3 * MINUTE),
        ([ALARM_MS] * LEAST, None),
        ([ALARM_MS + 1] * LEAST, ALARM_MS + 1),
        ([-15_000] * WINDOW, None),  # a code is shown for half a minute
        ([0] * 4 + [3 * MINUTE] * 4, None),  # of two middle ones the less alarming
    ],
)
def test_an_alarm_wants_enough_phones_that_are_far_off(offsets: list[int], alarm_ms: int | None) -> None:  # G20
    assert after(offsets).alarm_ms == alarm_ms


@given(
    liars=st.lists(st.integers(-(10**10), 10**10), min_size=3, max_size=3),
    honest=st.lists(st.integers(-30_000, 30_000), min_size=12, max_size=12),
    data=st.data(),
)
def test_three_liars_of_fifteen_say_nothing(liars: list[int], honest: list[int], data: st.DataObject) -> None:
    """In whatever order they come, and at every step from the seventh phone on."""
    order = data.draw(st.permutations([*liars, *honest]))
    skew = Skew()
    for number, offset_ms in enumerate(order):
        skew = skew.after(tid(number), offset_ms)
        assert skew.alarm_ms is None


def test_one_phone_held_up_again_and_again_is_one_voice() -> None:
    skew = after([0] * LEAST)
    for _ in range(100):
        skew = skew.after(tid(1), 10 * MINUTE)
    assert skew.alarm_ms is None
    assert len(skew.offsets) == LEAST


def test_a_screenshot_shown_later_does_not_outvote_its_own_phone() -> None:
    skew = after([0] * LEAST)
    for age_ms in range(0, 10 * MINUTE, MINUTE):
        for number in range(LEAST):
            skew = skew.after(tid(number), -age_ms)
    assert {offset_ms for _, offset_ms in skew.offsets} == {0}


def test_the_window_forgets_the_oldest() -> None:
    skew = after([3 * MINUTE] * WINDOW)
    assert skew.alarm_ms == 3 * MINUTE
    skew = after([0] * 7, skew, first_tid=100)
    assert skew.alarm_ms == 3 * MINUTE
    skew = after([0], skew, first_tid=200)
    assert (skew.alarm_ms, len(skew.offsets)) == (None, WINDOW)


def test_an_alarm_does_not_blink_at_its_limit() -> None:
    skew = after([ALARM_MS + 1] * LEAST)
    near = after([ALARM_MS - 1] * 8, skew, first_tid=100)
    assert near.alarm_ms == ALARM_MS - 1
    assert after([ALARM_MS - 1] * WINDOW).alarm_ms is None
    assert after([CALM_MS] * 8, near, first_tid=200).alarm_ms is None
