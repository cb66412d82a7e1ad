"""How complete a night is: what is known to wait, what a silent kiosk may hold, and what nobody knows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.completeness import (
    PUT_AWAY_MS,
    RECKONED_MS,
    Bounds,
    Completeness,
    admitted_bounds,
    completeness_of,
    inside_bounds,
)
from core.insight.hearing import SILENT_MS
from core.model.moments import Millis
from core.sync.messages import KioskWord, StatusReply

AT = 1_795_719_840_000
MINUTE = 60_000
HEARD = KioskWord("north", AT - 2_000, AT - 20_000, queue=0, missing=0, shown=500)
STATUS = StatusReply(
    event="",
    name="Summer Night",
    at_ms=AT,
    manifest_version=1,
    tickets=5_000,
    redemptions=3_900,
    admissions=3_901,
    inside=3_590,
    facts=8_000,
    quarantined=0,
    double_admissions=1,
    incidents=1,
    by_class=[],
    by_gate=[],
    shown={},
)


def silent_for(ms: int, queue: int = 0, shown: int = 500) -> KioskWord:
    return replace(HEARD, seen_ms=AT - ms, queue=queue, shown=shown)


def ago(ms: int) -> Millis:
    return Millis(AT - ms)


@pytest.mark.parametrize(
    ("kiosks", "per_min", "expected"),
    [
        ([], 10.0, Completeness(0, 0)),
        ([HEARD] * 8, 80.0, Completeness(8, 8)),
        ([HEARD] * 7 + [replace(HEARD, queue=28)], 80.0, Completeness(8, 8, pending=14)),
        ([replace(HEARD, queue=27)], 0.0, Completeness(1, 1, pending=14)),
        ([replace(HEARD, missing=3)], 0.0, Completeness(1, 1, pending=2)),
        ([HEARD, replace(HEARD, seen_ms=AT - SILENT_MS + 1)], 10.0, Completeness(2, 2)),
        # silent for 10 minutes, beside 2 lanes that let in 5 a minute each
        (
            [HEARD, HEARD, silent_for(10 * MINUTE)],
            10.0,
            Completeness(3, 2, unheard=50, silent_since_ms=ago(10 * MINUTE)),
        ),
        # ... and 14 scans that it spoke of before
        (
            [HEARD, HEARD, silent_for(10 * MINUTE, queue=28)],
            10.0,
            Completeness(3, 2, pending=14, unheard=50, silent_since_ms=ago(10 * MINUTE)),
        ),
        # for longer than anybody can reckon
        (
            [HEARD, silent_for(2 * RECKONED_MS)],
            5.0,
            Completeness(2, 1, unheard=300, silent_since_ms=ago(2 * RECKONED_MS), is_open=True),
        ),
        # no rate is known
        (
            [HEARD, silent_for(10 * MINUTE)],
            None,
            Completeness(2, 1, silent_since_ms=ago(10 * MINUTE), is_open=True),
        ),
        # a spare one that showed nobody anything, one that was never heard, one that was put away
        ([HEARD, silent_for(10 * MINUTE, shown=0)], 5.0, Completeness(2, 1)),
        ([HEARD, replace(HEARD, seen_ms=None)], 5.0, Completeness(2, 1)),
        ([HEARD, silent_for(PUT_AWAY_MS + 1)], 5.0, Completeness(2, 1)),
        # one that was ended in order holds nobody back, however many it let in before, and is not expected to report
        ([HEARD, replace(silent_for(10 * MINUTE), is_off=True)], 5.0, Completeness(1, 1, off=1)),
        ([replace(silent_for(10 * MINUTE), is_off=True)], None, Completeness(0, 0, off=1)),
        # a clock that was set back: heard in the future is heard
        ([replace(HEARD, seen_ms=AT + MINUTE)], 5.0, Completeness(1, 1)),
    ],
)
def test_what_may_be_missing(kiosks: list[KioskWord], per_min: float | None, expected: Completeness) -> None:  # D3
    assert completeness_of(kiosks, AT, per_min) == expected


@pytest.mark.parametrize(
    ("status", "heard", "expected"),
    [
        (STATUS, Completeness(8, 8), Bounds(3_590, 3_590)),
        (STATUS, Completeness(8, 8, pending=14), Bounds(3_590, 3_604)),
        (STATUS, Completeness(8, 7, pending=4, unheard=10), Bounds(3_590, 3_604)),
        (replace(STATUS, shown={"exit_recorded": 9}), Completeness(8, 8, pending=14), Bounds(3_576, 3_604)),
        (replace(STATUS, inside=3, shown={"exit_recorded": 9}), Completeness(8, 8, pending=14), Bounds(0, 17)),
        (replace(STATUS, inside=4_995), Completeness(8, 8, pending=14), Bounds(4_995, 5_000)),
        (STATUS, Completeness(8, 7, unheard=5, is_open=True), Bounds(3_590, 3_595, is_open=True)),
        (replace(STATUS, inside=5_000), Completeness(8, 7, unheard=5, is_open=True), Bounds(5_000, 5_000)),
    ],
)
def test_bounds_of_the_people_inside(status: StatusReply, heard: Completeness, expected: Bounds) -> None:
    assert inside_bounds(status, heard) == expected


def test_nobody_has_come_who_was_not_expected() -> None:
    heard = Completeness(8, 8, pending=14)
    assert admitted_bounds(3_812, 5_000, heard) == Bounds(3_812, 3_826)
    assert admitted_bounds(4_990, 5_000, heard) == Bounds(4_990, 5_000)
    assert admitted_bounds(5_000, 5_000, heard).is_exact
    assert admitted_bounds(0, 0, heard) == Bounds(0, 0)


words = st.builds(
    KioskWord,
    st.just("north"),
    st.none() | st.integers(AT - 2 * PUT_AWAY_MS, AT + MINUTE),
    st.none(),
    st.integers(0, 500),
    st.integers(0, 50),
    st.integers(0, 900),
)


@given(st.lists(words, max_size=12), st.none() | st.floats(0, 500), words, st.booleans())
def test_another_kiosk_never_makes_it_more_certain(
    kiosks: list[KioskWord], per_min: float | None, another: KioskWord, leaves: bool
) -> None:
    """Unless it reports that it works: then more lanes share the rate by which silent ones are reckoned."""
    status = replace(STATUS, shown={"exit_recorded": 1} if leaves else {})
    before = completeness_of(kiosks, AT, per_min)
    after = completeness_of([*kiosks, another], AT, per_min)
    assert 0 <= after.reporting <= after.kiosks == len(kiosks) + 1
    one, other = inside_bounds(status, before), inside_bounds(status, after)
    assert one.least <= status.inside <= one.most
    if after.reporting == before.reporting:
        assert other.least <= one.least
        assert other.most >= one.most
        assert other.is_open or not one.is_open or other.most == status.tickets
