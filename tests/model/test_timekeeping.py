"""Trusted time: what a kiosk may believe of its clocks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.moments import LATEST_MS, ClockQuality, Millis, Moment
from core.model.timekeeping import (
    CORRECTION_UNCERTAINTY_MS,
    FARTHEST_AHEAD_MS,
    HOLDOVER_UNCERTAINTY_MS,
    Correction,
    CorrectionFlaw,
    Floor,
    Reading,
    Remembered,
    Sample,
    anchored,
    elapsed_ms,
    flaw_of,
    is_worth_keeping,
    learned,
    raised,
    raised_by_proof,
    together,
    trusted,
)

NOW = 1_795_003_600_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOON_1970, YEAR_2038 = 43_200_000, 2_147_483_648_000
SAMPLE = Sample(server_ms=1_000_000, rtt_ms=200, boot_ms=50_000, boot_id="boot-1")
FLOOR = Floor(NOW - HOUR, 0, "an earlier boot")
KNOWN = Remembered(floor=FLOOR)


def at(wall_ms: int = NOW, boot_ms: int = 50_000, boot_id: str = "boot-1") -> Reading:
    return Reading(wall_ms, boot_ms, boot_id)


def told(reading: Reading, known: Remembered = KNOWN, anchor: Reading | None = None) -> tuple[int, int, ClockQuality]:
    found = trusted(reading, known, anchor or reading)
    assert found.boot_id == reading.boot_id
    return found.at_ms, found.uncertainty_ms, found.quality


# --- (1) a sample of this boot ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_ms", "at_ms", "uncertainty_ms"),
    [
        (0, 1_000_100, 1_100),
        (10_000, 1_010_100, 1_101),
        (3_600_000, 4_600_100, 1_460),
        (86_400_000, 87_400_100, 9_740),
    ],
)
def test_synced_time_is_the_servers_plus_what_passed_since(age_ms: int, at_ms: int, uncertainty_ms: int) -> None:
    found = told(at(wall_ms=7, boot_ms=50_000 + age_ms), Remembered(SAMPLE))
    assert found == (at_ms, uncertainty_ms, ClockQuality.SYNCED)


WALLS = [-1, 0, NOON_1970, NOW - HOUR, NOW, NOW + HOUR, YEAR_2038, 2**62]


def believes_the_wall_clock(reading: Reading, known: Remembered, anchor: Reading) -> Moment:
    """The defect that the next test is there for: synced, but by the wall clock."""
    found = trusted(reading, known, anchor)
    return replace(found, at_ms=Millis(reading.wall_ms))


def moments_of_every_wall(tell: object) -> set[Moment]:
    assert callable(tell)
    return {tell(at(wall, 60_000), replace(KNOWN, sample=SAMPLE), at(NOW, 40_000)) for wall in WALLS}


def test_a_wall_clock_that_jumps_does_not_move_synced_time() -> None:  # G8, G31
    assert len(moments_of_every_wall(trusted)) == 1
    assert len(moments_of_every_wall(believes_the_wall_clock)) == len(WALLS), "the test sees the defect"


def test_a_synced_time_wins_whatever_the_floor_and_the_supervisor_say() -> None:
    correction = Correction(NOW + HOUR, 1_000, 49_000, "boot-1")
    for floor in (FLOOR, Floor(YEAR_2038, 50_000, "boot-1")):
        found = told(at(), Remembered(Sample(NOW, 0, 50_000, "boot-1"), floor, correction))
        assert found == (NOW, 1_000, ClockQuality.SYNCED)


@pytest.mark.parametrize(
    "sample",
    [
        replace(SAMPLE, boot_id="boot-0"),
        replace(SAMPLE, rtt_ms=-1),
        replace(SAMPLE, rtt_ms=2_001),
        replace(SAMPLE, server_ms=-1),
        replace(SAMPLE, server_ms=LATEST_MS + 1),
        replace(SAMPLE, boot_ms=50_001),
    ],
    ids=["another boot", "negative", "slow", "before 1970", "after 6429", "yet to come"],
)
def test_what_is_no_sample_of_this_boot_tells_no_time(sample: Sample) -> None:
    assert told(at(), replace(KNOWN, sample=sample)) == (NOW, HOLDOVER_UNCERTAINTY_MS, ClockQuality.HOLDOVER)


@pytest.mark.parametrize(("rtt_ms", "is_useful"), [(-1, False), (0, True), (2_000, True), (2_001, False)])
def test_a_slow_reply_tells_no_time(rtt_ms: int, *, is_useful: bool) -> None:
    assert Sample(0, rtt_ms, 0, "boot-1").is_useful is is_useful


def test_no_time_is_later_than_a_record_can_say() -> None:
    assert told(at(boot_ms=10**9), Remembered(replace(SAMPLE, server_ms=LATEST_MS)))[0] == LATEST_MS


@given(
    asked_ms=st.integers(0, 10**13),
    there_ms=st.integers(0, 1_000),
    back_ms=st.integers(0, 1_000),
    age_ms=st.integers(0, 10**9),
    drift_ppm=st.integers(-99, 99),
    wall_ms=st.integers(-(2**40), 2**48),
    floor_ms=st.integers(0, LATEST_MS),
)
def test_the_true_time_is_within_the_uncertainty(
    asked_ms: int, there_ms: int, back_ms: int, age_ms: int, drift_ppm: int, wall_ms: int, floor_ms: int
) -> None:
    """However a round trip splits into there and back, whatever the boot clock drifts within its bounds, whatever the
    wall clock shows."""
    sample = Sample(asked_ms + there_ms, there_ms + back_ms, 0, "boot-1")
    reading = Reading(wall_ms, age_ms + age_ms * drift_ppm // 1_000_000, "boot-1")
    found = trusted(reading, Remembered(sample, Floor(floor_ms)), reading)
    true_ms = asked_ms + there_ms + back_ms + age_ms
    assert found.quality is ClockQuality.SYNCED
    assert abs(found.at_ms - true_ms) <= found.uncertainty_ms


# --- (2) what a supervisor said -----------------------------------------------------------------------------------

SAID = Correction(NOW, CORRECTION_UNCERTAINTY_MS, 50_000, "boot-1")


@pytest.mark.parametrize("wall_ms", WALLS)
def test_a_correction_goes_on_with_the_boot_clock(wall_ms: int) -> None:
    found = told(at(wall_ms, 50_000 + DAY), replace(KNOWN, correction=SAID))
    assert found == (NOW + DAY, CORRECTION_UNCERTAINTY_MS + 8_640, ClockQuality.HOLDOVER)


def test_a_correction_is_of_its_boot() -> None:
    found = told(at(0, boot_id="boot-2"), replace(KNOWN, correction=SAID))
    assert found == (FLOOR.at_ms, HOLDOVER_UNCERTAINTY_MS, ClockQuality.SUSPECT)


@pytest.mark.parametrize(
    ("floor_ms", "at_ms", "quality"),
    [
        (NOW - 1, NOW, ClockQuality.HOLDOVER),
        (NOW + 60_000, NOW + 60_000, ClockQuality.HOLDOVER),
        (NOW + 122_000, NOW + 122_000, ClockQuality.HOLDOVER),
        (NOW + 122_001, NOW + 122_001, ClockQuality.SUSPECT),
    ],
)
def test_a_floor_above_a_correction_lifts_or_refutes_it(floor_ms: int, at_ms: int, quality: ClockQuality) -> None:
    found = told(at(0), Remembered(None, Floor(floor_ms), SAID))
    assert (found[0], found[2]) == (at_ms, quality)


@pytest.mark.parametrize(
    ("at_ms", "uncertainty_ms", "flaw"),
    [
        (NOW, 120_000, None),
        (NOW, 999, CorrectionFlaw.UNCERTAINTY_OUT_OF_BOUNDS),
        (NOW, HOUR + 1, CorrectionFlaw.UNCERTAINTY_OUT_OF_BOUNDS),
        (FLOOR.at_ms - 122_000, 120_000, None),
        (FLOOR.at_ms - 122_001, 120_000, CorrectionFlaw.BEFORE_THE_FLOOR),
        (FLOOR.at_ms + FARTHEST_AHEAD_MS, 120_000, None),
        (FLOOR.at_ms + FARTHEST_AHEAD_MS + 1, 120_000, CorrectionFlaw.TOO_FAR_AHEAD),
    ],
)
def test_a_correction_is_taken_within_bounds(at_ms: int, uncertainty_ms: int, flaw: CorrectionFlaw | None) -> None:
    assert flaw_of(Correction(at_ms, uncertainty_ms, 50_000, "boot-1"), at(), KNOWN) is flaw


def test_a_synced_clock_takes_no_correction() -> None:
    assert flaw_of(SAID, at(), replace(KNOWN, sample=SAMPLE)) is CorrectionFlaw.SYNCED


def test_a_sample_taken_later_ends_a_correction() -> None:
    known = learned(replace(KNOWN, correction=SAID), Sample(NOW + HOUR, 0, 60_000, "boot-1"), at(boot_ms=60_000))
    assert known.correction is None
    assert told(at(boot_ms=60_000), known) == (NOW + HOUR, 1_000, ClockQuality.SYNCED)


def test_of_two_corrections_the_later_counts() -> None:
    later = replace(SAID, at_ms=NOW + 5 * MINUTE, boot_ms=51_000)
    known = together(replace(KNOWN, correction=later), replace(KNOWN, correction=SAID), at(boot_ms=52_000))
    assert known.correction == later


# --- (3, 4) the wall clock and the floor --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wall_ms", "at_ms", "quality"),
    [
        (-1, FLOOR.at_ms, ClockQuality.SUSPECT),
        (NOON_1970, FLOOR.at_ms, ClockQuality.SUSPECT),  # a machine without a battery
        (FLOOR.at_ms - 2_001, FLOOR.at_ms, ClockQuality.SUSPECT),
        (FLOOR.at_ms - 2_000, FLOOR.at_ms, ClockQuality.HOLDOVER),
        (FLOOR.at_ms, FLOOR.at_ms, ClockQuality.HOLDOVER),
        (NOW, NOW, ClockQuality.HOLDOVER),
        (NOW + HOUR, NOW + HOUR, ClockQuality.HOLDOVER),  # nothing here can know better
        (FLOOR.at_ms + FARTHEST_AHEAD_MS, FLOOR.at_ms + FARTHEST_AHEAD_MS, ClockQuality.HOLDOVER),
        (FLOOR.at_ms + FARTHEST_AHEAD_MS + 1, FLOOR.at_ms, ClockQuality.SUSPECT),
        (YEAR_2038, FLOOR.at_ms, ClockQuality.SUSPECT),
    ],
)
def test_after_a_reboot_the_wall_clock_holds_over_where_it_can_be_right(
    wall_ms: int, at_ms: int, quality: ClockQuality
) -> None:  # G8, G31
    assert told(at(wall_ms, 5_000, "boot-2")) == (at_ms, HOLDOVER_UNCERTAINTY_MS, quality)


@pytest.mark.parametrize(
    ("step_ms", "uncertainty_ms", "quality"),
    [
        (0, 300_000, ClockQuality.HOLDOVER),
        (2_000, 300_000, ClockQuality.HOLDOVER),
        (-2_000, 300_000, ClockQuality.HOLDOVER),
        (2_001, 302_001, ClockQuality.HOLDOVER),
        (-40_000, 340_000, ClockQuality.HOLDOVER),
        (300_000, 600_000, ClockQuality.HOLDOVER),
        (300_001, 300_000, ClockQuality.SUSPECT),  # both are possible, and they contradict each other
        (-300_001, 300_000, ClockQuality.SUSPECT),
        (DAY, 300_000, ClockQuality.SUSPECT),
        (YEAR_2038 - NOW, 300_000, ClockQuality.HOLDOVER),  # impossible: it casts no doubt on the time carried on
        (-NOW, 300_000, ClockQuality.HOLDOVER),
    ],
)
def test_without_a_sync_a_jump_of_the_wall_clock_is_doubt_never_time(
    step_ms: int, uncertainty_ms: int, quality: ClockQuality
) -> None:  # G8, G31
    anchor = at(NOW, 50_000)
    found = told(at(NOW + 10_000 + step_ms, 60_000), anchor=anchor)
    assert found == (NOW + 10_000, uncertainty_ms, quality)


@pytest.mark.parametrize(
    ("first_ms", "now_ms", "believed_ms"),
    [
        (NOW, NOW + 10_000, NOW + 10_000),
        (NOW, NOW + DAY, NOW + 10_000),  # the first possible one stays
        (NOW, NOON_1970, NOW + 10_000),
        (NOON_1970, NOW, NOW),  # a time service has set it at last
        (YEAR_2038, NOW, NOW),
        (NOON_1970, YEAR_2038, NOON_1970 + 10_000),  # neither: believed by nobody, so the first stays
    ],
)
def test_the_anchor_is_the_first_wall_clock_that_can_be_right(first_ms: int, now_ms: int, believed_ms: int) -> None:
    first, now = at(first_ms, 50_000), at(now_ms, 60_000)
    anchor = anchored(first, now, FLOOR.by(now))
    assert anchor.wall_ms + (elapsed_ms(anchor, now) or 0) == believed_ms


def test_a_suspect_clock_goes_on_and_does_not_come_to_be_believed_by_waiting() -> None:
    """An hour behind, it passes the floor's instant after an hour: it is still wrong."""
    floor = FLOOR.in_boot(at(0, 5_000, "boot-2"))
    anchor = at(FLOOR.at_ms - HOUR, 5_000, "boot-2")
    for passed_ms in (0, 10_000, HOUR, 2 * HOUR, 10 * HOUR):
        found = told(at(anchor.wall_ms + passed_ms, 5_000 + passed_ms, "boot-2"), Remembered(floor=floor), anchor)
        assert found[0] == FLOOR.at_ms + passed_ms - passed_ms // 10_000
        assert found[2] is ClockQuality.SUSPECT


