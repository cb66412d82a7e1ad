"""What people decided at a kiosk, and what a shift of it came to, read from its journal.

Owns the questions that a window asks beside the lane: the last scan, the words of staff, the counts of a shift.
"""

import json

from app.store.database import storage
from app.store.journal_file import JournalFile, fact_from
from core.journal.scan import Fact, Scan
from core.model.ids import FactId
from core.model.outcomes import Outcome


class JournalWords(JournalFile):
    """The same file, asked about its people. Every method raises StorageFailed when the disk does."""

    def fact(self, id_: FactId) -> Fact | None:
        """One fact of this journal; None where it has none of that id."""
        rows = self._select("record", "id = ?", id_.bytes)
        return fact_from(rows[0][0]) if rows else None

    def last_scan(self) -> tuple[Scan, Outcome | None] | None:
        """The newest scan of this kiosk and what it showed (None: nobody knows); None before the first."""
        writer = self._writer
        rows = self._select(
            "record, (SELECT outcome FROM facts AS s WHERE s.refers_to = facts.id AND s.kind = 'shown')",
            "event = ? AND device = ? AND kind = 'scan' ORDER BY incarnation DESC, seq DESC LIMIT 1",
            writer.event.bytes,
            writer.device.bytes,
        )
        scan = fact_from(rows[0][0]) if rows else None
        return (scan, Outcome(rows[0][1]) if rows[0][1] else None) if isinstance(scan, Scan) else None

    def is_undone(self, scan: FactId) -> bool:
        """Whether somebody at this kiosk has taken a scan back."""
        return bool(self._select("1", "refers_to = ? AND kind = 'undo' LIMIT 1", scan.bytes))

    def words_since(self, since_ms: int) -> list[Fact]:
        """What people decided at this kiosk since a moment of its clock: overrides, undos, recoveries, resolutions."""
        with storage(self._path):
            rows = self._connection.execute(
                "SELECT record FROM facts WHERE event = ? AND kind IN ('override', 'undo', 'recovery', 'resolution')"
                " AND ts >= ? ORDER BY incarnation, seq",
                (self._writer.event.bytes, since_ms),
            ).fetchall()
        return [fact_from(row[0]) for row in rows]

    def incidents_since(self, since_ms: int) -> int:
        """How many incidents the server told of about what happened here since a moment of this kiosk's clock."""
        with storage(self._path):
            rows = self._connection.execute(
                "SELECT incidents FROM facts WHERE event = ? AND ts >= ? AND incidents <> '[]'",
                (self._writer.event.bytes, since_ms),
            ).fetchall()
        return sum(len(json.loads(row[0])) for row in rows)

    def first_ms(self) -> int | None:
        """When the oldest fact of this journal was written, by this kiosk's clock; None for an empty one."""
        with storage(self._path):
            row = self._connection.execute(
                "SELECT MIN(ts) FROM facts WHERE event = ?", (self._writer.event.bytes,)
            ).fetchone()
        return None if row[0] is None else int(row[0])

    def shown_since(self, since_ms: int) -> dict[Outcome, int]:
        """How often each outcome was shown since a moment of this kiosk's clock."""
        with storage(self._path):
            rows = self._connection.execute(
                "SELECT outcome, COUNT(*) FROM facts WHERE event = ? AND kind = 'shown' AND ts >= ? GROUP BY outcome",
                (self._writer.event.bytes, since_ms),
            ).fetchall()
        return {Outcome(outcome): int(count) for outcome, count in rows}
