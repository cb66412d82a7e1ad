"""What the pages of tickets say: answers and a language in, rows and lines of text out.

Owns the words for how a ticket stands and what happened to it. Refuses Qt; what guests are called passes through as it
came, and is made harmless where it is drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from app.organizer.incidents_words import kind_word
from app.organizer.panel_present import cause_text
from app.organizer.refusals import refusal_text
from app.organizer.row_list import ListRow
from app.organizer.surroundings import Confirmation
from app.organizer.words import OrganizerWords
from app.paper.sheet import PaperTicket
from app.widgets.times import duration_text, instant_text, second_text
from core.delivery.mail import Unsent
from core.delivery.message import MessageState
from core.insight.ticket_deeds import TERMS, TicketDeed, offered
from core.insight.ticket_timeline import Step, StepKind, timeline
from core.journal.audit import Deed
from core.journal.scan import Finding
from core.model.outcomes import TABLE, Outcome, OutcomeClass
from core.model.roles import Right
from core.payment.intent import RefundFate
from core.payment.money import money_text
from core.sync.answers import Later, Rejected
from core.sync.messages import EventReply
from core.sync.ticket_messages import (
    History,
    MailedReply,
    Match,
    Matches,
    RefundTold,
    Standing,
    TicketCode,
    TicketSummary,
    Why,
)
from core.ticket.lists import DenialReason

BETWEEN = " · "
SIGNS: dict[Standing, OutcomeClass] = {
    Standing.VALID: OutcomeClass.ADMIT,
    Standing.UNPAID: OutcomeClass.HOLD,
    Standing.CANCELED: OutcomeClass.DENY,
    Standing.REVOKED: OutcomeClass.DENY,
    Standing.BLOCKED: OutcomeClass.DENY,
}
_GROUP = 4
"""Digits of a ticket's number that are read aloud at once."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language, where and when."""

    words: OrganizerWords
    zone: ZoneInfo
    now_ms: int
    event: EventReply | None = None

    def instant(self, at_ms: int) -> str:
        """A time as the event has it."""
        return instant_text(at_ms, self.zone, self.now_ms, self.words.calendar)

    def moment(self, at_ms: int) -> str:
        """A time with its seconds; with its day where it is another one."""
        day = instant_text(at_ms, self.zone, self.now_ms, self.words.calendar)
        return second_text(at_ms, self.zone) if len(day) == len("20:02") else day

    def gate(self, gate: str) -> str:
        """The gate's name on its sign."""
        gates = self.event.policy.gates if self.event is not None else []
        return next((each.name for each in gates if each.id == gate), gate)


@dataclass(frozen=True, slots=True)
class FoundText:
    """What a search found. `note` stands in the rows' place where there are none, else below them."""

    note: str
    rows: tuple[ListRow, ...] = ()
    title: str = ""


def present_found(matches: Matches, words: OrganizerWords) -> FoundText:
    """The rows of a search; each is named by its ticket."""
    said = words.tickets.list
    rows = tuple(_found_row(match, words) for match in matches.matches)
    if not rows:
        return FoundText(said.nobody)
    title = said.one_found if len(rows) == 1 else said.found.fill(count=len(rows))
    return FoundText(said.cut if matches.is_cut else "", rows, title)


def _found_row(match: Match, words: OrganizerWords) -> ListRow:
    ticket = match.ticket
    return ListRow(
        name=ticket.tid,
        title=match.name or words.tickets.list.nameless,
        line=BETWEEN.join(filter(None, (ticket.class_name, _bought(ticket, words), use_text(ticket, words)))),
        aside=words.tickets.states[ticket.status],
        sign=SIGNS[ticket.status],
        is_muted=ticket.status is not Standing.VALID,
    )


def _bought(ticket: TicketSummary, words: OrganizerWords) -> str:
    said = words.tickets.list
    if ticket.order:
        return said.order.fill(order=ticket.order)
    return said.reference.fill(source=ticket.source, reference=_reference(ticket)) if _reference(ticket) else ""


def _reference(ticket: TicketSummary) -> str:
    """The shop's own reference; empty where the ledger made one up."""
    reference = ticket.external_ref or ""
    return "" if reference.startswith(("code:", "name:")) else reference


def use_text(ticket: TicketSummary, words: OrganizerWords) -> str:
    """Whether it was used."""
    said = words.tickets.list
    return said.used.fill(used=ticket.entries) if ticket.entries else said.unused


