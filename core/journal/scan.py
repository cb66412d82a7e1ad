"""The facts of a door: immutable rows with an id of their own, written once.

Owns the kinds, their record (JSON) and their fingerprint. A scan says what was presented and carries no outcome;
`shown` says what the door saw; the others say what a person decided about a scan. Every row of a device carries the
fingerprint of the row before it. Records of other kinds are malformed here, and kept in quarantine by whoever receives
them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, assert_never, cast
from uuid import UUID

from core.journal.canonical import canonical_json
from core.journal.fields import Fields, UnreadableError, member
from core.model.codes import T1_FORM
from core.model.event import Direction
from core.model.ids import ClassId, CodeDigest, DeviceId, EventId, FactId, GateId, TicketHandle
from core.model.moments import LATEST_MS, ClockQuality, Millis, Moment
from core.model.outcomes import Outcome, Source, is_admission
from core.ticket import seal
from core.ticket.wire import Proof

FORMAT = 1
_PROOF_TEXT, _STAMP_TEXT = 19, 10
FINGERPRINT_BYTES = 32
NO_PREDECESSOR = bytes(FINGERPRINT_BYTES)
"""What the first row of an incarnation carries in place of a fingerprint."""

Record = Mapping[str, Any]
"""A fact as JSON: ids in lower-case hex, times in integer milliseconds."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every fact carries: who wrote it, where in that device's chain, and when by the device's own clock."""

    id: FactId
    event: EventId
    device: DeviceId
    incarnation: int
    seq: int
    moment: Moment
    tid: TicketHandle | None
    previous: bytes


@dataclass(frozen=True, slots=True)
class Scan:
    """One physical presentation. `digest` stands for the code where no authentic `tid` is known.

    `form` is `t1` or the name of the adapter that recognised the code; its digest is then the one that lists carry, so
    that a server can look it up. None: a stranger's code, and a digest that nobody has on a list. `by_name`: no code
    was seen, staff found the ticket on the guest list. A record names the form only where it is neither the T1 of a
    ticket nor a stranger's. `proof_step` is the accepted step of a rotating code; `proof` what such a code showed to a
    kiosk that can't check it. `group` is the scan of the guest whom this one came with, on the same order.
    """

    stamp: Stamp
    direction: Direction
    gate: GateId
    manifest_version: int
    digest: CodeDigest | None = None
    form: str | None = None
    gen: int | None = None
    cls: ClassId | None = None
    proof_step: int | None = None
    proof: Proof | None = None
    operator: str | None = None
    group: FactId | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    kind: ClassVar[str] = "scan"

    def __post_init__(self) -> None:
        """A ticket's code is a T1 unless it is said to be another."""
        object.__setattr__(self, "form", self.form or _usual_form(self.stamp.tid))


@dataclass(frozen=True, slots=True)
class Shown:
    """What the door saw after a scan; committed before it is displayed."""

    stamp: Stamp
    refers_to: FactId
    outcome: Outcome
    source: Source
    kind: ClassVar[str] = "shown"

    @property
    def is_admission(self) -> bool:
        """Whether the guest went in."""
        return is_admission(self.outcome)


@dataclass(frozen=True, slots=True)
class Undo:
    """Staff take back a scan of this device: it counts for nothing. The scan stays."""

    stamp: Stamp
    refers_to: FactId
    operator: str | None = None
    kind: ClassVar[str] = "undo"


@dataclass(frozen=True, slots=True)
class Override:
    """A supervisor lets a guest in whom the door refused, and says why."""

    stamp: Stamp
    refers_to: FactId
    operator: str
    reason: str
    kind: ClassVar[str] = "override"


@dataclass(frozen=True, slots=True)
class Recovery:
    """After a restart: whether the guest of a scan went in whose verdict was never shown, as staff remember."""

    stamp: Stamp
    refers_to: FactId
    entered: bool
    operator: str | None = None
    kind: ClassVar[str] = "recovery"


class Finding(StrEnum):
    """What a person found out about an incident."""

    HONEST_RESCAN = "honest_rescan"
    SHARED_CODE = "shared_code"
    STAFF_ERROR = "staff_error"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person has looked at an incident of a scan: which kind of incident, and what it was."""

    stamp: Stamp
    refers_to: FactId
    incident: str
    finding: Finding
    operator: str | None = None
    kind: ClassVar[str] = "resolution"


@dataclass(frozen=True, slots=True)
class Flood:
    """So many presentations of codes that are nobody's, since a moment of this device's clock, in place of their scans.

    `since_ms` is unix milliseconds; `gate` the lane's.
    """

    stamp: Stamp
    gate: GateId
    count: int
    since_ms: Millis
    kind: ClassVar[str] = "flood"


About = Shown | Undo | Override | Recovery | Resolution
"""The facts that refer to a scan of the same ticket."""
Fact = Scan | About | Flood


@dataclass(frozen=True, slots=True)
class Malformed:
    """A record that is no fact, and why."""

    reason: str


def fingerprint(record: Record) -> bytes:
    """SHA-256 over the record's canonical JSON (RFC 8785): 32 bytes."""
    return seal.sha256(canonical(record))


