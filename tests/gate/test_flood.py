"""How many strangers' codes are recorded one by one, and how many are only counted."""

from hypothesis import given
from hypothesis import strategies as st

from core.gate.flood import MOST_A_MINUTE, WINDOW_MS, Flood


def _play(moments: list[int]) -> tuple[list[int], int]:
    """When strangers were recorded, and how many were only counted, written down as soon as it was due."""
    flood, recorded, counted = Flood(), [], 0
    for at_ms in moments:
        if flood.is_due(at_ms):
            counted += flood.counted
            flood = flood.written()
        flood, is_recorded = flood.stranger(at_ms)
        recorded += [at_ms] if is_recorded else []
    return recorded, counted + flood.counted


@given(st.lists(st.integers(0, 5_000), max_size=400))
def test_each_is_recorded_or_counted_and_no_minute_has_more_than_thirty(gaps: list[int]) -> None:  # G32
    moments = [sum(gaps[: place + 1]) for place in range(len(gaps))]
    recorded, counted = _play(moments)
    assert len(recorded) + counted == len(moments)
    for at_ms in recorded:
        assert sum(at_ms <= other < at_ms + WINDOW_MS for other in recorded) <= MOST_A_MINUTE


def test_strangers_at_the_pace_of_a_queue_are_all_recorded() -> None:  # A21
    assert _play([2_001 * n for n in range(100)]) == ([2_001 * n for n in range(100)], 0)


def test_a_count_is_due_a_minute_after_its_first() -> None:
    flood = Flood()
    for _ in range(MOST_A_MINUTE + 2):
        flood, _ = flood.stranger(0)
    assert (flood.counted, flood.is_due(WINDOW_MS - 1), flood.is_due(WINDOW_MS)) == (2, False, True)
    assert not flood.written().is_due(10 * WINDOW_MS)


def test_without_room_nobody_without_a_ticket_is_recorded() -> None:  # G5
    flood, is_recorded = Flood().stranger(0, has_room=False)
    assert (is_recorded, flood.counted) == (False, 1)