def number_text(tid: str) -> str:
    """A ticket's number as it is read aloud: `a7f8 022a 4eed ef2a`."""
    return " ".join(tid[at : at + _GROUP] for at in range(0, len(tid), _GROUP))


# --- one ticket ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of a ticket: what it is called, and what it is."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be done with it."""

    deed: TicketDeed
    key: str
    is_ready: bool


@dataclass(frozen=True, slots=True)
class TicketText:
    """One ticket with its history, the newest step first."""

    name: str
    state: str
    sign: OutcomeClass
    facts: tuple[Fact, ...]
    offers: tuple[Offer, ...]
    steps: tuple[ListRow, ...]
    count: str
    note: str
    subtitle: str
    can_print: bool
    can_mark: bool
    order: str
    can_mail: bool = False


def present_ticket(told: History, reader: Reader, rights: frozenset[Right]) -> TicketText:
    """Everything that the page says of a ticket. `rights`: what whoever looks at it may do."""
    words, ticket = reader.words, told.ticket
    steps = timeline(told)
    said = words.tickets.ticket
    offers = tuple(
        Offer(deed, words.tickets.deeds[deed].key, TERMS[deed].right in rights)
        for deed in offered(ticket.status, has_order=bool(ticket.order))
    )
    return TicketText(
        name=told.name or words.tickets.list.nameless,
        state=words.tickets.states[ticket.status],
        sign=SIGNS[ticket.status],
        facts=tuple(_facts(told, reader)),
        offers=offers,
        steps=tuple(_row(place, step, reader) for place, step in enumerate(steps)),
        count=said.steps.fill(count=len(steps)) if steps else said.no_history,
        note=said.cut if told.is_cut else "",
        subtitle=subtitle_of(told, reader),
        can_print=told.terms is not None and told.terms.has_t1 and Right.SELL_TICKETS in rights,
        can_mark=Right.SELL_TICKETS in rights,
        order=ticket.order or "",
        can_mail=_can_be_mailed(told) and Right.CANCEL_TICKETS in rights,
    )


def _can_be_mailed(told: History) -> bool:
    """Whether there is an address, and a code of ours that counts: the server decides again."""
    has_code = told.terms is not None and told.terms.has_t1
    return bool(told.email) and has_code and told.ticket.status is Standing.VALID


def mail_question(told: History, words: OrganizerWords) -> Confirmation:
    """What is asked before a ticket, or all of its order, is mailed once more."""
    said, order = words.tickets.mail, told.ticket.order
    text = said.text_order.fill(order=order, address=told.email) if order else said.text.fill(address=told.email)
    return Confirmation(said.title, text, said.yes)


def mailed_text(told: MailedReply, words: OrganizerWords) -> str:
    """What is said once it is on its way."""
    said, address = words.tickets.mail, ", ".join(told.recipients)
    if told.tickets == 1:
        return said.done.fill(address=address)
    return said.done_many.fill(count=told.tickets, address=address)


def refund_text(told: RefundTold, words: OrganizerWords) -> str:
    """How much goes back, and what became of it; a state that this window does not know is said as the server did."""
    known = told.state in set(RefundFate)
    state = words.tickets.refund_states[RefundFate(told.state)] if known else told.state
    return words.tickets.refund.told.fill(amount=money_text(told.amount, told.currency), state=state)


def subtitle_of(told: History, reader: Reader) -> str:
    """Which ticket a question is about: its holder, its class, its number."""
    name = told.name or reader.words.tickets.list.nameless
    return BETWEEN.join(filter(None, (name, told.ticket.class_name, f"№ {number_text(told.ticket.tid)}")))


def _facts(told: History, reader: Reader) -> Iterator[Fact]:
    words, ticket, terms = reader.words, told.ticket, told.terms
    said = words.tickets.ticket
    yield Fact(said.class_name, ticket.class_name or str(ticket.cls))
    if terms is not None:
        yield Fact(said.entries, _left(ticket.entries, terms.entries_allowed, words))
        yield Fact(said.inside, said.is_inside if terms.is_inside else said.is_outside)
        window = (reader.instant(terms.nbf * 1_000), reader.instant(terms.exp * 1_000))
        yield Fact(said.window, said.window_text.fill(start=window[0], end=window[1]))
    yield Fact(said.order, ticket.order or said.no_order)
    yield Fact(said.shop, _shop(ticket, words))
    if told.email:
        yield Fact(words.tickets.mail.address, BETWEEN.join(filter(None, (told.email, _mail_text(told, reader)))))
    for each in told.refunds:
        yield Fact(words.tickets.refund.name, refund_text(each, words))
    yield Fact(said.number, number_text(ticket.tid))
    if terms is not None:
        yield Fact(said.code, _code(ticket.gen + 1, terms.has_t1, terms.old_codes, words))
        yield Fact(said.attention, attention_text(terms.attention, reader) or said.no_attention)


