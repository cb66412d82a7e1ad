"""A disk that fails while the door is open: no green, nothing lost, and the door goes on by itself afterwards (G5).

The real window, lane and journal on a real file system of 512 KiB, or on a file that is damaged under them.
"""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pytestqt.qtbot import QtBot

from app.kiosk import lane as lanes
from app.kiosk.kiosk import Kiosk
from app.kiosk.lane import LaneWorker
from app.kiosk.window import KioskWindow
from app.kiosk.words import load_kiosk_words
from app.runtime import mending
from app.runtime.mending import Soundness, soundness_of
from app.runtime.station import Station
from app.store.journal import Journal
from app.store.journal_file import box_of
from core.gate.verdict import Verdict
from core.journal.scan import Shown
from core.model.outcomes import Outcome
from tests.support.door import PROFILE, HandClock, fill_vault, new_id, taken, ticket, writer

pytestmark = pytest.mark.usefixtures("no_leftovers")
PATIENCE_MS = 20_000
WORDS = load_kiosk_words()


class Door:
    """A kiosk that is open, in a folder."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        fill_vault(folder)
        self._qtbot = qtbot
        clock = self.clock = HandClock()
        self.station = Station(folder, PROFILE, clock)
        self.station.box.adopt(taken(), clock.at_ms)
        self.window = KioskWindow(WORDS, ZoneInfo("UTC"), clock)
        qtbot.addWidget(self.window)
        self.window.show()
        self.kiosk = Kiosk(self.station, None, self.window)
        self.kiosk.start()
        qtbot.waitUntil(lambda: self.kiosk._sync._line is not None, timeout=PATIENCE_MS)  # every hand is on the file

    def shows(self, number: int) -> Outcome:
        """What a guest with that ticket is told, long after the guest before."""
        self.clock.advance(10_000)
        with self._qtbot.waitSignal(self.kiosk.verdict_shown, timeout=PATIENCE_MS) as caught:
            self.kiosk.present(ticket(number))
        assert caught.args is not None
        verdict: Verdict = caught.args[0]
        self.window.clear()
        return verdict.outcome

    def wait_until(self, *, is_failing: bool) -> None:
        """Waits for the window to say that it can't save, or that it can."""
        self._qtbot.waitUntil(lambda: self.is_failing is is_failing, timeout=PATIENCE_MS)

    @property
    def is_failing(self) -> bool:
        return self.window._idle.bar == WORDS.bars["storage_failed"]  # type: ignore[index]

    def close(self) -> None:
        self.kiosk.stop()
        self.station.close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    monkeypatch.setattr(lanes, "LOOK_EVERY_MS", 50)


@pytest.fixture
def door(qtbot: QtBot, tmp_path: Path) -> Iterator[Door]:
    with closing(Door(qtbot, tmp_path)) as opened:
        yield opened


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("only root mounts a disk; damage is tried all the same")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def admissions(folder: Path) -> int:
    """Admissions in the journal, whose chain is whole."""
    with closing(Journal(folder / "kiosk.db", writer(), new_id)) as journal:
        assert journal.first_broken_link() is None
        assert journal.losses() == []
        return sum(isinstance(fact, Shown) and fact.is_admission for fact in journal.every_fact())


