"""A journal that the disk has damaged: what can be had of it is had, and nothing is deleted."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.store import rescue as rescues
from app.store.black_box import read_box, write_box
from app.store.database import StorageFailed
from app.store.journal import Journal, Loss, Presented
from app.store.journal_file import box_of
from app.store.journal_queue import Fate
from app.store.rescue import Rescue, rescue
from core.journal.scan import Fact, Scan
from core.journal.state import Leg
from core.model.event import Direction
from core.ticket import seal
from tests.runtime.test_sync_line import CLOCK, fill
from tests.support.door import DAY, DEVICE, NORTH, new_id, tid, writer

GUESTS = 60
PAGE_BYTES = 4_096


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night's journal, closed: some of it delivered."""
    database = tmp_path_factory.mktemp("night") / "kiosk.db"
    with opened(database) as journal:
        fill(journal, GUESTS)
        journal.settle([Fate(item.id, Leg.CLOSED) for item in journal.queued(40)])
    assert rescue(database) is None, "all is well"
    return database


@pytest.fixture
def path(night: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    for each in night.parent.iterdir():
        shutil.copy(each, tmp_path)
    return tmp_path / night.name


def opened(path: Path) -> "closing[Journal]":
    return closing(Journal(path, writer(), new_id))


def facts(path: Path) -> list[Fact]:
    with opened(path) as journal:
        assert journal.first_broken_link() is None
        return journal.every_fact()


def present(path: Path) -> Scan:
    with opened(path) as journal:
        return journal.record_scan(Presented(Direction.ENTRY, NORTH, 1, tid(999), None, 0, DAY), CLOCK.now())


def files(path: Path) -> set[str]:
    return {each.name for each in path.parent.iterdir()}


def overwrite(path: Path, at: int, count: int = PAGE_BYTES) -> None:
    """What a failing disk leaves of some bytes."""
    data = bytearray(path.read_bytes())
    data[at : at + count] = b"\xde" * len(data[at : at + count])
    path.write_bytes(bytes(data))


def spoil(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "the first page": lambda path: overwrite(path, 0),
    "a page in the middle": lambda path: overwrite(path, path.stat().st_size // PAGE_BYTES // 2 * PAGE_BYTES),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 3]),
    "emptied": lambda path: path.write_bytes(b""),
    "no database at all": lambda path: path.write_bytes(b"a picture of a cat" * 999),
    "an altered record": lambda path: spoil(path, "UPDATE facts SET record = X'7B7D' WHERE seq = 9"),
    "a missing row": lambda path: spoil(path, "DELETE FROM facts WHERE seq = 9"),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_rebuilt_from_the_black_box(path: Path, damage: str) -> None:  # G5
    before = facts(path)
    DAMAGES[damage](path)
    found = rescue(path)
    assert found is not None
    assert (found.kept, found.missing, found.must_decide) == (2 * GUESTS, 0, False)
    assert facts(path) == before
    assert rescue(path) is None, "it is whole now"
    present(path)
    assert len(facts(path)) == 2 * GUESTS + 1


@pytest.mark.parametrize("damage", [name for name in DAMAGES if name not in {"gone", "emptied"}])
def test_what_was_damaged_is_set_aside_and_never_deleted(path: Path, damage: str) -> None:
    DAMAGES[damage](path)
    spoiled = path.read_bytes()
    found = rescue(path)
    assert found is not None
    assert found.set_aside == ("kiosk.damaged-1.db",)
    assert (path.parent / "kiosk.damaged-1.db").read_bytes() == spoiled
    DAMAGES[damage](path)
    again = rescue(path)
    assert again is not None
    assert again.set_aside == ("kiosk.damaged-2.db",)


def test_an_old_log_is_never_found_beside_a_new_database(path: Path) -> None:
    with opened(path) as journal:
        fill(journal, 1)
        log = Path(f"{path}-wal").read_bytes()
    Path(f"{path}-wal").write_bytes(log)
    overwrite(path, 0, path.stat().st_size)
    rescue(path)
    assert "kiosk.db-wal" not in files(path)
    assert files(path) >= {"kiosk.db", "kiosk.box", "kiosk.damaged-1.db"}
    assert len(facts(path)) == 2 * GUESTS + 2


def test_what_had_been_delivered_and_can_be_read_stays_so(path: Path) -> None:
    spoil(path, "DELETE FROM facts WHERE seq = 100")
    rescue(path)
    with opened(path) as journal:
        assert journal.summary().by_leg == {"closed": 40, "queued": 2 * GUESTS - 40}
    overwrite(path, 0)
    rescue(path)
    with opened(path) as journal:
        assert journal.summary().by_leg == {"queued": 2 * GUESTS}, "sent once more: it is harmless"


def test_a_record_whose_commit_was_lost_comes_back(path: Path) -> None:
    spoil(path, "DELETE FROM facts WHERE seq >= 117")
    found = rescue(path)
    assert found == Rescue("the last commit did not reach the disk", 2 * GUESTS, returned=4)
    assert len(facts(path)) == 2 * GUESTS
    assert "kiosk.damaged-1.db" not in files(path), "nothing was wrong with it"


def test_a_torn_tail_of_the_box_is_cut_and_no_damage(path: Path) -> None:
    box = box_of(path)
    box.write_bytes(box.read_bytes() + box.read_bytes()[:100])
    assert rescue(path) is None
    present(path)
    assert rescue(path) is None
    assert len(read_box(box).records) == 2 * GUESTS + 1


def test_a_damaged_box_is_written_anew_from_the_database(path: Path) -> None:
    overwrite(box_of(path), 5_000, 700)
    found = rescue(path)
    assert found is not None
    assert (found.cause, found.kept, found.missing) == ("the black box was damaged", 2 * GUESTS, 0)
    assert found.set_aside == ("kiosk.damaged-1.box",)
    assert len(read_box(box_of(path)).records) == 2 * GUESTS
    assert rescue(path) is None


def test_a_journal_of_an_earlier_program_gets_its_box(path: Path) -> None:
    box_of(path).unlink()
    assert rescue(path) is None
    assert len(read_box(box_of(path)).records) == 2 * GUESTS


def test_both_damaged_keeps_what_can_be_read_and_admits_nobody_until_a_person_decides(path: Path) -> None:  # G5
    spoil(path, "DELETE FROM facts WHERE seq IN (9, 10)")
    box = box_of(path)
    data = box.read_bytes()
    overwrite(box, data.index(b'"seq":9,') - 20, 600)
    found = rescue(path)
    assert found is not None
    assert found.must_decide
    assert found.missing in {1, 2}
    assert found.set_aside == ("kiosk.damaged-1.db", "kiosk.damaged-1.box")
    with pytest.raises(StorageFailed, match="missing"):
        present(path)
    again = rescue(path)
    assert again is not None
    assert (again.must_decide, again.missing, again.set_aside) == (True, found.missing, ()), "a restart decides nothing"
    with pytest.raises(StorageFailed):
        present(path)
    with opened(path) as journal:
        (loss,) = journal.losses()
        assert (loss.device, loss.missing, loss.is_accepted) == (DEVICE.hex, found.missing, False)
        assert len(journal.queued(400)) > 0, "what is there can be sent meanwhile"
        assert journal.accept_losses() == 1
        assert journal.accept_losses() == 0
    present(path)
    assert rescue(path) is None, "an accepted loss is no new one"
    with opened(path) as journal:
        assert [each.is_accepted for each in journal.losses()] == [True]


def test_nothing_left_of_either_is_a_loss_that_nobody_can_count(path: Path) -> None:
    overwrite(path, 0, path.stat().st_size)
    overwrite(box_of(path), 0, box_of(path).stat().st_size)
    found = rescue(path)
    assert found is not None
    assert (found.kept, found.missing, found.must_decide) == (0, None, True)
    with pytest.raises(StorageFailed):
        present(path)
    with opened(path) as journal:
        assert journal.losses() == [Loss("", 0, 0, 0, is_accepted=False)]
        journal.accept_losses()
    assert present(path).stamp.seq == 1


def test_a_box_that_lost_its_end_with_its_database_is_no_whole_copy(path: Path) -> None:
    """The database can be read in part, and knows rows that the box no longer has."""
    box = box_of(path)
    box.write_bytes(box.read_bytes()[: box.stat().st_size // 2])
    spoil(path, "UPDATE facts SET record = X'7B7D' WHERE seq = 119")
    found = rescue(path)
    assert found is not None
    assert found.must_decide


def test_scans_that_came_back_without_what_was_shown_are_open_questions(path: Path) -> None:
    scan = present(path)
    overwrite(path, 0)
    rescue(path)
    with opened(path) as journal:
        assert journal.open_questions() == [scan]
        assert [fact.stamp.id for fact in journal.every_fact()][-1] == scan.stamp.id


def test_an_open_loss_stays_open_when_the_database_is_damaged_once_more(path: Path) -> None:
    spoil(path, "DELETE FROM facts WHERE seq IN (9, 10)")
    overwrite(box_of(path), box_of(path).read_bytes().index(b'"seq":9,') - 20, 600)
    rescue(path)
    spoil(path, "UPDATE facts SET record = X'7B7D' WHERE seq = 50")
    found = rescue(path)
    assert found is not None
    with opened(path) as journal:
        assert [loss.is_accepted for loss in journal.losses()] == [False]
    with pytest.raises(StorageFailed):
        present(path)


def test_what_is_sent_once_more_after_a_restore_stays_so(path: Path) -> None:
    spoil(path, "UPDATE facts SET resent = 1, leg = 'queued' WHERE seq = 30")
    spoil(path, "INSERT INTO epochs SELECT DISTINCT event, 'e2' FROM facts")
    spoil(path, "DELETE FROM facts WHERE seq = 100")
    assert rescue(path) is not None
    with opened(path) as journal:
        assert [item.told is not None for item in journal.queued(400)].count(True) == 1
        assert journal.epoch() == "e2"


def test_a_damaged_journal_of_an_earlier_layout_is_read_as_well(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in ("ALTER TABLE facts DROP COLUMN resent", "DROP TABLE epochs", "DROP TABLE losses"):
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 2")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    box_of(path).unlink()
    overwrite(path, (pages - 2) * PAGE_BYTES)
    found = rescue(path)
    assert found is not None
    assert found.kept > GUESTS, "most of it can be read"
    assert found.must_decide, "and nobody knows what else there was"


def test_a_rebuilding_that_was_cut_off_is_begun_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Power fails after each step; the next start ends where an undisturbed one would have."""
    before = facts(path)
    overwrite(path, 0)
    real, steps = Path.replace, 0
    for cut in range(1, 4):
        steps = 0

        def replace(self: Path, target: object, cut: int = cut) -> Path:
            nonlocal steps
            steps += 1
            if steps == cut:
                raise OSError("the power fails")
            return real(self, target)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            assert rescue(path) is None
    rescue(path)
    assert facts(path) == before
    assert rescue(path) is None


def test_facts_of_a_newer_program_are_left_alone(path: Path) -> None:
    record = b'{"kind":"hologram","v":2}'
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            "UPDATE facts SET record = ?, fingerprint = ? WHERE seq = 120", (record, seal.sha256(record))
        )
    before = path.read_bytes()
    assert rescue(path) is None
    assert path.read_bytes() == before


def test_a_new_kiosk_has_nothing_to_be_looked_after(tmp_path: Path) -> None:
    assert rescue(tmp_path / "kiosk.db") is None
    assert list(tmp_path.iterdir()) == []


def test_control_without_a_black_box_the_rows_are_gone(path: Path) -> None:
    box_of(path).unlink()
    overwrite(path, 0, path.stat().st_size)
    found = rescue(path)
    assert found is not None
    assert found.kept == 0
    assert found.must_decide


def test_two_copies_that_agree_are_not_read_as_facts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night's start would take a quarter of a minute; one byte that differs is worth it."""
    read: list[bytes] = []
    monkeypatch.setattr(rescues, "_fact_of", lambda record: read.append(record))
    assert rescue(path) is None
    assert read == []
    body = bytearray(box_of(path).read_bytes())
    body[len(body) // 2] ^= 1
    box_of(path).write_bytes(body)
    rescue(path)
    assert read


def test_the_same_record_gone_from_both_copies_is_a_loss_though_they_agree(path: Path) -> None:
    gone = facts(path)[20].stamp.seq
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM facts WHERE seq = ?", (gone,))
        connection.commit()
        left = [row[0] for row in connection.execute("SELECT record FROM facts ORDER BY seq")]
    write_box(box_of(path), iter(left))
    found = rescue(path)
    assert found is not None
    assert (found.missing, found.must_decide) == (1, True)