def _mail_text(told: History, reader: Reader) -> str:
    """What became of the newest mail that has the ticket; nothing where none was ever put in."""
    if not told.mails:
        return ""
    said, newest = reader.words.tickets.mail, told.mails[0]
    at = reader.instant(newest.made_ms if newest.closed_ms is None else newest.closed_ms)
    match newest.state:
        case MessageState.SENT:
            return said.sent.fill(time=at)
        case MessageState.DEAD:
            return said.given_up.fill(time=at)
        case MessageState.CANCELED:
            is_no_more = newest.reason == Unsent.SUPPRESSED
            return said.no_more.fill(time=at) if is_no_more else said.not_sent.fill(time=at)
        case _:
            return said.waits


def _left(used: int, allowed: int, words: OrganizerWords) -> str:
    said, left = words.tickets.ticket, max(0, allowed - used)
    return said.left.fill(left=left, allowed=allowed) if left else said.all_used.fill(allowed=allowed)


def _shop(ticket: TicketSummary, words: OrganizerWords) -> str:
    if ticket.source == "issued":
        return words.tickets.ticket.by_hand
    return BETWEEN.join(filter(None, (ticket.source, _reference(ticket))))


def _code(edition: int, has_t1: bool, old: int, words: OrganizerWords) -> str:
    said = words.tickets.ticket
    if has_t1:
        return said.t1_and_old.fill(edition=edition, count=old) if old else said.t1.fill(edition=edition)
    return said.old.fill(count=old) if old else said.no_code


def attention_text(numbers: object, reader: Reader) -> str:
    """The event's items of these numbers."""
    wanted = set(numbers) if isinstance(numbers, list | tuple | frozenset | set) else set()
    items = reader.event.policy.attention if reader.event is not None else []
    return ", ".join(each.text for each in items if each.number in wanted)


# --- its history --------------------------------------------------------------------------------------------------


def _row(place: int, step: Step, reader: Reader) -> ListRow:
    return ListRow(
        name=f"{place} {step.at_ms} {step.kind}",
        title=_title(step, reader),
        line=BETWEEN.join(filter(None, _details(step, reader))),
        aside=reader.moment(step.at_ms),
        sign=_sign(step),
    )


def _sign(step: Step) -> OutcomeClass | None:
    match step.kind:
        case StepKind.SCAN:
            outcome = _outcome(step.outcome)
            return None if outcome is None else TABLE[outcome].outcome_class
        case StepKind.OVERRIDE:
            return OutcomeClass.ADMIT_AND_ACT
        case StepKind.INCIDENT:
            return OutcomeClass.HOLD
        case StepKind.UNDO | StepKind.RECOVERY | StepKind.RESOLUTION | StepKind.RECORD | StepKind.DEED:
            return None
    assert_never(step.kind)


def _title(step: Step, reader: Reader) -> str:
    words = reader.words
    said = words.tickets.steps
    match step.kind:
        case StepKind.SCAN:
            outcome = _outcome(step.outcome)
            return said.scan.fill(outcome=_small(words.outcomes[outcome].word)) if outcome else said.no_outcome
        case StepKind.UNDO:
            return said.undo
        case StepKind.OVERRIDE:
            return said.override
        case StepKind.RECOVERY:
            return said.recovery_entered if step.said == "entered" else said.recovery_stayed
        case StepKind.RESOLUTION:
            return said.resolution.fill(finding=_finding(step.said, words))
        case StepKind.RECORD:
            return said.record
        case StepKind.INCIDENT:
            return said.incident.fill(kind=words.incidents.kinds[kind_word(step.incident)].title)
        case StepKind.DEED:
            return _logged(step, words)
    assert_never(step.kind)


