"""What crosses the door of the ledger: plain values, without a trace of a database.

Owns the values that the redeem line hands in and gets back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.journal.scan import Fact
from core.journal.state import Arrival
from core.model.ids import ClassId, DeviceId, FactId, TicketHandle
from core.redeem.answer import Answer
from core.ticket.lists import Denial


class Doubt(StrEnum):
    """Why a fact is kept in quarantine: never dropped, never counted, for a person to look at."""

    MALFORMED = "malformed"
    OTHER_EVENT = "other_event"
    OTHER_DEVICE = "other_device"
    ID_REUSE = "id_reuse"
    JOURNAL_FORK = "journal_fork"
    UNKNOWN_TICKET = "unknown_ticket"
    GEN_NOT_ISSUED = "gen_not_issued"
    CLASS_MISMATCH = "class_mismatch"
    SERVER_ERROR = "server_error"


@dataclass(frozen=True, slots=True)
class Arriving:
    """One fact on its way in. `fact` is None for a record that is none; `waits` while a guest waits for the answer."""

    id: FactId
    device: DeviceId
    fact: Fact | None
    record: str
    fingerprint: bytes
    doubt: str | None
    waits: bool

    @property
    def tid(self) -> TicketHandle | None:
        """The ticket that the fact is about, where it counts."""
        return self.fact.stamp.tid if self.fact and self.doubt is None else None


@dataclass(frozen=True, slots=True)
class Stored:
    """A fact that the ledger holds, as a replay needs it."""

    fingerprint: bytes
    arrival: Arrival
    reason: str | None
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket's own row. `gen` is the newest edition issued; `nbf` and `exp` are unix seconds."""

    tid: TicketHandle
    gen: int
    cls: ClassId
    nbf: int
    exp: int
    denial: Denial | None
    is_inside: bool


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
