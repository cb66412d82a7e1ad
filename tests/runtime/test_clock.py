"""The system's clock on machines whose clocks jump, stop and start again."""

import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.clock import BUILT_MS, LOOK_AGAIN_MS, Clock, Memory, SystemClock, read_machine, wall_ms
from app.settings import SettingsFailed
from core.model.moments import ClockQuality
from core.model.timekeeping import FARTHEST_AHEAD_MS, HOLDOVER_UNCERTAINTY_MS, CorrectionFlaw, Remembered
from tests.support.machine import EVENING_MS, YEAR_2038_MS, Machine

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


class MemoryInMemory(Memory):
    """What a file would hold, and how often it was written; fails when told to."""

    def __init__(self) -> None:
        self.known = Remembered()
        self.saves = 0
        self.is_full = False

    def load(self) -> Remembered:
        return self.known

    def save(self, known: Remembered) -> None:
        if self.is_full:
            raise SettingsFailed(Path("clock.json"), "no space left on device")
        self.known = known
        self.saves += 1


def told(clock: Clock) -> tuple[int, ClockQuality]:
    now = clock.now()
    return now.at_ms, now.quality


# --- the real machine ---------------------------------------------------------------------------------------------


def test_the_real_clock_shows_the_wall_clock_until_a_server_speaks() -> None:
    clock = SystemClock()
    before_ms, now, after_ms = wall_ms(), clock.now(), wall_ms()
    assert now.quality is ClockQuality.HOLDOVER
    assert before_ms - 1 <= now.at_ms <= after_ms + 1
    clock.learn(EVENING_MS + DAY, 20)
    synced = clock.now()
    assert (synced.quality, synced.uncertainty_ms) == (ClockQuality.SYNCED, 1_010)
    assert 0 <= synced.at_ms - (EVENING_MS + DAY) < MINUTE


def test_the_boot_clock_goes_on_and_its_boot_stays_the_same() -> None:
    first, second = read_machine(), read_machine()
    assert first.boot_ms <= second.boot_ms
    assert first.boot_id == second.boot_id != ""


def test_the_date_of_the_build_is_a_plausible_one() -> None:
    """Later than today, every kiosk's clock would be suspect; it is raised with releases and never lowered."""
    assert datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1000 <= BUILT_MS <= wall_ms()
    assert wall_ms() < BUILT_MS + FARTHEST_AHEAD_MS, "a kiosk just installed would suspect its clock: raise BUILT_MS"


