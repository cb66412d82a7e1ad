"""What a page beside the lane asks of the journal: a scan, what lies in quarantine, what was found out, how far it is.

Owns these questions, on a connection of its own. Writes nothing.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from app.store.database import connect, storage
from app.store.journal_file import LAYOUT, Writer
from core.journal.scan import Resolution, Scan, from_record
from core.model.ids import FactId, TicketHandle
from core.model.outcomes import Outcome

MOST_QUARANTINED = 100
"""Scans in quarantine that are listed, the newest: more than a door can look at."""

Place = tuple[int, int]
"""Incarnation and sequence number: where a fact stands in this device's journal."""


@dataclass(frozen=True, slots=True)
class Aside:
    """A scan that the server keeps in quarantine, why, and what the door showed."""

    scan: Scan
    reason: str
    shown: Outcome | None


class JournalLooks:
    """One thread's looks. Every method raises StorageFailed when the disk does."""

    def __init__(self, path: Path, writer: Writer) -> None:
        self._path = path
        self._event = writer.event.bytes
        self._device = writer.device.bytes
        self._connection = connect(path, LAYOUT)

    def close(self) -> None:
        """Ends this thread's connection."""
        self._connection.close()

    def scan(self, id_: FactId) -> Scan | None:
        """The scan of that id, where it is in this journal."""
        with storage(self._path):
            row = self._connection.execute("SELECT record FROM facts WHERE id = ?", (id_.bytes,)).fetchone()
        fact = None if row is None else from_record(json.loads(row[0]))
        return fact if isinstance(fact, Scan) else None

    def quarantined(self) -> list[Aside]:
        """Scans of this kiosk that the server keeps in quarantine, the newest first."""
        with storage(self._path):
            rows = self._connection.execute(_QUARANTINED, (self._event, MOST_QUARANTINED)).fetchall()
        return [
            Aside(fact, reason or "", None if outcome is None else Outcome(outcome))
            for record, reason, outcome in rows
            if isinstance(fact := from_record(json.loads(record)), Scan)
        ]

    def resolved(self) -> frozenset[tuple[FactId, str]]:
        """The scans and kinds of incidents about which somebody at this kiosk has found something out."""
        with storage(self._path):
            rows = self._connection.execute(_RESOLVED, (self._event,)).fetchall()
        facts = (from_record(json.loads(row[0])) for row in rows)
        return frozenset((fact.refers_to, fact.incident) for fact in facts if isinstance(fact, Resolution))

    def place(self) -> Place:
        """The last place of this device's journal; (0, 0) for an empty one."""
        with storage(self._path):
            row = self._connection.execute(_LAST, (self._event, self._device)).fetchone()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def first_unsent(self) -> Place | None:
        """The first place whose fact waits for the server; None where nothing waits."""
        with storage(self._path):
            row = self._connection.execute(_FIRST_UNSENT).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def tickets_since(self, place: Place) -> frozenset[TicketHandle]:
        """The tickets of the facts from a place on."""
        with storage(self._path):
            rows = self._connection.execute(_TICKETS_SINCE, (self._event, self._device, *place)).fetchall()
        return frozenset(TicketHandle(row[0]) for row in rows)


_QUARANTINED = (
    "SELECT record, reason, (SELECT outcome FROM facts AS s WHERE s.refers_to = facts.id AND s.kind = 'shown')"
    " FROM facts WHERE leg = 'quarantined' AND kind = 'scan' AND event = ? ORDER BY incarnation DESC, seq DESC LIMIT ?"
)
_RESOLVED = "SELECT record FROM facts WHERE kind = 'resolution' AND event = ?"
_LAST = "SELECT incarnation, seq FROM facts WHERE event = ? AND device = ? ORDER BY incarnation DESC, seq DESC LIMIT 1"
_FIRST_UNSENT = "SELECT incarnation, seq FROM facts WHERE leg = 'queued' ORDER BY incarnation, seq LIMIT 1"
_TICKETS_SINCE = (
    "SELECT DISTINCT tid FROM facts WHERE event = ? AND device = ? AND (incarnation, seq) >= (?, ?) AND tid IS NOT NULL"
)
