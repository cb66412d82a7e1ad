"""A plain recount of a ticket from its facts, without the fold.

Owns the second opinion that simulations hold the ledger to: short, slow and stupid on purpose. It knows who went in,
which of them the ticket paid for, and who is inside; it says nothing of answers.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from core.journal.scan import Fact, Override, Recovery, Scan, Shown, Undo, sort_key
from core.model.event import Direction
from core.model.ids import FactId, GateId
from core.model.outcomes import Outcome, is_admission

FIFTEEN_MINUTES_MS = 900_000
WENT_OUT = {Outcome.EXIT_RECORDED, Outcome.EXIT_WITHOUT_ENTRY}


@dataclass(frozen=True)
class Ticket:
    """What a ticket buys: entries, at which gates (None: all), whether a guest may step out and come back."""

    allowed: int
    is_denied: bool = False
    gates: Collection[GateId] | None = None
    may_return: bool = False


@dataclass
class Counted:
    """What a ticket's facts add up to: the scans that took entries, the guests too many, the overruled ones too many.

    `is_doubtful` is True where the recount had to guess what only the ledger can know: whether a denial came before.
    """

    paid: list[FactId] = field(default_factory=list)
    doubles: set[FactId] = field(default_factory=set)
    overruled: set[FactId] = field(default_factory=set)
    is_inside: bool = False
    is_doubtful: bool = False


def recount(facts: Iterable[Fact], ticket: Ticket, promised: Mapping[FactId, Outcome]) -> Counted:
    """Walks the scans in the order of their own stamps.

    An undo of its own device takes a scan back. Else a supervisor's word counts, else what the door showed, else what
    staff remember, else what the door was promised; where nobody says anything, whoever may come in did.
    """
    every = list({fact.stamp.id: fact for fact in facts}.values())
    said = {(type(fact), fact.refers_to, fact.stamp.device): fact for fact in every if not isinstance(fact, Scan)}
    counted = Counted()
    has_left = False
    for scan in sorted((fact for fact in every if isinstance(fact, Scan)), key=sort_key):
        id_, device = scan.stamp.id, scan.stamp.device
        undo, override = said.get((Undo, id_, device)), said.get((Override, id_, device))
        if undo is not None and _is_in_time(scan, undo):
            continue
        shown, recovery = said.get((Shown, id_, device)), said.get((Recovery, id_, device))
        outcome = shown.outcome if isinstance(shown, Shown) else promised.get(id_)
        is_untold = outcome is None and recovery is None and override is None
        counted.is_doubtful |= ticket.is_denied and (is_untold or override is not None)
        if scan.direction is Direction.EXIT:
            if outcome is None or outcome in WENT_OUT:
                has_left |= counted.is_inside
                counted.is_inside = False
            continue
        is_return = ticket.may_return and has_left
        is_free = is_return or len(counted.paid) < ticket.allowed
        if override is not None:
            went_in = True
        elif shown is None and isinstance(recovery, Recovery):
            went_in = recovery.entered
        elif outcome is not None:
            went_in = is_admission(outcome)
        else:
            went_in = is_free and not ticket.is_denied and (ticket.gates is None or scan.gate in ticket.gates)
        if not went_in:
            continue
        counted.is_inside, has_left = True, False
        if is_return:
            continue
        if is_free:
            counted.paid.append(id_)
        else:
            (counted.overruled if override is not None else counted.doubles).add(id_)
    return counted


def _is_in_time(scan: Scan, undo: Fact) -> bool:
    one, other = scan.stamp.moment, undo.stamp.moment
    return one.is_suspect or other.is_suspect or other.at_ms - one.at_ms <= FIFTEEN_MINUTES_MS
