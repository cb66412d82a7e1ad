"""The file of a kiosk's journal: its tables, and how a fact is a row of them.

Owns the layout and the connection of one thread. Which rows are written, and when, is said in `journal`,
`journal_queue` and `rescue`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.store.database import Layout, StorageFailed, connect, rows_of, storage
from core.journal.scan import Fact, Malformed, Scan, Shown, from_record, scan_of
from core.model.ids import DeviceId, EventId
from core.ticket import seal

LAYOUT: Layout = (
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
    "DROP TABLE manifests;",  # what a kiosk trusts has a file of its own (`app.store.trust_store`)
    """
    CREATE TABLE losses (
        event BLOB NOT NULL, device BLOB NOT NULL, incarnation INTEGER NOT NULL, seq INTEGER NOT NULL,
        missing INTEGER NOT NULL, is_accepted INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (event, device, incarnation, seq)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    ALTER TABLE facts ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE epochs (event BLOB PRIMARY KEY, epoch TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE INDEX facts_set_aside ON facts (incarnation, seq) WHERE leg = 'quarantined';
    CREATE INDEX facts_resolved ON facts (event) WHERE kind = 'resolution';
    """,
)


@dataclass(frozen=True, slots=True)
class Writer:
    """Whose journal this is: every row carries it."""

    event: EventId
    device: DeviceId
    incarnation: int


class JournalFile:
    """One thread's connection to a journal's file. Every method raises StorageFailed when the disk does."""

    def __init__(self, path: Path, writer: Writer) -> None:
        self._path = path
        self._writer = writer
        self._connection = connect(path, LAYOUT)
        self._file = _identity(path)
        self._rows = rows_of(self._connection)

    @property
    def path(self) -> Path:
        """The database's file."""
        return self._path

    @property
    def is_in_place(self) -> bool:
        """Whether the file of this journal's name is still the one that was opened. Never fails, and costs nothing."""
        return self._file is not None and _identity(self._path) == self._file

    def close(self) -> None:
        """Ends this thread's connection."""
        self._connection.close()

    def _select(self, columns: str, where: str, *values: bytes) -> list[Any]:
        with storage(self._path):
            return self._connection.execute(
                f"SELECT {columns} FROM facts WHERE {where}",  # noqa: S608 — both are literals of this module
                values,
            ).fetchall()


INSERT = (
    "INSERT INTO facts (id, kind, event, device, incarnation, seq, tid, refers_to, ts, step, outcome,"
    " record, fingerprint, leg, answer, incidents, reason) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


def values_of(fact: Fact, record: bytes, leg: str, told: Sequence[str | None] = (None, None, None)) -> tuple[Any, ...]:
    """The row of a fact for `INSERT`; `told` are answer, incidents and reason, as they are stored."""
    stamp = fact.stamp
    return (
        stamp.id.bytes,
        fact.kind,
        stamp.event.bytes,
        stamp.device.bytes,
        stamp.incarnation,
        stamp.seq,
        stamp.tid,
        about.bytes if (about := scan_of(fact)) else None,
        stamp.moment.at_ms,
        fact.proof_step if isinstance(fact, Scan) else None,
        fact.outcome.value if isinstance(fact, Shown) else None,
        record,
        seal.sha256(record),
        leg,
        *told,
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def box_of(path: Path) -> Path:
    """The black box of a journal's file."""
    return path.with_suffix(".box")


def fact_from(record: bytes) -> Fact:
    """The fact of a stored record. Raises StorageFailed for one that nobody can read."""
    fact = from_record(json.loads(record))
    if isinstance(fact, Malformed):
        raise StorageFailed("journal", fact.reason)
    return fact
