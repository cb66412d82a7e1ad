"""What the organizer's window knew last: good answers of a server, so that it is useful before the server is.

Owns one SQLite file, by server, account, event and question. It is a convenience and no record: nothing here raises, a
damaged file is set aside and begun anew, a full disk costs the cache alone. It holds nothing that names a guest; those
who ask say which answers may be kept, and which parts of them. Several windows use it at once: the newer answer stays.
The version stands in the file's name, so that an older and a newer program leave each other's alone.
"""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from app.durable import make_durable
from app.errors import AppError
from app.log import logger
from app.store.database import BUSY_TIMEOUT_MS, DatabaseDamaged, NewerDatabase, connect, is_damage, transaction
from core.model.moments import Millis

CACHE_FILE = "panels-1.db"
MOST_ROWS = 2_000
"""A dozen panels for each of a hundred events, and some."""
MOST_TEXT = 1024 * 1024
"""Characters of one answer: a whole night's curves have a tenth."""
MOST_BYTES = 16 * 1024 * 1024
LONGEST_MS = 60 * 24 * 60 * 60 * 1000
"""Two months: last event's curve beside this one's, and no archive."""
PRUNE_EVERY = 64
_DAY_MS = 24 * 60 * 60 * 1000
_TABLE = (
    "CREATE TABLE answers (server TEXT NOT NULL, account TEXT NOT NULL, event TEXT NOT NULL, name TEXT NOT NULL,"
    " need TEXT NOT NULL, told TEXT NOT NULL, as_of INTEGER NOT NULL, kept_at INTEGER NOT NULL,"
    " PRIMARY KEY (server, account, event, name)) WITHOUT ROWID"
)
_LAYOUT = (_TABLE,)
_GET = (
    "SELECT told, as_of FROM answers"
    " WHERE server = ? AND account = ? AND event = ? AND name = ? AND as_of < ? AND kept_at > ?"
)
_PUT = (
    "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET need = excluded.need,"
    " told = excluded.told, as_of = excluded.as_of, kept_at = excluded.kept_at"
    " WHERE excluded.as_of >= answers.as_of OR answers.as_of > excluded.kept_at + 86400000"
)
"""The newer answer stays; but for one that is dated more than a day ahead."""
_NEEDS = "SELECT DISTINCT event, need FROM answers WHERE server = ? AND account = ?"
_FORGET = "DELETE FROM answers WHERE server = ? AND account = ?"
_FORGET_NEED = f"{_FORGET} AND event = ? AND need = ?"
_FORGET_ONE = f"{_FORGET} AND event = ? AND name = ?"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Whose answers: of a server (its address), as an account, about an event (32 hex digits)."""

    server: str
    account: str
    event: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it came, and when it was true (the server's unix ms)."""

    told: Any = field(repr=False)
    as_of_ms: Millis