@given(
    first_wall_ms=st.integers(NOW - 2 * DAY, NOW + 2 * DAY),
    steps=st.lists(
        st.tuples(st.integers(0, DAY), st.sampled_from(WALLS) | st.integers(NOW - DAY, NOW + DAY)), max_size=8
    ),
    floor_ms=st.integers(NOW - DAY, NOW + DAY),
)
def test_within_one_boot_time_never_goes_back_nor_below_the_floor(
    first_wall_ms: int, steps: list[tuple[int, int]], floor_ms: int
) -> None:
    anchor = reading = at(first_wall_ms, 0)
    known = Remembered(floor=Floor(floor_ms, 0, "boot-1"))
    before = trusted(reading, known, anchor)
    for passed_ms, wall_ms in steps:
        reading = at(wall_ms, reading.boot_ms + passed_ms)
        anchor = anchored(anchor, reading, known.floor.by(reading))
        now = trusted(reading, known, anchor)
        assert now.at_ms >= max(before.at_ms, known.floor.by(reading))
        before = now


@given(error_ms=st.integers(-300_000, 300_000), wall_ms=st.sampled_from(WALLS), passed_ms=st.integers(0, DAY))
def test_holdover_keeps_its_word_when_the_first_wall_clock_did(error_ms: int, wall_ms: int, passed_ms: int) -> None:
    """The wall clock was right within 5 minutes when the program started; what becomes of it later is no matter."""
    anchor = at(NOW + error_ms, 0)
    found = trusted(at(wall_ms, passed_ms), KNOWN, anchor)
    assert found.is_suspect or abs(found.at_ms - (NOW + passed_ms)) <= found.uncertainty_ms


