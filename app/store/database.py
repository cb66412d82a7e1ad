"""Opening a database of the kiosk: pragmas, numbered migrations, transactions.

Owns durability: WAL with synchronous=FULL, so that what was committed survives a power cut, and BEGIN IMMEDIATE for
every transaction that reads before it writes. Foreign errors leave this package as `StorageFailed` alone.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.durable import make_durable
from app.errors import AppError

if TYPE_CHECKING:
    from sqlite_utils import Database

BUSY_TIMEOUT_MS = 2_000
"""The scan line and the sync line take turns; neither holds the lock for more than a few milliseconds."""

Layout = tuple[str, ...]
"""A database's numbered migrations, oldest first: each a script, applied once, in the order of the tuple."""


class StorageFailed(AppError):
    """The disk is full, read-only, locked or damaged: nobody is admitted until it can write again."""

    def __init__(self, path: str, cause: str) -> None:
        super().__init__("storage_failed", path=path, cause=cause)


class DatabaseDamaged(StorageFailed):
    """The database can be read, and what it holds is not what was written."""


class NewerDatabase(AppError):
    """The database was made by a newer program: this one leaves it alone."""

    def __init__(self, path: str, version: int, known: int) -> None:
        super().__init__("newer_database", path=path, version=version, known=known)


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turns SQLite's and the file system's errors into `StorageFailed`."""
    try:
        yield
    except (sqlite3.Error, OSError) as err:
        kind = DatabaseDamaged if is_damage(err) else StorageFailed
        raise kind(path.name, type(err).__name__ + ": " + str(err)) from err


def is_damage(err: Exception) -> bool:
    """Whether the database itself is broken: not full, locked, or out of reach, which passes."""
    return getattr(err, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def connect(path: Path, layout: Layout) -> sqlite3.Connection:
    """A connection for the calling thread, its schema up to date. Raises StorageFailed, NewerDatabase."""
    with storage(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000)
        try:
            _prepare(connection, path, layout)
        except BaseException:
            connection.close()
            raise
        return connection


def _prepare(connection: sqlite3.Connection, path: Path, layout: Layout) -> None:
    make_durable(connection, BUSY_TIMEOUT_MS)
    check = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if check != "ok":
        raise DatabaseDamaged(path.name, str(check))
    with transaction(connection):
        _migrate(connection, path, layout)


def _migrate(connection: sqlite3.Connection, path: Path, layout: Layout) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(layout):
        raise NewerDatabase(path.name, version, len(layout))
    for number, script in enumerate(layout[version:], version + 1):
        for statement in script.split(";"):
            if statement.strip():
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT; rolled back on any exception, one of the COMMIT itself included."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def reading(connection: sqlite3.Connection) -> Iterator[None]:
    """Several reads of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def rows_of(connection: sqlite3.Connection) -> "Database":
    """The same connection for reading rows as dictionaries."""
    from sqlite_utils import Database  # it brings NumPy along: a window that only keeps figures opens without

    return Database(connection, recursive_triggers=False, execute_plugins=False)
