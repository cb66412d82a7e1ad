"""What one kiosk knows of a ticket by itself: its own facts, the server's answers to them, the list of used tickets.

Owns the putting together of the three, for whoever decides about a guest and for whoever only looks. Writes nothing.
"""

from collections.abc import Callable, Iterable

from app.runtime.fact_book import FactBook
from app.runtime.trust_box import InForce
from core.gate.admit import Door
from core.journal.scan import Scan
from core.model.ids import TicketHandle
from core.model.moments import Millis
from core.redeem.answer import Answer, Answered, answer_at_the_door, known_elsewhere, most_known, used_elsewhere
from core.redeem.fold import KnownUse, fold
from core.ticket.terms import Terms
from core.ticket.verify import Trust


class Knowledge:
    """One thread's look at a journal, as a door stands to its tickets."""

    def __init__(self, journal: FactBook, door: Callable[[Trust], Door]) -> None:
        self._journal = journal
        self._door = door

    def here(self, terms: Terms, scan: Scan, trust: Trust, held: InForce) -> Answer:
        """What this kiosk alone would answer to a scan, recorded or not."""
        return self.answer(terms, scan, trust, self.elsewhere(terms.tid, trust, held))

    def answered(self, terms: Terms, trust: Trust) -> frozenset[str]:
        """The questions (by id) that this ticket's guest has answered here."""
        return fold(terms, trust.event, self._journal.facts_of(terms.tid)).standing.answered

    def elsewhere(self, tid: TicketHandle, trust: Trust, held: InForce) -> KnownUse | None:
        """What is known of entries that other doors took."""
        answered = self._journal.answered_of(tid)
        listed = used_elsewhere(trust.lists.used(tid), _listed_too(answered, held.used_as_of_ms), held.names)
        return most_known(known_elsewhere(answered), listed)

    def answer(self, terms: Terms, scan: Scan, trust: Trust, elsewhere: KnownUse | None) -> Answer:
        """The same with entries of other doors as they are told."""
        facts = [fact for fact in self._journal.facts_of(terms.tid) if fact.stamp.id != scan.stamp.id]
        others = fold(terms, trust.event, facts, elsewhere=elsewhere)
        door = self._door(trust)
        return answer_at_the_door(scan, others, trust.event, {door.device: door.device_name})


def _listed_too(answered: Iterable[Answered], as_of_ms: Millis) -> int:
    """How many of this kiosk's admissions of a ticket the list of used tickets counts as well.

    Those that the server took, unless they happened after the list for certain. One that it took later than the list
    was made is not counted there; but then its own answer knows of more entries than the list does.
    """
    moments = [each.scan.stamp.moment for each in answered if each.took_entry]
    return sum(moment.at_ms - moment.uncertainty_ms <= as_of_ms for moment in moments)
