"""What holds for one ticket, whoever asks: checks 7 (for old codes), 8, 9 and 10.

Owns the refusals that follow from the ticket's terms and the circumstances of a presentation. A kiosk builds the terms
from a code's claims and its manifest, the server from its own row; the rules are these lines for both.
"""

from dataclasses import dataclass, field
from datetime import date

from core.model.attention import AttentionItem, items_of
from core.model.codes import T1_FORM, is_old_form
from core.model.event import Direction, Event, TicketClass
from core.model.ids import GateId, TicketHandle
from core.model.moments import LATEST_MS, Millis, Moment
from core.model.outcomes import Outcome
from core.model.questions import Question
from core.ticket.lists import Denial, DenialReason

LEEWAY_MS = 60_000
"""Clocks of shops, phones and doors differ by seconds; a minute at each end of a window costs nobody anything.

Part of what a ticket's window means (docs/ticket-format.md), and no event's policy: docs/time.md says why.
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """A ticket's standing: its class (None where the event has none of that number), window and denial.

    `rotating` is the 32-byte key of a rotating ticket where its proofs are checked after the door: on the server, for
    kiosks that do not hold it. None where the code itself was verified whole, or does not rotate.
    """

    tid: TicketHandle
    ticket_class: TicketClass | None
    nbf: int
    exp: int
    denial: Denial | None
    rotating: bytes | None = field(default=None, repr=False)
    marks: frozenset[int] = frozenset()
    """The numbers of the event's attention items that concern this very ticket."""

    @property
    def entries(self) -> int:
        """How many entries the ticket buys."""
        return self.ticket_class.entries if self.ticket_class else 1

    @property
    def questions(self) -> tuple[Question, ...]:
        """What its guest is asked."""
        return self.ticket_class.questions if self.ticket_class else ()

    def attention(self, event: Event) -> tuple[AttentionItem, ...]:
        """What the door does before it lets its guest go on."""
        of_class = self.ticket_class.attention if self.ticket_class else frozenset[int]()
        return items_of(of_class | self.marks, event.attention)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where, when and in which edition a ticket was presented."""

    gen: int
    gate: GateId
    direction: Direction
    moment: Moment
    form: str | None = T1_FORM
    """The form of its code: `t1`, an adapter's name, or that none was seen (`core.model.codes`)."""

    @property
    def is_old_code(self) -> bool:
        """Whether the code existed before T1."""
        return is_old_form(self.form)


def refusal_by_terms(terms: Terms, event: Event, at: Circumstances) -> Outcome | None:
    """The first of checks 7–10 that refuses, or None.

    7. an old code after the end of its event's migration
    8. deny list: an edition below `min_gen` is refused by the entry's reason
    9. class, gate, date
    10. nbf − 60 s − u ≤ now < exp + 60 s + u

    Exits skip 7, 9 and 10; at an exit only `blocked` is refused: canceled and revoked guests may leave.
    """
    if at.direction is Direction.ENTRY and _is_expired(event, at):  # (7)
        return Outcome.LEGACY_EXPIRED
    denied = refusal_by_denial(terms, at)  # (8)
    if denied is not None or at.direction is Direction.EXIT:
        return denied
    return _refusal_by_class(terms.ticket_class, event, at) or _refusal_by_window(terms, event, at.moment)


STEP_OF: dict[Outcome, int] = {
    Outcome.LEGACY_EXPIRED: 7,
    **{reason.outcome: 8 for reason in DenialReason},
    **dict.fromkeys((Outcome.WRONG_PRODUCT, Outcome.WRONG_GATE, Outcome.WRONG_DATE), 9),
    **dict.fromkeys((Outcome.TOO_EARLY, Outcome.TOO_LATE, Outcome.CLOCK_UNTRUSTED), 10),
}
"""The number of the check behind each refusal of `refusal_by_terms`."""


def _is_expired(event: Event, at: Circumstances) -> bool:
    """A suspect clock ends no migration: the guest before it has a ticket."""
    earliest_ms = at.moment.at_ms - at.moment.uncertainty_ms
    return at.is_old_code and not at.moment.is_suspect and event.codes.are_old_codes_over(earliest_ms)


def refusal_by_denial(terms: Terms, at: Circumstances) -> Outcome | None:
    """Check 8 alone: what the deny list says of this edition in this direction."""
    if terms.denial is None or not terms.denial.refuses(at.gen):
        return None
    if at.direction is Direction.EXIT and terms.denial.reason is not DenialReason.BLOCKED:
        return None
    return terms.denial.reason.outcome


def _refusal_by_class(ticket_class: TicketClass | None, event: Event, at: Circumstances) -> Outcome | None:
    if ticket_class is None or not ticket_class.opens_doors:  # (9)
        return Outcome.WRONG_PRODUCT
    if ticket_class.gates is not None and at.gate not in ticket_class.gates:
        return Outcome.WRONG_GATE
    if ticket_class.dates is None or at.moment.is_suspect:  # what day it is, a suspect clock can't say: (10)
        return None
    return None if _possible_days(event, at.moment) & ticket_class.dates else Outcome.WRONG_DATE


def _possible_days(event: Event, now: Moment) -> frozenset[date]:
    """The event's days that it can be now: near midnight an unsure clock leaves two."""
    reach = (-now.uncertainty_ms, 0, now.uncertainty_ms)
    return frozenset(event.day_of(Millis(min(max(0, now.at_ms + ms), LATEST_MS))) for ms in reach)


def _refusal_by_window(terms: Terms, event: Event, now: Moment) -> Outcome | None:
    if now.is_suspect and not _covers(terms, event):  # (10)
        return Outcome.CLOCK_UNTRUSTED
    if now.is_suspect:
        return None
    slack_ms = LEEWAY_MS + now.uncertainty_ms
    if now.at_ms < terms.nbf * 1000 - slack_ms:
        return Outcome.TOO_EARLY
    if now.at_ms >= terms.exp * 1000 + slack_ms:
        return Outcome.TOO_LATE
    return None


def _covers(terms: Terms, event: Event) -> bool:
    """Whether the ticket is good for the whole event, so that no clock can put its window or its dates in doubt."""
    dates = terms.ticket_class.dates if terms.ticket_class else None
    is_on_every_day = dates is None or event.is_within(dates)
    return is_on_every_day and terms.nbf * 1000 <= event.starts_ms and event.ends_ms <= terms.exp * 1000
