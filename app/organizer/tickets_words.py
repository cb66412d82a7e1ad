"""The words of the pages of tickets: found, one ticket, what can be done with it, printed, issued."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from app.widgets.words import Section, Table, Template, read_by_member, read_section, read_text, table_at
from core.insight.ticket_deeds import TicketDeed
from core.payment.intent import RefundFate
from core.sync.ticket_messages import Standing, Why


@dataclass(frozen=True, slots=True)
class ListWords:
    """The page itself: the search and what it found."""

    search: str
    hint: str
    too_short: Annotated[Template, "least"]
    nobody: str
    cut: str
    one_found: str
    found: Annotated[Template, "count"]
    nameless: str
    unused: str
    used: Annotated[Template, "used"]
    order: Annotated[Template, "order"]
    reference: Annotated[Template, "source", "reference"]
    found_list: str
    no_choice: str
    issue: str
    import_list: str
    print_class: str
    back: str


@dataclass(frozen=True, slots=True)
class TicketWords:
    """One ticket."""

    title: str
    class_name: str
    window: str
    window_text: Annotated[Template, "start", "end"]
    entries: str
    left: Annotated[Template, "left", "allowed"]
    all_used: Annotated[Template, "allowed"]
    inside: str
    is_inside: str
    is_outside: str
    order: str
    no_order: str
    shop: str
    by_hand: str
    number: str
    code: str
    t1: Annotated[Template, "edition"]
    t1_and_old: Annotated[Template, "edition", "count"]
    old: Annotated[Template, "count"]
    no_code: str
    attention: str
    no_attention: str
    history: str
    steps: Annotated[Template, "count"]
    cut: str
    no_history: str
    older: str
    deeds: str
    print_one: str
    print_order: str
    show_order: str
    change_attention: str


@dataclass(frozen=True, slots=True)
class DeedWords:
    """One thing that can be done with a ticket: its key, the question before it, what is said after it."""

    key: str
    title: str
    text: str
    yes: str
    done: str


@dataclass(frozen=True, slots=True)
class AskingWords:
    """What all deeds ask and say."""

    why: str
    no: str
    touches: Annotated[Template, "count", "order"]
    touches_one: Annotated[Template, "order"]
    counting: str
    not_counted: Annotated[Template, "cause"]
    working: str
    unchanged: str
    many_done: Annotated[Template, "count"]
    later: Annotated[Template, "cause"]
    money_goes: str
    money_is_going: Annotated[Template, "amount"]
    mail_code: Annotated[Template, "address"]
    mail_code_stolen: str
    mail_code_is_going: Annotated[Template, "address"]
    new_code: str
    new_code_text: str
    hide_code: str


@dataclass(frozen=True, slots=True)
class RefundWords:
    """What goes back, and what became of it."""

    name: str
    told: Annotated[Template, "amount", "state"]
    how_much: Annotated[Template, "currency"]
    usual: Annotated[Template, "paid", "left", "usual"]
    no_price: Annotated[Template, "paid", "left"]
    goes: Annotated[Template, "amount"]
    bad: Annotated[Template, "example"]
    too_much: Annotated[Template, "left"]
    none_left: str
    none_known: str
    none_went: str


@dataclass(frozen=True, slots=True)
class StepWords:
    """The steps of a ticket's life."""

    scan: Annotated[Template, "outcome"]
    entry: Annotated[Template, "number"]
    undo: str
    override: str
    recovery_entered: str
    recovery_stayed: str
    resolution: Annotated[Template, "finding"]
    record: str
    incident: Annotated[Template, "kind"]
    no_outcome: str
    exit: str
    online: str
    offline: str
    at: Annotated[Template, "gate", "device"]
    by: Annotated[Template, "name"]
    reason: Annotated[Template, "reason"]
    aside: Annotated[Template, "reason"]
    late: Annotated[Template, "duration"]
    clock: str
    open: str
    resolved: str
    withdrawn: str
    why: Annotated[Template, "why"]


