"""The words of the page of deliveries in one language, section by section as in `resources/words`.

A channel, a kind, a reason, a state of a newer server is shown by `UNKNOWN`'s word, or as it came.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeVar

from app.widgets.words import Table, Template, read_by_member, read_section, read_text, table_at

E = TypeVar("E", bound=StrEnum)


class View(StrEnum):
    """What the page shows: in the order of its keys."""

    DEAD = "dead"
    WAITING = "waiting"
    ENDPOINTS = "endpoints"
    JOBS = "jobs"


class ChannelWord(StrEnum):
    """How a message leaves, as servers call it."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    PUSH = "push"
    STRIPE = "stripe"
    UNKNOWN = "unknown"


class MessageWord(StrEnum):
    """What a message is, as servers call it, with `_` for a full stop."""

    REDEEMED = "ticket_redeemed"
    CORRECTED = "ticket_redemption_corrected"
    EXIT = "ticket_exit"
    TICKETS = "tickets_mail"
    REFUND = "refund"
    INCIDENT = "incident_opened"
    TEST = "endpoint_test"
    STRIPE_SESSION = "checkout_session_completed"
    STRIPE_PAID = "payment_intent_succeeded"
    STRIPE_REFUNDED = "charge_refunded"
    STRIPE_REFUND_FAILED = "refund_failed"
    STRIPE_DISPUTED = "charge_dispute_created"
    STRIPE_DISPUTE_OVER = "charge_dispute_closed"
    NOTICE_INCIDENT = "notice_incident"
    NOTICE_SILENT = "notice_device_silent"
    NOTICE_LISTS = "notice_lists_old"
    NOTICE_CAPACITY = "notice_capacity"
    NOTICE_DEAD = "notice_dead_letter"
    NOTICE_ACCOUNT = "notice_account"
    NOTICE_PAYMENTS = "notice_payments"
    REPORT = "notice_daily_report"
    UNKNOWN = "unknown"


class ReasonWord(StrEnum):
    """Why a message is dead, or was never sent, as servers call it."""

    SPENT = "attempts_spent"
    GONE = "endpoint_gone"
    DISABLED = "endpoint_disabled"
    REMOVED = "endpoint_removed"
    REFUSED = "refused"
    ADDRESS = "address_wrong"
    TOO_LARGE = "mail_too_large"
    SUPPRESSED = "address_suppressed"
    FORGOTTEN = "recipient_forgotten"
    POINTLESS = "nothing_to_send"
    TOKEN = "token_invalid"  # noqa: S105 — a reason
    TOKEN_GONE = "token_gone"  # noqa: S105 — a reason
    TOKEN_RESTS = "token_inactive"  # noqa: S105 — a reason
    MISMATCH = "sender_mismatch"
    PAYLOAD = "payload_refused"
    PAYMENT = "payment_unknown"
    NOTHING_LEFT = "nothing_left"
    PARAMETERS = "parameters_differ"
    ORDER = "order_unknown"
    OBJECT = "object_unknown"
    RESTORED = "told_before_restore"
    READDRESSED = "readdressed"
    UNKNOWN = "unknown"


class TroubleWord(StrEnum):
    """Why an account is refused, as servers call it."""

    PASSWORD = "password_refused"  # noqa: S105 — a trouble
    LOGIN_WANTED = "login_wanted"
    LOGIN_MISSING = "login_missing"
    SENDER = "sender_refused"
    SERVER = "server_refuses"
    NAME = "name_unknown"
    TARGET = "target_refused"
    TLS = "tls_unfit"
    CERTIFICATE = "certificate_refused"
    KEY = "key_refused"
    UNREADABLE = "account_unreadable"
    UNKNOWN = "unknown"


