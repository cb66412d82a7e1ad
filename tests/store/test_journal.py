"""The journal on a real file: durable, chained, honest about a bad disk."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.store.database import NewerDatabase, StorageFailed, connect
from app.store.journal import Journal, Presented
from app.store.journal_file import LAYOUT
from app.store.journal_queue import Fate
from core.journal.scan import NO_PREDECESSOR, Scan, canonical, fingerprint, to_record
from core.journal.state import Leg
from core.model.event import Direction
from core.model.outcomes import Outcome, Source
from core.redeem.answer import Answer, FirstUse
from tests.support.door import DAY, NORTH, HandClock, new_id, tid, writer


def presented(number: int | None = 1) -> Presented:
    """A presentation of ticket `number`, or of a stranger's code."""
    if number is None:
        return Presented(Direction.ENTRY, NORTH, 1, None, b"0123456789abcdef", None, None)  # type: ignore[arg-type]
    return Presented(Direction.ENTRY, NORTH, 1, tid(number), None, 0, DAY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.db"


@pytest.fixture
def journal(path: Path):
    with closing(Journal(path, writer(), new_id)) as opened:
        yield opened


CLOCK = HandClock()


def record(journal: Journal, number: int | None = 1, outcome: Outcome = Outcome.ADMITTED_OFFLINE) -> Scan:
    scan = journal.record_scan(presented(number), CLOCK.now())
    journal.record_shown(scan, outcome, Source.OFFLINE, CLOCK.now())
    return scan


def fill(journal: Journal) -> None:
    for number in range(2, 500):
        record(journal, number)


def test_a_committed_scan_is_there_for_another_connection(journal: Journal, path: Path) -> None:
    scan = journal.record_scan(presented(), CLOCK.now())
    with closing(Journal(path, writer(), new_id)) as other:
        assert other.facts_of(tid(1)) == [scan]


def test_each_row_carries_the_fingerprint_of_the_row_before(journal: Journal) -> None:
    first = journal.record_scan(presented(1), CLOCK.now())
    shown = journal.record_shown(first, Outcome.ADMITTED_OFFLINE, Source.OFFLINE, CLOCK.now())
    second = journal.record_scan(presented(2), CLOCK.now())
    assert first.stamp.previous == NO_PREDECESSOR
    assert shown.stamp.previous == fingerprint(to_record(first))
    assert second.stamp.previous == fingerprint(to_record(shown))
    assert [first.stamp.seq, shown.stamp.seq, second.stamp.seq] == [1, 2, 3]
    assert journal.first_broken_link() is None


def test_a_changed_row_breaks_the_chain(journal: Journal, path: Path) -> None:
    record(journal, 1)
    record(journal, 2)
    with closing(sqlite3.connect(path)) as hand, hand:
        hand.execute(
            "UPDATE facts SET record = CAST(replace(CAST(record AS TEXT), 'north', 'south') AS BLOB) WHERE seq = 3"
        )
    assert journal.first_broken_link() == 3


def test_a_missing_row_breaks_the_chain(journal: Journal, path: Path) -> None:
    record(journal, 1)
    record(journal, 2)
    with closing(sqlite3.connect(path)) as hand, hand:
        hand.execute("DELETE FROM facts WHERE seq = 2")
    assert journal.first_broken_link() == 3


def test_the_queue_is_in_order_and_its_records_are_canonical(journal: Journal) -> None:
    scans = [record(journal, number) for number in range(1, 6)]
    queued = journal.queued()
    assert len(queued) == 10
    assert [item.id for item in queued[::2]] == [scan.stamp.id for scan in scans]
    assert queued[0].record == canonical(to_record(scans[0]))


def test_a_settled_fact_leaves_the_queue_and_is_kept(journal: Journal) -> None:
    scan = record(journal)
    journal.settle([Fate(scan.stamp.id, Leg.CLOSED, Answer(Outcome.ADMITTED, 1, 1, 1))])
    assert scan.stamp.id not in {item.id for item in journal.queued()}
    assert scan in journal.facts_of(tid(1))
    assert journal.summary().by_leg == {"queued": 1, "closed": 1}


def test_a_settled_fact_is_never_settled_again(journal: Journal) -> None:
    scan = record(journal)
    journal.settle([Fate(scan.stamp.id, Leg.CLOSED, Answer(Outcome.ADMITTED, 1, 1, 1))])
    journal.settle([Fate(scan.stamp.id, Leg.QUARANTINED, reason="late")])
    assert journal.summary().by_leg == {"queued": 1, "closed": 1}


def test_an_answer_comes_back_as_it_went_in(journal: Journal) -> None:
    scan = record(journal, 1, Outcome.ALREADY_USED)
    answer = Answer(Outcome.ALREADY_USED, None, 1, 1, FirstUse(1_795_000_000_000, "south", "South 1"))
    journal.settle([Fate(scan.stamp.id, Leg.CLOSED, answer)])
    (answered,) = journal.answered_of(tid(1))
    assert answered.answer == answer
    assert not answered.took_entry


def test_the_queue_survives_a_restart(journal: Journal, path: Path) -> None:
    record(journal, 1)
    journal.close()
    with closing(Journal(path, writer(), new_id)) as again:
        assert again.queue_length() == 2
        assert record(again, 2).stamp.seq == 3
        assert again.first_broken_link() is None


def test_a_summary_counts_by_outcome(journal: Journal) -> None:
    record(journal, 1)
    record(journal, None, Outcome.NOT_A_TICKET)
    summary = journal.summary()
    assert (summary.scans, summary.shown, summary.waiting) == (2, 2, 4)
    assert summary.by_outcome == {"admitted_offline": 1, "not_a_ticket": 1}


def test_the_database_syncs_every_commit(path: Path) -> None:
    with closing(connect(path, LAYOUT)) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_only_its_owner_can_read_the_journal(journal: Journal, path: Path) -> None:
    record(journal)
    assert {oct(file.stat().st_mode & 0o077) for file in path.parent.iterdir()} == {"0o0"}


def test_an_older_program_leaves_a_newer_database_alone(path: Path) -> None:
    with closing(connect(path, LAYOUT)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerDatabase):
        connect(path, LAYOUT)


def test_a_damaged_file_is_a_storage_failure(path: Path) -> None:  # G5
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(StorageFailed):
        Journal(path, writer(), new_id)


@pytest.mark.slow
def test_a_locked_database_is_a_storage_failure(journal: Journal, path: Path) -> None:  # G5
    with closing(sqlite3.connect(path, isolation_level=None)) as hand:
        hand.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageFailed, match="locked"):
            journal.record_scan(presented(), CLOCK.now())
        hand.execute("ROLLBACK")
    assert journal.record_scan(presented(), CLOCK.now()).stamp.seq == 1


def test_a_full_disk_is_a_storage_failure_and_loses_nothing(journal: Journal) -> None:  # G5
    record(journal, 1)
    connection = journal._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFailed, match="full"):
        fill(journal)
    connection.execute("PRAGMA max_page_count = 100000")
    before = journal.summary()
    assert journal.first_broken_link() is None
    record(journal, 1000)
    assert journal.summary().scans == before.scans + 1


def test_a_folder_that_cannot_be_written_is_a_storage_failure(tmp_path: Path) -> None:  # G5
    (tmp_path / "profile").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(StorageFailed):
        Journal(tmp_path / "profile" / "kiosk.db", writer(), new_id)
