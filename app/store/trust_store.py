"""What a kiosk trusts, between two runs: the signed manifest, and the files of its lists as they arrive.

Owns a database of its own, so that a list of a million tickets never takes the journal's write lock. Nothing in it is
secret: keys lie in the manifest sealed to this device. What was held is remembered even after it was erased, so that an
older manifest stays refused; that this device was revoked is remembered until a manifest is taken or confirmed again.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.log import logger
from app.store.database import DatabaseDamaged, Layout, connect, storage, transaction
from app.store.rescue import set_aside
from core.model.ids import EventId
from core.sync.adoption import Held

PART_BYTES = 256 * 1024
"""What one commit of a download holds, and the most that a power cut loses of it."""
LAYOUT: Layout = (
    """
    CREATE TABLE manifest (
        event BLOB PRIMARY KEY, body BLOB NOT NULL, signature TEXT NOT NULL, root BLOB NOT NULL,
        fetched_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE held (
        event BLOB PRIMARY KEY, version INTEGER NOT NULL, body_sha256 BLOB NOT NULL, server_key BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE parts (
        sha256 BLOB NOT NULL, part INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (sha256, part)
    ) STRICT;
    """,
    "CREATE TABLE revoked (event BLOB PRIMARY KEY) STRICT, WITHOUT ROWID",
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A manifest as it was received, the root key that its signature was checked with, and when (unix milliseconds)."""

    body: bytes
    signature: str
    root: bytes
    fetched_ms: int


def open_trust(path: Path) -> "TrustStore":
    """The store of a kiosk; a new one where the disk has damaged it, which is set aside under another name.

    What is lost with it can be fetched again, or comes on a stick: nobody is admitted until then. Which version was
    held is forgotten, as on a new kiosk; the journal is another file. Raises StorageFailed.
    """
    try:
        return TrustStore(path)
    except DatabaseDamaged as err:
        aside = set_aside(path)
        logger(__name__).error("lists_damaged", files=aside, cause=str(err.details["cause"]))
        return TrustStore(path)


class TrustStore:
    """One thread's hand on what is trusted. Every method raises StorageFailed when the disk does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = connect(path, LAYOUT)
        with storage(path):
            self._connection.execute("PRAGMA secure_delete = FAST")

    def close(self) -> None:
        """Ends this thread's connection."""
        self._connection.close()

    # --- the manifest -------------------------------------------------------------------------------------------

    def manifest(self, event: EventId) -> Stored | None:
        """The manifest held, or None: there never was one, or it was erased."""
        with storage(self._path):
            row = self._connection.execute(
                "SELECT body, signature, root, fetched_ms FROM manifest WHERE event = ?", (event.bytes,)
            ).fetchone()
        return Stored(*row) if row else None

    def held(self, event: EventId) -> Held | None:
        """What the newest manifest was that this kiosk ever took of an event; survives `erase`."""
        with storage(self._path):
            row = self._connection.execute(
                "SELECT version, body_sha256 FROM held WHERE event = ?", (event.bytes,)
            ).fetchone()
        return Held(*row) if row else None

    def server_key(self, event: EventId) -> bytes | None:
        """What a queue is sealed to (X25519, 32 bytes), as the newest manifest said it; survives `erase`."""
        with storage(self._path):
            row = self._connection.execute("SELECT server_key FROM held WHERE event = ?", (event.bytes,)).fetchone()
        return row[0] if row else None

    def save(self, event: EventId, held: Held, server_key: bytes, stored: Stored) -> bool:
        """Puts a manifest in the place of the one before, in one transaction; False where a newer one is there.

        Another program on the same folder may have taken it meanwhile. A revocation ends: it names this device active.
        """
        with storage(self._path), transaction(self._connection):
            if not self._hold(event, held, server_key):
                return False
            self._connection.execute(
                "INSERT OR REPLACE INTO manifest (event, body, signature, root, fetched_ms) VALUES (?, ?, ?, ?, ?)",
                (event.bytes, stored.body, stored.signature, stored.root, stored.fetched_ms),
            )
            self._connection.execute("DELETE FROM revoked WHERE event = ?", (event.bytes,))
        return True

    def _hold(self, event: EventId, held: Held, server_key: bytes) -> bool:
        changed = self._connection.execute(
            "INSERT INTO held (event, version, body_sha256, server_key) VALUES (?, ?, ?, ?) ON CONFLICT (event)"
            " DO UPDATE SET version = excluded.version, body_sha256 = excluded.body_sha256,"
            " server_key = excluded.server_key WHERE version < excluded.version"
            " OR (version = excluded.version AND body_sha256 = excluded.body_sha256)",
            (event.bytes, held.version, held.body_sha256, server_key),
        )
        return changed.rowcount == 1

    def hold(self, event: EventId, held: Held, server_key: bytes) -> None:
        """Remembers a version without keeping the manifest: an older one stays refused from now on."""
        with storage(self._path), transaction(self._connection):
            self._hold(event, held, server_key)

    def confirm(self, event: EventId, at_ms: int) -> None:
        """The manifest held was still the newest at that time."""
        with storage(self._path), transaction(self._connection):
            self._connection.execute("UPDATE manifest SET fetched_ms = ? WHERE event = ?", (at_ms, event.bytes))

    def revoke(self, event: EventId) -> None:
        """Remembers that this device was revoked, whatever manifest is held."""
        with storage(self._path), transaction(self._connection):
            self._connection.execute("INSERT OR IGNORE INTO revoked (event) VALUES (?)", (event.bytes,))

    def is_revoked(self, event: EventId) -> bool:
        """Whether this device was revoked, and nothing has said otherwise since."""
        with storage(self._path):
            row = self._connection.execute("SELECT 1 FROM revoked WHERE event = ?", (event.bytes,)).fetchone()
        return row is not None

    def reinstate(self, event: EventId) -> None:
        """Ends a revocation, where there was one."""
        with storage(self._path), transaction(self._connection):
            self._connection.execute("DELETE FROM revoked WHERE event = ?", (event.bytes,))

    def erase(self, event: EventId) -> None:
        """Overwrites the manifest and every list; which version was held, and the server's key, are remembered."""
        with storage(self._path):
            self._connection.execute("PRAGMA secure_delete = ON")
            with transaction(self._connection):
                self._connection.execute("DELETE FROM manifest WHERE event = ?", (event.bytes,))
                self._connection.execute("DELETE FROM parts")
            self._connection.execute("PRAGMA secure_delete = FAST")
            self._truncate_log()

    # --- files of lists -----------------------------------------------------------------------------------------

    def bytes_held(self, sha256: bytes) -> int:
        """How many bytes of a file have arrived, from its first one on."""
        with storage(self._path):
            row = self._connection.execute(
                "SELECT COALESCE(SUM(LENGTH(body)), 0) FROM parts WHERE sha256 = ?", (sha256,)
            ).fetchone()
        return int(row[0])

    def append(self, sha256: bytes, offset: int, body: bytes) -> bool:
        """Adds bytes at a file's end, durable; False when its end is not at `offset`.

        Another program on the same folder may be fetching the same file.
        """
        with storage(self._path), transaction(self._connection):
            added = self._connection.execute(
                "INSERT INTO parts (sha256, part, body) SELECT :sha256, COALESCE(MAX(part) + 1, 0), :body FROM parts"
                " WHERE sha256 = :sha256 HAVING COALESCE(SUM(LENGTH(body)), 0) = :offset",
                {"sha256": sha256, "offset": offset, "body": body},
            )
        return added.rowcount == 1

    def put(self, sha256: bytes, body: bytes) -> None:
        """Keeps a whole file that is in memory already, in the place of what has arrived of it."""
        with storage(self._path), transaction(self._connection):
            self._connection.execute("DELETE FROM parts WHERE sha256 = ?", (sha256,))
            self._connection.executemany(
                "INSERT INTO parts (sha256, part, body) VALUES (?, ?, ?)",
                (
                    (sha256, number, body[start : start + PART_BYTES])
                    for number, start in enumerate(range(0, len(body), PART_BYTES))
                ),
            )

    def read(self, sha256: bytes) -> bytes:
        """A file as far as it has arrived; holds it in memory once."""
        whole = io.BytesIO()
        for part in self._parts(sha256):
            whole.write(part)
        return whole.getvalue()

    def hash_of(self, sha256: bytes) -> bytes:
        """The SHA-256 of what has arrived of a file: equal to its name when it is whole and right."""
        digest = hashlib.sha256()
        for part in self._parts(sha256):
            digest.update(part)
        return digest.digest()

    def drop(self, sha256: bytes) -> None:
        """Forgets a file."""
        with storage(self._path), transaction(self._connection):
            self._connection.execute("DELETE FROM parts WHERE sha256 = ?", (sha256,))

    def keep_only(self, named: Iterable[bytes]) -> None:
        """Forgets every file that is not named, and gives the write-ahead log's space back."""
        kept = set(named)
        with storage(self._path):
            there = [row[0] for row in self._connection.execute("SELECT DISTINCT sha256 FROM parts")]
        for sha256 in there:
            if sha256 not in kept:
                self.drop(sha256)
        with storage(self._path):
            self._truncate_log()

    def _parts(self, sha256: bytes) -> Iterator[bytes]:
        with storage(self._path):
            rows = self._connection.execute("SELECT body FROM parts WHERE sha256 = ? ORDER BY part", (sha256,))
            for row in rows:
                yield row[0]

    def _truncate_log(self) -> None:
        """Another connection that reads at this moment keeps the log as it is; the next time will do."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
