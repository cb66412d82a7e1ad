"""What was let in on paper, typed in afterwards: facts of the office, judged as late uploads are.

Owns the way from what was written to facts: each admission is a scan and what the door saw, in a chain of the office's
own, under ids that follow from what was written. So the same file again changes nothing, and a ticket that was scanned
as well gives the incident that two doors would have given.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid5

from app.ledger.paper_book import PaperBook, PaperTicket, office_of
from app.runtime.redeem_line import RedeemLine
from core.journal.scan import NO_PREDECESSOR, Fact, Scan, Shown, Stamp, fingerprint, to_record
from core.journal.state import Arrival
from core.model.event import Direction
from core.model.ids import EventId, FactId, GateId
from core.model.moments import ClockQuality, Millis, Moment
from core.model.outcomes import Outcome, Source

BATCH = 100
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Written:
    """One line of paper: which ticket, when by whose watch (ms), and how far that may be off."""

    ticket: PaperTicket
    at_ms: int
    uncertainty_ms: int


@dataclass(frozen=True, slots=True)
class PaperReport:
    """What became of it: lines that were new, lines that were known, what is in quarantine, incidents by kind."""

    new: int
    known: int
    quarantined: int
    incidents: dict[str, int]


def admit(
    book: PaperBook,
    line: RedeemLine,
    event: EventId,
    gate: GateId,
    written: Sequence[Written],
    operator: str,
    now_ms: int,
) -> PaperReport:
    """Takes in what was written on paper at a gate. Raises EventUnknown, GateUnknown, LedgerBusy, LedgerUnavailable.

    Each run is an incarnation of the office's journal: two people who type at once never claim one place in its chain.
    """
    named = list(zip(_ids(event, gate, written), written, strict=True))
    fresh = book.begin(event, gate, [id_ for id_, _ in named], now_ms=now_ms)
    facts = _facts(event, gate, [(id_, row) for id_, row in named if id_ in fresh], operator, now_ms)
    quarantined, incidents = 0, Counter[str]()
    for start in range(0, len(facts), BATCH):
        batch = facts[start : start + BATCH]
        for result in line.redeem_batch(event, office_of(event), [to_record(fact) for fact in batch]):
            quarantined += result.arrival is Arrival.QUARANTINED
            incidents.update(result.incidents)
    return PaperReport(len(fresh), len(named) - len(fresh), quarantined, dict(incidents))


def _ids(event: EventId, gate: GateId, written: Sequence[Written]) -> list[FactId]:
    """An id for each line, the same for the same line; a ticket that is written twice in a minute is two people."""
    times: Counter[str] = Counter()
    found = []
    for row in written:
        key = f"paper/{gate}/{row.ticket.tid.hex()}/{row.at_ms // _MINUTE_MS}"
        times[key] += 1
        found.append(FactId(uuid5(event, f"{key}/{times[key]}")))
    return found


def _facts(
    event: EventId, gate: GateId, named: Sequence[tuple[FactId, Written]], operator: str, incarnation: int
) -> list[Fact]:
    """Each line as the scan that it stands for, and what the door said to it."""
    facts: list[Fact] = []
    previous = NO_PREDECESSOR
    for id_, row in named:
        moment = Moment(Millis(row.at_ms), row.uncertainty_ms, ClockQuality.HOLDOVER, "paper")
        ticket, seq = row.ticket, len(facts) + 1
        stamp = Stamp(id_, event, office_of(event), incarnation, seq, moment, ticket.tid, previous)
        scan = Scan(stamp, Direction.ENTRY, gate, 0, gen=ticket.gen, cls=ticket.cls, operator=operator)
        after = replace(stamp, id=FactId(uuid5(id_, "shown")), seq=seq + 1, previous=fingerprint(to_record(scan)))
        shown = Shown(after, id_, Outcome.ADMITTED_OFFLINE, Source.OFFLINE)
        facts += [scan, shown]
        previous = fingerprint(to_record(shown))
    return facts
