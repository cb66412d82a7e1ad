"""Whoever should know hears of everything once, at once or when the present window is over, and never in a flood."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.message import Channel
from core.delivery.notice import (
    COMMON_FIELDS,
    RULES,
    Notice,
    NoticeKind,
    Place,
    Urgency,
    is_about_itself,
    places_of,
)
from core.model.moments import Millis
from core.model.roles import RIGHTS, Role
from tests.support.facts import EVENT

NOW = 1_795_003_600_000
FLOODING = sorted(kind for kind, rule in RULES.items() if rule.window_ms is not None)


def noticed(kind: NoticeKind, at_ms: int = NOW, about: str = "a") -> Notice:
    return Notice(kind, EVENT, about, Millis(at_ms), {})


def test_every_kind_has_its_row() -> None:
    assert set(RULES) == set(NoticeKind)


def test_each_row_names_a_way_and_its_fields_once() -> None:
    for kind, rule in RULES.items():
        assert rule.channels <= {Channel.EMAIL, Channel.PUSH}, kind
        assert rule.channels, kind
        assert len({*COMMON_FIELDS, *rule.fields}) == len(COMMON_FIELDS) + len(rule.fields), kind


def test_somebody_who_runs_the_doors_is_told_of_all_that_is_urgent() -> None:
    for kind, rule in RULES.items():
        if rule.urgency is Urgency.NOW:
            assert rule.right in RIGHTS[Role.SUPERVISOR], kind


def test_nobody_is_told_who_has_no_right_to_look_for_themselves() -> None:
    """An operator at the door, a device and an auditor have other things to do, or nothing."""
    for role in (Role.OPERATOR, Role.DEVICE, Role.AUDITOR):
        assert not [kind for kind, rule in RULES.items() if rule.right in RIGHTS[role]], role


def test_what_is_told_by_itself_has_one_place_for_each_thing() -> None:
    first, again, other = (places_of(noticed(NoticeKind.CAPACITY, NOW + at, about)) for at, about in SAME)
    assert [place.key for place in first] == [place.key for place in again]
    assert first != other
    assert len(first) == 1


SAME = ((0, "95"), (60_000, "95"), (60_000, "100"))


@pytest.mark.parametrize("kind", FLOODING)
def test_the_second_of_a_window_waits_for_its_end_and_says_that_it_speaks_of_many(kind: NoticeKind) -> None:
    window_ms = RULES[kind].window_ms
    assert window_ms is not None
    at_once, later = places_of(noticed(kind))
    assert (at_once.due_ms, at_once.is_gathered) == (NOW, False)
    assert later.is_gathered
    assert NOW < later.due_ms <= NOW + window_ms


def told_at(times: list[int], places: Callable[[Notice], tuple[Place, ...]]) -> dict[str, tuple[int, int]]:
    """What one recipient gets: by key, when it leaves and when the last notice came that it stands for."""
    box: dict[str, tuple[int, int]] = {}
    for at in sorted(times):
        found = places(noticed(NoticeKind.INCIDENT, at))
        free = next((place for place in found if place.key not in box), found[-1])
        due, _ = box.get(free.key, (free.due_ms, at))
        box[free.key] = (due, at)
    return box


TIMES = st.lists(st.integers(NOW, NOW + 3 * 60 * 60_000), min_size=1, max_size=60)


@given(TIMES)
def test_every_notice_is_covered_by_a_message_that_leaves_with_it_or_after_it(times: list[int]) -> None:
    for leaves, last in told_at(times, places_of).values():
        assert leaves >= last


@given(TIMES)
def test_a_window_never_has_more_than_one_message(times: list[int]) -> None:
    window_ms = RULES[NoticeKind.INCIDENT].window_ms
    assert window_ms is not None
    left = [due // window_ms for due, _ in told_at(times, places_of).values()]
    assert len(left) == len(set(left))


def test_without_the_second_place_what_came_later_would_be_passed_over() -> None:
    """The negative control of the property above."""
    told = told_at([NOW, NOW + 1_000], lambda notice: places_of(notice)[:1])
    assert [last > leaves for leaves, last in told.values()] == [True]


def test_a_notice_that_died_is_no_cause_for_a_notice() -> None:
    assert all(is_about_itself(kind.value) for kind in NoticeKind)
    assert not is_about_itself("ticket.redeemed")
