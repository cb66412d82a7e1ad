"""Opening the kiosk's database: pragmas, numbered migrations, transactions.

Owns durability: WAL with synchronous=FULL, so that what was committed survives a power cut, and BEGIN IMMEDIATE for
every transaction that reads before it writes. Foreign errors leave this package as `StorageFailed` alone.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from app.durable import make_durable
from app.errors import AppError

BUSY_TIMEOUT_MS = 2_000
"""The scan line and the sync line take turns; neither holds the lock for more than a few milliseconds."""

_MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE facts (
        id BLOB PRIMARY KEY, kind TEXT NOT NULL, event BLOB NOT NULL, device BLOB NOT NULL,
        incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, tid BLOB, refers_to BLOB, ts INTEGER NOT NULL,
        step INTEGER, outcome TEXT, record BLOB NOT NULL, fingerprint BLOB NOT NULL,
        leg TEXT NOT NULL, answer TEXT, incidents TEXT, reason TEXT,
        UNIQUE (event, device, incarnation, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX facts_of_ticket ON facts (event, tid) WHERE tid IS NOT NULL;
    CREATE INDEX facts_waiting ON facts (incarnation, seq) WHERE leg = 'queued';
    CREATE INDEX shown_of_scan ON facts (refers_to) WHERE refers_to IS NOT NULL;
    CREATE TABLE manifests (
        event BLOB PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL, fetched_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
)


class StorageFailed(AppError):
    """The disk is full, read-only, locked or damaged: nobody is admitted until it can write again."""

    def __init__(self, path: str, cause: str) -> None:
        super().__init__("storage_failed", path=path, cause=cause)


class NewerDatabase(AppError):
    """The database was made by a newer program: this one leaves it alone."""

    def __init__(self, path: str, version: int) -> None:
        super().__init__("newer_database", path=path, version=version, known=len(_MIGRATIONS))


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turns SQLite's and the file system's errors into `StorageFailed`."""
    try:
        yield
    except (sqlite3.Error, OSError) as err:
        raise StorageFailed(path.name, type(err).__name__ + ": " + str(err)) from err


def connect(path: Path) -> sqlite3.Connection:
    """A connection for the calling thread, its schema up to date. Raises StorageFailed, NewerDatabase."""
    with storage(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    make_durable(connection, BUSY_TIMEOUT_MS)
    check = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if check != "ok":
        raise StorageFailed(path.name, str(check))
    with transaction(connection):
        _migrate(connection, path)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(_MIGRATIONS):
        raise NewerDatabase(path.name, version)
    for number, script in enumerate(_MIGRATIONS[version:], version + 1):
        for statement in script.split(";"):
            if statement.strip():
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT; rolled back on any exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def rows_of(connection: sqlite3.Connection) -> Database:
    """The same connection for reading rows as dictionaries."""
    return Database(connection, recursive_triggers=False, execute_plugins=False)
