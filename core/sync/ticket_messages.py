"""What the server says of tickets that were sold: found, one with its whole history, its code to hand out.

Owns the wire types: plain values of JSON types, which a server publishes and the organizer's window checks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """What a ticket's newest edition is worth at a door."""

    VALID = "valid"
    CANCELED = "canceled"
    REVOKED = "revoked"
    BLOCKED = "blocked"
    UNPAID = "unpaid"


class Why(StrEnum):
    """Why somebody changed what a ticket is worth: a word of a list, for the audit log keeps no guest's name."""

    REFUND = "refund"
    GUEST = "guest"
    DUPLICATE = "duplicate"
    LOST = "lost"
    STOLEN = "stolen"
    FRAUD = "fraud"
    SECURITY = "security"
    PAYMENT = "payment"
    MISTAKE = "mistake"
    OTHER = "other"


ASKED_FOR = frozenset({Why.STOLEN, Why.FRAUD})
"""Why a new code is mailed only where somebody says so: whoever has the telephone may read its mail."""


class What(StrEnum):
    """What a told ticket is to the ledger."""

    NEW = "new"
    CHANGED = "changed"
    CANCELED = "canceled"
    RESTORED = "restored"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class TicketReply:
    """What a ticket that its shop told was to the ledger; `text` is its T1 where it has one."""

    what: What
    tid: str | None
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TicketSummary:
    """One ticket as its shop wants it back. `first_ms` is when its first entry was taken."""

    source: str
    external_ref: str | None
    order: str | None
    tid: str
    cls: int
    class_name: str
    gen: int
    status: Standing
    entries: int
    first_ms: int | None


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Some tickets in the order of their handles; `after` asks for the next ones, None after the last."""

    tickets: Sequence[TicketSummary]
    after: str | None


@dataclass(frozen=True, slots=True)
class TicketCode:
    """A ticket and the T1 of its newest edition."""

    tid: str
    source: str
    external_ref: str | None
    text: str = field(repr=False)
    cls: int = 0
    nbf: int = 0
    exp: int = 0


@dataclass(frozen=True, slots=True)
class CodePage:
    """Some codes in the order of their tickets; `after` asks for the next ones, None after the last."""

    codes: Sequence[TicketCode]
    after: str | None


@dataclass(frozen=True, slots=True)
class Match:
    """A ticket that a search found, by what, and who holds it."""

    ticket: TicketSummary
    by: str
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Matches:
    """The tickets that were found. `is_cut`: there are more; a longer text finds fewer."""

    matches: Sequence[Match]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class TicketTerms:
    """When a ticket opens doors, and how often. `nbf` and `exp` are unix seconds, `issued_ms` unix milliseconds.

    `has_t1`: it has a code of ours, and can be printed; `old_codes` counts those of its shop. `attention` are the
    numbers of the event's items that concern it beside its class.
    """

    nbf: int
    exp: int
    entries_allowed: int
    is_inside: bool
    has_t1: bool
    old_codes: int
    is_rotating: bool
    is_listed: bool
    issued_ms: int
    attention: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Passing:
    """One fact of a ticket: a scan with its answer, or what was shown or decided after one.

    `direction` and `gate` are a scan's; `source` says where a door's answer came from; `operator` whose hand it was;
    `said` is an override's reason, what staff remembered after a restart, or what an incident was found to be. Unless
    `is_clock_sure`, the device doubted its own clock.
    """

    id: str
    kind: str
    at_ms: int | None
    device: str
    device_name: str
    outcome: str | None
    arrival: str
    reason: str | None
    refers_to: str | None
    received_ms: int
    gate: str | None = None
    direction: str | None = None
    source: str | None = None
    operator: str | None = None
    said: str | None = None
    is_clock_sure: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """One entry that the ticket had."""

    entry_number: int
    scan: str
    at_ms: int
    gate: str
    device_name: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """One incident of the ticket. `closed_ms` and `finding` are there once somebody has looked at it."""

    scan: str
    kind: str
    severity: str
    state: str
    opened_ms: int
    closed_ms: int | None = None
    finding: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that somebody did to the ticket."""

    at_ms: int
    deed: str
    by: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RefundTold:
    """Money that goes back through Stripe, and what became of it.

    `state` is `waiting`, `done`, `stuck` (its tries are spent, and nobody knows), `refused` (a person decides) or
    `given_up`; `reason` says why it is refused. `amount` is in the currency's smallest unit, `refund` Stripe's name of
    it, `tickets` whom it is for. Times are unix milliseconds.
    """

    id: str
    state: str
    amount: int
    currency: str
    order: str
    source: str
    tickets: Sequence[str]
    begun_ms: int
    done_ms: int | None = None
    reason: str | None = None
    refund: str | None = None
    tries: int = 0
    due_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PriceTold:
    """What one ticket cost."""

    ticket: str
    amount: int


@dataclass(frozen=True, slots=True)
class PaymentTold:
    """What an order was bought with, in the currency's smallest unit; `refunded` is what Stripe said that went back."""

    amount: int
    currency: str
    state: str
    refunded: int
    prices: Sequence[PriceTold] = ()
    refunds: Sequence[RefundTold] = ()


@dataclass(frozen=True, slots=True)
class MailTold:
    """One mail that has the ticket: when it was put in, how it stands, why it is dead or canceled, when it ended."""

    message: str
    made_ms: int
    state: str
    reason: str | None
    closed_ms: int | None


@dataclass(frozen=True, slots=True)
class History:
    """Everything about one ticket, each part by its time. `is_cut`: older facts are left out.

    `refunds` is what went back for it, the newest first.
    `email` is where it is sent, where its shop said that; `mails` what went there, the newest first. `is_mailed`: the
    event mails its tickets, and so a new code of this one.
    """

    ticket: TicketSummary
    facts: Sequence[Passing]
    entries: Sequence[Taken]
    incidents: Sequence[Trouble]
    deeds: Sequence[Done]
    is_cut: bool
    name: str = field(default="", repr=False)
    terms: TicketTerms | None = None
    refunds: Sequence[RefundTold] = ()
    email: str = field(default="", repr=False)
    mails: Sequence[MailTold] = ()
    is_mailed: bool = False


@dataclass(frozen=True, slots=True)
class ReissuedTicket:
    """A ticket's new code, said once, and to whom it was mailed as well (masked); None for nobody."""

    tid: str
    text: str = field(repr=False)
    mailed_to: str | None = None


@dataclass(frozen=True, slots=True)
class MailedReply:
    """The messages that mail tickets, how many tickets they have, and to whom, masked."""

    messages: Sequence[str]
    tickets: int
    recipients: Sequence[str]


@dataclass(frozen=True, slots=True)
class ChangeReply:
    """The tickets that are otherwise now, and the manifest's version that tells kiosks; 0 where nothing changed.

    `refund` is what goes back through Stripe, where a cancel for a refund had anything to give back.
    """

    changed: Sequence[str]
    manifest_version: int
    refund: RefundTold | None = None


@dataclass(frozen=True, slots=True)
class AttentionReply:
    """The numbers that concern the ticket now."""

    attention: Sequence[int]
