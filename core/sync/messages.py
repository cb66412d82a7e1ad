"""What kiosk and server say to each other: the bodies of the protocol (`core.sync.protocols`).

Owns the wire types. They are plain values of JSON types, so that a server framework can publish them and a client can
check them; what they mean is built by `core.sync.manifest` and `core.journal.scan`, which take nothing on trust.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

from annotated_types import Ge, Le, MaxLen, MinLen

from core.gate.operators import DoorRole
from core.journal.state import Arrival
from core.model.attention import MOST_ITEMS
from core.model.questions import MOST_CHOICES, MOST_QUESTIONS
from core.model.roles import Role
from core.redeem.answer import Answer
from core.sync.tally import Finding

MAX_BATCH_FACTS = 200
MAX_BATCH_BYTES = 256 * 1024
MAX_TALLIES = 64
"""Incarnations and replaced devices in one journal; a night has a handful."""
MOST_DOOR_INCIDENTS = 100
"""Open incidents that one kiosk is told of, the newest: more than a door can look at while guests wait."""
MAX_SEALED_TEXT = 64 * 1024
"""Characters of one device's sealed secrets in a manifest."""
TIME_HEADER = "Doorlight-Time"
"""The server's unix milliseconds, on every reply to a device."""
NONCE_HEADER = "Doorlight-Nonce"
"""16 random bytes in hex; the reply's time is then signed together with them."""
TIME_SIGNATURE_HEADER = "Doorlight-Time-Signature"
SIGNATURE_HEADER = "Doorlight-Signature"
"""An Ed25519 signature in hex: the root key's on a manifest, the device's on a batch."""
CLOCK_HEADER = "Doorlight-Clock"
"""A device's own trusted time as it asks: `unix milliseconds;uncertainty in milliseconds;quality`."""
NONCE_BYTES = 16

MAX_COOLDOWN_MS = 7 * 24 * 3_600_000
"""A week: longer than any event makes a guest wait between two entries."""
LARGEST_CROWD = 10_000_000
"""More people than any place holds: a larger capacity is a slip of the finger."""
MOST_KEPT_DAYS = 3_650
"""Ten years: as long as books are kept."""
MAX_NAME = 64
Name = Annotated[str, MinLen(1), MaxLen(MAX_NAME)]
Hex = Annotated[str, MaxLen(128)]
Whole = Annotated[int, Ge(0), Le(2**53 - 1)]


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """A kiosk's public keys, X25519 and Ed25519 (32 bytes each), the protocol it speaks, and proof of its code.

    `handle` names the code. `proof` is the whole HMAC-SHA-256 of `core.sync.enrolment.enrol_bytes` under the code's
    key: the code itself never travels.
    """

    handle: Annotated[str, MinLen(4), MaxLen(4)]
    protocol: Annotated[str, MaxLen(16)]
    sealing_key: Hex
    signing_key: Hex
    proof: Hex


@dataclass(frozen=True, slots=True)
class EnrolReply:
    """The credential of a new device; `secret` is said once and kept hashed by the server.

    `root_key` is the installation's Ed25519 public key; `profile` how much this kiosk is trusted with. The credential
    opens nothing until the organizer has compared the six digits. `proof` is the whole HMAC-SHA-256 of
    `core.sync.enrolment.enrolled_bytes` under the code's key; empty where no code was traded (a spare kiosk).
    """

    device: str
    secret: str = field(repr=False)
    event: str
    event_name: str
    name: str
    gate: str
    incarnation: int
    root_key: str
    profile: str
    proof: Hex = ""


@dataclass(frozen=True, slots=True)
class GateRow:
    """A gate of the event."""

    id: Name
    name: Name


