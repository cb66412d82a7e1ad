"""A person's word over a door's: who may let a guest in whom the door refused, why, and how often.

Owns the reasons, the budget of a shift and each way in which the word does not count. The outcomes' own table says who
may overrule each of them. What a verdict wants from staff before the next guest is said here too.
"""

from collections.abc import Iterable
from enum import StrEnum

from core.gate.operators import DoorRole, Operator
from core.gate.verdict import Verdict
from core.journal.scan import Override
from core.model.event import Event
from core.model.moments import Moment
from core.model.outcomes import TABLE, Outcome
from core.model.outcomes import Override as Overruler

SHIFT_MS = 12 * 3_600_000
"""A budget is good for any twelve hours: who logs out and in again has no new one."""
NOBODY = "-"
"""In the place of an operator, where nobody is on shift: a fact always says who."""


class Reason(StrEnum):
    """Why somebody overrules a door. The value is the code that facts carry, and never changes its meaning."""

    KNOWN_TO_STAFF = "known_to_staff"
    TICKET_SEEN = "ticket_seen"
    PAID_AT_DESK = "paid_at_desk"
    SCANNED_BY_MISTAKE = "scanned_by_mistake"
    ACCESS_NEED = "access_need"
    ORGANIZER_SAID_SO = "organizer_said_so"
    IDENTITY_CONFIRMED = "identity_confirmed"


REASONS = tuple(each for each in Reason if each is not Reason.IDENTITY_CONFIRMED)
"""What a supervisor chooses from; the last one is the acknowledgement that anybody gives."""


class OverrideRefusal(StrEnum):
    """Why the word does not count."""

    NOTHING_TO_OVERRULE = "nothing_to_overrule"
    NOBODY_MAY = "nobody_may"
    ADMIN_ONLY = "admin_only"
    UNPAID_STAYS_OUT = "unpaid_stays_out"
    NO_SUPERVISOR = "no_supervisor"
    BUDGET_SPENT = "budget_spent"


class Wants(StrEnum):
    """What a verdict wants from staff before the next code is taken."""

    ACKNOWLEDGEMENT = "acknowledgement"
    ANSWERS = "answers"


def wanted_by(outcome: Outcome) -> Wants | None:
    """What an outcome wants, or None."""
    if outcome is Outcome.ANSWERS_REQUIRED:
        return Wants.ANSWERS
    return Wants.ACKNOWLEDGEMENT if TABLE[outcome].override is Overruler.ACKNOWLEDGE else None


def refusal_of_outcome(verdict: Verdict | None, event: Event) -> OverrideRefusal | None:
    """Why no supervisor's word helps against a verdict, whoever they are; None where one does."""
    if verdict is None or verdict.scan_id is None:
        return OverrideRefusal.NOTHING_TO_OVERRULE
    match TABLE[verdict.outcome].override:
        case Overruler.SUPERVISOR if verdict.outcome in _NOT_A_GUEST:
            return OverrideRefusal.NOTHING_TO_OVERRULE
        case Overruler.SUPERVISOR:
            is_due = verdict.outcome is Outcome.UNPAID and not event.may_override_unpaid
            return OverrideRefusal.UNPAID_STAYS_OUT if is_due else None
        case Overruler.ADMIN:
            return OverrideRefusal.ADMIN_ONLY
        case Overruler.NOBODY | Overruler.ACKNOWLEDGE | Overruler.PICK_ONE:
            is_in = verdict.is_admission or verdict.outcome in _OUT
            return OverrideRefusal.NOTHING_TO_OVERRULE if is_in else OverrideRefusal.NOBODY_MAY


def override_refusal(
    verdict: Verdict | None, event: Event, operator: Operator, given: Iterable[Override], now: Moment
) -> OverrideRefusal | None:
    """Why this person's word does not count, or None. `given` are the overrides of this kiosk, whoever gave them."""
    refusal = refusal_of_outcome(verdict, event)
    if refusal is not None:
        return refusal
    if operator.role is not DoorRole.SUPERVISOR:
        return OverrideRefusal.NO_SUPERVISOR
    return None if budget_left(operator, given, now) > 0 else OverrideRefusal.BUDGET_SPENT


def budget_left(operator: Operator, given: Iterable[Override], now: Moment) -> int:
    """How often somebody may still overrule this door in this shift.

    Counts what they gave in the last `SHIFT_MS`, by whatever clock this kiosk had: a clock that jumped counts too.
    """
    spent = sum(each.operator == operator.id and abs(now.at_ms - each.stamp.moment.at_ms) < SHIFT_MS for each in given)
    return max(0, operator.budget - spent)


_NOT_A_GUEST = frozenset({Outcome.UNDONE, Outcome.UNDO_REFUSED})
"""Nobody stands there who could be let in: the guest shows the code again."""
_OUT = frozenset({Outcome.EXIT_RECORDED, Outcome.EXIT_WITHOUT_ENTRY, Outcome.CONFIRM_IDENTITY})