class TryWord(StrEnum):
    """Why no answer came, in a word of the sender's."""

    NO_ANSWER = "no_answer"
    NO_CONNECTION = "no_connection"
    BAD_ANSWER = "bad_answer"
    TIMED_OUT = "timed_out"
    NAME_UNKNOWN = "name_unknown"
    TARGET_REFUSED = "target_refused"
    ORDER_UNKNOWN = "order_unknown"
    OBJECT_UNKNOWN = "object_unknown"
    NO_SECRET = "no_secret"  # noqa: S105 — a word
    SENDER_BROKE = "sender_broke"
    GIVEN_BACK = "given_back"
    CONNECTION_LOST = "connection_lost"
    TLS_MISSING = "tls_missing"
    NO_ACCOUNT = "no_account"
    NOT_COMPOSED = "not_composed"
    CERTIFICATE_NAME = "certificate_name"
    CERTIFICATE_STRANGER = "certificate_stranger"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_EARLY = "certificate_early"


class JobWord(StrEnum):
    """The jobs that have a name for people, with `_` for a hyphen."""

    CHECK_OUT = "check_out"
    RETENTION = "retention"
    PRUNE = "prune"
    SHED = "shed"
    PUSH_TOKENS = "push_tokens"
    STRIPE = "stripe_events"
    ALERTS = "alerts"
    REPORT = "daily_report"


def member(members: type[E], text: str, otherwise: E) -> E:
    """The member of this value; `otherwise` where there is none."""
    return members(text) if text in set(members) else otherwise


@dataclass(frozen=True, slots=True)
class ListWords:
    """The lists, and what stands around them."""

    views: str
    view_count: Annotated[Template, "view", "count"]
    none: str
    last: Annotated[Template, "time"]
    refused: Annotated[Template, "channel", "trouble"]
    all: str
    all_line: str
    heaps: str
    letters: str
    heaps_none: str
    heaps_none_step: str
    letters_none: str
    letters_none_step: str
    waiting_none: str
    every_channel: str
    every_endpoint: str
    every_reason: str
    channel: str
    endpoint: str
    reason: str
    several: str
    several_done: str
    chosen: Annotated[Template, "count"]
    newer: str
    older: str
    sooner: str
    later: str
    newest: str
    soonest: str
    page: Annotated[Template, "page"]
    back: str
    choose: str
    choose_heap: str
    choose_endpoint: str
    choose_job: str
    ticked: str


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """Why a message is dead or an account refused, and what helps."""

    title: str
    cure: str


@dataclass(frozen=True, slots=True)
class LetterWords:
    """What is said of one message."""

    to: str
    to_nobody: str
    channel: str
    state: str
    made: str
    died: str
    due: str
    sent: str
    attempts: str
    attempts_of: Annotated[Template, "count", "most"]
    message: str
    aged: Annotated[Template, "time"]
    tried: Annotated[Template, "count"]
    tried_once: str
    never_tried: str
    is_ready: str
    is_leased: str
    is_sent: str
    is_canceled: str
    is_dead: str
    tries: str
    tries_none: str
    try_line: Annotated[Template, "number", "time"]
    took: Annotated[Template, "time"]
    running: str
    answered: Annotated[Template, "status"]
    asked: str
    answer: str
    no_answer: str
    content: str


@dataclass(frozen=True, slots=True)
class DeedWords:
    """What may be done, what it touches, and how it went."""

    replay: str
    replay_all: str
    replay_chosen: str
    discard: str
    discard_all: str
    replay_title: Annotated[Template, "count"]
    replay_title_one: str
    replay_text: str
    replay_left: Annotated[Template, "count"]
    replayed: Annotated[Template, "count"]
    replayed_one: str
    replayed_none: str
    discard_title: Annotated[Template, "count"]
    discard_title_one: str
    discard_text: str
    discard_why: str
    discard_yes: str
    discarded: Annotated[Template, "count"]
    discarded_one: str
    discarded_none: str
    nothing: str
    counting: str
    working: str
    no: str
    address: str
    address_title: str
    address_text: Annotated[Template, "count"]
    address_field: str
    address_yes: str
    address_done: str
    address_done_on: str
    recipient: str
    recipient_title: str
    recipient_was: Annotated[Template, "address"]
    recipient_text: str
    recipient_field: str
    recipient_yes: str
    recipient_done: Annotated[Template, "count", "address"]
    recipient_done_one: Annotated[Template, "address"]
    disable: str
    disable_title: str
    disable_text: Annotated[Template, "count"]
    disabled: str
    enable: str
    enabled: str
    test: str
    tested: str
    test_waits: Annotated[Template, "time"]
    test_sent: Annotated[Template, "time"]
    test_failed: Annotated[Template, "time", "cause"]
    show_dead: str
    run: str
    run_asked: str
    refused: Annotated[Template, "cause"]
    not_allowed: str


