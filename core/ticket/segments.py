"""Lists as sorted records of one width: small on disk, exact, found by bisection, told apart by one hash.

Owns the records of each kind of list, how two lists differ, and how a difference is applied. A list is one `bytes`
object, so that a newer one takes its place as one reference. Refusals are values: lists come from outside.
"""

import struct
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from core.model.attention import from_bits, to_bits
from core.model.ids import ClassId, CodeDigest, TicketHandle
from core.model.moments import Millis
from core.ticket import seal
from core.ticket.lists import Denial, DenialReason, Listed, Used

MOST_BYTES = 128 * 1024 * 1024
"""Of one list: three million old codes."""
TAG_BYTES = 4

_DENY = struct.Struct(">8sHBI")
_LEGACY = struct.Struct(">16s8sBHII")
_USED = struct.Struct(">8sHB6s4s4s")
_MARKS = struct.Struct(">8sH")
_PUT, _REMOVE = b"\x01", b"\x00"
_REASONS = {reason: number for number, reason in enumerate(DenialReason, 1)}
_REASON_OF = {number: reason for reason, number in _REASONS.items()}


class Kind(Enum):
    """The kinds of lists made of records: name, bytes of a record, bytes of its key in front."""

    ALLOW = ("allow", 16, 16)
    DENY = ("deny", _DENY.size, 8)
    LEGACY = ("legacy", _LEGACY.size, 16)
    USED = ("used", _USED.size, 8)
    MARKS = ("marks", _MARKS.size, 8)

    def __init__(self, label: str, width: int, key_bytes: int) -> None:
        self.label = label
        self.width = width
        self.key_bytes = key_bytes

    @classmethod
    def named(cls, label: str) -> "Kind | None":
        """The kind of a label, or None for one that is unknown or not made of records."""
        return next((kind for kind in cls if kind.label == label), None)


ATTENDEES = "attendees"
"""The one list that is no list of records: one encrypted file."""


@dataclass(frozen=True, slots=True)
class Flawed:
    """Bytes that are no list of their kind, or no difference to this one, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Records:
    """One list: records in ascending order of their keys, each key once. Made by `records_from` or `packed`."""

    kind: Kind
    body: bytes

    @property
    def count(self) -> int:
        """How many records."""
        return len(self.body) // self.kind.width

    @property
    def sha256(self) -> bytes:
        """The hash over all records in order: 32 bytes."""
        return seal.sha256(self.body)

    def find(self, key: bytes) -> bytes | None:
        """The record of a key, by bisection; None where the list has none."""
        at = self.place_of(key)
        start = at * self.kind.width
        record = self.body[start : start + self.kind.width]
        return record if record[: self.kind.key_bytes] == key else None

    def place_of(self, key: bytes, low: int = 0) -> int:
        """The place of the first record whose key is not below `key`."""
        width, key_bytes, body = self.kind.width, self.kind.key_bytes, self.body
        high = self.count
        while low < high:
            middle = (low + high) // 2
            start = middle * width
            if body[start : start + key_bytes] < key:
                low = middle + 1
            else:
                high = middle
        return low

    def __iter__(self) -> Iterator[bytes]:
        width = self.kind.width
        return (self.body[start : start + width] for start in range(0, len(self.body), width))


def packed(kind: Kind, records: Iterable[bytes]) -> Records:
    """A list of records in any order. Raises ValueError for a wrong width or a key that comes twice."""
    ordered = sorted(records)
    if any(len(record) != kind.width for record in ordered):
        raise ValueError(f"a record of {kind.label} is {kind.width} bytes")
    body = b"".join(ordered)
    if isinstance(read := records_from(kind, body), Flawed):
        raise ValueError(read.reason)  # noqa: TRY004 — a caller's mistake
    return read


def records_from(kind: Kind, body: bytes) -> Records | Flawed:
    """The list that bytes from outside are, or why they are none."""
    if len(body) > MOST_BYTES:
        return Flawed("the list is larger than a kiosk takes")
    if len(body) % kind.width:
        return Flawed("the list does not end with a whole record")
    before = b""
    for start in range(0, len(body), kind.width):
        key = body[start : start + kind.key_bytes]
        if start and key <= before:
            return Flawed("the list is not in order")
        before = key
    return Records(kind, body)


def difference(old: Records, new: Records) -> bytes:
    """What turns one list into another: for each key that differs one byte (1 put, 0 remove) and a record."""
    kept, wanted = set(old), set(new)
    gone = {record[: new.kind.key_bytes]: _REMOVE + record for record in kept - wanted}
    put = {record[: new.kind.key_bytes]: _PUT + record for record in wanted - kept}
    changes = gone | put
    return b"".join(changes[key] for key in sorted(changes))


def applied(old: Records, change: bytes) -> Records | Flawed:
    """The list after a difference. The work is that of the difference, and one copy of the list."""
    kind = old.kind
    step = kind.width + 1
    if len(change) % step:
        return Flawed("the difference does not end with a whole record")
    parts: list[bytes] = []
    body, at, before = memoryview(old.body), 0, b""
    for start in range(0, len(change), step):
        mark, record = change[start : start + 1], change[start + 1 : start + step]
        key = record[: kind.key_bytes]
        if start and key <= before:
            return Flawed("the difference is not in order")
        before = key
        place = old.place_of(key, at)
        parts.append(bytes(body[at * kind.width : place * kind.width]))
        is_there = body[place * kind.width : place * kind.width + kind.key_bytes] == key
        at = place + is_there
        if mark == _PUT:
            parts.append(record)
        elif mark != _REMOVE or not is_there:
            return Flawed("the difference is not to this list")
    parts.append(bytes(body[at * kind.width :]))
    after = Records(kind, b"".join(parts))
    return after if len(after.body) <= MOST_BYTES else Flawed("the list is larger than a kiosk takes")


# --- the records of each kind -------------------------------------------------------------------------------------


def deny_record(tid: TicketHandle, denial: Denial) -> bytes:
    """tid (8), min_gen (2), reason (1), the manifest's version that first said it (4)."""
    return _DENY.pack(tid, denial.min_gen, _REASONS[denial.reason], denial.since_version)