def canonical(record: Record) -> bytes:
    """The record's canonical JSON (RFC 8785)."""
    return canonical_json(record)


def sort_key(fact: Fact) -> tuple[bool, int, bytes, int, int]:
    """The order of facts, read from the record alone: suspect clocks last, then time, device, incarnation, seq."""
    stamp = fact.stamp
    return (stamp.moment.is_suspect, stamp.moment.at_ms, stamp.device.bytes, stamp.incarnation, stamp.seq)


def scan_of(fact: Fact) -> FactId | None:
    """The scan that a fact is about; None for one that is about none, or is a scan itself."""
    return None if isinstance(fact, Scan | Flood) else fact.refers_to


def to_record(fact: Fact) -> dict[str, Any]:
    """The fact as JSON values; the inverse of `from_record`."""
    stamp = fact.stamp
    common: dict[str, Any] = {
        "v": FORMAT,
        "id": stamp.id.hex,
        "event": stamp.event.hex,
        "device": stamp.device.hex,
        "incarnation": stamp.incarnation,
        "seq": stamp.seq,
        "ts": int(stamp.moment.at_ms),
        "uncertainty": stamp.moment.uncertainty_ms,
        "quality": stamp.moment.quality.value,
        "boot": stamp.moment.boot_id,
        "tid": _hex(stamp.tid),
        "prev": stamp.previous.hex(),
    }
    match fact:
        case Scan():
            return common | _scan_fields(fact) | _unusual_fields(fact)
        case Flood():
            return common | {"kind": fact.kind, "gate": fact.gate, "count": fact.count, "since": int(fact.since_ms)}
        case Shown() | Undo() | Override() | Recovery() | Resolution():
            return common | {"kind": fact.kind, "refers_to": fact.refers_to.hex} | _fields_about(fact)


def _fields_about(fact: About) -> dict[str, Any]:
    match fact:
        case Shown():
            return {"outcome": fact.outcome.value, "source": fact.source.value, "admission": fact.is_admission}
        case Undo():
            return {"operator": fact.operator}
        case Override():
            return {"operator": fact.operator, "reason": fact.reason}
        case Recovery():
            return {"operator": fact.operator, "entered": fact.entered}
        case Resolution():
            return {"operator": fact.operator, "incident": fact.incident, "finding": fact.finding.value}
    assert_never(fact)


def _usual_form(tid: TicketHandle | None) -> str | None:
    """The form of a code whose record names none: a ticket's T1, or a stranger's."""
    return None if tid is None else T1_FORM


def _unusual_fields(scan: Scan) -> dict[str, Any]:
    """Fields that are there only where they say something: the records of earlier kiosks keep their fingerprints."""
    form = {} if scan.form == _usual_form(scan.stamp.tid) else {"form": scan.form}
    return form if scan.proof is None else form | {"proof": f"{scan.proof.at_s:010d}.{scan.proof.digits}"}


def _scan_fields(scan: Scan) -> dict[str, Any]:
    return {
        "kind": scan.kind,
        "direction": scan.direction.value,
        "gate": scan.gate,
        "manifest": scan.manifest_version,
        "digest": _hex(scan.digest),
        "gen": scan.gen,
        "cls": scan.cls,
        "step": scan.proof_step,
        "operator": scan.operator,
        "group": scan.group.hex if scan.group else None,
        "answers": dict(scan.answers),
    }


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def from_record(record: object) -> Fact | Malformed:
    """The fact of a record, or why it is none. Total and strict: a field too many or out of bounds is malformed."""
    if not isinstance(record, dict):
        return Malformed("a fact is a JSON object")
    fields = Fields(cast("dict[str, Any]", record))
    try:
        fact = _read(fields)
    except UnreadableError as err:
        return Malformed(str(err))
    if fields.unread:
        return Malformed(f"unknown field {min(fields.unread)!r:.40}")
    return fact


