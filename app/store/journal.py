"""The kiosk's journal: facts committed before anything is asked or shown.

Owns the rows and their chain, and that each row lies in the black box before it is committed here. A row is written
once; what changes afterwards is only how far it has travelled (`journal_queue`). Nothing is deleted. Each thread opens
a journal of its own on the same file.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from app.store.black_box import BlackBox
from app.store.database import DatabaseDamaged, StorageFailed, connect, storage, transaction
from app.store.journal_file import INSERT, LAYOUT, Writer, box_of, fact_from, values_of
from app.store.journal_queue import JournalQueue
from app.store.journal_words import JournalWords
from core.journal.scan import (
    NO_PREDECESSOR,
    Fact,
    Finding,
    Flood,
    Override,
    Recovery,
    Resolution,
    Scan,
    Shown,
    Stamp,
    Undo,
    canonical,
    to_record,
)
from core.journal.state import Leg
from core.model.event import Direction
from core.model.ids import ClassId, CodeDigest, FactId, GateId, TicketHandle
from core.model.moments import Millis, Moment
from core.model.outcomes import Outcome, Source, takes_entry
from core.redeem.answer import Answer, Answered, FirstUse
from core.ticket import seal
from core.ticket.wire import Proof

RESERVED_BYTES = 200 * 1024 * 1024
"""Left for guests with tickets when a disk runs full: some 100,000 scans with what was shown."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What the scan line knows of a presentation before it is a fact."""

    direction: Direction
    gate: GateId
    manifest_version: int
    tid: TicketHandle | None
    digest: CodeDigest | None
    gen: int | None
    cls: ClassId | None
    form: str | None = None
    proof_step: int | None = None
    proof: Proof | None = None
    operator: str | None = None
    group: FactId | None = None
    answers: Mapping[str, str] = field(default_factory=dict)

    def scan(self, stamp: Stamp) -> Scan:
        """The fact of it; `stamp` names the same ticket."""
        return Scan(
            stamp=stamp,
            direction=self.direction,
            gate=self.gate,
            manifest_version=self.manifest_version,
            digest=self.digest,
            form=self.form,
            gen=self.gen,
            cls=self.cls,
            proof_step=self.proof_step,
            proof=self.proof,
            operator=self.operator,
            group=self.group,
            answers=self.answers,
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """What a journal holds: scans, verdicts shown, verdicts by outcome, facts by leg."""

    scans: int
    shown: int
    by_outcome: dict[str, int]
    by_leg: dict[str, int]

    @property
    def waiting(self) -> int:
        """Facts that the server has not answered for."""
        return self.by_leg.get(Leg.QUEUED.value, 0)


@dataclass(frozen=True, slots=True)
class Loss:
    """A place in front of which records are missing, in the journal of a device (hex).

    Without a device, nobody knows where, and how many.
    """

    device: str
    incarnation: int
    seq: int
    missing: int
    is_accepted: bool


_Fact = TypeVar("_Fact", Scan, Shown, Undo, Override, Recovery, Resolution, Flood)


class Journal(JournalQueue, JournalWords):
    """One thread's hand on the journal. Every method raises StorageFailed when the disk does."""

    def __init__(self, path: Path, writer: Writer, new_id: Callable[[int], FactId]) -> None:
        super().__init__(path, writer)
        self._new_id = new_id
        self._box: BlackBox | None = None

    def try_out(self) -> None:
        """A real commit that changes nothing, on a database that is whole.

        Raises StorageFailed while the disk does not take it or a person has to accept a loss; DatabaseDamaged where
        what lies on the disk is not what was written, or is another file.
        """
        self._refuse_lost_place()
        connect(self._path, LAYOUT).close()  # a hand of its own: this one may still hold in memory what the disk lost
        with storage(self._path), transaction(self._connection):
            self._refuse_unknown_loss()
            self._connection.execute(f"PRAGMA user_version = {len(LAYOUT)}")

    def close(self) -> None:
        """Ends this thread's connection, and its hand on the black box."""
        if self._box is not None:
            self._box.close()
        super().close()

    def record_scan(self, presented: Presented, moment: Moment) -> Scan:
        """Commits one presentation and returns it."""

        return self._append(presented.scan, moment, presented.tid)

    def record_shown(self, scan: Scan, outcome: Outcome, source: Source, moment: Moment) -> Shown:
        """Commits what the door is about to see."""
        return self._append(lambda stamp: Shown(stamp, scan.stamp.id, outcome, source), moment, scan.stamp.tid)

    def record_flood(self, gate: GateId, count: int, since_ms: Millis, moment: Moment) -> Flood:
        """Commits how many strangers' codes were presented since a moment that were not recorded one by one."""
        return self._append(lambda stamp: Flood(stamp, gate, count, since_ms), moment, None)

    def has_room_for_strangers(self) -> bool:
        """Whether the disk has more left than what is reserved for guests with tickets."""
        with storage(self._path):
            return shutil.disk_usage(self._path.parent).free > RESERVED_BYTES

    def record_undo(self, scan: Scan, moment: Moment, operator: str | None = None) -> Undo:
        """Commits that staff take a scan of this kiosk back (`core.redeem.undoing` says whether they may)."""
        return self._append(lambda stamp: Undo(stamp, scan.stamp.id, operator), moment, scan.stamp.tid)

    def record_override(self, scan: Scan, operator: str, reason: str, moment: Moment) -> Override:
        """Commits that a supervisor lets the guest of a refused scan in."""
        return self._append(lambda stamp: Override(stamp, scan.stamp.id, operator, reason), moment, scan.stamp.tid)

    def record_recovery(self, scan: Scan, moment: Moment, operator: str | None = None, *, entered: bool) -> Recovery:
        """Commits whether the guest of a scan went in whose verdict was never shown."""
        return self._append(lambda stamp: Recovery(stamp, scan.stamp.id, entered, operator), moment, scan.stamp.tid)

    def record_resolution(
        self,
        scan: FactId,
        tid: TicketHandle | None,
        incident: str,
        finding: Finding,
        moment: Moment,
        operator: str | None = None,
    ) -> Resolution:
        """Commits what a person found out about an incident of a scan, whichever kiosk it was scanned at."""
        return self._append(lambda stamp: Resolution(stamp, scan, incident, finding, operator), moment, tid)

    def _append(self, make: Callable[[Stamp], _Fact], moment: Moment, tid: TicketHandle | None) -> _Fact:
        self._refuse_lost_place()
        with storage(self._path), transaction(self._connection):
            self._refuse_unknown_loss()
            seq, previous = self._head()
            writer = self._writer
            fact = make(
                Stamp(
                    id=self._new_id(moment.at_ms),
                    event=writer.event,
                    device=writer.device,
                    incarnation=writer.incarnation,
                    seq=seq + 1,
                    moment=moment,
                    tid=tid,
                    previous=previous,
                )
            )
            record = canonical(to_record(fact))
            self._connection.execute(INSERT, values_of(fact, record, Leg.QUEUED.value))
            self._put_into_box(record)
        return fact

    def _put_into_box(self, record: bytes) -> None:
        """The second copy, on the disk before the first is committed."""
        if self._box is None:
            self._box = BlackBox(box_of(self._path))
        self._box.append(record)

    def _refuse_lost_place(self) -> None:
        """A file without its name takes every commit, and is gone when the program ends."""
        if not self.is_in_place:
            raise DatabaseDamaged(self._path.name, "another file has its name, or none")

    def _refuse_unknown_loss(self) -> None:
        """Nobody is admitted on top of a loss before a person has said so."""
        if self._connection.execute(_OPEN_LOSS).fetchone():
            raise StorageFailed(self._path.name, "records are missing: `doorlight journal accept` goes on without them")

    def _head(self) -> tuple[int, bytes]:
        row = self._connection.execute(
            "SELECT seq, fingerprint FROM facts WHERE event = ? AND device = ? AND incarnation = ?"
            " ORDER BY seq DESC LIMIT 1",
            (self._writer.event.bytes, self._writer.device.bytes, self._writer.incarnation),
        ).fetchone()
        return row or (0, NO_PREDECESSOR)

    def facts_of(self, tid: TicketHandle) -> list[Fact]:
        """Every fact of one ticket that this kiosk holds, in no order."""
        return [
            fact_from(row[0]) for row in self._select("record", "event = ? AND tid = ?", self._writer.event.bytes, tid)
        ]

    def every_fact(self) -> list[Fact]:
        """All facts of this journal, oldest first: for reports, not for the lane."""
        with storage(self._path):
            rows = self._connection.execute("SELECT record FROM facts ORDER BY incarnation, seq").fetchall()
        return [fact_from(row[0]) for row in rows]

    def answered_of(self, tid: TicketHandle) -> list[Answered]:
        """The scans of one ticket that the server has answered, each with whether it took an entry here."""
        rows = self._select(
            "record, answer, (SELECT outcome FROM facts AS s WHERE s.refers_to = facts.id AND s.kind = 'shown'),"
            " EXISTS (SELECT 1 FROM facts AS o WHERE o.refers_to = facts.id AND o.kind = 'override')",
            "event = ? AND tid = ? AND answer IS NOT NULL",
            self._writer.event.bytes,
            tid,
        )
        return [
            Answered(scan, bool(overridden) or (outcome is not None and takes_entry(Outcome(outcome))), _answer(answer))
            for record, answer, outcome, overridden in rows
            if isinstance(scan := fact_from(record), Scan)
        ]

    def highest_step(self, tid: TicketHandle) -> int | None:
        """The highest 30 s step of a rotating proof that an admission of this kiosk accepted."""
        with storage(self._path):
            row = self._connection.execute(
                "SELECT MAX(step) FROM facts WHERE event = ? AND tid = ?", (self._writer.event.bytes, tid)
            ).fetchone()
        return None if row[0] is None else int(row[0])

    def open_questions(self) -> list[Scan]:
        """Scans of which nobody knows what the door showed, oldest first: did these guests enter?

        Ask before a lane is open, whose scan of the moment is one of them. Such a scan is left by a crash between its
        commit and that of what it showed, or by a journal that had to be rebuilt.
        """
        with storage(self._path):
            rows = self._connection.execute(_UNSHOWN, (self._writer.event.bytes,)).fetchall()
        return [fact for row in rows if isinstance(fact := fact_from(row[0]), Scan)]

    def losses(self) -> list[Loss]:
        """Places of the journal where records are missing for good, those included that a person has accepted."""
        with storage(self._path):
            rows = self._connection.execute(_LOSSES).fetchall()
        return [Loss(row[0].hex(), row[1], row[2], row[3], bool(row[4])) for row in rows]

    def accept_losses(self) -> int:
        """A person's word that the door goes on without what is missing; how many places that concerns."""
        with storage(self._path), transaction(self._connection):
            return self._connection.execute("UPDATE losses SET is_accepted = 1 WHERE NOT is_accepted").rowcount

    def recent(self, limit: int) -> list[tuple[Outcome, int]]:
        """The newest verdicts with their times, newest first: what a window shows after a restart."""
        with storage(self._path):
            rows = self._connection.execute(
                "SELECT outcome, ts FROM facts WHERE kind = 'shown' ORDER BY incarnation DESC, seq DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [(Outcome(outcome), int(at_ms)) for outcome, at_ms in rows]

    def summary(self) -> Summary:
        """Counts over the whole journal, from its rows."""
        with storage(self._path):
            kinds = {row["kind"]: row["n"] for row in self._rows.query(_COUNT_BY.format("kind"))}
            legs = {row["leg"]: row["n"] for row in self._rows.query(_COUNT_BY.format("leg"))}
            shown = {
                row["outcome"]: row["n"]
                for row in self._rows.query(_COUNT_BY.format("outcome"))
                if row["outcome"] is not None
            }
        return Summary(kinds.get("scan", 0), kinds.get("shown", 0), shown, legs)

    def first_broken_link(self) -> int | None:
        """The first seq whose row does not carry the fingerprint of the row before, or was changed; None when whole."""
        previous = NO_PREDECESSOR
        with storage(self._path):
            rows = self._connection.execute(
                "SELECT seq, record, fingerprint FROM facts WHERE event = ? AND device = ? AND incarnation = ?"
                " ORDER BY seq",
                (self._writer.event.bytes, self._writer.device.bytes, self._writer.incarnation),
            )
            for place, (seq, record, fingerprint) in enumerate(rows, 1):
                is_whole = seq == place and seal.sha256(record) == fingerprint
                if not is_whole or json.loads(record)["prev"] != previous.hex():
                    return int(seq)
                previous = fingerprint
        return None


_UNSHOWN = (
    "SELECT record FROM facts AS scan WHERE kind = 'scan' AND event = ?"
    " AND NOT EXISTS (SELECT 1 FROM facts AS later WHERE later.refers_to = scan.id) ORDER BY incarnation, seq"
)
_LOSSES = "SELECT device, incarnation, seq, missing, is_accepted FROM losses"
_OPEN_LOSS = "SELECT 1 FROM losses WHERE NOT is_accepted LIMIT 1"
_COUNT_BY = "SELECT {0}, COUNT(*) AS n FROM facts GROUP BY {0}"


def _answer(text: str) -> Answer:
    fields = json.loads(text)
    first = FirstUse(**fields.pop("first")) if fields["first"] else fields.pop("first")
    return Answer(outcome=Outcome(fields.pop("outcome")), first=first, **fields)
