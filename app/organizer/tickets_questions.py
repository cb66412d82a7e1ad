"""What the pages of tickets ask a server, and do there.

Owns the addresses and the shapes of their answers. Much of it names guests, or codes that open doors: that is never
kept on a disk.
"""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

from app.organizer.shapes import reader_of
from core.insight.import_course import Outlook, Wanted
from core.insight.question import Deed, Method, Question, Topic
from core.insight.ticket_deeds import TERMS, TicketDeed
from core.model.roles import Right
from core.sync.import_messages import ImportJob, SampleReply
from core.sync.messages import EventReply
from core.sync.ticket_messages import (
    AttentionReply,
    ChangeReply,
    CodePage,
    History,
    MailedReply,
    Matches,
    PaymentTold,
    ReissuedTicket,
    TicketReply,
    TicketSummary,
    Why,
)

T = TypeVar("T")

MOST_FOUND = 50
LEAST_LETTERS = 3
CODES_AT_ONCE = 1_000
CODES_TIMEOUT_S = 30.0
"""A thousand codes are sealed anew for each answer."""
SAMPLE_TIMEOUT_S = 60.0
"""The server reads the whole list again for one ticket."""
PART_TIMEOUT_S = 60.0
"""A part of 128 KiB at 20 kbit/s."""
OFFICE = "office"
"""The source of tickets that are issued one by one in the window."""
_EVENT = "/api/v1/events/{event}"


_matches, _history, _change = reader_of(Matches), reader_of(History), reader_of(ChangeReply)
_event, _job, _sample = reader_of(EventReply), reader_of(ImportJob), reader_of(SampleReply)
_jobs = reader_of(list[ImportJob])
_tickets = reader_of(list[TicketSummary])
_outlook, _reissued, _codes = reader_of(Outlook), reader_of(ReissuedTicket), reader_of(CodePage)
_payment = reader_of(PaymentTold)
_attention, _reply, _mailed = reader_of(AttentionReply), reader_of(TicketReply), reader_of(MailedReply)


# --- to be known --------------------------------------------------------------------------------------------------


def event_question() -> Question[EventReply]:
    """The event itself: its classes, its attention items, its time zone."""
    return Question("event", _EVENT, _event, Right.READ_EVENT, frozenset({Topic.MANIFEST}))


def search_question(text: str) -> Question[Matches]:
    """The tickets that a text means."""
    return Question(
        f"search {text}",
        f"{_EVENT}/tickets/search",
        _matches,
        Right.READ_TICKETS,
        frozenset({Topic.MANIFEST, Topic.FACTS}),
        body={"text": text, "limit": MOST_FOUND},
        is_kept=False,
    )


def history_question(tid: str) -> Question[History]:
    """Everything about one ticket."""
    return Question(
        f"ticket {tid}",
        f"{_EVENT}/tickets/{tid}",
        _history,
        Right.READ_TICKETS,
        frozenset({Topic.MANIFEST, Topic.FACTS, Topic.INCIDENTS}),
        is_kept=False,
    )


def order_question(order: str) -> Question[list[TicketSummary]]:
    """The tickets of an order."""
    return Question(
        f"order {order}",
        f"{_EVENT}/orders",
        _tickets,
        Right.READ_TICKETS,
        frozenset({Topic.MANIFEST, Topic.FACTS}),
        params={"order": order},
        is_kept=False,
    )


def payment_question(order: str, source: str) -> Question[PaymentTold]:
    """What an order of a shop was bought with; asked by whoever may give money back."""
    return Question(
        f"payment {source} {order}",
        f"{_EVENT}/orders/payment",
        _payment,
        Right.CHANGE_PAYMENTS,
        params={"order": order, "source": source},
        is_kept=False,
    )


def imports_question() -> Question[list[ImportJob]]:
    """The imports of the event, those that somebody left half-way among them."""
    return Question("imports", f"{_EVENT}/imports", _jobs, Right.SELL_TICKETS, is_kept=False)


# --- to be done: tickets ------------------------------------------------------------------------------------------


def change_deed(tid: str, deed: TicketDeed, why: Why | None, refund: int | None = None) -> Deed[ChangeReply]:
    """Cancel, restore, block and so on. `refund` is how much goes back, where that was shown."""
    return Deed(
        Method.POST,
        f"{_EVENT}/tickets/{tid}/{deed.value}",
        _change,
        TERMS[deed].right,
        {"why": None if why is None else why.value} | _refund_of(refund),
        frozenset({Topic.MANIFEST}),
    )


def _refund_of(refund: int | None) -> dict[str, int]:
    return {} if refund is None else {"refund_amount": refund}