class PanelCache:
    """The cache in one file. Safe between threads and processes; raises nothing. `close` it at the end."""

    def __init__(self, path: Path, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._path = path
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._puts = 0
        self._is_closed = self._is_complained = False
        self.set_aside: str | None = None
        """The name under which a damaged file was kept; None where there was none."""

    def get(self, shelf: Shelf, name: str) -> Kept | None:
        """The last good answer; None where there is none that can be used."""
        rows = self._run(lambda connection: self._found(connection, shelf, name))
        if not rows:
            return None
        try:
            return Kept(json.loads(rows[0][0]), Millis(rows[0][1]))
        except (ValueError, RecursionError):
            return None

    def put(self, shelf: Shelf, name: str, need: str, told: Any, as_of_ms: Millis) -> None:
        """Keeps an answer for whoever may still read it (`need`: the right that it takes) when it is wanted again."""
        text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
        if len(text) > MOST_TEXT:
            return
        row = (shelf.server, shelf.account, shelf.event, name, need, text, as_of_ms, self._now_ms())

        def work(connection: sqlite3.Connection) -> None:
            with transaction(connection):
                connection.execute(_PUT, row)
                self._puts += 1
                if self._puts % PRUNE_EVERY == 1:
                    _prune(connection, self._now_ms())

        self._run(work)

    def forget(self, server: str, account: str) -> None:
        """Forgets all that an account knew: it logged out."""
        self._run(lambda connection: connection.execute(_FORGET, (server, account)))

    def forget_unless(self, server: str, account: str, may: Callable[[str, str], bool]) -> None:
        """Forgets what an account may not read any more; `may` is asked with an event and a right."""

        def work(connection: sqlite3.Connection) -> None:
            for event, need in connection.execute(_NEEDS, (server, account)).fetchall():
                if not may(event, need):
                    connection.execute(_FORGET_NEED, (server, account, event, need))

        self._run(work)

    def close(self) -> None:
        """Closes the file; what is asked later is not known."""
        with self._lock:
            self._is_closed = True
            self._leave()

    # --- steps ----------------------------------------------------------------------------------------------------

    def _found(self, connection: sqlite3.Connection, shelf: Shelf, name: str) -> list[tuple[str, int]]:
        now_ms = self._now_ms()
        values = (shelf.server, shelf.account, shelf.event, name, now_ms + _DAY_MS, now_ms - LONGEST_MS)
        return connection.execute(_GET, values).fetchall()

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Does it, on a file begun anew where the old one is damaged; None where it can't be done."""
        with self._lock:
            for _ in range(2):
                if self._is_closed:
                    return None
                try:
                    return work(self._open())
                except (sqlite3.Error, OSError, AppError) as err:
                    self._leave()
                    if not _is_damaged(err):
                        self._complain(err)
                        return None
                    self._set_aside()
        return None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connect(self._path, _LAYOUT).close()  # makes it, looks whether it is whole, brings it up to date
            self._connection = _shared(self._path)
        return self._connection

    def _leave(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _set_aside(self) -> None:
        """Moves the damaged file to the first free name, where a person may look at it; its log goes."""
        names = (self._path.with_name(f"{self._path.stem}.damaged-{n}{self._path.suffix}") for n in count(1))
        target = next(name for name in names if not name.exists())
        with suppress(OSError):
            self._path.replace(target)
            self.set_aside = target.name
            logger(__name__).warning("panel cache damaged", set_aside=target.name)
        for end in ("-wal", "-shm"):
            with suppress(OSError):
                os.unlink(f"{self._path}{end}")  # noqa: PTH108 — a name made of a path and an end

    def _complain(self, err: Exception) -> None:
        """Once: a disk that is full is full for every answer."""
        if not self._is_complained:
            logger(__name__).warning("panel cache not usable", cause=type(err).__name__)
        self._is_complained = True


def _shared(path: Path) -> sqlite3.Connection:
    """A connection that any thread may use while it holds the cache's lock."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False)
    try:
        make_durable(connection, BUSY_TIMEOUT_MS)
        connection.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes is asked again
    except BaseException:
        connection.close()
        raise
    return connection


def _is_damaged(err: Exception) -> bool:
    """Whether the file is none of this program's making: broken, or another program's."""
    if isinstance(err, DatabaseDamaged | NewerDatabase):
        return True
    cause = err.__cause__ if isinstance(err, AppError) else err
    return isinstance(cause, sqlite3.Error) and (is_damage(cause) or cause.sqlite_errorname == "SQLITE_ERROR")


def _prune(connection: sqlite3.Connection, now_ms: int) -> None:
    """What is too old goes, then the oldest of what is too much."""
    connection.execute("DELETE FROM answers WHERE kept_at <= ?", (now_ms - LONGEST_MS,))
    rows = connection.execute(
        "SELECT server, account, event, name, length(told) FROM answers ORDER BY kept_at DESC"
    ).fetchall()
    total = 0
    for place, (*key, size) in enumerate(rows):
        total += size
        if place >= MOST_ROWS or total > MOST_BYTES:
            connection.execute(_FORGET_ONE, key)
