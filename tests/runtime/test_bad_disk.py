"""A disk that is full, read-only or locked: nobody is admitted, nothing is lost, and it goes on by itself (G5)."""

import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.runtime.oracle import NoOracle
from app.runtime.scan_line import ScanLine
from app.runtime.trust_box import TrustBox
from app.store import database
from app.store.black_box import BlackBox, read_box
from app.store.journal import Journal
from app.store.journal_file import box_of
from app.store.rescue import rescue
from core.gate.admit import Door
from core.journal.scan import Shown
from core.model.event import Direction
from core.model.outcomes import Outcome
from core.ticket.verify import Lane
from tests.support.door import DEVICE, EVENT, NORTH, HandClock, new_id, taken, ticket, writer

SMALL_DISK = "256k"
MOST_GUESTS = 2_000
"""More than any small disk holds."""


@contextmanager
def lane(path: Path) -> Iterator[ScanLine]:
    """A kiosk's line on a real file, alone."""
    clock, box = HandClock(), TrustBox(EVENT)
    box.adopt(taken(), clock.at_ms)
    with closing(Journal(path, writer(), new_id)) as journal:
        yield ScanLine(
            lane=Lane(NORTH, Direction.ENTRY),
            door=lambda trust: Door(trust.event, DEVICE, "North 1", NORTH),
            journal=journal,
            holder=box,
            clock=clock,
            oracle=NoOracle(),
        )


def admitted(path: Path) -> int:
    """How many admissions the journal holds; it is whole, and so is its box."""
    with closing(Journal(path, writer(), new_id)) as journal:
        assert journal.first_broken_link() is None
        facts = journal.every_fact()
        seqs = [fact.stamp.seq for fact in facts]
    assert seqs == list(range(1, len(facts) + 1))
    assert {fact.stamp.id.hex for fact in facts} <= _boxed(path)
    return sum(isinstance(fact, Shown) and fact.is_admission for fact in facts)


def _boxed(path: Path) -> set[str]:
    return {str(record).split('"id":"')[1][:32] for record in read_box(box_of(path)).records}


def until_refused(line: ScanLine) -> int:
    """How many guests came in before the disk said no; each of the next ten is refused as well."""
    for number in range(1, MOST_GUESTS):
        outcome = line.present(ticket(number)).outcome
        if outcome is not Outcome.ADMITTED_OFFLINE:
            assert outcome is Outcome.STORAGE_FAILED
            again = {line.present(ticket(MOST_GUESTS + more)).outcome for more in range(10)}
            assert again <= {Outcome.STORAGE_FAILED, Outcome.ADMITTED_OFFLINE}
            return number - 1
    raise AssertionError("the disk was not small")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with one guest, so that its files are there."""
    with lane(tmp_path / "kiosk.db") as line:
        assert line.present(ticket(9_999)).is_admission
    return tmp_path / "kiosk.db"


@contextmanager
def file_limit(most: int) -> Iterator[None]:
    """No file of this process grows beyond that: write(2) says EFBIG (getrlimit(2), RLIMIT_FSIZE)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("what", ["kiosk.db-wal", "kiosk.box"])
def test_a_file_that_may_not_grow_admits_nobody_and_loses_nothing(path: Path, what: str) -> None:  # G5
    with lane(path) as line:
        for number in range(1, 4):
            assert line.present(ticket(number)).is_admission
        with file_limit((path.parent / what).stat().st_size + 100):
            verdict = line.present(ticket(4))
            assert (verdict.outcome, verdict.is_admission) == (Outcome.STORAGE_FAILED, False)
            assert line.present(ticket(5)).outcome is Outcome.STORAGE_FAILED
        assert line.present(ticket(4)).outcome is Outcome.ADMITTED_OFFLINE, "there is room again"
    assert admitted(path) == 5
    found = rescue(path)
    assert found is None or not (found.set_aside or found.must_decide)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("only root mounts a disk; the limit on files is tried all the same")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_admits_nobody_and_goes_on_when_there_is_room(small_disk: Path) -> None:  # G5
    ballast, path = small_disk / "ballast", small_disk / "kiosk.db"
    ballast.write_bytes(bytes(64 * 1024))
    with lane(path) as line:
        before = until_refused(line)
        assert before >= 1
        ballast.unlink()
        assert line.present(ticket(before + 1)).outcome is Outcome.ADMITTED_OFFLINE
    assert admitted(path) >= before + 1
    found = rescue(path)
    assert found is None or not (found.set_aside or found.must_decide)


def test_a_disk_that_became_read_only_admits_nobody(small_disk: Path) -> None:  # G5
    path = small_disk / "kiosk.db"
    with lane(path) as line:
        assert line.present(ticket(1)).is_admission
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert rescue(path) is None
    with pytest.raises(database.StorageFailed), lane(path):
        pass
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    with lane(path) as line:
        assert line.present(ticket(2)).is_admission
    assert admitted(path) == 2


def test_a_database_that_only_reads_admits_nobody(path: Path) -> None:  # G5
    with lane(path) as line:
        line._journal._connection.execute("PRAGMA query_only = ON")
        assert line.present(ticket(1)).outcome is Outcome.STORAGE_FAILED
        line._journal._connection.execute("PRAGMA query_only = OFF")
        assert line.present(ticket(1)).is_admission
    assert admitted(path) == 2


def test_a_locked_database_admits_nobody_until_it_is_free(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # G5
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    with lane(path) as line, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert line.present(ticket(1)).outcome is Outcome.STORAGE_FAILED
        other.execute("ROLLBACK")
        assert line.present(ticket(1)).is_admission
    assert admitted(path) == 2


def test_a_commit_that_fails_leaves_no_open_transaction(path: Path) -> None:
    """Another guest's transaction could not begin inside it, and the lane would be shut until its restart."""
    with lane(path) as line, file_limit(box_of(path).stat().st_size + 10_000):
        refused = False
        for number in range(1, 200):
            refused = refused or line.present(ticket(number)).outcome is Outcome.STORAGE_FAILED
            assert not line._journal._connection.in_transaction
    assert refused


def test_control_a_box_that_swallows_the_disks_error_is_found(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted defect: green after a record that only one of the two copies has."""
    monkeypatch.setattr(BlackBox, "append", lambda self, record: None)
    with lane(path) as line:
        assert line.present(ticket(1)).is_admission
    with pytest.raises(AssertionError):
        admitted(path)
