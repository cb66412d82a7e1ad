"""When repeated frames are one presentation: tables, and properties over random films."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.gate.sighting import (
    GAP_MS,
    MOST_HELD,
    REST_MS,
    RETURN_MS,
    NewPresentation,
    Returned,
    SamePresentation,
    Several,
    Sight,
    Sighting,
)

FRAME_MS = 66
Film = list[tuple[int, tuple[str, ...]]]


def play(film: Film, sighting: Sighting | None = None) -> list[tuple[Sight, ...]]:
    lane = sighting or Sighting()
    return [lane.seen(texts, at) for at, texts in film]


@pytest.mark.parametrize(
    "sight", [NewPresentation("T1:X"), SamePresentation("T1:X"), Returned("T1:X", 1), Several(("T1:X",), ("T1:X",))]
)
def test_what_is_held_up_is_in_no_trace(sight: Sight) -> None:
    assert "T1:X" not in repr(sight)


def new_ones(told: list[tuple[Sight, ...]]) -> list[str]:
    return [sight.text for frame in told for sight in frame if isinstance(sight, NewPresentation)]


@pytest.mark.parametrize(
    ("away_ms", "expected"),
    [
        (1, SamePresentation("A")),
        (GAP_MS, SamePresentation("A")),
        (GAP_MS + 1, Returned("A", GAP_MS + 1)),
        (RETURN_MS, Returned("A", RETURN_MS)),
        (RETURN_MS + 1, NewPresentation("A")),
        (5_000, NewPresentation("A")),  # G24: two guests with one screenshot
    ],
)
def test_a_code_that_comes_back_is_judged_by_how_long_it_was_away(away_ms: int, expected: Sight) -> None:
    assert play([(0, ("A",)), (away_ms, ("A",))])[1] == (expected,)


def test_another_guest_in_between_makes_it_a_presentation_of_its_own() -> None:
    told = play([(0, ("A",)), (1_000, ("B",)), (2_000, ("A",))])
    assert new_ones(told) == ["A", "B", "A"]


def test_two_codes_in_one_frame_are_both_reported_and_the_first_is_presented() -> None:
    assert play([(0, ("A", "B"))]) == [(NewPresentation("A"), Several(("A", "B"), ("B",)))]


def test_the_second_of_two_codes_has_its_turn_when_the_first_is_gone() -> None:
    together: Film = [(at, ("A", "B")) for at in range(0, 1_000, FRAME_MS)]
    alone: Film = [(at, ("B",)) for at in range(1_000, 2_500, FRAME_MS)]
    told = play(together + alone)
    assert new_ones(told) == ["A", "B"]
    came = next(at for (at, _), frame in zip(together + alone, told, strict=True) if NewPresentation("B") in frame)
    assert GAP_MS < came - together[-1][0] <= GAP_MS + 2 * FRAME_MS


def test_the_second_of_two_codes_has_its_turn_though_the_first_stays() -> None:
    told = play([(at, ("A", "B")) for at in range(0, 12_000, FRAME_MS)])
    assert new_ones(told) == ["A", "B"]


def test_a_poster_in_the_picture_holds_up_nobody() -> None:
    told = play(
        [(at, ("P",)) for at in range(0, 6_000, FRAME_MS)]
        + [(at, ("A", "P")) for at in range(6_000, 7_000, FRAME_MS)]
        + [(at, ("P",)) for at in range(7_000, 12_000, FRAME_MS)]
    )
    assert new_ones(told) == ["P", "A"]


def test_two_codes_read_in_turns_are_each_presented_once() -> None:
    told = play([(at, ("AB"[at // FRAME_MS % 2],)) for at in range(0, 10_000, FRAME_MS)])
    assert sorted(new_ones(told)) == ["A", "B"]


def test_a_quick_change_of_guests_is_not_held_up() -> None:
    told = play([(0, ("A",)), (66, ("A",)), (REST_MS, ("B",))])
    assert new_ones(told) == ["A", "B"]


def test_a_film_of_codes_stays_within_its_bounds() -> None:  # G32
    lane = Sighting()
    told = []
    for at in range(0, 600_000, FRAME_MS):
        told.append(lane.seen([f"code {at + offset}" for offset in range(40)], at))
        assert lane.held <= MOST_HELD
    assert len(new_ones(told)) <= 600_000 // REST_MS + 1


def test_a_clock_that_steps_back_counts_as_standing_still() -> None:
    assert play([(1_000, ("A",)), (0, ("A",))])[1] == (SamePresentation("A"),)


def test_the_text_is_known_by_its_exact_string() -> None:
    assert new_ones(play([(0, ("T1:A",)), (1_000, ("T1:a",)), (2_000, ("T1:A\n",))])) == ["T1:A", "T1:a", "T1:A\n"]


films = st.lists(
    st.tuples(st.integers(1, 4_000), st.lists(st.sampled_from("ABCD"), max_size=3).map(tuple)), max_size=60
).map(lambda steps: [(sum(s[0] for s in steps[: i + 1]), step[1]) for i, step in enumerate(steps)])


@given(films)
def test_no_text_goes_unmentioned(film: Film) -> None:
    for (_, texts), frame in zip(film, play(film), strict=True):
        mentioned = {name for sight in frame for name in (sight.texts if isinstance(sight, Several) else (sight.text,))}
        assert mentioned == set(texts)


@given(films)
def test_at_most_one_new_guest_per_frame_and_none_within_the_rest(film: Film) -> None:
    last = None
    for (at, _), frame in zip(film, play(film), strict=True):
        new = [sight for sight in frame if isinstance(sight, NewPresentation)]
        assert len(new) <= 1
        if new:
            assert last is None or at - last >= REST_MS
            last = at


@given(st.lists(st.integers(1, GAP_MS), min_size=1, max_size=80))
def test_one_code_held_is_one_presentation_whatever_frames_are_missed(gaps: list[int]) -> None:
    film: Film = [(sum(gaps[: i + 1]), ("A",)) for i in range(len(gaps))]
    assert new_ones(play(film)) == ["A"]


@given(films)
def test_returned_means_soon_and_nobody_in_between(film: Film) -> None:
    for index, frame in enumerate(play(film)):
        for sight in frame:
            if isinstance(sight, Returned):
                before = [(at, texts) for at, texts in film[:index] if texts]
                last = max(i for i, (_, texts) in enumerate(before) if sight.text in texts)
                assert GAP_MS < film[index][0] - before[last][0] == sight.away_ms <= RETURN_MS
                assert new_ones(play(film[:index]))[-1] == sight.text


def test_without_the_gap_the_property_would_go_red() -> None:
    """Negative control: a lane that takes each missed read for a new guest is caught by the film above."""
    lane = Sighting(gap_ms=0, return_ms=0)
    assert new_ones(play([(0, ("A",)), (500, ("A",))], lane)) != ["A"]
