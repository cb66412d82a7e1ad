"""A new database that several open at once becomes durable for each of them."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from app.durable import make_durable

AMPLE_MS = 30_000
"""For five others' turns; who is turned away for another reason is so at once."""


def test_all_who_open_a_new_file_together_get_their_log(tmp_path: Path) -> None:
    """Without the second try, about one opening in fifty failed."""
    failures: list[sqlite3.Error] = []

    def open_one(path: Path, together: threading.Barrier) -> None:
        with closing(sqlite3.connect(path, timeout=AMPLE_MS / 1_000)) as connection:
            together.wait()
            try:
                make_durable(connection, AMPLE_MS)
                connection.execute("CREATE TABLE IF NOT EXISTS x (a)")
            except sqlite3.Error as err:
                failures.append(err)

    for number in range(40):
        together = threading.Barrier(6)
        openers = [threading.Thread(target=open_one, args=(tmp_path / f"{number}.db", together)) for _ in range(6)]
        for opener in openers:
            opener.start()
        for opener in openers:
            opener.join()
    assert failures == []


def test_a_file_that_stays_busy_is_an_error_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as holder, closing(sqlite3.connect(path, timeout=0)) as late:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            make_durable(late, 20)


def test_what_is_not_a_lock_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"no database at all" * 100)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.DatabaseError, match="not a database"):
        make_durable(connection, 60_000)
