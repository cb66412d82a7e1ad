"""Facts arrive at the ledger of one ticket: what to answer each of them, and what the ticket adds up to now.

Owns the difference between a scan whose guest waits, answered after all that is known, and one that is uploaded when
its door has long decided, answered at its place in time.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.journal.scan import Fact, Scan, Undo, scan_of
from core.model.event import Event
from core.model.ids import DeviceId, FactId
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.redeem.answer import Answer, answer_at_the_door, answer_in_the_ledger, answer_to_undo
from core.redeem.fold import Folded, fold
from core.ticket.terms import Terms


@dataclass(frozen=True, slots=True)
class Settled:
    """The ticket after the arrival: its fold, and the answer to each scan and each undo that arrived."""

    folded: Folded
    answers: Mapping[FactId, Answer]


def settle(
    terms: Terms,
    event: Event,
    known: Iterable[Fact],
    arriving: Sequence[Fact],
    *,
    promised: Mapping[FactId, Outcome],
    waiting: Collection[FactId],
    device_names: Mapping[DeviceId, str],
    passed: Collection[FactId] = frozenset(),
    as_of_ms: Millis | None = None,
) -> Settled:
    """Takes the arriving facts in the order in which they came; `waiting` names the scans whose guests wait.

    `passed` and `as_of_ms` are the fold's (`core.redeem.fold`): known scans that the ticket's terms let pass when they
    arrived, and now.
    """
    facts = list(known)
    promises = dict(promised)
    answers: dict[FactId, Answer] = {}
    for fact in arriving:
        if isinstance(fact, Scan) and fact.stamp.id in waiting:
            others = fold(terms, event, _without(facts, fact.stamp.id), promised=promises, passed=passed)
            answers[fact.stamp.id] = answer_at_the_door(fact, others, event, device_names)
            promises[fact.stamp.id] = answers[fact.stamp.id].outcome
        facts.append(fact)
    folded = fold(terms, event, facts, promised=promises, passed=passed, as_of_ms=as_of_ms)
    for fact in arriving:
        if isinstance(fact, Scan) and fact.stamp.id not in waiting:
            answers[fact.stamp.id] = answer_in_the_ledger(fact.stamp.id, folded, device_names)
        if isinstance(fact, Undo) and (told := answer_to_undo(fact, folded)) is not None:
            answers[fact.stamp.id] = told
    return Settled(folded, answers)


def _without(facts: Iterable[Fact], scan: FactId) -> list[Fact]:
    """The facts but those about this scan: what was decided about it can't come before it."""
    return [fact for fact in facts if scan_of(fact) != scan]
