"""What people are told by the program itself, who of them, by which ways, and how often.

Owns the closed table of notices: a row for each kind. A notice is about something (a scan, a kiosk that fell silent at
a time, a day): of one thing it is told once. Where many of a kind may come at once, whoever is told hears of the first
at once, and then once in each window that more came: a night with a hundred conflicts makes no hundred mails, and none
of them is passed over. Pure; how it reads is the templates' matter, and they get a row's fields and no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias
from uuid import UUID

from core.delivery.account_trouble import AccountTrouble
from core.delivery.message import Channel
from core.model.ids import EventId
from core.model.moments import Millis
from core.model.roles import Right

Told: TypeAlias = str | int | None
"""One thing that a notice says: a text, a number, an instant in unix milliseconds."""

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS


class NoticeKind(StrEnum):
    """What people are told of. The values are stored."""

    INCIDENT = "notice.incident"  # a serious one: a double admission above all
    DEVICE_SILENT = "notice.device_silent"
    LISTS_OLD = "notice.lists_old"  # a kiosk's lists are older than its event allows
    CAPACITY = "notice.capacity"
    DEAD_LETTER = "notice.dead_letter"
    ACCOUNT = "notice.account"  # an account by which messages leave is refused, and all of them wait
    PAYMENTS = "notice.payments"  # Stripe: what money did and what tickets say do not go together
    DAILY_REPORT = "notice.daily_report"


class Urgency(StrEnum):
    """How soon somebody should look."""

    NOW = "now"  # a telephone wakes for it
    SOON = "soon"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table.

    `right`: whoever holds it at the event is told, or None where only those are who asked for it. `channels`: the ways
    beside the organizer's window, where every notice stands. `window_ms`: how long after one the next of its kind is
    kept back, to be told together; None where each is told by itself. `fields`: what its texts may speak of, beside
    those of every notice.
    """

    right: Right | None
    channels: frozenset[Channel]
    urgency: Urgency
    window_ms: int | None
    fields: tuple[str, ...]


COMMON_FIELDS = ("event_name", "zone", "at_ms")
"""What every notice says: the event's name and its time zone (IANA), and when it came to be."""
_BOTH = frozenset({Channel.EMAIL, Channel.PUSH})
_MAIL = frozenset({Channel.EMAIL})

RULES: Mapping[NoticeKind, Rule] = MappingProxyType(
    {
        NoticeKind.INCIDENT: Rule(
            Right.RESOLVE_INCIDENTS,
            _BOTH,
            Urgency.NOW,
            10 * _MINUTE_MS,
            ("incident", "scan", "ticket", "gate", "other_gate"),
        ),
        NoticeKind.DEVICE_SILENT: Rule(
            Right.RUN_DEVICES, _BOTH, Urgency.NOW, 5 * _MINUTE_MS, ("device", "device_name", "gate", "last_seen_ms")
        ),
        NoticeKind.LISTS_OLD: Rule(
            Right.RUN_DEVICES, _BOTH, Urgency.SOON, 30 * _MINUTE_MS, ("device", "device_name", "gate", "lists_at_ms")
        ),
        NoticeKind.CAPACITY: Rule(Right.RUN_DEVICES, _BOTH, Urgency.NOW, None, ("percent", "inside", "capacity")),
        NoticeKind.DEAD_LETTER: Rule(
            Right.CHANGE_DELIVERIES, _BOTH, Urgency.SOON, 1 * _HOUR_MS, ("channel", "message_kind", "reason", "count")
        ),
        NoticeKind.ACCOUNT: Rule(
            Right.CHANGE_DELIVERIES, _BOTH, Urgency.SOON, 1 * _HOUR_MS, ("channel", "trouble", "target")
        ),
        NoticeKind.PAYMENTS: Rule(
            Right.CHANGE_DELIVERIES, _BOTH, Urgency.SOON, 1 * _HOUR_MS, ("trouble", "object", "count")
        ),
        NoticeKind.DAILY_REPORT: Rule(
            None, _MAIL, Urgency.CALM, None, ("day", "valid", "admitted", "not_come", "inside", "refused", "incidents")
        ),
    }
)
"""Who is told of what, how and how often. A dead letter that is a notice itself is never told of by a notice."""
WAYS = frozenset[Channel]().union(*(rule.channels for rule in RULES.values()))
"""Every channel by which people may be told; the others serve programs."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `about` is what it is told of once: ids and numbers, never a name; `told` has its row's fields."""

    kind: NoticeKind
    event: EventId
    about: str
    at_ms: Millis
    told: Mapping[str, Told]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a notice may stand among the messages to one recipient: its key, when it is due, whether it speaks of all
    that came in the window before it."""

    key: str
    due_ms: int
    is_gathered: bool


def places_of(notice: Notice) -> tuple[Place, ...]:
    """The places of a notice, the best first: the first one that is free is its own.

    Where none is free, the last one waits already, and what it says covers this notice too: it is due when the present
    window is over, so that it can't have left.
    """
    rule, kind = RULES[notice.kind], notice.kind.value
    if rule.window_ms is None:
        return (Place(f"{kind}:{notice.about}", notice.at_ms, is_gathered=False),)
    window = notice.at_ms // rule.window_ms
    return (
        Place(f"{kind}:{window}", notice.at_ms, is_gathered=False),
        Place(f"{kind}:{window + 1}", (window + 1) * rule.window_ms, is_gathered=True),
    )


def report_about(day: str, at_min: int) -> str:
    """What a daily report is told of once: a day (ISO 8601) and the minute of it at which somebody wants it."""
    return f"{day}:{at_min}"


def report_minute(about: str) -> int:
    """The minute of the inverse."""
    return int(about.rpartition(":")[2])


def account_about(endpoint: UUID, trouble: AccountTrouble, since_ms: int, now_ms: int) -> str:
    """What a refused account is told of once: each day of its refusal, counted from when it began."""
    return f"{endpoint.hex}:{trouble.value}:{since_ms}:{(now_ms - since_ms) // _DAY_MS}"


def is_about_itself(message_kind: str) -> bool:
    """Whether a message is a notice: where it is dead, another one would only die after it."""
    return message_kind in _VALUES


_VALUES = frozenset(kind.value for kind in NoticeKind)
