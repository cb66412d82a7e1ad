"""What a ticket's entries come to at one point in its history, and what that leaves for the next scan.

Owns the count: entries in all, per day and on how many days, the wait between two, the return after an exit, the
automatic check-out. Whether a door waits or an upload is judged at its place in time, it is these lines that count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.journal.scan import Scan
from core.model.codes import CodeMode
from core.model.event import Direction, Event, PassageRules, Reentry
from core.model.moments import Millis, Moment
from core.model.outcomes import Outcome, takes_entry
from core.model.questions import answered, to_ask
from core.ticket.terms import Circumstances, Terms


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket after some of its passages.

    `used` counts entries taken, elsewhere too; `entered` are the moments of those known here. `has_left` is True after
    an exit (or an automatic check-out) until the next admission; `returns` counts admissions that took no entry
    because of it. `last` is the latest admission.
    """

    used: int = 0
    entered: tuple[Moment, ...] = ()
    is_inside: bool = False
    has_left: bool = False
    returns: int = 0
    last: Moment | None = None
    highest_step: int | None = None
    answered: frozenset[str] = frozenset()
    """The questions that some scan of the ticket brought an answer to, whatever became of that scan."""

    def at(self, at_ms: Millis | None, event: Event) -> "Standing":
        """The same at a later instant: who is inside at the automatic check-out counts as gone. None: now is unknown.

        Nobody scans at a check-out and it takes nothing; a suspect clock says nothing about it.
        """
        if not self.is_inside or at_ms is None or self.last is None or self.last.is_suspect:
            return self
        checkout_ms = event.last_checkout(at_ms)
        if checkout_ms is None or self.last.at_ms >= checkout_ms:
            return self
        return replace(self, is_inside=False, has_left=True)

    def after_exit(self) -> "Standing":
        """The same once the guest has left. Who never came has not left either."""
        return replace(self, is_inside=False, has_left=self.has_left or self.is_inside)

    def after_entry(self, at: Moment) -> "Standing":
        """The same once another entry is taken."""
        return replace(self.after_admission(at), used=self.used + 1, entered=(*self.entered, at))

    def after_return(self, at: Moment) -> "Standing":
        """The same once a guest who had left is back."""
        return replace(self.after_admission(at), returns=self.returns + 1)

    def after_admission(self, at: Moment) -> "Standing":
        """The same once somebody went in, whatever it took."""
        return replace(self, is_inside=True, has_left=False, last=at)

    def after_answers(self, scan: Scan, terms: Terms) -> "Standing":
        """The same once a scan has brought answers."""
        return replace(self, answered=self.answered | answered(terms.questions, scan.answers)) if scan.answers else self

    def after_step(self, step: int | None) -> "Standing":
        """The same once a rotating code's 30 s step was accepted."""
        return self if step is None else replace(self, highest_step=max(step, self.highest_step or 0))


def may_return(standing: Standing, terms: Terms) -> bool:
    """Whether the next admission is the return of a guest who left, and takes no entry."""
    return standing.has_left and rules_of(terms).reentry is Reentry.AFTER_EXIT


def by_count(standing: Standing, terms: Terms, at: Circumstances, event: Event) -> Outcome:
    """What the count leaves for a scan whose ticket's terms let it pass.

    1. an exit is recorded, without an entry too
    2. too soon after another entry
    3. back after an exit: no entry is taken, as often as the rules allow
    4. entries left in all, today, and on other days

    Where the day or the time between two scans can't be known, because a clock is suspect, 2 and the days of 4 are not
    asked: the number of entries holds all the same.
    """
    if at.direction is Direction.EXIT:  # (1)
        return Outcome.EXIT_RECORDED if standing.is_inside else Outcome.EXIT_WITHOUT_ENTRY
    rules = rules_of(terms)
    if _is_too_soon(standing, rules, at.moment):  # (2)
        return Outcome.LIMIT_REACHED
    if may_return(standing, terms):  # (3)
        is_free = rules.reentries is None or standing.returns < rules.reentries
        return Outcome.ADMITTED_REENTRY if is_free else Outcome.LIMIT_REACHED
    if standing.is_inside and rules.reentry is Reentry.AFTER_EXIT and standing.used >= terms.entries:
        return Outcome.ALREADY_INSIDE
    if standing.used >= terms.entries:  # (4)
        return Outcome.ALREADY_USED if terms.entries == 1 else Outcome.LIMIT_REACHED
    if _is_day_full(standing.entered, rules, at.moment, event):
        return Outcome.LIMIT_REACHED
    is_old = event.codes.mode is CodeMode.MIGRATING and at.is_old_code
    return Outcome.LEGACY_ADMITTED if is_old else Outcome.ADMITTED


def by_duty(outcome: Outcome, scan: Scan, standing: Standing, terms: Terms, event: Event) -> Outcome:
    """What an entry that is free still wants: answers first, then a look at what the organizer asks for.

    A guest who comes back after an exit is asked nothing once more. `outcome` is that of the count.
    """
    if scan.direction is Direction.EXIT or not takes_entry(outcome):
        return outcome
    if to_ask(terms.questions, standing.after_answers(scan, terms).answered):
        return Outcome.ANSWERS_REQUIRED
    return Outcome.ATTENTION if terms.attention(event) else outcome


def rules_of(terms: Terms) -> PassageRules:
    """The rules of the ticket's class; the plainest where the event has none of its number."""
    return terms.ticket_class.rules if terms.ticket_class else PassageRules()


def _is_too_soon(standing: Standing, rules: PassageRules, at: Moment) -> bool:
    last = standing.last
    if not rules.cooldown_ms or last is None or last.is_suspect or at.is_suspect:
        return False
    return abs(at.at_ms - last.at_ms) < rules.cooldown_ms


def _is_day_full(entered: Sequence[Moment], rules: PassageRules, at: Moment, event: Event) -> bool:
    if at.is_suspect or (rules.per_day is None and rules.days is None):
        return False
    today = event.day_of(at.at_ms)
    days = [event.day_of(each.at_ms) for each in entered if not each.is_suspect]
    if rules.per_day is not None and days.count(today) >= rules.per_day:
        return True
    return rules.days is not None and len({*days, today}) > rules.days