def denial_of(record: bytes) -> Denial:
    """The denial of a record; a reason from the future is read as blocked."""
    _, min_gen, reason, since = _DENY.unpack(record)
    return Denial(min_gen, _REASON_OF.get(reason, DenialReason.BLOCKED), since)


def legacy_record(digest: CodeDigest, listed: Listed) -> bytes:
    """digest (16), tid (8), gen (1), cls (2), nbf (4), exp (4)."""
    return _LEGACY.pack(digest, listed.tid, listed.gen, listed.cls, listed.nbf, listed.exp)


def listed_of(record: bytes) -> Listed:
    """The ticket behind an old code."""
    _, tid, gen, cls, nbf, exp = _LEGACY.unpack(record)
    return Listed(TicketHandle(tid), gen, ClassId(cls), nbf, exp)


def used_record(tid: TicketHandle, used: Used) -> bytes:
    """tid (8), entries (2), inside (1), first entry in unix milliseconds (6), gate's tag (4), device's tag (4)."""
    entries = min(used.entries, 0xFFFF)
    return _USED.pack(tid, entries, used.is_inside, used.first_ms.to_bytes(6), used.gate_tag, used.device_tag)


def used_of(record: bytes) -> Used:
    """The use of a ticket."""
    _, entries, inside, first, gate, device = _USED.unpack(record)
    return Used(entries, bool(inside), Millis(int.from_bytes(first)), gate, device)


def marks_record(tid: TicketHandle, numbers: Collection[int]) -> bytes:
    """tid (8), the numbers of the attention items that concern this very ticket (2)."""
    return _MARKS.pack(tid, to_bits(numbers))


def marks_of(record: bytes) -> frozenset[int]:
    """The numbers of a record."""
    return from_bits(_MARKS.unpack(record)[1])


def tag_of(name: str) -> bytes:
    """4 bytes that stand for a gate's id or a device's id (hex) in a record: the head of SHA-256 of its UTF-8."""
    return seal.sha256(name.encode())[:TAG_BYTES]


# --- all lists of an event ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListsOfSegments:
    """The lists of one event as they came from the server (`core.ticket.lists.Lists`)."""

    allow: Records = Records(Kind.ALLOW, b"")
    deny: Records = Records(Kind.DENY, b"")
    legacy: Records = Records(Kind.LEGACY, b"")
    uses: Records = Records(Kind.USED, b"")
    marked: Records = Records(Kind.MARKS, b"")

    def allows(self, digest: CodeDigest) -> bool:
        """Whether a code is on the allow list."""
        return self.allow.find(digest) is not None

    def denial(self, tid: TicketHandle) -> Denial | None:
        """The deny list's entry of a ticket."""
        record = self.deny.find(tid)
        return None if record is None else denial_of(record)

    def listed(self, digest: CodeDigest) -> Listed | None:
        """The ticket that an old code is for."""
        record = self.legacy.find(digest)
        return None if record is None else listed_of(record)

    def used(self, tid: TicketHandle) -> Used | None:
        """The use of a ticket that the server knew of."""
        record = self.uses.find(tid)
        return None if record is None else used_of(record)

    def marks(self, tid: TicketHandle) -> frozenset[int]:
        """The numbers of the attention items that concern a ticket by itself."""
        record = self.marked.find(tid)
        return frozenset() if record is None else marks_of(record)
