"""Staff look for a guest: the event's guest list, each guest with what this door would say to them now.

Owns the list in memory: opened with this kiosk's own key, read a piece at a time, and let go of when the manifest ends.
Names never reach a disk or a log. Belongs to one thread.
"""

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from uuid import UUID

from app.runtime.keeper import PeopleText
from app.runtime.knowledge import Knowledge
from app.runtime.station import Station
from app.runtime.trust_box import InForce
from core.gate.admit import decided_offline
from core.gate.typed import group_that_differs
from core.journal.scan import NO_PREDECESSOR, Scan, Stamp
from core.model.codes import BY_NAME_FORM
from core.model.ids import FactId, TicketHandle
from core.model.outcomes import Outcome
from core.people.index import GuestIndex, IndexBuilder, never
from core.people.search import search
from core.people.view import Guest
from core.redeem.answer import Answer
from core.sync.adoption import Objection
from core.sync.attendees import Attendee, Unreadable, one_a_line
from core.ticket.verify import Barred, Genuine, Lane, Refused, Trust, verify_found

MOST_BESIDE = 6
"""Of one order that stand beside a hit; the group's page has all of them."""
_NOBODY = FactId(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Party:
    """Guests of one order, those who were looked for first: the first `hits` of them. `has_more` of the order."""

    guests: tuple[Guest, ...]
    hits: int = 1
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Parties:
    """What a search found, the best first."""

    found: tuple[Party, ...] = ()
    is_cut: bool = False


class GuestLine:
    """Loads, finds, and says how the door stands to whom it found."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._knowledge: Knowledge | None = None
        self._sha256: str | None = None
        self._coming: tuple[str, IndexBuilder] | None = None
        self._index: GuestIndex | None = None

    def know_by(self, knowledge: Knowledge) -> None:
        """Goes by a journal: until then, and while that one fails, the door stands to nobody."""
        self._knowledge = knowledge

    # --- the list -------------------------------------------------------------------------------------------------

    @property
    def is_current(self) -> bool:
        """Whether what is in memory is the list of the manifest in force; True where that has none."""
        return self._wanted() == self._sha256

    @property
    def is_loaded(self) -> bool:
        """Whether there is a list to look in."""
        return self._index is not None

    @property
    def count(self) -> int:
        """How many guests are on it."""
        return self._index.count if self._index else 0

    @property
    def share(self) -> float:
        """How much of a list that is being read has been read, from 0 to 1."""
        return self._coming[1].share if self._coming else 1.0

    def begin(self) -> Objection | None:
        """Opens the list of the manifest in force, to be read with `read`; why it can't be. Raises StorageFailed."""
        self._coming = None
        with closing(self._station.open_keeper()) as keeper:
            opened = keeper.people_text()
        if not isinstance(opened, PeopleText):
            self._index, self._sha256 = None, None
            return opened
        plain = one_a_line(opened.plain)
        if isinstance(plain, Unreadable):
            return Objection.LIST_DIFFERS
        self._coming = (opened.sha256, IndexBuilder(plain))
        return None

    def read(self) -> bool:
        """Reads a piece; whether more is left. The list before is searched meanwhile."""
        if self._coming is None:
            return False
        sha256, builder = self._coming
        if builder.read():
            return True
        self._index, self._sha256, self._coming = builder.built(), sha256, None
        return False

    def forget(self) -> None:
        """Lets go of every name where the manifest has ended, or this kiosk has lost its rights."""
        if isinstance(self._station.box.trust, Barred):
            self._index, self._sha256, self._coming = None, None, None

    def _wanted(self) -> str | None:
        taken = self._station.box.taken
        return None if taken is None else taken.people_sha256

    # --- looking for somebody -------------------------------------------------------------------------------------

    def search(self, typed: str, is_over: Callable[[], bool] = never) -> Parties:
        """Whom these words may mean, each with the others of the order beside them. Raises StorageFailed."""
        self.forget()
        if self._index is None:
            return Parties()
        hits = search(self._index, typed, is_over=is_over)
        found: list[Party] = []
        seen: set[TicketHandle] = set()
        for person in hits.people:
            if is_over():
                return Parties()
            if person.tid not in seen:
                found.append(self._party(person, hits.people, seen))
        return Parties(tuple(found), hits.is_cut)

    def party_of(self, tid: TicketHandle) -> Party | None:
        """Everybody of the order of a ticket, its own guest first; None for a ticket that is not on the list."""
        self.forget()
        person = None if self._index is None else self._index.of_ticket(tid)
        if person is None or self._index is None:
            return None
        others = [each for each in self._index.siblings(person.order or "") if each.tid != tid]
        return Party(self._guests([person, *others]))

    def numbered(self, tid: TicketHandle) -> Attendee | int | None:
        """Whose ticket has a number that staff typed; else the group in which alone one ticket differs, from 1."""
        self.forget()
        if self._index is None:
            return None
        return self._index.of_ticket(tid) or group_that_differs(tid, self._index.tickets())

    def name_of(self, tid: TicketHandle) -> str:
        """Whose ticket it is; empty where the list does not say."""
        person = None if self._index is None else self._index.of_ticket(tid)
        return "" if person is None else person.name

    def _party(self, person: Attendee, hits: Iterable[Attendee], seen: set[TicketHandle]) -> Party:
        if self._index is None or not person.order:
            seen.add(person.tid)
            return Party(self._guests([person]))
        same = [each for each in hits if each.order == person.order]
        found = {each.tid for each in same}
        siblings = self._index.siblings(person.order, len(same) + MOST_BESIDE + 1)
        beside = [each for each in siblings if each.tid not in found]
        seen |= found
        return Party(self._guests([*same, *beside[:MOST_BESIDE]]), len(same), has_more=len(beside) > MOST_BESIDE)

    # --- how the door stands to them ------------------------------------------------------------------------------

    def _guests(self, people: Iterable[Attendee]) -> tuple[Guest, ...]:
        held = self._station.box.in_force
        return tuple(self._guest(person, held) for person in people)

    def _guest(self, person: Attendee, held: InForce) -> Guest:
        """The guest with the answer that a presentation would get here and now, by what this kiosk knows."""
        trust, ticket = held.trust, person.ticket
        if isinstance(trust, Barred) or ticket is None:
            return Guest(person, "", Answer(trust.outcome if isinstance(trust, Barred) else Outcome.UNLISTED))
        now, station = self._station.clock.now(), self._station
        lane = Lane(station.place.gate, station.post.direction())
        verified = verify_found(ticket, trust=trust, lane=lane, now=now)
        name = trust.event.classes[ticket.cls].name if ticket.cls in trust.event.classes else ""
        return Guest(person, name, self._answer(verified, lane, trust, held))

    def _answer(self, verified: Genuine | Refused, lane: Lane, trust: Trust, held: InForce) -> Answer:
        terms, identity = verified.terms, verified.identity
        if self._knowledge is None:
            return Answer(Outcome.STORAGE_FAILED)
        if terms is None or identity is None:  # the lease has ended meanwhile
            return Answer(Outcome.SNAPSHOT_EXPIRED)
        stamp = self._stamp(identity.tid)
        gen, cls = identity.gen, identity.cls
        scan = Scan(stamp, lane.direction, lane.gate, held.version, form=BY_NAME_FORM, gen=gen, cls=cls)
        here = self._knowledge.here(terms, scan, trust, held)
        if isinstance(verified, Refused):
            used = here.entries_used - (here.entry_number is not None)
            return Answer(verified.outcome, None, used, here.entries_allowed, here.first)
        return decided_offline(here, trust.event)

    def _stamp(self, tid: TicketHandle) -> Stamp:
        """Of a scan that is never recorded: nobody has been presented yet."""
        profile, now = self._station.profile, self._station.clock.now()
        return Stamp(
            id=_NOBODY,
            event=profile.event_id,
            device=profile.device_id,
            incarnation=profile.incarnation,
            seq=0,
            moment=now,
            tid=tid,
            previous=NO_PREDECESSOR,
        )
