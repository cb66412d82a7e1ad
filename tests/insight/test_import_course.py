"""What an import does next, as a table: whatever the state, whoever was interrupted, over any link."""

import itertools
from dataclasses import replace
from uuid import UUID

import pytest

from core.insight.import_course import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    Goal,
    Move,
    NextMove,
    Outlook,
    Parcel,
    SendPart,
    Wanted,
    columns_said,
    look_pause_s,
    name_of,
    next_move,
    pause_s,
)
from core.model.ids import EventId
from core.sync.import_messages import MAX_FILE_BYTES, MOST_PART_BYTES, MOST_PARTS, ImportJob, JobState
from core.sync.shop_columns import Preset

EVENT = EventId(UUID(int=5))
PARCEL = Parcel(300_000, bytes(32))
"""Three parts."""


def job(state: JobState, parts: int = 3, *, is_stalled: bool = False) -> ImportJob:
    return ImportJob("ab" * 16, "shop", state, parts, 0, 0, None, 0, is_stalled)


TABLE: list[tuple[JobState, Goal, NextMove]] = [
    (JobState.OPEN, Goal.PREVIEW, Move.LOOK_THROUGH),
    (JobState.OPEN, Goal.APPLY, Move.LOOK_THROUGH),
    (JobState.PREVIEWING, Goal.PREVIEW, Move.LOOK_AGAIN),
    (JobState.PREVIEWING, Goal.APPLY, Move.LOOK_AGAIN),
    (JobState.PREVIEWED, Goal.PREVIEW, Move.REST),
    (JobState.PREVIEWED, Goal.APPLY, Move.TAKE_OVER),
    (JobState.APPLYING, Goal.PREVIEW, Move.LOOK_AGAIN),
    (JobState.APPLYING, Goal.APPLY, Move.LOOK_AGAIN),
    (JobState.DONE, Goal.PREVIEW, Move.REST),
    (JobState.DONE, Goal.APPLY, Move.REST),
    (JobState.FAILED, Goal.PREVIEW, Move.GIVE_UP),
    (JobState.FAILED, Goal.APPLY, Move.GIVE_UP),
]


@pytest.mark.parametrize(("state", "goal", "expected"), TABLE)
def test_every_state_has_its_next_move(state: JobState, goal: Goal, expected: NextMove) -> None:
    assert next_move(job(state), goal, PARCEL) == expected


def test_no_state_is_missing_in_the_table() -> None:
    assert {(state, goal) for state, goal, _ in TABLE} == set(itertools.product(JobState, Goal))


def test_parts_go_one_after_the_other_from_where_the_server_is() -> None:
    """A part whose answer was lost is there, and is not sent again; the server's count alone says so."""
    moves = [next_move(job(JobState.OPEN, parts), Goal.PREVIEW, PARCEL) for parts in range(4)]
    assert moves == [SendPart(0), SendPart(1), SendPart(2), Move.LOOK_THROUGH]


def test_parts_that_are_missing_want_their_file() -> None:
    assert next_move(job(JobState.OPEN, 1), Goal.PREVIEW, None) is Move.NEED_FILE


def test_a_list_that_is_chosen_once_more_begins_anew_or_goes_on() -> None:  # G26
    for state in (JobState.DONE, JobState.FAILED):
        assert next_move(job(state), Goal.PREVIEW, PARCEL, is_first=True) is Move.BEGIN_ANEW
        assert next_move(job(state), Goal.PREVIEW, None, is_first=True) is not Move.BEGIN_ANEW
    assert next_move(job(JobState.OPEN, 2), Goal.PREVIEW, PARCEL, is_first=True) == SendPart(2)


def test_a_preview_of_an_earlier_time_is_not_shown_as_one_of_now() -> None:
    assert next_move(job(JobState.PREVIEWED), Goal.PREVIEW, PARCEL, is_first=True) is Move.LOOK_THROUGH


@pytest.mark.parametrize(
    ("state", "expected"), [(JobState.PREVIEWING, Move.LOOK_THROUGH), (JobState.APPLYING, Move.TAKE_OVER)]
)
def test_a_job_whose_worker_died_is_asked_for_again(state: JobState, expected: Move) -> None:
    assert next_move(job(state, is_stalled=True), Goal.APPLY, PARCEL) is expected


def test_the_same_list_has_the_same_name_and_another_wish_another() -> None:
    usual = Wanted("shop", Preset.PRETIX, ("code=Ticket",))
    names = {
        name_of(event, parcel, wanted)
        for event, parcel, wanted in (
            (EVENT, PARCEL, usual),
            (EVENT, PARCEL, replace(usual, source="other")),
            (EVENT, PARCEL, replace(usual, preset=Preset.DOORLIGHT)),
            (EVENT, PARCEL, replace(usual, columns=("code=Tick", "et"))),
            (EVENT, PARCEL, replace(usual, cancel_missing=True)),
            (EVENT, replace(PARCEL, sha256=b"\x01" * 32), usual),
            (EventId(UUID(int=6)), PARCEL, usual),
        )
    }
    assert len(names) == 7
    assert name_of(EVENT, PARCEL, usual) == name_of(EVENT, Parcel(300_000, bytes(32)), replace(usual))


@pytest.mark.parametrize("size", [1, 131_072, 131_073, 50_000_000, 67_108_865, MAX_FILE_BYTES])
def test_every_file_that_a_server_takes_fits_its_parts(size: int) -> None:
    parcel = Parcel(size, bytes(32))
    assert parcel.part_bytes <= MOST_PART_BYTES
    assert parcel.parts <= MOST_PARTS
    assert (parcel.parts - 1) * parcel.part_bytes < size <= parcel.parts * parcel.part_bytes
    assert parcel.is_sendable
    assert not Parcel(MAX_FILE_BYTES + 1, bytes(32)).is_sendable


def test_pauses_grow_to_their_limit_and_keep_to_what_the_server_asks() -> None:
    pauses = [pause_s(failures) for failures in range(1, 40)]
    assert pauses[0] == FIRST_PAUSE_S
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_S
    assert pause_s(1, 30.0) == 30.0
    assert look_pause_s(0) < look_pause_s(10_000)


def test_an_outlook_knows_whether_there_is_anything_to_do() -> None:
    assert not Outlook(unchanged=40, refused=2).has_work
    assert all(Outlook(**{name: 1}).has_work for name in ("new", "changed", "canceled", "restored"))
    assert columns_said([("code", "Tick et")], [("Early bird", "Standard")]) == (
        "code=Tick et",
        "class:Early bird=Standard",
    )