# --- the floor ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quality", "at_ms", "floor_ms"),
    [
        (ClockQuality.SYNCED, NOW, NOW),
        (ClockQuality.SYNCED, FLOOR.at_ms, FLOOR.at_ms),
        (ClockQuality.SYNCED, FLOOR.at_ms - 1, FLOOR.at_ms),
        (ClockQuality.SYNCED, 0, FLOOR.at_ms),
        (ClockQuality.HOLDOVER, NOW, FLOOR.at_ms),
        (ClockQuality.HOLDOVER, YEAR_2038, FLOOR.at_ms),
        (ClockQuality.SUSPECT, NOW, FLOOR.at_ms),
        (ClockQuality.SUSPECT, YEAR_2038, FLOOR.at_ms),
    ],
)
def test_only_synced_times_raise_the_floor(quality: ClockQuality, at_ms: int, floor_ms: int) -> None:  # G31
    assert raised(FLOOR, Moment(Millis(at_ms), 0, quality, "boot-1"), at()).at_ms == floor_ms


@given(
    floor=st.builds(Floor, st.integers(0, LATEST_MS), st.integers(0, 10**6), st.sampled_from(["boot-1", "boot-0"])),
    moments=st.lists(
        st.builds(
            Moment,
            st.integers(0, LATEST_MS).map(Millis),
            st.integers(0, 10**6),
            st.sampled_from(ClockQuality),
            st.just("boot-1"),
        )
    ),
)
def test_the_floor_never_goes_down_and_no_doubtful_moment_moves_it(floor: Floor, moments: list[Moment]) -> None:
    for number, moment in enumerate(moments):
        reading = at(boot_ms=10**6 + number)
        after = raised(floor, moment, reading)
        assert after.at_ms >= floor.at_ms
        assert after == floor or moment.quality is ClockQuality.SYNCED
        floor = after


