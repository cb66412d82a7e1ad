"""The audit log: who did what, on what, when and from where, as a chain of hashes.

Owns a record's canonical form and the checks of a chain. A record is RFC 8785 JSON that carries the SHA-256 of the
record before it; so what is changed, left out or moved shows at its place. What the last record is says a tag under a
key of the installation (`head_bytes`): who can write to the database alone can't add a record to the end, nor take one
away. A record names accounts, devices, tickets and settings; no secret, and nobody who holds a ticket.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import rfc8785

from core.model.ids import EventId
from core.ticket import seal

VERSION = 1
NO_RECORD = bytes(32)
"""What the first record carries in the place of a hash."""
MAX_TEXT = 500
"""Characters of one text in a record: names and ids have less; what is longer is cut."""
MAX_DETAILS = 16
_HEAD_DOMAIN = b"doorlight/audit-head/v1\x00"

Detail: TypeAlias = str | int | bool | None


class ActorKind(StrEnum):
    """As whom somebody acted."""

    ACCOUNT = "account"
    API_KEY = "apikey"
    MACHINE = "machine"  # whoever holds the token in the server's folder
    SHELL = "shell"  # an account of the computer, through the command line
    DEVICE = "device"
    PROGRAM = "program"  # the server by itself: its jobs
    STRANGER = "stranger"  # nobody that the server knows, such as at a log-in that failed


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and from which address, where there is one."""

    kind: ActorKind
    id: str = ""
    name: str = ""
    address: str = ""


class Deed(StrEnum):
    """What was done. The values are stored, and never change their meaning."""

    OWNER_MADE = "owner.made"
    ACCOUNT_MADE = "account.made"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 — a word, not a secret
    PASSWORD_RESET = "password.reset"  # noqa: S105
    ROLE_GIVEN = "role.given"
    ROLE_TAKEN = "role.taken"
    LOGGED_IN = "login.done"
    LOG_IN_REFUSED = "login.refused"
    LOGGED_OUT = "login.ended"
    API_KEY_MADE = "apikey.made"
    API_KEY_REVOKED = "apikey.revoked"
    EVENT_MADE = "event.made"
    EVENT_CHANGED = "event.changed"
    CODES_CHANGED = "codes.changed"
    LEASE_EXTENDED = "lease.extended"
    SEAL_ROTATED = "seal.rotated"
    SEAL_STATE_CHANGED = "seal.state-changed"
    SEAL_SHOWN = "seal.shown"
    TICKETS_ISSUED = "tickets.issued"
    TICKETS_IMPORTED = "tickets.imported"
    TICKETS_EXPORTED = "tickets.exported"
    TICKET_PUT = "ticket.put"
    TICKET_CANCELED = "ticket.canceled"
    TICKET_RESTORED = "ticket.restored"
    TICKET_REISSUED = "ticket.reissued"
    TICKET_MARKED = "ticket.marked"
    DEVICE_CODE_MADE = "device.code-made"
    DEVICE_CODE_WITHDRAWN = "device.code-withdrawn"
    DEVICE_CONFIRMED = "device.confirmed"
    DEVICE_CHANGED = "device.changed"
    DEVICE_REVOKED = "device.revoked"
    DEVICE_SALVAGED = "device.salvaged"
    SPARE_MADE = "device.spare-made"
    QUEUE_IMPORTED = "queue.imported"
    OPERATOR_CHANGED = "operator.changed"
    INCIDENT_RESOLVED = "incident.resolved"
    ADMISSION_UNDONE = "admission.undone"
    ADMISSION_OVERRIDDEN = "admission.overridden"
    PAPER_ADMISSIONS_TYPED = "admission.typed"
    LEDGER_EXPORTED = "ledger.exported"
    PERSON_ERASED = "person.erased"
    RETENTION_RAN = "retention.ran"
    BACKUP_MADE = "backup.made"
    BACKUP_RESTORED = "backup.restored"
    JOB_RAN = "job.ran"
    ACCOUNT_ADDRESSED = "account.addressed"  # the account's own mail address; the record does not say which
    REPORT_WISHED = "report.wished"
    ENDPOINT_ADDED = "endpoint.added"
    ENDPOINT_CHANGED = "endpoint.changed"
    ENDPOINT_REMOVED = "endpoint.removed"
    ENDPOINT_TESTED = "endpoint.tested"
    ENDPOINT_SECRET_ROTATED = "endpoint.secret-rotated"  # noqa: S105 — a word, not a secret
    MAIL_SET = "mail.set"
    MAIL_REMOVED = "mail.removed"
    ADDRESS_SUPPRESSED = "address.suppressed"
    ADDRESS_LIFTED = "address.lifted"
    TICKET_MAILED = "ticket.mailed"
    DELIVERIES_REPLAYED = "deliveries.replayed"
    DELIVERIES_DISCARDED = "deliveries.discarded"
    DELIVERY_READDRESSED = "delivery.readdressed"  # the record says neither address
    STRIPE_SET = "stripe.set"
    STRIPE_REMOVED = "stripe.removed"
    PAYMENT_PUT = "payment.put"
    REFUND_BEGUN = "refund.begun"


