"""Who waits for SQLite's lock, what is set while a long list is at work, and when the log is copied into the file."""

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from app.ledger import engine
from app.ledger.engine import Database, LedgerBusy, open_database
from app.ledger.long_lists import SELDOM, TURN_S, on_a_long_list

MOST_S = 30.0
LOOKS = 20


@pytest.fixture
def url(tmp_path: Path) -> str:
    with closing(open_database(f"sqlite:///{tmp_path / 'ledger.db'}")) as database, database.writing() as connection:
        connection.execute(text("CREATE TABLE rows (event_id TEXT, body BLOB)"))
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def here(url: str) -> Iterator[Database]:
    with closing(open_database(url)) as database:
        yield database


@pytest.fixture
def elsewhere(url: str) -> Iterator[Database]:
    """The same file as another process sees it: this process's own lock is not its."""
    with closing(open_database(url)) as database:
        yield database


def looks_of_a_waiting_writer(
    here: Database, elsewhere: Database, monkeypatch: pytest.MonkeyPatch, most_s: float
) -> list[bool]:
    """What each look found of a writer who waits until it has looked often enough, or `most_s` is over."""
    looks: list[bool] = []
    enough, begun = threading.Event(), engine._has_begun

    def counted(connection: Connection, raw: object) -> bool:
        looks.append(begun(connection, raw))
        if len(looks) == LOOKS:
            enough.set()
        return looks[-1]

    with elsewhere.writing():
        monkeypatch.setattr(engine, "_has_begun", counted)
        writer = threading.Thread(target=lambda: here.transact(lambda connection: connection.execute(_ROW)))
        writer.start()
        enough.wait(most_s)
    writer.join(MOST_S)
    return looks


def test_a_writer_looks_again_and_again_while_another_process_writes(
    here: Database, elsewhere: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LOCK_WAIT_MS", int(MOST_S * 1_000))
    looks = looks_of_a_waiting_writer(here, elsewhere, monkeypatch, MOST_S)
    assert looks[:LOOKS] == [False] * LOOKS
    assert looks[-1]


def test_control_sqlites_own_time_out_asks_once_and_sleeps(
    here: Database, elsewhere: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_begin_to_write", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    assert looks_of_a_waiting_writer(here, elsewhere, monkeypatch, 0.2) == []


_ROW = text("INSERT INTO rows VALUES ('e', zeroblob(4096))")


def test_a_writer_gives_up_in_time_and_stores_nothing(
    here: Database, elsewhere: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LOCK_WAIT_MS", 20)
    with elsewhere.writing(), pytest.raises(LedgerBusy, match="server_busy"):
        here.transact(lambda connection: connection.execute(_ROW))
    with here.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM rows")).scalar() == 0
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 20
    here.transact(lambda connection: connection.execute(_ROW))


def test_what_is_no_contention_is_the_databases_own_failure(here: Database) -> None:
    with here.reading() as connection:
        connection.connection.driver_connection.execute("PRAGMA query_only = ON")  # type: ignore[union-attr]
    with pytest.raises(engine.LedgerUnavailable):
        here.transact(lambda connection: connection.execute(_ROW))


def test_the_log_is_copied_before_it_is_long(here: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not sooner: a page that is written again and again is copied once."""
    monkeypatch.setattr(engine, "LOG_PAGES", 200)
    with closing(open_database(f"sqlite:///{tmp_path / 'ledger.db'}")) as database:
        file, log = tmp_path / "ledger.db", tmp_path / "ledger.db-wal"
        before = file.stat().st_size
        for _ in range(40):
            database.transact(lambda connection: connection.execute(_ROW))
        assert file.stat().st_size == before
        for _ in range(400):
            database.transact(lambda connection: connection.execute(_ROW))
        assert file.stat().st_size > before + 200 * 4096
        assert log.stat().st_size < 400 * 4096, "it begins anew when all of it is copied"


def test_a_long_list_sets_the_process_back_as_it_was() -> None:
    usual = (gc.get_threshold(), sys.getswitchinterval(), gc.get_freeze_count())
    with on_a_long_list():
        with on_a_long_list():
            pass
        assert gc.get_threshold() == (SELDOM if sys.version_info < (3, 14) else (*SELDOM[:2], 0)), "3.14 has no third"
        assert sys.getswitchinterval() == pytest.approx(TURN_S)
    assert (gc.get_threshold(), sys.getswitchinterval()) == usual[:2]
    assert (gc.get_freeze_count() == 0) is (usual[2] == 0)