def test_a_correction_never_raises_the_floor() -> None:
    known = together(KNOWN, Remembered(correction=replace(SAID, at_ms=NOW + DAY)), at())
    assert known.correction is not None
    assert known.floor == FLOOR


@pytest.mark.parametrize(
    ("at_ms", "floor_ms"),
    [(NOW, NOW), (FLOOR.at_ms, FLOOR.at_ms), (0, FLOOR.at_ms), (LATEST_MS + 1, FLOOR.at_ms), (LATEST_MS, LATEST_MS)],
)
def test_what_is_proven_to_have_passed_raises_the_floor(at_ms: int, floor_ms: int) -> None:
    assert raised_by_proof(FLOOR, at_ms, at()).at_ms == floor_ms


def test_an_old_manifest_does_not_replace_a_floor_that_went_on() -> None:
    floor = Floor(NOW, 0, "boot-1")
    assert raised_by_proof(floor, NOW + MINUTE, at(boot_ms=HOUR)) == floor


# --- memories -----------------------------------------------------------------------------------------------------

FAST, SLOW = Sample(NOW, 10, 10_000, "boot-1"), Sample(NOW + 500, 1_900, 10_500, "boot-1")


@pytest.mark.parametrize(
    ("held", "fresh", "kept"),
    [
        (None, FAST, FAST),
        (replace(FAST, boot_id="boot-0"), SLOW, SLOW),
        (FAST, SLOW, FAST),
        (SLOW, FAST, FAST),
        (FAST, replace(FAST, server_ms=NOW + 500, boot_ms=10_500), replace(FAST, server_ms=NOW + 500, boot_ms=10_500)),
        (FAST, replace(SLOW, server_ms=NOW + HOUR), replace(SLOW, server_ms=NOW + HOUR)),  # the server's clock was set
        (FAST, replace(SLOW, server_ms=NOW - HOUR), replace(SLOW, server_ms=NOW - HOUR)),
        (FAST, replace(FAST, rtt_ms=2_001), FAST),
    ],
)
def test_the_surer_sample_is_kept(held: Sample | None, fresh: Sample, kept: Sample) -> None:
    assert learned(replace(KNOWN, sample=held), fresh, at(boot_ms=11_000)).sample == kept