def fill(ballast: Path) -> None:
    """Leaves no room on a disk."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def damage(path: Path) -> None:
    """What a dying flash card does: the pages of the database are no pages any more, here and in the log."""
    for name in (path, path.with_name(path.name + "-wal")):
        with name.open("r+b") as file:
            file.write(os.urandom(name.stat().st_size))


def test_a_full_disk_is_said_and_the_door_goes_on_when_there_is_room(qtbot: QtBot, small_disk: Path) -> None:  # G5
    with closing(Door(qtbot, small_disk)) as door:
        assert door.shows(1) is Outcome.ADMITTED_OFFLINE
        ballast = small_disk / "ballast"
        fill(ballast)
        told = [door.shows(number) for number in range(2, 40)]
        assert told[-1] is Outcome.STORAGE_FAILED
        door.wait_until(is_failing=True)
        ballast.unlink()
        door.wait_until(is_failing=False)
        assert door.shows(100) is Outcome.ADMITTED_OFFLINE
        assert door.shows(1) is Outcome.ALREADY_USED
    assert admissions(small_disk) == 2 + told.count(Outcome.ADMITTED_OFFLINE)


def test_a_disk_that_became_read_only_is_said_before_the_next_guest(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # G5
    """As ext4 does after an error: files that are open stay open, and take nothing."""
    assert door.shows(1) is Outcome.ADMITTED_OFFLINE
    now = os.statvfs(tmp_path)
    read_only = os.statvfs_result((*now[:8], now.f_flag | os.ST_RDONLY, now.f_namemax))

    def refuse(_folder: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(mending.os, "statvfs", lambda _: read_only)
    monkeypatch.setattr(mending, "write_probe", refuse)
    door.wait_until(is_failing=True)
    monkeypatch.undo()
    door.wait_until(is_failing=False)
    assert door.shows(2) is Outcome.ADMITTED_OFFLINE
    assert admissions(tmp_path) == 2


def test_a_journal_damaged_under_an_open_door_is_rebuilt_from_the_black_box(door: Door, tmp_path: Path) -> None:  # G5
    assert [door.shows(number) for number in (1, 2, 3)] == [Outcome.ADMITTED_OFFLINE] * 3
    damage(tmp_path / "kiosk.db")
    door.kiosk._sync.damage_found.emit()  # who meets it first, sync or guest, sets off the same
    told = door.shows(4)
    door.wait_until(is_failing=False)
    assert told in {Outcome.STORAGE_FAILED, Outcome.ADMITTED_OFFLINE}
    assert door.shows(5) is Outcome.ADMITTED_OFFLINE
    assert door.shows(2) is Outcome.ALREADY_USED, "what was known before is known"
    assert (tmp_path / "kiosk.damaged-1.db").exists(), "the damaged one is kept for a look"
    assert any("kiosk.damaged-1.db" in notice.text for notice in door.window._notice._notices), "and staff are told"
    assert admissions(tmp_path) == 4 + (told is Outcome.ADMITTED_OFFLINE)


def test_a_journal_that_somebody_removed_comes_back(door: Door, tmp_path: Path) -> None:  # G5
    assert door.shows(1) is Outcome.ADMITTED_OFFLINE
    for name in ("kiosk.db", "kiosk.db-wal", "kiosk.db-shm"):
        (tmp_path / name).unlink()
    door._qtbot.waitUntil((tmp_path / "kiosk.db").exists, timeout=PATIENCE_MS)
    door.wait_until(is_failing=False)
    assert door.shows(1) is Outcome.ALREADY_USED
    assert door.shows(2) is Outcome.ADMITTED_OFFLINE
    assert admissions(tmp_path) == 2


def test_an_empty_folder_in_the_place_of_a_disk_is_no_new_journal(door: Door, tmp_path: Path) -> None:  # G5
    """A stick that fell out leaves an empty folder: a journal begun there would let everybody in a second time."""
    assert door.shows(1) is Outcome.ADMITTED_OFFLINE
    away = {path: path.with_suffix(path.suffix + ".away") for path in tmp_path.glob("kiosk.*")}
    for path, to in away.items():
        path.rename(to)
    door.wait_until(is_failing=True)
    assert not (tmp_path / "kiosk.db").exists()
    for path, to in away.items():
        to.rename(path)
    door.wait_until(is_failing=False)
    assert door.shows(1) is Outcome.ALREADY_USED


def test_control_without_the_mending_the_door_stays_shut(
    door: Door, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted defect: nobody looks after the journal."""
    assert door.shows(1) is Outcome.ADMITTED_OFFLINE
    looks: list[int] = []

    def blind(*_: object) -> Soundness:
        looks.append(1)
        return Soundness.FAILING

    monkeypatch.setattr(lanes, "soundness_of", blind)
    for name in ("kiosk.db", "kiosk.db-wal", "kiosk.db-shm"):
        (tmp_path / name).unlink()
    qtbot.waitUntil(lambda: len(looks) > 3, timeout=PATIENCE_MS)
    assert door.is_failing
    assert not (tmp_path / "kiosk.db").exists()
    assert door.shows(2) is Outcome.STORAGE_FAILED, "no green on a file that has no name any more"


def test_a_guest_who_comes_before_the_look_meets_no_green_on_a_file_without_a_name(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # G5
    assert door.shows(1) is Outcome.ADMITTED_OFFLINE
    with monkeypatch.context() as nobody_looks:
        nobody_looks.setattr(lanes, "is_doubtful", lambda _: False)
        nobody_looks.setattr(LaneWorker, "mend", lambda _: None)
        for name in ("kiosk.db", "kiosk.db-wal", "kiosk.db-shm"):
            (tmp_path / name).unlink()
        assert door.shows(2) is Outcome.STORAGE_FAILED
        nobody_looks.setattr(Journal, "is_in_place", True)
        assert door.shows(3) is Outcome.ADMITTED_OFFLINE, "the control: without its place it would be green"
    door.wait_until(is_failing=False)
    assert door.shows(1) is Outcome.ALREADY_USED


def test_a_try_out_commits_for_real_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.db"
    with closing(Journal(path, writer(), new_id)) as journal:
        assert soundness_of(path, journal) is Soundness.SOUND
        before = (path.with_name("kiosk.db-wal")).stat().st_size
        journal.try_out()
        assert path.with_name("kiosk.db-wal").stat().st_size > before, "a frame was written"
        journal._connection.execute("PRAGMA query_only = ON")
        assert soundness_of(path, journal) is Soundness.FAILING
        journal._connection.execute("PRAGMA query_only = OFF")
        assert soundness_of(path, None) is Soundness.BROKEN, "there is none at hand: open it anew"
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    path.unlink()
    assert not box_of(path).exists()
    assert soundness_of(path, None) is Soundness.FAILING