def _details(step: Step, reader: Reader) -> Iterator[str]:
    words = reader.words
    said = words.tickets.steps
    if step.kind is StepKind.INCIDENT:
        yield {"open": said.open, "resolved": said.resolved, "withdrawn": said.withdrawn}.get(step.state, step.state)
        yield _finding(step.said, words)
        return
    if step.kind is StepKind.DEED:
        yield said.by.fill(name=step.by)
        why = str(step.details.get("why") or "")
        yield said.why.fill(why=words.tickets.whys[Why(why)]) if why in set(Why) else ""
        return
    gate = reader.gate(step.gate)
    yield said.at.fill(gate=gate, device=step.device_name) if gate else step.device_name
    yield said.entry.fill(number=step.entry) if step.entry is not None else ""
    yield said.exit if step.direction == "exit" else ""
    if step.is_online is not None:
        yield said.online if step.is_online else said.offline
    yield said.by.fill(name=step.operator) if step.operator else ""
    yield said.reason.fill(reason=step.said) if step.kind is StepKind.OVERRIDE and step.said else ""
    yield said.late.fill(duration=duration_text(step.late_ms, words.calendar)) if step.late_ms else ""
    yield said.clock if not step.is_clock_sure else ""
    yield said.aside.fill(reason=step.aside.replace("_", " ")) if step.aside else ""


def _outcome(value: str) -> Outcome | None:
    return Outcome(value) if value in set(Outcome) else None


def _finding(value: str, words: OrganizerWords) -> str:
    return words.findings[Finding(value)] if value in set(Finding) else ""


def _small(word: str) -> str:
    """A door's large word as it stands in a list: `ALREADY USED` is `Already used`."""
    return word[:1] + word[1:].lower() if word.isupper() else word


def _logged(step: Step, words: OrganizerWords) -> str:
    said, reason = words.tickets.logged, step.details.get("reason")
    match step.deed:
        case Deed.TICKET_PUT:
            return said.put
        case Deed.TICKET_CANCELED:
            return {DenialReason.BLOCKED: said.blocked, DenialReason.UNPAID: said.unpaid}.get(
                _denial(reason), said.canceled
            )
        case Deed.TICKET_RESTORED:
            return {DenialReason.BLOCKED: said.unblocked, DenialReason.UNPAID: said.paid}.get(
                _denial(reason), said.restored
            )
        case Deed.TICKET_REISSUED:
            gen = step.details.get("gen")
            return said.reissued.fill(edition=gen + 1 if isinstance(gen, int) else "?")
        case Deed.TICKET_MARKED:
            return said.marked
        case Deed.TICKET_MAILED:
            return words.tickets.mail.logged
        case Deed.PERSON_ERASED:
            return said.erased
        case Deed.ADMISSION_UNDONE:
            return said.undone
        case Deed.ADMISSION_OVERRIDDEN:
            return said.overridden
        case _:
            return said.other.fill(deed=step.deed)


def _denial(reason: object) -> DenialReason:
    return DenialReason(str(reason)) if reason in set(DenialReason) else DenialReason.CANCELED


# --- deeds --------------------------------------------------------------------------------------------------------


def fault_text(fault: Later | Rejected, words: OrganizerWords) -> str:
    """Why a deed was not done, and what helps."""
    if isinstance(fault, Later):
        return words.tickets.asking.later.fill(cause=cause_text(fault, words))
    return refusal_text(fault, words)


# --- paper --------------------------------------------------------------------------------------------------------


def papers_of(codes: Sequence[TicketCode], event: EventReply, zone: ZoneInfo) -> list[PaperTicket]:
    """The tickets as they are printed, numbered from 1. Dates as machines and people of all languages read them."""
    names = {each.id: each.name for each in event.policy.classes}
    usual = (event.policy.starts_ms // 1_000, -(-event.policy.ends_ms // 1_000))
    return [
        PaperTicket(
            event_name=event.policy.name,
            class_name=names.get(code.cls, ""),
            valid=_valid(code, usual, zone),
            text=code.text,
            number=number,
        )
        for number, code in enumerate(codes, 1)
    ]


def _valid(code: TicketCode, usual: tuple[int, int], zone: ZoneInfo) -> str:
    """When the event begins; a window of the ticket's own is said whole."""
    start = datetime.fromtimestamp(code.nbf, zone)
    if (code.nbf, code.exp) == usual:
        return f"{start:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M} – {datetime.fromtimestamp(code.exp, zone):%Y-%m-%d %H:%M}"
