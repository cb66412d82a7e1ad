"""Facts arrive at the ledger of one ticket: what to answer each of them, and what the ticket adds up to now.

Owns the difference between a scan whose guest waits, answered after all that is known, and one that is uploaded when
its door has long decided, answered at its place in time.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.journal.scan import Fact, Scan, Shown
from core.model.event import Event
from core.model.ids import DeviceId, FactId
from core.model.outcomes import Outcome
from core.redeem.answer import Answer, answer_at_the_door, answer_in_the_ledger
from core.redeem.fold import Folded, fold
from core.ticket.terms import Terms


@dataclass(frozen=True, slots=True)
class Settled:
    """The ticket after the arrival: its fold, and the answer to each scan that arrived."""

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
) -> Settled:
    """Takes the arriving facts in the order in which they came; `waiting` names the scans whose guests wait.

    `passed` names the known scans that the ticket's terms let pass when they arrived (`core.redeem.fold`).
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
    folded = fold(terms, event, facts, promised=promises, passed=passed)
    for fact in arriving:
        if isinstance(fact, Scan) and fact.stamp.id not in waiting:
            answers[fact.stamp.id] = answer_in_the_ledger(fact.stamp.id, folded, device_names)
    return Settled(folded, answers)


def _without(facts: Iterable[Fact], scan: FactId) -> list[Fact]:
    return [fact for fact in facts if not (isinstance(fact, Shown) and fact.refers_to == scan)]