def test_a_sample_grows_old_until_a_slower_one_is_surer() -> None:
    day_later = at(boot_ms=10_000 + DAY)
    late = Sample(NOW + DAY, 1_900, 10_000 + DAY, "boot-1")
    assert learned(replace(KNOWN, sample=FAST), late, day_later).sample == late


def test_learning_raises_the_floor_to_the_synced_time() -> None:
    known = learned(KNOWN, Sample(NOW, 200, 50_000, "boot-1"), at(boot_ms=50_000))
    assert known.floor == Floor(NOW + 100, 50_000, "boot-1")


def test_a_server_that_falls_back_is_believed_and_lowers_no_floor() -> None:
    known = learned(KNOWN, Sample(NOW, 0, 50_000, "boot-1"), at(boot_ms=50_000))
    back = learned(known, Sample(NOW - DAY, 0, 51_000, "boot-1"), at(boot_ms=51_000))
    assert told(at(boot_ms=51_000), back) == (NOW - DAY, 1_000, ClockQuality.SYNCED)
    assert back.floor.at_ms == NOW


BOOTS = st.sampled_from(["boot-1", "boot-0"])
MEMORIES = st.builds(
    Remembered,
    st.none() | st.builds(Sample, st.integers(0, 10**13), st.integers(-10, 2_100), st.integers(0, 2_000), BOOTS),
    st.builds(Floor, st.integers(0, 10**13), st.integers(0, 2_000), BOOTS),
    st.none() | st.builds(Correction, st.integers(0, 10**13), st.integers(1_000, HOUR), st.integers(0, 2_000), BOOTS),
)