def test_the_machines_time_zone_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:  # G8
    try:
        shown = []
        for zone in ("UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            clock = SystemClock()
            shown.append(clock.now().at_ms - wall_ms())
        assert all(abs(error_ms) < MINUTE for error_ms in shown)
        assert os.environ["TZ"] == "America/St_Johns"
    finally:
        monkeypatch.undo()
        time.tzset()


# --- jumps and restarts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wall", [0, EVENING_MS - HOUR, EVENING_MS + HOUR, YEAR_2038_MS, -DAY])
def test_a_restarted_program_stays_synced_within_a_boot(wall: int) -> None:  # G8, G31
    machine, memory = Machine(), MemoryInMemory()
    machine.clock(memory).learn(machine.true_ms, 40)
    machine.wait(HOUR)
    machine.set_wall(wall)
    now = machine.clock(memory).now()
    assert (now.at_ms, now.uncertainty_ms, now.quality) == (machine.true_ms + 20, 1_380, ClockQuality.SYNCED)


@pytest.mark.parametrize(
    ("wall", "at_ms", "quality"),
    [
        (None, EVENING_MS + HOUR, ClockQuality.HOLDOVER),
        (0, EVENING_MS, ClockQuality.SUSPECT),
        (YEAR_2038_MS, EVENING_MS, ClockQuality.SUSPECT),
        (EVENING_MS - 2_001, EVENING_MS, ClockQuality.SUSPECT),
        (EVENING_MS + 2 * HOUR, EVENING_MS + 2 * HOUR, ClockQuality.HOLDOVER),
    ],
)
def test_after_a_reboot_the_wall_clock_is_held_against_the_last_sync(
    wall: int | None, at_ms: int, quality: ClockQuality
) -> None:  # G8, G31
    machine, memory = Machine(), MemoryInMemory()
    machine.clock(memory).learn(machine.true_ms, 0)
    machine.reboot(wall_ms=wall, off_for_ms=HOUR)
    assert told(machine.clock(memory)) == (at_ms, quality)


def test_a_jump_to_2038_and_back_leaves_neither_trace_nor_floor() -> None:  # G31
    machine, memory = Machine(), MemoryInMemory()
    machine.clock(memory).learn(machine.true_ms, 0)
    floor = memory.known.floor.at_ms
    machine.reboot(wall_ms=YEAR_2038_MS)
    clock = machine.clock(memory)
    assert told(clock)[1] is ClockQuality.SUSPECT
    machine.wait(HOUR)
    machine.set_wall(machine.true_ms)
    assert told(clock) == (machine.true_ms, ClockQuality.HOLDOVER)
    machine.set_wall(YEAR_2038_MS)
    assert told(clock) == (machine.true_ms, ClockQuality.HOLDOVER)
    clock.learn(machine.true_ms, 0)
    assert told(clock) == (machine.true_ms, ClockQuality.SYNCED)
    assert floor == EVENING_MS
    assert memory.known.floor.at_ms == machine.true_ms < YEAR_2038_MS


def test_a_machine_without_battery_is_believed_once_something_set_its_clock() -> None:  # G8
    machine, memory = Machine(), MemoryInMemory()
    machine.clock(memory).learn(machine.true_ms, 0)
    machine.reboot(wall_ms=0)
    clock = machine.clock(memory)
    assert clock.now().is_suspect
    machine.wait(MINUTE)
    machine.set_wall(machine.true_ms)
    assert told(clock) == (machine.true_ms, ClockQuality.HOLDOVER)


def test_a_clock_that_comes_up_behind_stays_in_doubt_until_it_is_mended() -> None:
    """Left alone it passes the last sync's instant after half an hour, as wrong as before."""
    machine, memory = Machine(), MemoryInMemory()
    machine.clock(memory).learn(machine.true_ms, 0)
    machine.reboot(wall_ms=machine.true_ms - HOUR // 2)
    clock = machine.clock(memory)
    for _ in range(10):
        assert clock.now().is_suspect
        machine.wait(10 * MINUTE)
    clock.learn(machine.true_ms, 0)
    assert told(clock) == (machine.true_ms, ClockQuality.SYNCED)


def test_a_program_older_than_its_build_is_on_a_wrong_clock() -> None:
    machine = Machine()
    machine.set_wall(BUILT_MS - 2_001)
    assert told(machine.clock()) == (BUILT_MS, ClockQuality.SUSPECT)


def test_a_signed_manifest_lifts_the_floor() -> None:
    machine = Machine()
    machine.set_wall(machine.true_ms - DAY)
    clock = machine.clock()
    assert clock.now().quality is ClockQuality.HOLDOVER
    clock.raise_floor(machine.true_ms - HOUR)
    assert told(clock) == (machine.true_ms - HOUR, ClockQuality.SUSPECT)


# --- a supervisor's word ------------------------------------------------------------------------------------------


def test_a_correction_outlives_the_program_and_not_the_boot() -> None:
    machine, memory = Machine(), MemoryInMemory()
    machine.set_wall(0)
    assert machine.clock(memory).correct(machine.true_ms, 60_000) is None
    machine.wait(DAY)
    now = machine.clock(memory).now()
    assert (now.at_ms, now.uncertainty_ms, now.quality) == (machine.true_ms, 68_640, ClockQuality.HOLDOVER)
    assert memory.known.floor.at_ms == BUILT_MS, "a word raises no floor"
    machine.reboot(wall_ms=0)
    assert machine.clock(memory).now().is_suspect


def test_a_running_kiosk_notices_what_the_command_line_stored() -> None:
    machine, memory = Machine(), MemoryInMemory()
    machine.set_wall(0)
    kiosk = machine.clock(memory)
    assert kiosk.now().is_suspect
    assert machine.clock(memory).correct(machine.true_ms) is None
    machine.wait(LOOK_AGAIN_MS)
    assert told(kiosk) == (machine.true_ms, ClockQuality.HOLDOVER)


def test_a_word_against_the_server_is_refused_and_nothing_stored() -> None:
    machine, memory = Machine(), MemoryInMemory()
    clock = machine.clock(memory)
    clock.learn(machine.true_ms, 0)
    kept = memory.known
    assert clock.correct(machine.true_ms + HOUR) is CorrectionFlaw.SYNCED
    assert memory.known == kept


def test_a_later_sync_ends_a_correction_for_good() -> None:
    machine, memory = Machine(), MemoryInMemory()
    clock = machine.clock(memory)
    clock.correct(machine.true_ms + HOUR)
    assert told(clock) == (machine.true_ms + HOUR, ClockQuality.HOLDOVER)
    clock.learn(machine.true_ms, 0)
    assert told(clock) == (machine.true_ms, ClockQuality.SYNCED)
    assert memory.known.correction is None


# --- what is written, and when ------------------------------------------------------------------------------------


def test_an_hour_of_answers_costs_a_write_a_minute() -> None:
    machine, memory = Machine(), MemoryInMemory()
    clock = machine.clock(memory)
    for _ in range(3_600):
        clock.learn(machine.true_ms, 30)
        machine.wait(1_000)
    assert 55 <= memory.saves <= 61
    assert machine.true_ms - memory.known.floor.at_ms <= MINUTE + 1_000


def test_asking_the_time_writes_nothing() -> None:
    machine, memory = Machine(), MemoryInMemory()
    clock = machine.clock(memory)
    for _ in range(100):
        clock.now()
        machine.wait(MINUTE)
    assert memory.saves == 0


def test_a_full_disk_costs_the_memory_and_not_the_time() -> None:
    machine, memory = Machine(), MemoryInMemory()
    memory.is_full = True
    clock = machine.clock(memory)
    clock.learn(machine.true_ms, 0)
    assert told(clock) == (machine.true_ms, ClockQuality.SYNCED)
    memory.is_full = False
    machine.wait(MINUTE)
    clock.learn(machine.true_ms, 0)
    assert memory.known.floor.at_ms == machine.true_ms


def test_a_supervisor_hears_of_a_full_disk() -> None:
    machine, memory = Machine(), MemoryInMemory()
    memory.is_full = True
    clock = machine.clock(memory)
    with pytest.raises(SettingsFailed):
        clock.correct(machine.true_ms + HOUR)
    assert told(clock) == (machine.true_ms + HOUR, ClockQuality.HOLDOVER)


def test_another_program_of_the_kiosk_lowers_no_floor() -> None:
    machine, memory = Machine(), MemoryInMemory()
    early = machine.clock(memory)
    early.learn(machine.true_ms, 0)
    machine.wait(10 * MINUTE)
    machine.clock(memory).learn(machine.true_ms, 0)
    floor = memory.known.floor.at_ms
    early.learn(machine.true_ms - 9 * MINUTE, 0)
    assert memory.known.floor.at_ms == floor


def test_several_threads_share_a_clock() -> None:
    machine, memory = Machine(), MemoryInMemory()
    clock = machine.clock(memory)
    together = threading.Barrier(8)
    wrong: list[object] = []

    def use(number: int) -> None:
        together.wait()
        for count in range(200):
            if number % 2:
                clock.learn(machine.true_ms + count, 10 * number)
            else:
                now = clock.now()
                if abs(now.at_ms - machine.true_ms) > now.uncertainty_ms or now.is_suspect:
                    wrong.append(now)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert clock.now().quality is ClockQuality.SYNCED
    assert memory.known.sample is not None


def test_without_a_memory_a_clock_still_knows_its_build() -> None:
    machine = Machine()
    now = machine.clock().now()
    assert (now.at_ms, now.uncertainty_ms) == (machine.true_ms, HOLDOVER_UNCERTAINTY_MS)
    assert machine.clock().remembered.floor.at_ms == BUILT_MS
