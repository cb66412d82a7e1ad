"""What the pages about guests say: what was found and a language in, rows of text out.

Owns the words for how a door stands to somebody. Refuses Qt; names pass through as they came and are made harmless
where they are drawn.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.kiosk.people_worker import ListState
from app.kiosk.words import KioskWords
from app.runtime.guest_line import Parties, Party
from app.widgets.row_key import RowText
from app.widgets.times import choice_text, instant_text
from core.gate.verdict import Verdict
from core.model.event import Event
from core.model.ids import GateId, TicketHandle
from core.model.outcomes import TABLE, Outcome, OutcomeClass, is_admission
from core.people.search import is_enough
from core.people.view import Field, Guest, GuestView, view_of

NO_BREAK = " · "
_PASSING = {OutcomeClass.ADMIT, OutcomeClass.LEAVE, OutcomeClass.ADMIT_AND_ACT}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language, where and when, and which fields they may see."""

    words: KioskWords
    zone: ZoneInfo
    now_ms: int
    fields: frozenset[Field]
    event: Event | None = None

    def gate(self, gate: str) -> str:
        """The gate's name on its sign."""
        named = None if self.event is None else self.event.gates.get(GateId(gate))
        return named.name if named else gate

    def instant(self, at_ms: int) -> str:
        """A time as the event has it."""
        return instant_text(at_ms, self.zone, self.now_ms, self.words.calendar)


@dataclass(frozen=True, slots=True)
class FoundText:
    """The list of a search: its rows, the guest behind each (None: nobody), and one line above them."""

    note: str
    rows: tuple[RowText, ...] = ()
    guests: tuple[Guest | None, ...] = ()


@dataclass(frozen=True, slots=True)
class GuestText:
    """One guest before they are presented. `wants_id`: an ID has to be seen first."""

    name: str
    lines: tuple[str, ...]
    outcome_class: OutcomeClass
    word: str
    ask: str
    wants_id: bool
    can_be_presented: bool


def present_found(parties: Parties, typed: str, state: ListState, reader: Reader) -> FoundText:
    """The page of a search: whom the words may mean, with the others of their orders below them."""
    rows: list[RowText] = []
    guests: list[Guest | None] = []
    for party in parties.found:
        for row, guest in _rows_of(party, reader):
            rows.append(row)
            guests.append(guest)
    note = _note(parties, typed, state, reader.words)
    return FoundText(note, tuple(rows), tuple(guests))


def _rows_of(party: Party, reader: Reader) -> Iterator[tuple[RowText, Guest | None]]:
    for place, guest in enumerate(party.guests):
        is_beside = place >= party.hits
        yield _row(guest, reader, is_beside=is_beside), guest
    if party.has_more:
        yield RowText(reader.words.people.search.others, "", is_beside=True, is_ready=False), None


def _row(guest: Guest, reader: Reader, *, is_beside: bool) -> RowText:
    view, said = view_of(guest, reader.fields), reader.words.people.search
    beside = said.beside if is_beside else ""
    line = NO_BREAK.join(filter(None, (standing_text(guest, reader), view.class_name, beside, *_numbers(view, reader))))
    return RowText(view.name or said.nameless, line, TABLE[view.outcome].outcome_class, is_beside)


def _numbers(view: GuestView, reader: Reader) -> tuple[str, ...]:
    said = reader.words.people.search
    order = said.order.fill(order=view.order) if view.order else ""
    return tuple(filter(None, (order, said.reference.fill(reference=view.reference) if view.reference else "")))


def standing_text(guest: Guest, reader: Reader) -> str:
    """How the ticket stands: not used yet, so many entries used, or why this door would refuse it, and what helps."""
    said, words, view = reader.words.people.search, reader.words, view_of(guest, reader.fields)
    first = ""
    if view.is_redeemed and view.first is not None:
        first = words.detail.first_used.fill(time=reader.instant(view.first.at_ms), gate=reader.gate(view.first.gate))
    if is_admission(view.outcome) and not view.is_redeemed:
        return said.unused
    if is_admission(view.outcome):
        used = said.some_used.fill(used=view.entries_used, allowed=view.entries_allowed)
        return NO_BREAK.join(filter(None, (used, first)))
    return NO_BREAK.join(filter(None, (words.outcomes[view.outcome].word, _way_out(guest, reader), first)))


def _way_out(guest: Guest, reader: Reader) -> str:
    """Where the guest should go, or when."""
    ticket, said, outcome = guest.person.ticket, reader.words.detail, guest.answer.outcome
    if ticket is None:
        return ""
    if outcome is Outcome.TOO_EARLY:
        return said.valid_from.fill(time=reader.instant(ticket.nbf * 1_000))
    if outcome is Outcome.TOO_LATE:
        return said.valid_until.fill(time=reader.instant(ticket.exp * 1_000))
    bought = None if reader.event is None else reader.event.classes.get(ticket.cls)
    if outcome is not Outcome.WRONG_GATE or reader.event is None or bought is None or not bought.gates:
        return ""
    return said.go_to.fill(gates=choice_text(reader.event.gate_names(bought.gates), reader.words.calendar))