@given(MEMORIES, MEMORIES)
def test_two_memories_amount_to_the_same_in_either_order(one: Remembered, other: Remembered) -> None:
    reading = at(boot_ms=1_000)
    both = together(one, other, reading)
    assert trusted(reading, both, reading) == trusted(reading, together(other, one, reading), reading)
    assert both.floor.at_ms == max(one.floor.at_ms, other.floor.at_ms)
    assert together(both, both, reading) == both


@pytest.mark.parametrize(
    ("kept", "boot_ms", "is_worth"),
    [
        (Remembered(), 10_000, True),
        (Remembered(replace(FAST, boot_id="boot-0")), 10_000, True),
        (Remembered(FAST, Floor(NOW, 10_000, "boot-1")), 10_000, False),
        (Remembered(SLOW, Floor(NOW, 10_000, "boot-1")), 10_500, True),
        (Remembered(replace(FAST, server_ms=NOW - HOUR), Floor(NOW, 10_000, "boot-1")), 10_000, True),
        (Remembered(FAST, Floor(NOW, 10_000, "boot-1")), 69_900, False),
        (Remembered(FAST, Floor(NOW, 10_000, "boot-1")), 70_000, True),
    ],
    ids=["nothing kept", "of another boot", "the same", "much surer", "another time", "soon", "a minute later"],
)
def test_a_write_has_a_reason(kept: Remembered, boot_ms: int, is_worth: bool) -> None:
    reading = at(boot_ms=boot_ms)
    known = learned(Remembered(FAST), replace(FAST, server_ms=NOW + boot_ms - 10_000, boot_ms=boot_ms), reading)
    assert is_worth_keeping(known, kept, reading) is is_worth


def test_without_a_sync_nothing_is_worth_keeping() -> None:
    assert not is_worth_keeping(KNOWN, Remembered(), at())
