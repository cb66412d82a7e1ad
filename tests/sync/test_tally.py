"""Two counts of one journal: equal, or what is wrong and how badly."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.journal.scan import NO_PREDECESSOR
from core.model.ids import DeviceId
from core.sync.tally import Finding, Tally, compare

DEVICE = DeviceId(UUID(int=1))
HEAD, OTHER = bytes([1]) * 32, bytes([2]) * 32
FIVE = Tally(DEVICE, 1, 5, 5, HEAD)


@pytest.mark.parametrize(
    ("server", "known_seq", "finding"),
    [
        (FIVE, 5, Finding.EQUAL),
        (FIVE, 0, Finding.EQUAL),
        (replace(FIVE, count=4), 5, Finding.SERVER_BEHIND),
        (Tally(DEVICE, 1, 4, 4, OTHER), 4, Finding.SERVER_BEHIND),
        (Tally(DEVICE, 1), 0, Finding.SERVER_BEHIND),
        (replace(FIVE, head=OTHER), 5, Finding.HEADS_DIFFER),
        (FIVE, 6, Finding.SERVER_AHEAD),
        (replace(FIVE, count=4), 9, Finding.SERVER_BEHIND),
        (replace(FIVE, head=OTHER), 9, Finding.HEADS_DIFFER),
    ],
)
def test_each_difference_has_its_name(server: Tally, known_seq: int, finding: Finding) -> None:
    assert compare(FIVE, server, known_seq) is finding


def test_a_kiosk_that_lost_rows_in_between_is_behind_the_server() -> None:
    assert compare(replace(FIVE, count=3), FIVE, 5) is Finding.SERVER_AHEAD


def test_what_came_since_the_last_comparison_is_no_difference() -> None:
    """A guest's question reaches the server between the kiosk's counting and the server's."""
    assert compare(FIVE, FIVE, known_seq=4) is Finding.EQUAL


def test_nothing_on_both_sides_is_equal() -> None:
    assert compare(Tally(DEVICE, 1), Tally(DEVICE, 1), 0) is Finding.EQUAL
    assert Tally(DEVICE, 1).head == NO_PREDECESSOR
    assert Tally(DEVICE, 1).is_whole
    assert not replace(FIVE, count=4).is_whole


@given(st.sets(st.integers(1, 12)), st.integers(0, 12))
def test_only_the_same_places_are_equal(lost: set[int], known_seq: int) -> None:
    """Whichever rows the server lacks of twelve, it is told; with all of them, only being ahead differs."""
    own = Tally(DEVICE, 1, 12, 12, HEAD)
    held = sorted(set(range(1, 13)) - lost)
    top = held[-1] if held else 0
    server = Tally(DEVICE, 1, len(held), top, HEAD if top == 12 else OTHER)
    expected = Finding.SERVER_BEHIND if lost else Finding.EQUAL
    assert compare(own, server, min(known_seq, 12)) is expected
