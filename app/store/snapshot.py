"""The manifest that a kiosk holds, between two runs.

Owns the stored copy without its secret keys: those lie in the vault.
"""

from pathlib import Path

from app.store.database import connect, rows_of, storage
from core.model.ids import EventId


class Snapshot:
    """One thread's hand on the stored manifest. Raises StorageFailed when the disk does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = connect(path)
        self._rows = rows_of(self._connection)

    def close(self) -> None:
        """Ends this thread's connection."""
        self._connection.close()

    def load(self, event: EventId) -> tuple[str, int] | None:
        """The stored manifest's JSON and when it was fetched (unix milliseconds), or None."""
        with storage(self._path):
            rows = list(self._rows.query("SELECT body, fetched_ms FROM manifests WHERE event = ?", [event.bytes]))
        return (rows[0]["body"], rows[0]["fetched_ms"]) if rows else None

    def save(self, event: EventId, version: int, body: str, fetched_ms: int) -> None:
        """Puts a manifest in the place of the one before, in one statement."""
        row = {"event": event.bytes, "version": version, "body": body, "fetched_ms": fetched_ms}
        with storage(self._path):
            self._rows.table("manifests").upsert(row, pk="event")
