"""What kiosk and server say to each other: the bodies of the protocol of 2026-11.

Owns the wire types. They are plain values of JSON types, so that a server framework can publish them and a client can
check them; what they mean is built by `core.sync.manifest` and `core.journal.scan`, which take nothing on trust.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

from annotated_types import Ge, Le, MaxLen, MinLen

from core.journal.state import Arrival
from core.redeem.answer import Answer

PROTOCOL = "2026-11"
"""The version of these messages, said at enrolment; a server refuses one that it does not speak."""

MAX_BATCH_FACTS = 200
MAX_BATCH_BYTES = 256 * 1024
TIME_HEADER = "Doorlight-Time"
"""The server's unix milliseconds, on every reply to a device."""

Name = Annotated[str, MinLen(1), MaxLen(64)]
Hex = Annotated[str, MaxLen(128)]
Whole = Annotated[int, Ge(0), Le(2**53 - 1)]


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """A kiosk's one-time code, and the protocol it speaks."""

    code: Annotated[str, MinLen(4), MaxLen(64)]
    protocol: Annotated[str, MaxLen(16)] = PROTOCOL


@dataclass(frozen=True, slots=True)
class EnrolReply:
    """The credential of a new device; `secret` is said once and kept hashed by the server."""

    device: str
    secret: str = field(repr=False)
    event: str
    event_name: str
    name: str
    gate: str
    incarnation: int


@dataclass(frozen=True, slots=True)
class GateRow:
    """A gate of the event."""

    id: Name
    name: Name


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class of tickets; `gates` and `dates` (ISO 8601) are null where they do not matter."""

    id: Annotated[int, Ge(0), Le(0xFFFF)]
    name: Name
    gates: list[Name] | None = None
    dates: list[Name] | None = None
    entries: Annotated[int, Ge(1), Le(1000)] = 1
    opens_doors: bool = True


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of this event, or the bare id of another event's key, so that its tickets are told apart from forgeries."""

    kid: Annotated[int, Ge(0), Le(0xFFFF_FFFF)]
    event: Hex
    algorithm: Name
    state: Name
    verifying: Hex | None = field(default=None, repr=False)
    rotating: Hex | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DenialRow:
    """An entry of the deny list."""

    tid: Hex
    min_gen: Annotated[int, Ge(0), Le(256)]
    reason: Name
    since_version: Whole


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as its organizer set it up."""

    event: Hex
    name: Name
    time_zone: Name
    starts_ms: Whole
    ends_ms: Whole
    online_budget_ms: Annotated[int, Ge(0), Le(10_000)] = 400
    gates: list[GateRow] = field(default_factory=list)
    classes: list[ClassRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a kiosk knows of an event. `tickets` is how many the server had issued when it was made."""

    version: Whole
    issued_at_ms: Whole
    fresh_until_ms: Whole
    lease_until_ms: Whole
    policy: EventRow
    keys: list[KeyRow]
    denied: list[DenialRow]
    allowed: list[Hex]
    tickets: Whole


@dataclass(frozen=True, slots=True)
class RedeemRequest:
    """One fact, as JSON of `core.journal.scan`; what is none is kept in quarantine, so any JSON is taken."""

    fact: Any


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Up to 200 facts and 256 KiB; each is judged alone."""

    facts: list[Any]


@dataclass(frozen=True, slots=True)
class FactResult:
    """What the server did with one fact.

    `answer` is there for scans of known tickets; `incidents` names the kinds that this scan owns now; `reason` says why
    a fact is kept in quarantine or must come again.
    """

    id: str
    arrival: Arrival
    answer: Answer | None = None
    incidents: list[str] = field(default_factory=list)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BatchReply:
    """One result per fact, in the order of the request."""

    results: list[FactResult]


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """Tickets to make: `count` of one class, valid from `nbf` to `exp` (unix seconds; the event's own when null)."""

    cls: Annotated[int, Ge(0), Le(0xFFFF)]
    count: Annotated[int, Ge(1), Le(1000)]
    nbf: Annotated[int, Ge(0), Le(0xFFFF_FFFF)] | None = None
    exp: Annotated[int, Ge(0), Le(0xFFFF_FFFF)] | None = None


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """One sealed ticket: its handle and the text of its code."""

    tid: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssueReply:
    """The tickets that were made."""

    tickets: list[IssuedTicket]


@dataclass(frozen=True, slots=True)
class Count:
    """A number of something, by its name."""

    name: str
    admitted: int


@dataclass(frozen=True, slots=True)
class StatusReply:
    """The night so far, as the ledger has it."""

    event: str
    name: str
    at_ms: int
    manifest_version: int
    tickets: int
    redemptions: int
    admissions: int
    inside: int
    facts: int
    quarantined: int
    double_admissions: int
    incidents: int
    by_class: list[Count]
    by_gate: list[Count]
    shown: dict[str, int]
