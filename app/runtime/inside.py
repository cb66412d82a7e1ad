"""How many people are inside, as well as one kiosk can know: the server's figure, and its own guests since.

Owns the difference that this kiosk's facts make to a figure that did not know of them: counted in tickets, so that a
guest who was let in twice is one person, and a guest whom the server counts already is not counted again.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.runtime.door_news import DoorNews, Heard
from app.runtime.knowledge import Knowledge
from app.runtime.trust_box import InForce
from app.store.journal import Journal
from app.store.journal_looks import JournalLooks, Place
from core.journal.scan import Fact, Scan, Shown, scan_of
from core.model.event import Event
from core.model.ids import DeviceId, FactId, TicketHandle
from core.model.moments import Millis, Moment
from core.model.outcomes import Source
from core.redeem.fold import fold
from core.ticket.terms import Terms
from core.ticket.verify import Trust

_EVER_S = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Inside:
    """A count of people, and until when it knew of the other doors (unix milliseconds)."""

    count: int
    as_of_ms: int


class InsideCounter:
    """One thread's count. Only the tickets that this kiosk touched since the server's figure are looked at."""

    def __init__(
        self, device: DeviceId, news: DoorNews, journal: Journal, looks: JournalLooks, knowledge: Knowledge
    ) -> None:
        self._device = device
        self._news = news
        self._journal = journal
        self._looks = looks
        self._knowledge = knowledge
        self._base: tuple[Heard, bool] | None = None
        self._changes: dict[TicketHandle, int] = {}
        self._next: Place = (0, 0)

    def count(self, held: InForce, now: Moment) -> Inside | None:
        """The figure now; None before a server has told one, or without a manifest. Raises StorageFailed."""
        heard, trust = self._news.heard, held.trust
        if heard is None or not isinstance(trust, Trust):
            return None
        is_over = _is_checked_out(heard, trust.event, now)
        if self._base is None or self._base[0] is not heard or self._base[1] is not is_over:
            self._base, self._changes, self._next = (heard, is_over), {}, heard.unsent
        last = self._looks.place()
        if last >= self._next:
            for tid in self._looks.tickets_since(self._next):
                self._changes[tid] = self._change(tid, held, trust, now)
            self._next = (last[0], last[1] + 1)
        base = 0 if is_over else heard.reply.inside
        return Inside(max(0, base + sum(self._changes.values())), heard.reply.at_ms)

    def _change(self, tid: TicketHandle, held: InForce, trust: Trust, now: Moment) -> int:
        """1 for a guest who is inside and whom the figure does not count, -1 the other way round, else 0."""
        heard, is_over = self._base or (None, False)
        facts = self._journal.facts_of(tid)
        after = self._is_inside(tid, facts, held, trust, now.at_ms)
        if is_over or heard is None:
            return int(after)
        asked = {fact.refers_to for fact in facts if isinstance(fact, Shown) and fact.source is Source.ONLINE}
        told = [fact for fact in facts if self._is_told(fact, heard, asked)]
        return int(after) - int(self._is_inside(tid, told, held, trust, Millis(heard.reply.at_ms)))

    def _is_inside(self, tid: TicketHandle, facts: Iterable[Fact], held: InForce, trust: Trust, at_ms: Millis) -> bool:
        known = list(facts)
        cls = next((fact.cls for fact in known if isinstance(fact, Scan) and fact.cls is not None), None)
        terms = Terms(tid, None if cls is None else trust.event.classes.get(cls), 0, _EVER_S, None)
        elsewhere = self._knowledge.elsewhere(tid, trust, held)
        return fold(terms, trust.event, known, elsewhere=elsewhere, as_of_ms=at_ms).is_inside

    def _is_told(self, fact: Fact, heard: Heard, asked: Collection[FactId]) -> bool:
        """Whether the server knew of a fact when it gave its figure: it was sent, or asked while a guest waited."""
        place = (fact.stamp.incarnation, fact.stamp.seq)
        if fact.stamp.device != self._device or place < heard.unsent:
            return True
        return place <= heard.last and (scan_of(fact) or fact.stamp.id) in asked


def _is_checked_out(heard: Heard, event: Event, now: Moment) -> bool:
    """Whether everybody whom the figure counts has been counted as gone since: the event's automatic check-out."""
    last_ms = None if now.is_suspect else event.last_checkout(now.at_ms)
    return last_ms is not None and heard.reply.at_ms < last_ms
