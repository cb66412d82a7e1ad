"""How far the facts of a journal have travelled: what waits for the server, and what became of the rest.

Owns the queue, its order, and what is queued again for a ledger that lost facts. A fact is settled once.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from app.store.database import reading, storage, transaction
from app.store.journal_file import JournalFile
from core.journal.state import Leg
from core.model.ids import DeviceId, FactId
from core.redeem.answer import Answer
from core.sync.resending import Overlap, held_by, send_after
from core.sync.session import Queued
from core.sync.tally import Tally

QUEUE_PAGE = 400
"""Rows read from the queue at a time: two batches."""
_QUEUED = (
    "SELECT id, record, resent, answer, kind = 'scan' AND NOT EXISTS"
    " (SELECT 1 FROM facts AS s WHERE s.refers_to = facts.id AND s.kind = 'shown')"
    " FROM facts WHERE leg = 'queued' ORDER BY incarnation, seq LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a fact at the server."""

    id: FactId
    leg: Leg
    answer: Answer | None = None
    incidents: tuple[str, ...] = ()
    reason: str | None = None


class JournalQueue(JournalFile):
    """The queue of one journal."""

    def queued(self, limit: int = QUEUE_PAGE) -> list[Queued]:
        """The head of the queue, oldest first."""
        with storage(self._path):
            rows = self._connection.execute(_QUEUED, (limit,)).fetchall()
        return [
            Queued(FactId(UUID(bytes=id_)), record, (answer or "null").encode() if resent else None, bool(is_open))
            for id_, record, resent, answer, is_open in rows
        ]

    def export(self, after: int, limit: int) -> list[bytes]:
        """Records that the server has not closed, oldest first: `limit` of them after the first `after`.

        Those in quarantine too: the server knows what it has, and a person may have put right why it would not count.
        """
        with storage(self._path):
            rows = self._connection.execute(
                "SELECT record FROM facts WHERE leg <> 'closed' AND event = ? ORDER BY incarnation, seq, device"
                " LIMIT ? OFFSET ?",
                (self._writer.event.bytes, limit, after),
            ).fetchall()
        return [row[0] for row in rows]

    def queue_length(self) -> int:
        """How many facts wait for the server."""
        with storage(self._path):
            return int(self._connection.execute("SELECT COUNT(*) FROM facts WHERE leg = 'queued'").fetchone()[0])

    def tallies(self) -> list[Tally] | None:
        """What this journal holds of its event, for each device and incarnation; None while anything waits.

        Counted at one moment: a scan that comes meanwhile belongs to the next count.
        """
        mine = (self._writer.event.bytes,)
        with storage(self._path), reading(self._connection):
            if self._connection.execute("SELECT 1 FROM facts WHERE leg = 'queued' LIMIT 1").fetchone():
                return None
            rows = self._connection.execute(_TALLIES, mine).fetchall()
            heads = [self._connection.execute(_HEAD, (*mine, *row[:2], row[3])).fetchone()[0] for row in rows]
        return [
            Tally(DeviceId(UUID(bytes=device)), incarnation, count, max_seq, head)
            for (device, incarnation, count, max_seq), head in zip(rows, heads, strict=True)
        ]

    def epoch(self) -> str | None:
        """The epoch of the ledger that this journal was last sent to; None before it knew any."""
        with storage(self._path):
            row = self._connection.execute(
                "SELECT epoch FROM epochs WHERE event = ?", (self._writer.event.bytes,)
            ).fetchone()
        return None if row is None else str(row[0])

    def queue_again(self, epoch: str, held: Iterable[Tally]) -> int:
        """Queues what a ledger of that epoch lacks, and remembers the epoch: one transaction; how many facts."""
        event, told, count = self._writer.event.bytes, list(held), 0
        with storage(self._path), transaction(self._connection):
            chains = self._connection.execute(
                "SELECT DISTINCT device, incarnation FROM facts WHERE event = ?", (event,)
            ).fetchall()
            for device, incarnation in chains:
                server = held_by((DeviceId(UUID(bytes=device)), incarnation), told)
                place = (event, device, incarnation)
                after = send_after(server, self._overlap(place, server.max_seq))
                count += self._connection.execute(_QUEUE_AGAIN, (*place, after)).rowcount
            self._connection.execute("INSERT OR REPLACE INTO epochs (event, epoch) VALUES (?, ?)", (event, epoch))
        return count

    def _overlap(self, place: tuple[bytes, bytes, int], last: int) -> Overlap:
        count = self._connection.execute(_COUNT_AS_FAR, (*place, last)).fetchone()[0]
        head = self._connection.execute(_HEAD, (*place, last)).fetchone()
        return Overlap(int(count), head[0] if head else None)

    def settle(self, fates: Iterable[Fate]) -> None:
        """Writes what became of facts at the server, all of them in one transaction."""
        with storage(self._path), transaction(self._connection):
            for fate in fates:
                self._connection.execute(
                    "UPDATE facts SET leg = ?, answer = COALESCE(?, answer), incidents = ?, reason = ?"
                    " WHERE id = ? AND leg = 'queued'",
                    (
                        fate.leg.value,
                        json.dumps(asdict(fate.answer)) if fate.answer else None,
                        json.dumps(fate.incidents),
                        fate.reason,
                        fate.id.bytes,
                    ),
                )


_TALLIES = "SELECT device, incarnation, COUNT(*), MAX(seq) FROM facts WHERE event = ? GROUP BY device, incarnation"
_HEAD = "SELECT fingerprint FROM facts WHERE event = ? AND device = ? AND incarnation = ? AND seq = ?"
_COUNT_AS_FAR = "SELECT COUNT(*) FROM facts WHERE event = ? AND device = ? AND incarnation = ? AND seq <= ?"
_QUEUE_AGAIN = (
    "UPDATE facts SET leg = 'queued', resent = 1"
    " WHERE event = ? AND device = ? AND incarnation = ? AND seq > ? AND leg <> 'queued'"
)