def _note(parties: Parties, typed: str, state: ListState, words: KioskWords) -> str:
    """The one line above the list: what to do, or what is the matter."""
    said = words.people.search
    if state.objection is not None:
        return said.unreadable.fill(reason=words.objections[state.objection])
    if state.share is not None and not state.is_loaded:
        return said.loading.fill(percent=int(100 * state.share))
    if not state.is_loaded:
        return said.no_list
    if not is_enough(typed):
        return said.hint
    if not parties.found:
        return said.nobody
    return said.cut if parties.is_cut else ""


def present_guest(guest: Guest, reader: Reader, *, is_exit: bool) -> GuestText:
    """The page of one guest who was found."""
    said, view = reader.words.people.search, view_of(guest, reader.fields)
    lines = (
        NO_BREAK.join(filter(None, (view.class_name, standing_text(guest, reader)))),
        NO_BREAK.join(_numbers(view, reader)),
    )
    row = TABLE[view.outcome]
    checks = reader.event is not None and reader.event.checks_identity_by_name
    may_go_in = is_admission(view.outcome) or view.outcome is Outcome.ANSWERS_REQUIRED
    goes_in = may_go_in and not is_exit
    ask = said.let_out if is_exit else said.let_in if goes_in else said.ask
    return GuestText(
        name=view.name or said.nameless,
        lines=tuple(filter(None, lines)),
        outcome_class=row.outcome_class,
        word=reader.words.outcomes[view.outcome].word,
        ask=ask,
        wants_id=goes_in and checks,
        can_be_presented=view.can_be_presented,
    )


@dataclass(frozen=True, slots=True)
class GroupText:
    """A group's page: a row each, whom a touch can tick, and how many can be let in now."""

    note: str
    rows: tuple[RowText, ...] = ()
    admit: str = ""
    is_done: bool = False


def present_group(
    party: Party | None,
    ticked: Collection[TicketHandle],
    told: "dict[TicketHandle, Verdict]",
    reader: Reader,
    *,
    first: Outcome | None,
    is_looking: bool,
) -> GroupText:
    """The scanned guest first, then the others: who is ticked, and what the door said to each.

    `first` is what it said to the scanned one.
    """
    said = reader.words.people.group
    if is_looking:
        return GroupText(said.looking)
    if party is None:
        return GroupText(said.unknown)
    rows = tuple(
        _scanned_row(guest, reader, first)
        if place == 0
        else _group_row(guest, reader, ticked, told.get(guest.person.tid))
        for place, guest in enumerate(party.guests)
    )
    if len(party.guests) == 1:
        return GroupText(said.alone, rows)
    if told:
        went_in = sum(is_admission(verdict.outcome) for verdict in told.values())
        return GroupText(said.done.fill(admitted=went_in, asked=len(told)), rows, is_done=True)
    return GroupText(said.who, rows, said.admit.fill(count=len(ticked)) if ticked else "")


def _scanned_row(guest: Guest, reader: Reader, outcome: Outcome | None) -> RowText:
    """The guest whose code was seen; what the door would say to them now is no news to anybody."""
    view, said = view_of(guest, reader.fields), reader.words.people
    word = reader.words.outcomes[outcome].word if outcome is not None else ""
    line = NO_BREAK.join(filter(None, (said.group.here, word, view.class_name)))
    sign = None if outcome is None else _class(outcome)
    return RowText(view.name or said.search.nameless, line, sign, is_ready=False)


def _group_row(guest: Guest, reader: Reader, ticked: Collection[TicketHandle], verdict: Verdict | None) -> RowText:
    view, said = view_of(guest, reader.fields), reader.words.people
    name = view.name or said.search.nameless
    if verdict is not None:
        word = reader.words.outcomes[verdict.outcome].word
        return RowText(name, NO_BREAK.join(filter(None, (word, view.class_name))), _class(verdict.outcome))
    line = NO_BREAK.join(filter(None, (standing_text(guest, reader), view.class_name)))
    if not may_join(guest):
        return RowText(name, line, _class(view.outcome), is_ready=False)
    return RowText(name, line, None, is_ticked=guest.person.tid in ticked)


def may_join(guest: Guest) -> bool:
    """Whether a guest can be ticked: the door would let them pass. Whom it would not is scanned alone."""
    return guest.person.ticket is not None and _class(guest.answer.outcome) in _PASSING


def _class(outcome: Outcome) -> OutcomeClass:
    return TABLE[outcome].outcome_class
