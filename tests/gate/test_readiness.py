"""Go or no go: each fact has its finding, each finding its mark, and the sheet is as bad as its worst line."""

from dataclasses import replace

import pytest

from core.gate.readiness import (
    FULL_BYTES,
    LONG_QUEUE,
    MARKS,
    OLD_MS,
    SLOW_WRITE_MS,
    TIGHT_BYTES,
    UNSURE_MS,
    VALUES,
    DoorFacts,
    Ear,
    Found,
    ListsHeld,
    Mark,
    Part,
    Reach,
    Safe,
    lines_of,
    outcome_of,
)
from core.model.moments import ClockQuality

LISTS = ListsHeld(7, 60_000, 300, 300, 86_400_000, ends_soon=False)
WELL = DoorFacts(
    has_read=True,
    has_picture=True,
    ear=Ear.HEARD,
    free_bytes=TIGHT_BYTES,
    write_ms=SLOW_WRITE_MS,
    facts=12,
    quality=ClockQuality.SYNCED,
    safe=Safe.LOCKED,
    lists=LISTS,
    waiting=LONG_QUEUE,
    reach=Reach.ANSWERS,
    is_awake=True,
    is_locked=True,
    has_pin=True,
)
_BREAKS: list[tuple[dict[str, object], Found]] = [
    ({"has_read": False}, Found.READING_UNTRIED),
    ({"has_read": False, "has_picture": False}, Found.READING_NO_PICTURE),
    ({"has_picture": False}, Found.READING_WORKS),  # a hand scanner has read it
    *[({"ear": ear}, Found(f"sound_{ear.value}")) for ear in Ear],
    ({"free_bytes": None}, Found.DISK_LOOKING),
    ({"write_ms": None}, Found.DISK_FAILS),
    ({"free_bytes": FULL_BYTES - 1}, Found.DISK_FULL),
    ({"free_bytes": TIGHT_BYTES - 1}, Found.DISK_TIGHT),
    ({"write_ms": SLOW_WRITE_MS + 1}, Found.DISK_SLOW),
    ({"has_loss": True, "was_rebuilt": True}, Found.JOURNAL_LOST),
    ({"was_rebuilt": True}, Found.JOURNAL_REBUILT),
    ({"quality": ClockQuality.SUSPECT, "is_doubted": True}, Found.CLOCK_SUSPECT),
    ({"is_doubted": True}, Found.CLOCK_DOUBTED),
    ({"quality": ClockQuality.HOLDOVER, "uncertainty_ms": UNSURE_MS}, Found.CLOCK_SYNCED),
    ({"quality": ClockQuality.HOLDOVER, "uncertainty_ms": UNSURE_MS + 1}, Found.CLOCK_UNSURE),
    ({"safe": Safe.LOST, "can_forge": True}, Found.KEYS_LOST),
    ({"safe": Safe.LOOKING}, Found.KEYS_LOOKING),
    ({"safe": Safe.FILES}, Found.KEYS_IN_FILES),
    ({"safe": Safe.FILES, "knows_old_codes": True}, Found.KEYS_IN_FILES_OLD_CODES),
    ({"safe": Safe.FILES, "knows_old_codes": True, "can_forge": True}, Found.KEYS_IN_FILES_MAC),
    ({"safe": Safe.LOCKED, "can_forge": True, "knows_old_codes": True}, Found.KEYS_SAFE),
    ({"lists": None}, Found.LISTS_MISSING),
    ({"lists": replace(LISTS, lease_left_ms=0)}, Found.LISTS_OVER),
    ({"lists": replace(LISTS, held=299)}, Found.LISTS_INCOMPLETE),
    ({"lists": replace(LISTS, ends_soon=True)}, Found.LISTS_END_SOON),
    ({"lists": replace(LISTS, age_ms=OLD_MS + 1)}, Found.LISTS_OLD),
    ({"waiting": LONG_QUEUE + 1}, Found.QUEUE_LONG),
    *[({"reach": reach}, Found(f"server_{reach.value}")) for reach in Reach],
    ({"is_awake": False}, Found.AWAKE_UNKEPT),
    ({"is_locked": False}, Found.LOCK_OFF),
    ({"has_pin": False}, Found.LOCK_WITHOUT_PIN),
    ({"settings_flaws": 2}, Found.SETTINGS_FLAWED),
]


def test_a_door_that_is_well_goes() -> None:
    lines = lines_of(WELL)
    assert [line.found.part for line in lines] == list(Part), "a line for each part, in order"
    assert outcome_of(lines) is Mark.WELL


@pytest.mark.parametrize(("changes", "found"), _BREAKS)
def test_each_fact_is_found_and_counts(changes: dict[str, object], found: Found) -> None:
    lines = lines_of(replace(WELL, **changes))  # type: ignore[arg-type]
    told = {line.found for line in lines}
    assert found in told
    assert outcome_of(lines) is MARKS[found]


def test_every_finding_is_reached_and_has_its_mark() -> None:
    reached = {line.found for changes, _ in _BREAKS for line in lines_of(replace(WELL, **changes))}  # type: ignore[arg-type]
    assert reached == set(Found) == set(MARKS)


def test_one_broken_part_is_no_go_however_well_the_others_are() -> None:
    lines = lines_of(replace(WELL, write_ms=None, is_awake=False))
    assert outcome_of(lines) is Mark.BROKEN


def test_the_figures_of_a_line_are_those_its_sentence_may_name() -> None:
    for changes, _ in _BREAKS:
        for line in lines_of(replace(WELL, **changes)):  # type: ignore[arg-type]
            assert tuple(line.values) == VALUES.get(line.found, ())
    fresh = next(line for line in lines_of(WELL) if line.found is Found.LISTS_FRESH)
    assert fresh.values == {"age_ms": 60_000, "held": 300, "version": 7}