@dataclass(frozen=True, slots=True)
class LoggedWords:
    """What people did to a ticket, as the audit log has it."""

    put: str
    canceled: str
    blocked: str
    unpaid: str
    restored: str
    unblocked: str
    paid: str
    reissued: Annotated[Template, "edition"]
    marked: str
    erased: str
    undone: str
    overridden: str
    other: Annotated[Template, "deed"]


@dataclass(frozen=True, slots=True)
class MailWords:
    """A ticket mailed once more: what the question and the answer say of one, and of an order."""

    address: str
    key: str
    title: str
    text: Annotated[Template, "address"]
    text_order: Annotated[Template, "order", "address"]
    yes: str
    done: Annotated[Template, "address"]
    done_many: Annotated[Template, "count", "address"]
    logged: str
    waits: str
    sent: Annotated[Template, "time"]
    given_up: Annotated[Template, "time"]
    no_more: Annotated[Template, "time"]
    not_sent: Annotated[Template, "time"]


@dataclass(frozen=True, slots=True)
class AttentionWords:
    """What the doors do for one ticket."""

    title: str
    text: str
    none: str
    yes: str
    done: str


@dataclass(frozen=True, slots=True)
class IssueWords:
    """One new ticket."""

    title: str
    text: str
    class_name: str
    name: str
    order: str
    yes: str
    done: str
    no_classes: str
    print: str
    another: str
    show: str
    close: str
    later: Annotated[Template, "cause"]


@dataclass(frozen=True, slots=True)
class PrintWords:
    """Sheets of tickets."""

    title_one: str
    title_order: Annotated[Template, "order"]
    title_class: str
    text: str
    class_name: str
    choose: str
    gathering: Annotated[Template, "count"]
    drawing: Annotated[Template, "done", "count"]
    done: Annotated[Template, "count", "file"]
    done_many: Annotated[Template, "count", "files", "file"]
    none: str
    too_many: Annotated[Template, "most"]
    full: str
    out_of_reach: str
    stopped: str
    open: str
    close: str
    later: Annotated[Template, "cause"]


@dataclass(frozen=True, slots=True)
class TicketsWords:
    """All of them in one language."""

    list: ListWords
    ticket: TicketWords
    states: Mapping[Standing, str]
    deeds: Mapping[TicketDeed, DeedWords]
    asking: AskingWords
    whys: Mapping[Why, str]
    steps: StepWords
    logged: LoggedWords
    mail: MailWords
    refund: RefundWords
    refund_states: Mapping[RefundFate, str]
    attention: AttentionWords
    issue: IssueWords
    print: PrintWords


def read_tickets_words(tables: Table) -> TicketsWords:
    """The sections of a language's tables."""
    return TicketsWords(
        list=_section(tables, "organizer_tickets", ListWords),
        ticket=_section(tables, "organizer_ticket", TicketWords),
        states=read_by_member(table_at(tables, "organizer_ticket_states"), Standing, read_text, "ticket_states"),
        deeds=read_by_member(table_at(tables, "organizer_ticket_deeds"), TicketDeed, _deed, "ticket_deeds"),
        asking=_section(tables, "organizer_ticket_deed", AskingWords),
        whys=read_by_member(table_at(tables, "organizer_ticket_whys"), Why, read_text, "ticket_whys"),
        steps=_section(tables, "organizer_ticket_steps", StepWords),
        logged=_section(tables, "organizer_ticket_logged", LoggedWords),
        mail=_section(tables, "organizer_ticket_mail", MailWords),
        refund=_section(tables, "organizer_ticket_refund", RefundWords),
        refund_states=read_by_member(
            table_at(tables, "organizer_ticket_refund_states"), RefundFate, read_text, "ticket_refund_states"
        ),
        attention=_section(tables, "organizer_ticket_attention", AttentionWords),
        issue=_section(tables, "organizer_ticket_issue", IssueWords),
        print=_section(tables, "organizer_ticket_print", PrintWords),
    )


def _section(tables: Table, name: str, section: type[Section]) -> Section:
    return read_section(table_at(tables, name), section, name)


def _deed(value: object, where: str) -> DeedWords:
    return read_section(table_at({where: value}, where), DeedWords, where)