@dataclass(frozen=True, slots=True)
class EndpointWords:
    """What is said of one receiver."""

    none: str
    none_step: str
    state: str
    last: str
    never: str
    failing: str
    failures: str
    rests: str
    waiting: str
    dead: str
    kinds: str
    every_kind: str
    refused: Annotated[Template, "trouble"]
    held: Annotated[Template, "cure"]
    sends: str
    open: Annotated[Template, "time"]
    half_open: str
    disabled: str
    gone: str
    given_up: str
    removed: str
    other: Annotated[Template, "state"]
    ok: str
    ok_never: str
    cure_open: str
    cure_off: str
    cure_gone: str
    line_silent: str
    line_good: Annotated[Template, "time"]
    line_waiting: Annotated[Template, "count"]
    line_dead: Annotated[Template, "count"]


@dataclass(frozen=True, slots=True)
class JobWords:
    """What is said of a job and its runs."""

    none: str
    none_step: str
    due: Annotated[Template, "time"]
    due_now: str
    never: str
    last: Annotated[Template, "time", "how"]
    next: str
    cron: str
    cron_of: Annotated[Template, "cron", "zone"]
    done: str
    done_how: Annotated[Template, "outcome"]
    failed: Annotated[Template, "error"]
    running: str
    asked: str
    lost: Annotated[Template, "count"]
    other: Annotated[Template, "state"]
    took: Annotated[Template, "time"]
    tries: Annotated[Template, "count"]
    by_person: str
    missed: str
    runs: str
    runs_none: str
    well: str
    ill: str


@dataclass(frozen=True, slots=True)
class DeliveriesWords:
    """All of them in one language."""

    views: Mapping[View, str]
    list: ListWords
    channels: Mapping[ChannelWord, str]
    kinds: Mapping[MessageWord, str]
    reasons: Mapping[ReasonWord, ReasonWords]
    troubles: Mapping[TroubleWord, ReasonWords]
    one: LetterWords
    tries: Mapping[TryWord, str]
    deeds: DeedWords
    endpoint: EndpointWords
    job: JobWords
    jobs: Mapping[JobWord, str]


def read_deliveries_words(tables: Table) -> DeliveriesWords:
    """The sections of a language's tables."""
    name = "organizer_delivery"
    parts = ("view", "channel", "kind", "reason", "trouble", "try", "deed")
    named = {part: table_at(tables, f"{name}_{part}") for part in parts}
    return DeliveriesWords(
        views=read_by_member(named["view"], View, read_text, f"{name}_view"),
        list=read_section(table_at(tables, "organizer_deliveries"), ListWords, "organizer_deliveries"),
        channels=read_by_member(named["channel"], ChannelWord, read_text, f"{name}_channel"),
        kinds=read_by_member(named["kind"], MessageWord, read_text, f"{name}_kind"),
        reasons=read_by_member(named["reason"], ReasonWord, _reason, f"{name}_reason"),
        troubles=read_by_member(named["trouble"], TroubleWord, _reason, f"{name}_trouble"),
        one=read_section(table_at(tables, name), LetterWords, name),
        tries=read_by_member(named["try"], TryWord, read_text, f"{name}_try"),
        deeds=read_section(named["deed"], DeedWords, f"{name}_deed"),
        endpoint=read_section(table_at(tables, "organizer_endpoint"), EndpointWords, "organizer_endpoint"),
        job=read_section(table_at(tables, "organizer_job"), JobWords, "organizer_job"),
        jobs=read_by_member(table_at(tables, "organizer_job_name"), JobWord, read_text, "organizer_job_name"),
    )


def _reason(value: object, where: str) -> ReasonWords:
    return read_section(table_at({where: value}, where), ReasonWords, where)