Line = Annotated[str, MinLen(1), MaxLen(120)]
"""What staff read in one look."""
Number = Annotated[int, Ge(1), Le(MOST_ITEMS)]


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """What a door does before a guest goes on: `core.model.attention.AttentionItem`, field by field."""

    number: Number
    kind: Name
    text: Line


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """What a door asks: `core.model.questions.Question`, field by field."""

    id: Name
    text: Line
    kind: Name
    is_required: bool = True
    choices: Annotated[list[Name], MaxLen(MOST_CHOICES)] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class of tickets; `gates` and `dates` (ISO 8601) are null where they do not matter.

    `per_day` to `cooldown_ms` are `core.model.event.PassageRules`; `reentry` is never or after_exit. `attention` are
    the numbers of the event's items that concern all of its tickets; `questions` are asked before a first entry.
    `capacity` is how many of its guests may be inside at once; null: nobody has said.
    """

    id: Annotated[int, Ge(0), Le(0xFFFF)]
    name: Name
    gates: list[Name] | None = None
    dates: list[Name] | None = None
    entries: Annotated[int, Ge(1), Le(1000)] = 1
    opens_doors: bool = True
    per_day: Annotated[int, Ge(1), Le(1000)] | None = None
    days: Annotated[int, Ge(1), Le(1000)] | None = None
    reentry: Name = "never"
    reentries: Annotated[int, Ge(0), Le(1000)] | None = None
    cooldown_ms: Annotated[int, Ge(0), Le(MAX_COOLDOWN_MS)] = 0
    attention: Annotated[list[Number], MaxLen(MOST_ITEMS)] = field(default_factory=list)
    questions: Annotated[list[QuestionRow], MaxLen(MOST_QUESTIONS)] = field(default_factory=list)
    capacity: Annotated[int, Ge(1), Le(LARGEST_CROWD)] | None = None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of this event, or the bare id of another event's key, so that its tickets are told apart from forgeries.

    `public` is there for Ed25519 alone: what seals with a secret travels in a device's sealed box.
    """

    kid: Annotated[int, Ge(0), Le(0xFFFF_FFFF)]
    event: Hex
    algorithm: Name
    state: Name
    public: Hex | None = None


@dataclass(frozen=True, slots=True)
class AdapterRow:
    """How one kind of old code is read: `core.model.codes.Adapter`, field by field."""

    name: Name
    kind: Name
    host: Annotated[str, MaxLen(253)] = ""
    field: Annotated[str, MaxLen(64)] = ""
    prefix: Annotated[str, MaxLen(64)] = ""
    least: Annotated[int, Ge(1), Le(256)] = 4
    most: Annotated[int, Ge(1), Le(256)] = 128
    folds_case: bool = False


@dataclass(frozen=True, slots=True)
class CodesRow:
    """How an event sells its codes: `core.model.codes.CodeRules`. `symbologies` are the kinds that cameras look for.

    A kiosk passes over kinds that it does not know; an older one looks for QR codes alone.
    """

    mode: Name = "t1"
    is_final: bool = False
    legacy_until_ms: Whole | None = None
    adapters: Annotated[list[AdapterRow], MaxLen(16)] = field(default_factory=list)
    symbologies: Annotated[list[Name], MinLen(1), MaxLen(16)] = field(default_factory=lambda: ["qr"])


