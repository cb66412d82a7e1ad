"""What a server says of deliveries and of jobs, as a window reads it.

Owns the shapes alone. Channels, kinds, reasons and states are texts here: a server may know more of them than the
window that asks it, and what a window does not know is shown as it came. Times are unix milliseconds.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

from annotated_types import Ge, Le, Len

from core.sync.messages import Whole

Short = Annotated[str, Len(0, 1_100)]
"""A word, or a reason that somebody typed: no more than the server keeps of anything that it was told."""
Count = Annotated[int, Ge(0), Le(2**53)]
Hex = Annotated[str, Len(32, 32)]


@dataclass(frozen=True, slots=True)
class RefusedAccount:
    """An account by which messages leave that the other side does not take: all of them wait, and none is lost."""

    channel: Short
    trouble: Short


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """All of an event's deliveries at one glance; without `channels` nobody uses any."""

    channels: list[Short]
    waiting: Count
    dead: Count
    newest_ms: Whole | None
    refused: Annotated[list[RefusedAccount], Len(0, 64)] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DeadHeap:
    """So many messages died for one reason on their way to one receiver; the last of them at `newest_ms`."""

    channel: Short
    endpoint: Hex | None
    state: Short
    reason: Short | None
    count: Count
    oldest_ms: Whole
    newest_ms: Whole | None = None


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """A receiver, an account or a project that messages go to, and how it fares."""

    id: Hex
    channel: Short
    target: Annotated[str, Len(0, 4_096)]
    kinds: list[Short]
    state: Short
    circuit: Short
    failures: Count
    failing_since_ms: Whole | None
    rests_until_ms: Whole | None
    last_sent_ms: Whole | None
    waiting: Count
    dead: Count
    trouble: Short | None = None
    """Why its account is refused."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in a list; `recipient` is masked."""

    id: Hex
    channel: Short
    kind: Short
    endpoint: Hex | None
    state: Short
    reason: Short | None
    attempts: Count
    most_attempts: Count
    due_ms: Whole
    made_ms: Whole
    closed_ms: Whole | None
    recipient: Annotated[str, Len(0, 400)] | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: what was asked, without secrets, and what came back; no end: it runs, or its worker died."""

    number: Count
    started_ms: Whole
    ended_ms: Whole | None
    status: Short | None
    answer: Annotated[str, Len(0, 4_096)] | None
    request: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """A message with its body and all attempts."""

    message: Letter
    body: str
    tries: list[Try]


@dataclass(frozen=True, slots=True)
class TouchedReply:
    """How many messages a deed touched, or would."""

    touched: Count


@dataclass(frozen=True, slots=True)
class PutIn:
    """The id of a message that was put in."""

    message: Hex


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of a job: `state` is `waiting`, `running`, `done`, `failed`, `lost` or what a newer server calls it."""

    due_ms: Whole
    state: Short
    tries: Count
    started_ms: Whole
    ended_ms: Whole | None
    outcome: Short | None
    error: Short | None
    cause: Short = ""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job, when it is due next, and its newest run."""

    name: Short
    cron: Short
    zone: Short
    next_ms: Whole | None
    last: JobRun | None