@dataclass(frozen=True, slots=True)
class Record:
    """One deed. `seq` counts from 1 in its event (or in the installation); `previous` is the hash of the one before."""

    event: EventId
    seq: int
    at_ms: int
    deed: Deed
    about: str
    actor: Actor
    details: Mapping[str, Detail]
    previous: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it is stored: its place, its canonical text, its hash."""

    seq: int
    text: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """What the end of a chain is said to be: how many records, the hash of the last, and the tag that proves it."""

    seq: int
    hash: bytes
    tag: bytes


class Tampering(StrEnum):
    """What is wrong with a chain."""

    CHANGED = "changed"  # a record is not what was written
    OUT_OF_PLACE = "out_of_place"  # records are missing before it, or it was moved or copied there
    CUT_OFF = "cut_off"  # records are missing at the end
    ADDED = "added"  # there are records behind the end that was proven
    UNPROVEN = "unproven"  # what the end is said to be was not written by this installation


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first thing that is wrong with a chain, and at which record."""

    seq: int
    what: Tampering


def text_of(record: Record) -> str:
    """The canonical text (RFC 8785) of a record; long texts are cut, and so is what can't be text at all."""
    fields: dict[str, Any] = {
        "v": VERSION,
        "event": record.event.hex,
        "seq": record.seq,
        "at_ms": record.at_ms,
        "deed": record.deed.value,
        "about": _cut(record.about),
        "by": {name: _cut(str(value)) for name, value in asdict(record.actor).items()},
        "details": {_cut(name): _plain(value) for name, value in list(record.details.items())[:MAX_DETAILS]},
        "previous": record.previous.hex(),
    }
    return rfc8785.dumps(fields).decode()


def hash_of(text: str) -> bytes:
    """The SHA-256 of a record's canonical text: 32 bytes."""
    return seal.sha256(text.encode())


def head_bytes(event: EventId, seq: int, last: bytes) -> bytes:
    """What the tag of a chain's end is taken over (HMAC-SHA-256): domain, event, count, the last record's hash."""
    return _HEAD_DOMAIN + event.bytes + seq.to_bytes(8) + last


class Chain:
    """Reads the rows of one event's log in their order and keeps the first flaw."""

    def __init__(self, event: EventId, head: Head | None, key: bytes) -> None:
        self._event = event
        self._head = head
        self._key = key
        self._seq = 0
        self._last = NO_RECORD
        self.flaw: Flaw | None = None

    def read(self, rows: Iterable[Row]) -> None:
        """The next rows."""
        for row in rows:
            if self.flaw is None:
                self.flaw = self._flaw_of(row)
            self._seq, self._last = row.seq, row.hash

    def end(self) -> Flaw | None:
        """The first flaw, or None for a chain that is whole: its end too is the one that was proven."""
        if self.flaw is not None:
            return self.flaw
        if self._head is None:
            return Flaw(1, Tampering.ADDED) if self._seq else None
        told = head_bytes(self._event, self._head.seq, self._head.hash)
        if not seal.is_hmac(self._key, told, self._head.tag):
            return Flaw(self._head.seq, Tampering.UNPROVEN)
        if self._seq < self._head.seq:
            return Flaw(self._seq + 1, Tampering.CUT_OFF)
        if self._seq > self._head.seq:
            return Flaw(self._head.seq + 1, Tampering.ADDED)
        return None if self._last == self._head.hash else Flaw(self._seq, Tampering.CHANGED)

    def _flaw_of(self, row: Row) -> Flaw | None:
        if hash_of(row.text) != row.hash:
            return Flaw(row.seq, Tampering.CHANGED)
        said = _place_of(row.text)
        if row.seq != self._seq + 1 or said != (self._event.hex, row.seq, self._last.hex()):
            return Flaw(row.seq, Tampering.OUT_OF_PLACE)
        return None


def _place_of(text: str) -> tuple[object, object, object] | None:
    fields = fields_of(text)
    return None if fields is None else (fields.get("event"), fields.get("seq"), fields.get("previous"))


def fields_of(text: str) -> dict[str, object] | None:
    """A record's fields as they stand in its canonical text; None for what is no record."""
    try:
        fields = json.loads(text)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def _plain(value: Detail) -> Detail:
    """A value that JSON can carry exactly: RFC 8785 knows integers up to 2**53 alone."""
    match value:
        case str():
            return _cut(value)
        case int() if abs(value) >= 2**53:
            return str(value)
        case _:
            return value


def _cut(text: str) -> str:
    """At most 500 characters, without half of a pair of surrogates, which no UTF-8 can hold."""
    return text[:MAX_TEXT].encode("utf-8", "replace").decode()
