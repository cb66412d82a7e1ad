"""The demo's report: what the journals and the server's tables say, and whether they agree.

Owns the sums. Nothing here counts what the demo meant to do; every number is read from a journal or from the ledger.
"""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.journal.scan import Fact, Scan, Shown
from core.model.outcomes import Source


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """What the ledger holds of the event."""

    fact_ids: frozenset[str]
    redemptions: int
    double_admissions: int
    quarantined: int
    tickets: int


@dataclass(frozen=True, slots=True)
class Report:
    """The night in numbers. `faults` names each sum that does not balance; empty means that nothing was lost."""

    scans: int
    by_outcome: dict[str, int]
    admissions: int
    offline_admissions: int
    drained: bool
    waiting: int
    lost: int
    redemptions: int
    tickets_admitted: int
    double_admissions: int
    quarantined: int
    tickets: int
    guests: int
    surprises: list[str]
    latency_ms: dict[str, float]
    seconds: float
    unseen: list[str] = field(default_factory=list)
    """States that the organizer's window did not come to."""
    faults: list[str] = field(default_factory=list)


def report(
    *,
    journals: Sequence[Sequence[Fact]],
    waiting: int,
    server: ServerFigures,
    guests: int,
    surprises: Sequence[str],
    latencies_ms: Sequence[float],
    seconds: float,
    unseen: Sequence[str] = (),
) -> Report:
    """The report of a night. `surprises` are guests who got an outcome that was not right for them."""
    facts = [fact for journal in journals for fact in journal]
    shown = [fact for fact in facts if isinstance(fact, Shown)]
    admissions = [fact for fact in shown if fact.is_admission]
    admitted = {fact.stamp.tid for fact in admissions}
    made = Report(
        scans=sum(isinstance(fact, Scan) for fact in facts),
        by_outcome=dict(sorted(Counter(fact.outcome.value for fact in shown).items())),
        admissions=len(admissions),
        offline_admissions=sum(fact.source is Source.OFFLINE for fact in admissions),
        drained=waiting == 0,
        waiting=waiting,
        lost=sum(fact.stamp.id.hex not in server.fact_ids for fact in facts),
        redemptions=server.redemptions,
        tickets_admitted=len(admitted),
        double_admissions=server.double_admissions,
        quarantined=server.quarantined,
        tickets=server.tickets,
        guests=guests,
        surprises=list(surprises),
        latency_ms=_latency(latencies_ms),
        seconds=round(seconds, 1),
        unseen=list(unseen),
    )
    made.faults.extend(_faults(made, len(facts), len(shown), len(server.fact_ids)))
    return made


def _faults(made: Report, facts: int, shown: int, on_server: int) -> list[str]:
    sums = {
        "every scan has a verdict": made.scans == shown,
        "every guest was scanned once": made.scans == made.guests,
        "the queues are empty": made.drained,
        "nothing is lost": made.lost == 0,
        "the server has the journals' facts and no others": on_server == facts,
        "one redemption per ticket let in": made.redemptions == made.tickets_admitted,
        "each further admission is one incident": made.double_admissions == made.admissions - made.redemptions,
        "nothing is in quarantine": made.quarantined == 0,
        "every guest got a right outcome": not made.surprises,
        "the organizer's window came to every state": not made.unseen,
    }
    return [name for name, holds in sums.items() if not holds]


def _latency(latencies_ms: Sequence[float]) -> dict[str, float]:
    """p50 and p95 from captured frame to painted verdict; empty with fewer than two verdicts."""
    if len(latencies_ms) < 2:
        return {}
    cuts = statistics.quantiles(latencies_ms, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "verdicts": len(latencies_ms)}
