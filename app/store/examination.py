"""Looking at a kiosk's databases without touching them: nothing is made, migrated or locked.

Owns reading alone: a folder that is to be examined may be a broken one.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.store.database import BUSY_TIMEOUT_MS, storage
from app.store.journal_file import LAYOUT as JOURNAL_LAYOUT
from app.store.trust_store import LAYOUT as TRUST_LAYOUT

KNOWN = {"journal": len(JOURNAL_LAYOUT), "trust": len(TRUST_LAYOUT)}
"""The newest version of each database that this program knows."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One database: its version, how it is written, what SQLite's quick_check says, its tables, its rows."""

    version: int
    journal_mode: str
    check: str
    tables: tuple[str, ...]
    counts: dict[str, int]


def manifest_in(path: Path, event: bytes) -> tuple[bytes, str, int] | None:
    """The manifest held of an event: its body, its signature, when it was last known to be the newest (ms)."""
    with storage(path), closing(_read_only(path)) as connection:
        row = connection.execute(
            "SELECT body, signature, fetched_ms FROM manifest WHERE event = ?", (event,)
        ).fetchone()
    return None if row is None else (row[0], row[1], row[2])


def examine(path: Path) -> Examined:
    """A database as it lies there. Raises StorageFailed."""
    with storage(path), closing(_read_only(path)) as connection:
        told = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("user_version", "journal_mode", "quick_check(1)")
        }
        tables = [row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {name: _count(connection, name) for name in names if not name.startswith("sqlite_")}
        if "facts" in names:
            waiting = "SELECT leg, COUNT(*) FROM facts GROUP BY leg"
            counts |= {f"facts {leg}": number for leg, number in connection.execute(waiting)}
    return Examined(told["user_version"], told["journal_mode"], told["quick_check(1)"], tuple(tables), counts)


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0])  # noqa: S608 — a name of the schema


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_MS / 1000)