@dataclass(frozen=True, slots=True)
class StaleRow:
    """From which age of the list a door warns, and from which it warns in amber."""

    warn_ms: Annotated[int, Ge(1)] = 15 * 60 * 1000
    amber_ms: Annotated[int, Ge(1)] = 2 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as its organizer set it up. `lease_until_ms` null: kiosks may go on for 48 h after its end.

    `may_override_unpaid`: a supervisor may let a guest in whose order is not paid. `checks_identity_by_name`: a guest
    whom staff found by name, without any code, shows an ID. `attention` are the items that classes and tickets name.

    `checkout_at` is a local time of day (HH:MM) at which everybody inside counts as gone; `offline_reentry` is hold or
    trust. `keep_names_days` and `keep_facts_days` count from its end: then names go, and later all that happened.
    `capacity` is how many people may be inside at once; null: nobody has said. `copied_from` is the event that this one
    was made of, so that the two nights can be laid over one another.
    """

    event: Hex
    name: Name
    time_zone: Name
    starts_ms: Whole
    ends_ms: Whole
    online_budget_ms: Annotated[int, Ge(0), Le(10_000)] = 400
    gates: list[GateRow] = field(default_factory=list)
    classes: list[ClassRow] = field(default_factory=list)
    codes: CodesRow = field(default_factory=CodesRow)
    stale: StaleRow = field(default_factory=StaleRow)
    lease_until_ms: Whole | None = None
    checkout_at: Name | None = None
    offline_reentry: Name = "hold"
    may_override_unpaid: bool = True
    checks_identity_by_name: bool = True
    attention: Annotated[list[AttentionRow], MaxLen(MOST_ITEMS)] = field(default_factory=list)
    keep_names_days: Annotated[int, Ge(0), Le(MOST_KEPT_DAYS)] = 30
    keep_facts_days: Annotated[int, Ge(0), Le(MOST_KEPT_DAYS)] = 180
    capacity: Annotated[int, Ge(1), Le(LARGEST_CROWD)] | None = None
    copied_from: Hex | None = None


@dataclass(frozen=True, slots=True)
class EventReply:
    """One event: as its organizer set it up, the version of what kiosks should know, how many tickets it has."""

    policy: EventRow
    manifest_version: int
    tickets: int


@dataclass(frozen=True, slots=True)
class OperatorReply:
    """One of the door staff as the organizer sees them; `budget`: overrides in one shift."""

    id: str
    name: str
    role: DoorRole
    budget: int
    is_active: bool
    made_ms: int


@dataclass(frozen=True, slots=True)
class FileRow:
    """One immutable file, named by the SHA-256 of its bytes."""

    sha256: Hex
    bytes: Whole


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One list: the base and what changed since, in order; count and SHA-256 of the records that result.

    `attendees` is one encrypted file without deltas, its count that of people, its hash that of the file.
    """

    kind: Name
    count: Whole
    sha256: Hex
    as_of_ms: Whole
    base: FileRow
    deltas: Annotated[list[FileRow], MaxLen(32)] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A kiosk of the event, with the event's secrets sealed to its key alone (base64), as its profile allows."""

    id: Hex
    name: Name
    gate: Name
    state: Name
    profile: Name
    sealing_key: Hex
    signing_key: Hex
    sealed: Annotated[str, MaxLen(MAX_SEALED_TEXT)] = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a kiosk knows of an event. `tickets` is how many the server had issued when it was made.

    `epoch` is the ledger's: another one says that the ledger was restored from a backup, and lacks what came after.

    Its bytes are RFC 8785 JSON, signed by the installation's root key; `server_key` is what a kiosk seals the export of
    its queue to (X25519).
    """

    v: Annotated[int, Ge(1), Le(1)]
    event: Hex
    version: Whole
    issued_at_ms: Whole
    fresh_until_ms: Whole
    lease_until_ms: Whole
    policy: EventRow
    keys: Annotated[list[KeyRow], MaxLen(10_000)]
    devices: Annotated[list[DeviceRow], MaxLen(2_000)]
    segments: Annotated[list[SegmentRow], MaxLen(16)]
    server_key: Hex
    tickets: Whole
    epoch: Hex = ""


@dataclass(frozen=True, slots=True)
class Vitals:
    """How a kiosk is, by its own word: what waits to be sent, what it goes by, what its camera sees, what it runs on.

    Times are unix milliseconds by its own clock. `reads` and `misses` count codes that its camera read, and those that
    it saw and could not read, since it started. `pace_ms` is the median time from one verdict to the next in the last
    quarter of an hour, of those at most a minute apart. `shown` is how many guests were shown a
    verdict since it started, `idle_ms` how long ago the last one was, or the start where none was. None: the kiosk
    can't tell. `is_ending`: this is its last word, its program ends in order.
    """

    started_at_ms: Whole
    version: Name
    queue: Whole
    manifest_version: Whole
    manifest_at_ms: Whole | None = None
    camera: Annotated[str, MaxLen(MAX_NAME)] = ""
    reads: Whole = 0
    misses: Whole = 0
    battery_percent: Annotated[int, Ge(0), Le(100)] | None = None
    is_on_mains: bool | None = None
    disk_free_mib: Whole | None = None
    pace_ms: Whole | None = None
    shown: Whole | None = None
    idle_ms: Whole | None = None
    is_ending: bool = False


@dataclass(frozen=True, slots=True)
class VitalsReply:
    """When the server took a kiosk's word (unix milliseconds)."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class RedeemRequest:
    """One fact, as JSON of `core.journal.scan`; what is none is kept in quarantine, so any JSON is taken."""

    fact: Any


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Up to 200 facts and 256 KiB; each is judged alone.

    `resent` names the facts (ids in hex) that an earlier epoch of the ledger had acknowledged, each with its answer,
    where it gave one: a ledger that was restored gives the same again, and tells nobody of it a second time.
    """

    facts: list[Any]
    resent: Annotated[dict[Hex, Answer | None], MaxLen(MAX_BATCH_FACTS)] = field(default_factory=dict)


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
class TallyRow:
    """What a kiosk holds of one device and incarnation: places, the last of them, its fingerprint (32 bytes in hex)."""

    device: Hex
    incarnation: Whole
    count: Whole
    max_seq: Whole
    head: Hex


@dataclass(frozen=True, slots=True)
class TallyRequest:
    """One row for each device and incarnation in a kiosk's journal, counted while nothing in it waits."""

    tallies: Annotated[list[TallyRow], MaxLen(MAX_TALLIES)]


