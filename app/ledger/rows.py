"""What crosses the door of the ledger: plain values, without a trace of a database.

Owns the values that the redeem line hands in and gets back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from core.journal.scan import Fact, Scan, scan_of
from core.journal.state import Arrival
from core.model.ids import ClassId, CodeDigest, DeviceId, FactId, KeyId, TicketHandle
from core.redeem.answer import Answer
from core.ticket.lists import Denial


class Doubt(StrEnum):
    """Why a fact is kept in quarantine: never dropped, never counted, for a person to look at."""

    MALFORMED = "malformed"
    OTHER_EVENT = "other_event"
    OTHER_DEVICE = "other_device"
    DEVICE_REVOKED = "device_revoked"
    ID_REUSE = "id_reuse"
    JOURNAL_FORK = "journal_fork"
    UNKNOWN_TICKET = "unknown_ticket"
    GEN_NOT_ISSUED = "gen_not_issued"
    CLASS_MISMATCH = "class_mismatch"
    SERVER_ERROR = "server_error"


@dataclass(frozen=True, slots=True)
class Arriving:
    """One fact on its way in. `fact` is None for a record that is none; `waits` while a guest waits for the answer.

    `fact` is what counts: where the record names only a digest whose ticket is known here, it names that ticket.
    `is_resent` says that an earlier epoch of this ledger had acknowledged it; `told` is what that had answered.
    """

    id: FactId
    device: DeviceId
    fact: Fact | None
    record: str
    fingerprint: bytes
    doubt: str | None
    waits: bool
    is_resent: bool = False
    told: Answer | None = None

    @property
    def tid(self) -> TicketHandle | None:
        """The ticket that the fact is about, where it counts."""
        return self.fact.stamp.tid if self.fact and self.doubt is None else None

    @property
    def names_a_code(self) -> bool:
        """Whether it is a sound scan of a code that a list could have, and whose ticket is not known."""
        return self.doubt is None and self.tid is None and bool(self.form)

    @property
    def place(self) -> tuple[UUID, int, int] | None:
        """The place in the device's chain: device, incarnation, seq. A fact in doubt takes none."""
        if self.fact is None or self.doubt is not None:
            return None
        return (self.device, self.fact.stamp.incarnation, self.fact.stamp.seq)

    @property
    def form(self) -> str:
        """The form of a scan's code; empty where it has none."""
        return (self.fact.form or "") if isinstance(self.fact, Scan) else ""

    @property
    def digest(self) -> CodeDigest:
        """The digest that a scan carries in a ticket's place; empty where it names a ticket."""
        return (self.fact.digest or CodeDigest(b"")) if isinstance(self.fact, Scan) else CodeDigest(b"")

    @property
    def is_by_code(self) -> bool:
        """Whether it is a scan of a list's digest whose ticket was found."""
        return self.tid is not None and bool(self.digest)

    @property
    def gen_of_code(self) -> int | None:
        """The edition that such a code stands for."""
        return self.fact.gen if isinstance(self.fact, Scan) and self.is_by_code else None

    @property
    def refers_to(self) -> FactId | None:
        """The scan that a fact is about which is none itself."""
        return None if self.fact is None else scan_of(self.fact)


def of_ticket(fact: Fact, tid: TicketHandle, gen: int | None, cls: ClassId | None) -> Fact:
    """A fact that names no ticket, as it counts: a scan of that edition of the ticket, or what was said about one."""
    stamp = replace(fact.stamp, tid=tid)
    if isinstance(fact, Scan):
        return replace(fact, stamp=stamp, gen=gen, cls=cls)
    return replace(fact, stamp=stamp)


@dataclass(frozen=True, slots=True)
class Resent:
    """Facts of one arrival that the ledger had acknowledged before it was restored (unix ms)."""

    ids: frozenset[FactId]
    restored_at: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A fact that the ledger holds, as a replay needs it."""

    fingerprint: bytes
    arrival: Arrival
    reason: str | None
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket's own row. `gen` is the newest edition issued; `nbf` and `exp` are unix seconds.

    `rotating_kid` is the key whose rotating proofs its doors want; None for a ticket that does not rotate.
    `external_ref` is what its shop (`source`) calls it.
    """

    tid: TicketHandle
    gen: int
    cls: ClassId
    nbf: int
    exp: int
    denial: Denial | None
    is_inside: bool
    rotating_kid: KeyId | None = None
    source: str = ""
    external_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """The tickets that this transaction holds, and those that another one does."""

    tickets: Mapping[TicketHandle, Ticket]
    busy: frozenset[TicketHandle]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger says of one scan after it was settled: its answer and the incidents that it owns."""

    answer: Answer | None
    incidents: tuple[str, ...]