def _read(fields: Fields) -> Fact:
    if fields.number("v") != FORMAT:
        raise UnreadableError("another format version")
    stamp = _read_stamp(fields)
    kind = fields.text("kind")
    if kind == Scan.kind:
        return _read_scan(fields, stamp)
    if kind == Flood.kind:
        since_ms = Millis(fields.number("since", LATEST_MS))
        return Flood(stamp, GateId(fields.text("gate")), fields.number("count"), since_ms)
    reader = _READERS.get(kind)
    if reader is None:
        raise UnreadableError(f"unknown kind {kind!r}")
    return reader(fields, stamp, FactId(_uuid(fields.octets("refers_to", 16))))


def _read_stamp(fields: Fields) -> Stamp:
    return Stamp(
        id=FactId(_uuid(fields.octets("id", 16))),
        event=EventId(_uuid(fields.octets("event", 16))),
        device=DeviceId(_uuid(fields.octets("device", 16))),
        incarnation=fields.number("incarnation"),
        seq=fields.number("seq"),
        moment=Moment(
            at_ms=Millis(fields.number("ts", LATEST_MS)),
            uncertainty_ms=fields.number("uncertainty"),
            quality=member(ClockQuality, fields.text("quality")),
            boot_id=fields.text("boot"),
        ),
        tid=_handle(fields.octets_or_none("tid", 8)),
        previous=fields.octets("prev", FINGERPRINT_BYTES),
    )


def _read_scan(fields: Fields, stamp: Stamp) -> Scan:
    digest = fields.octets_or_none("digest", 16)
    group = fields.octets_or_none("group", 16)
    cls = fields.number_or_none("cls", 0xFFFF)
    scan = Scan(
        stamp=stamp,
        direction=member(Direction, fields.text("direction")),
        gate=GateId(fields.text("gate")),
        manifest_version=fields.number("manifest"),
        digest=None if digest is None else CodeDigest(digest),
        form=_read_form(fields, stamp.tid),
        gen=fields.number_or_none("gen", 0xFF),
        cls=None if cls is None else ClassId(cls),
        proof_step=fields.number_or_none("step"),
        proof=_read_proof(fields),
        operator=fields.text_or_none("operator"),
        group=None if group is None else FactId(_uuid(group)),
        answers=fields.answers("answers"),
    )
    if (stamp.tid is None) == (scan.digest is None):
        raise UnreadableError("a scan names either a ticket or a digest")
    if stamp.tid is not None and (scan.gen is None or scan.cls is None):
        raise UnreadableError("a scan of a ticket carries its gen and cls")
    return scan


def _read_proof(fields: Fields) -> Proof | None:
    if not fields.has("proof"):
        return None
    at, _, digits = (text := fields.text("proof")).partition(".")
    if len(text) != _PROOF_TEXT or len(at) != _STAMP_TEXT or not text.isascii() or not (at + digits).isdigit():
        raise UnreadableError("field 'proof' is no 10 digits, a point and 8 digits")
    return Proof(int(at), digits)


def _read_form(fields: Fields, tid: TicketHandle | None) -> str | None:
    """One fact has one record: the usual form is never named."""
    if not fields.has("form"):
        return _usual_form(tid)
    form = fields.text("form")
    if form == _usual_form(tid):
        raise UnreadableError("field 'form' names the usual form")
    return form


def _read_shown(fields: Fields, stamp: Stamp, scan: FactId) -> Shown:
    outcome, source = member(Outcome, fields.text("outcome")), member(Source, fields.text("source"))
    shown = Shown(stamp, scan, outcome, source)
    if fields.truth("admission") != shown.is_admission:
        raise UnreadableError("field 'admission' contradicts the outcome")
    return shown


def _read_undo(fields: Fields, stamp: Stamp, scan: FactId) -> Undo:
    return Undo(stamp, scan, fields.text_or_none("operator"))


def _read_override(fields: Fields, stamp: Stamp, scan: FactId) -> Override:
    return Override(stamp, scan, fields.text("operator"), fields.text("reason"))


def _read_recovery(fields: Fields, stamp: Stamp, scan: FactId) -> Recovery:
    return Recovery(stamp, scan, fields.truth("entered"), fields.text_or_none("operator"))


def _read_resolution(fields: Fields, stamp: Stamp, scan: FactId) -> Resolution:
    finding = member(Finding, fields.text("finding"))
    return Resolution(stamp, scan, fields.text("incident"), finding, fields.text_or_none("operator"))


_READERS: Mapping[str, Callable[[Fields, Stamp, FactId], About]] = {
    Shown.kind: _read_shown,
    Undo.kind: _read_undo,
    Override.kind: _read_override,
    Recovery.kind: _read_recovery,
    Resolution.kind: _read_resolution,
}
"""How the rest of each kind that refers to a scan is read."""


def _uuid(value: bytes) -> UUID:
    return UUID(bytes=value)


def _handle(value: bytes | None) -> TicketHandle | None:
    return None if value is None else TicketHandle(value)