def reissue_deed(tid: str, why: Why | None, *, is_mailed: bool | None = None) -> Deed[ReissuedTicket]:
    """A new code; every older one ends. `is_mailed` where the server said that it mails tickets."""
    body = {"why": None if why is None else why.value} | ({} if is_mailed is None else {"mail": is_mailed})
    path = f"{_EVENT}/tickets/{tid}/reissue"
    return Deed(Method.POST, path, _reissued, Right.CANCEL_TICKETS, body, frozenset({Topic.MANIFEST}))


def cancel_order_deed(order: str, why: Why | None, refund: int | None = None) -> Deed[ChangeReply]:
    """All that is left of an order."""
    body = {"order": order, "why": None if why is None else why.value} | _refund_of(refund)
    path = f"{_EVENT}/orders/cancel"
    return Deed(Method.POST, path, _change, Right.CANCEL_TICKETS, body, frozenset({Topic.MANIFEST}))


def attention_deed(tid: str, numbers: Sequence[int]) -> Deed[AttentionReply]:
    """What the doors do for one ticket beside its class."""
    return Deed(
        Method.PUT,
        f"{_EVENT}/tickets/{tid}/attention",
        _attention,
        Right.SELL_TICKETS,
        {"attention": sorted(numbers)},
        frozenset({Topic.MANIFEST}),
    )


def mail_deed(tid: str, order: str, source: str) -> Deed[MailedReply]:
    """A ticket, or all of its order, to the address that each has; pressed twice it is one mail."""
    body = {"order": order, "source": source} if order else {"tickets": [tid]}
    return Deed(Method.POST, f"{_EVENT}/mail/tickets", _mailed, Right.CANCEL_TICKETS, body)


def issue_deed(reference: str, cls: int, name: str, order: str) -> Deed[TicketReply]:
    """One new ticket. `reference` is its own: asked again after a lost answer, the same ticket is told."""
    body = {"class": cls, "name": name, "order": order}
    path = f"{_EVENT}/tickets/{OFFICE}/{quote(reference, safe='')}"
    return Deed(Method.PUT, path, _reply, Right.SELL_TICKETS, body, frozenset({Topic.MANIFEST}))


def codes_deed(
    *, tid: str | None = None, order: str | None = None, cls: int | None = None, after: str = ""
) -> Deed[CodePage]:
    """The codes of one ticket, of an order, or a page of a class."""
    named = {"tid": tid, "order": order, "class": cls, "after": after or None, "limit": CODES_AT_ONCE}
    asked = urlencode({name: value for name, value in named.items() if value is not None})
    path = f"{_EVENT}/ticket-codes?{asked}"
    return Deed(Method.GET, path, _codes, Right.SELL_TICKETS, timeout_s=CODES_TIMEOUT_S)


# --- to be done: imports ------------------------------------------------------------------------------------------


def _import(id_: UUID, rest: str = "") -> str:
    return f"{_EVENT}/imports/{id_.hex}{rest}"


def open_deed(id_: UUID, wanted: Wanted) -> Deed[ImportJob]:
    """Begins an import, or finds it."""
    body = {
        "source": wanted.source,
        "preset": wanted.preset.value,
        "columns": list(wanted.columns),
        "cancel_missing": wanted.cancel_missing,
    }
    return Deed(Method.PUT, _import(id_), _job, Right.SELL_TICKETS, body)


def part_deed(id_: UUID, number: int, part: bytes) -> Deed[ImportJob]:
    """One part of the file; the same again changes nothing."""
    path = _import(id_, f"/parts/{number}")
    return Deed(Method.PUT, path, _job, Right.SELL_TICKETS, part, timeout_s=PART_TIMEOUT_S)


def preview_deed(id_: UUID) -> Deed[ImportJob]:
    """Find out what it would do."""
    return Deed(Method.POST, _import(id_, "/preview"), _job, Right.SELL_TICKETS)


def apply_deed(id_: UUID, *, allow_cancel: bool) -> Deed[ImportJob]:
    """Take it over."""
    body = {"allow_cancel": allow_cancel}
    return Deed(Method.POST, _import(id_, "/apply"), _job, Right.SELL_TICKETS, body)


def look_deed(id_: UUID) -> Deed[ImportJob]:
    """How far it is."""
    return Deed(Method.GET, _import(id_), _job, Right.SELL_TICKETS)


def forget_deed(id_: UUID) -> Deed[None]:
    """Throws an import away; tickets stay."""
    return Deed(Method.DELETE, _import(id_), lambda _: None, Right.SELL_TICKETS)


def sample_deed(id_: UUID, text: str) -> Deed[SampleReply]:
    """Which row a scanned ticket belongs to."""
    path = _import(id_, "/sample")
    return Deed(Method.POST, path, _sample, Right.SELL_TICKETS, {"text": text}, timeout_s=SAMPLE_TIMEOUT_S)


def outlook_of(job: ImportJob) -> Outlook:
    """What a job's report says; raises ValueError where it does not fit."""
    return _outlook(dict(job.report or {}))