@dataclass(frozen=True, slots=True)
class TallyResult:
    """What the server holds of the same: as far as the kiosk's last place where it told one, and what that means.

    `last_seq` is the highest place that the server holds at all; `finding` is null where nothing was told.
    """

    device: str
    incarnation: int
    count: int
    max_seq: int
    head: str
    last_seq: int
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class TallyReply:
    """One result for each row of the request, in its order."""

    tallies: list[TallyResult]


@dataclass(frozen=True, slots=True)
class DoorSide:
    """One of the scans behind an incident: at which gate and kiosk, by whose hand, when by that kiosk's own clock.

    `uncertainty_ms` and `quality` say how surely; `shown` what that door saw, where it has said so.
    """

    gate: Name
    device_name: str
    at_ms: Whole
    uncertainty_ms: Whole
    quality: Name
    is_own: bool
    operator: str | None = None
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class DoorIncident:
    """An open incident that concerns a kiosk: one of its scans is behind it, or it happened at its gate.

    `scan` and `kind` name it. `loser` is the scan that owns it, `winner` the admission that it is against; where not
    `is_order_provable`, their clocks do not tell which came first.
    """

    scan: Hex
    kind: Name
    severity: Name
    opened_ms: Whole
    is_order_provable: bool
    tid: Hex | None
    loser: DoorSide
    winner: DoorSide | None = None


@dataclass(frozen=True, slots=True)
class DoorReply:
    """What a kiosk is told of the night: how many people are inside, and the open incidents that concern it.

    Distinct people, whatever doors they used; as of `at_ms` by the server's clock. `has_more` incidents than are told.
    `no_internet_since_ms`: since when the server itself reaches no internet, so that sales may be newer than its lists;
    null where it does, or does not look.
    """

    at_ms: Whole
    inside: Whole
    incidents: Annotated[list[DoorIncident], MaxLen(MOST_DOOR_INCIDENTS)]
    has_more: bool = False
    no_internet_since_ms: Whole | None = None


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """Tickets to make: `count` of one class, valid from `nbf` to `exp` (unix seconds; the event's own when null).

    `rotating` codes want a fresh proof at the door; `listed` ones count only while they are on the allow list. For an
    `email` they are mailed there, where the event does that.
    """

    cls: Annotated[int, Ge(0), Le(0xFFFF)]
    count: Annotated[int, Ge(1), Le(1000)]
    nbf: Annotated[int, Ge(0), Le(0xFFFF_FFFF)] | None = None
    exp: Annotated[int, Ge(0), Le(0xFFFF_FFFF)] | None = None
    rotating: bool = False
    listed: bool = False
    email: Annotated[str, MaxLen(512)] | None = field(default=None, repr=False)


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
class ClassCount:
    """One class of tickets: entries that were taken, guests who came at least once, those inside, those still to come.

    `remaining` counts tickets whose newest edition is good and which had no entry yet. `is_expected`: its guests are
    expected at the doors on the event's day of the answer; not those of parking, nor of another day. `capacity` is how
    many of them may be inside at once, where somebody has said.
    """

    id: int
    name: str
    tickets: int
    admitted: int
    guests: int
    inside: int
    remaining: int
    is_expected: bool = True
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class GateCount:
    """One gate: the entries that were taken there."""

    id: str
    name: str
    admitted: int


