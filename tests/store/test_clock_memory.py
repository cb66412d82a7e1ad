"""The clock's file: whole or not at all, read without trust, no crash."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.clock import BUILT_MS
from app.settings import JOURNAL_FILE, SettingsFailed
from app.store.clock_memory import CLOCK_FILE, LAST_SYNCED, MAX_BYTES, ClockFile, clock_of, last_synced_ms
from app.store.journal import Journal, Presented
from core.model.event import Direction
from core.model.moments import LATEST_MS, ClockQuality, Millis, Moment
from core.model.timekeeping import Correction, Floor, Remembered, Sample
from tests.support.door import NORTH, new_id, tid, writer
from tests.support.machine import EVENING_MS, Machine

FULL = Remembered(
    Sample(EVENING_MS, 40, 60_000, "boot-1"),
    Floor(EVENING_MS, 60_000, "boot-1"),
    Correction(EVENING_MS, 120_000, 61_000, "boot-1"),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kiosk" / CLOCK_FILE


@pytest.mark.parametrize("known", [Remembered(), FULL, Remembered(floor=FULL.floor)])
def test_what_was_saved_is_loaded(file: Path, known: Remembered) -> None:
    ClockFile(file).save(known)
    assert ClockFile(file).load() == known
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in file.parent.iterdir()] == [CLOCK_FILE], "nothing left beside it"
    assert file.stat().st_size < MAX_BYTES // 4


def test_a_missing_file_is_nothing_remembered(file: Path) -> None:
    assert ClockFile(file).load() == Remembered()


def _with(**changes: object) -> bytes:
    fields = {
        "sample": {"server_ms": EVENING_MS, "rtt_ms": 4, "boot_ms": 6, "boot_id": "b"},
        "floor": {"at_ms": EVENING_MS, "boot_ms": 6, "boot_id": "b"},
        "correction": None,
    }
    return json.dumps(fields | changes).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        _with(floor=None),
        _with(floor={"at_ms": -1, "boot_ms": 0, "boot_id": ""}),
        _with(floor={"at_ms": LATEST_MS + 1, "boot_ms": 0, "boot_id": ""}),
        _with(floor={"at_ms": "soon", "boot_ms": 0, "boot_id": ""}),
        _with(sample={"server_ms": EVENING_MS}),
        _with(correction={"at_ms": EVENING_MS, "uncertainty_ms": 0, "boot_ms": 6, "boot_id": "b"}),
        _with(sample={"server_ms": EVENING_MS, "rtt_ms": 4, "boot_ms": 6, "boot_id": "b" * MAX_BYTES}),
    ],
)
def test_a_damaged_file_is_nothing_remembered_and_mended_by_the_next_save(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    memory = ClockFile(file)
    assert memory.load() == Remembered()
    memory.save(FULL)
    assert memory.load() == FULL


def test_a_sound_file_is_read(file: Path) -> None:
    """The control of the damaged ones: undamaged, the same text is something remembered."""
    file.parent.mkdir()
    file.write_bytes(_with())
    assert ClockFile(file).load().floor == Floor(EVENING_MS, 6, "b")


def test_every_torn_beginning_of_a_file_is_nothing_or_all(file: Path) -> None:
    memory = ClockFile(file)
    memory.save(FULL)
    whole = file.read_bytes()
    for length in range(len(whole) - 1):
        file.write_bytes(whole[:length])
        assert ClockFile(file).load() in (Remembered(), FULL)


def test_a_disk_that_fails_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    place = tmp_path / CLOCK_FILE
    place.mkdir()  # no file can be moved onto a folder
    with pytest.raises(SettingsFailed):
        ClockFile(place).save(FULL)
    assert [each.name for each in tmp_path.iterdir()] == [CLOCK_FILE]
    assert ClockFile(place).load() == Remembered()


def test_a_damaged_file_is_complained_of_once(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.parent.mkdir()
    file.write_bytes(b"{")
    memory = ClockFile(file)
    for _ in range(3):
        memory.load()
    said = capsys.readouterr()
    assert (said.out + said.err).count("nothing remembered of the time") == 1


# --- the journal's part -------------------------------------------------------------------------------------------


def record(path: Path, *moments: tuple[int, ClockQuality]) -> None:
    with closing(Journal(path, writer(), new_id)) as journal:
        for at_ms, quality in moments:
            presented = Presented(Direction.ENTRY, NORTH, 1, tid(1), None, 0, None)
            journal.record_scan(presented, Moment(Millis(at_ms), 1_000, quality, "boot-1"))


@pytest.mark.parametrize(
    ("moments", "last_ms"),
    [
        ([], None),
        ([(EVENING_MS, ClockQuality.HOLDOVER)], None),
        ([(EVENING_MS, ClockQuality.SYNCED)], EVENING_MS),
        ([(EVENING_MS, ClockQuality.SYNCED), (EVENING_MS + 5, ClockQuality.SYNCED)], EVENING_MS + 5),
        ([(EVENING_MS, ClockQuality.SYNCED), (2**41, ClockQuality.HOLDOVER)], EVENING_MS),
        ([(EVENING_MS, ClockQuality.SYNCED), (2**41, ClockQuality.SUSPECT)], EVENING_MS),
    ],
)
def test_the_last_synced_fact_is_found(
    tmp_path: Path, moments: list[tuple[int, ClockQuality]], last_ms: int | None
) -> None:
    record(tmp_path / JOURNAL_FILE, *moments)
    assert last_synced_ms(tmp_path / JOURNAL_FILE) == last_ms


def test_the_search_walks_the_journals_own_index(tmp_path: Path) -> None:
    """A plan that sorts would read all of a night's scans at every start."""
    path = tmp_path / JOURNAL_FILE
    record(path, (EVENING_MS, ClockQuality.SYNCED))
    with closing(sqlite3.connect(path)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {LAST_SYNCED}").fetchall()
    assert not [row for row in plan if "TEMP B-TREE" in row[3]]


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 100])
def test_a_journal_that_tells_nothing_is_no_failure(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / JOURNAL_FILE
    if content is not None:
        path.write_bytes(content)
    assert last_synced_ms(path) is None
    assert path.exists() is (content is not None), "looking makes no journal"


def test_a_kiosks_clock_knows_its_journals_time(tmp_path: Path) -> None:
    last_ms = BUILT_MS + 3_600_000
    record(tmp_path / JOURNAL_FILE, (last_ms, ClockQuality.SYNCED))
    assert clock_of(tmp_path).remembered.floor.at_ms == last_ms
    assert not (tmp_path / CLOCK_FILE).exists(), "starting writes nothing"


def test_a_clock_on_its_file_survives_restart_and_reboot(tmp_path: Path) -> None:  # G8
    machine, file = Machine(), tmp_path / CLOCK_FILE
    machine.clock(ClockFile(file)).learn(machine.true_ms, 0)
    machine.wait(60_000)
    assert machine.clock(ClockFile(file)).now().quality is ClockQuality.SYNCED
    machine.reboot(wall_ms=0)
    now = machine.clock(ClockFile(file)).now()
    assert (now.at_ms, now.quality) == (EVENING_MS, ClockQuality.SUSPECT)