@dataclass(frozen=True, slots=True)
class Curve:
    """How many of something in each step of a time, oldest first. `id` is a gate's or an outcome's, `name` its name."""

    id: str
    name: str
    counts: list[int]


@dataclass(frozen=True, slots=True)
class ArrivalsReply:
    """When guests came: steps of `step_ms` from `since_ms` on (unix milliseconds, whole minutes).

    `gates` are the entries by the kiosks' clocks, offline ones in the minute in which they happened; `outcomes` what
    doors showed, the refusals among it, those in quarantine too.
    """

    event: str
    at_ms: int
    since_ms: int
    step_ms: int
    gates: list[Curve]
    outcomes: list[Curve]


@dataclass(frozen=True, slots=True)
class LaneReply:
    """One kiosk: where it is now, and how often it showed what, in all."""

    device: str
    name: str
    gate: str
    shown: dict[str, int]


@dataclass(frozen=True, slots=True)
class KioskWord:
    """What is known of a kiosk that may be at work, without its name: how much of the night may not be here yet.

    `queue` is how many facts wait at it by its own last word, `missing` how many the server lacked when the two last
    compared; `seen_ms` is when it last called, `told_ms` when it gave its word (unix ms; null: never).
    """

    gate: str
    seen_ms: int | None
    told_ms: int | None
    queue: int
    missing: int
    shown: int
    """How often it showed anything, in all: one that never did keeps no guest back."""
    is_off: bool = False
    """It was ended in order, with nothing waiting, and has not called since."""


@dataclass(frozen=True, slots=True)
class StatusReply:
    """The night so far, as the ledger has it. `inside` counts tickets: distinct people, whatever gates they used.

    `server_version` is that of the program which answered: kiosks should run no older one.
    `kiosks` are those that are let in, in the order of their gates; `capacity` how many people may be inside at once.
    """

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
    remaining: int = 0
    classes: list[ClassCount] = field(default_factory=list)
    gates: list[GateCount] = field(default_factory=list)
    server_version: str = ""
    capacity: int | None = None
    kiosks: list[KioskWord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SessionReply:
    """A session, its token said once. With `must_change` it opens `/me` and nothing else, until the password is new."""

    token: str = field(repr=False)
    ends_at_ms: int
    must_change: bool


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role and its event; null for the installation, and so for every event."""

    event: str | None
    role: Role


@dataclass(frozen=True, slots=True)
class Me:
    """Who is logged in, and as what."""

    name: str
    roles: list[RoleRow]
    must_change: bool
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a server reaches the internet, by its own check: since when it is so (unix ms), and when it looked last.

    `is_there` is null before the first look has ended. Without it sales that are made elsewhere may be newer than what
    the server knows.
    """

    is_there: bool | None
    since_ms: int | None
    looked_ms: int | None

    @property
    def missed_since_ms(self) -> int | None:
        """Since when it is not there; None where it is, or where nobody knows."""
        return self.since_ms if self.is_there is False else None


@dataclass(frozen=True, slots=True)
class HealthReply:
    """A server that answers, and its database. `internet` is null where nobody asked it to look (`--internet`)."""

    status: Annotated[str, MaxLen(MAX_NAME)]
    database: Annotated[str, MaxLen(MAX_NAME)]
    internet: Reach | None = None
