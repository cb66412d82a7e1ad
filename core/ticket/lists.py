"""What a door knows of single tickets beside the code itself: who is listed, who is denied.

Owns the question, not the storage: a list is anything that answers `allows` and `denial`, in memory or in a database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from core.model.ids import ClassId, CodeDigest, TicketHandle
from core.model.moments import Millis
from core.model.outcomes import Outcome

EVERY_GEN = 256
"""A `min_gen` that no gen of a ticket reaches: the ticket is denied in every edition."""


class DenialReason(StrEnum):
    """Why a ticket no longer counts. The value is the outcome that the door says."""

    REVOKED = "revoked"
    CANCELED = "canceled"
    BLOCKED = "blocked"
    UNPAID = "unpaid"  # until its order is paid; a kiosk of before knows no such reason, and says `blocked`

    @property
    def outcome(self) -> Outcome:
        """The outcome of the same name."""
        return Outcome(self.value)


@dataclass(frozen=True, slots=True)
class Denial:
    """One entry of the deny list: editions below `min_gen` (0–256) are refused, since a manifest's version."""

    min_gen: int
    reason: DenialReason = DenialReason.REVOKED
    since_version: int = 0

    def refuses(self, gen: int) -> bool:
        """Whether an edition of the ticket is refused."""
        return gen < self.min_gen


@dataclass(frozen=True, slots=True)
class Listed:
    """The ticket that an old code is for. `nbf` and `exp` are unix seconds."""

    tid: TicketHandle
    gen: int
    cls: ClassId
    nbf: int
    exp: int


@dataclass(frozen=True, slots=True)
class Used:
    """What the server knew of a ticket's use: entries, the first of them, and whether its guest was inside.

    The tags are those of the gate's id and the device's id (`core.ticket.segments.tag_of`).
    """

    entries: int
    is_inside: bool
    first_ms: Millis
    gate_tag: bytes
    device_tag: bytes


class Lists(Protocol):
    """The lists of one event as a verifier asks them."""

    def allows(self, digest: CodeDigest) -> bool:
        """Whether a code is on the allow list."""

    def denial(self, tid: TicketHandle) -> Denial | None:
        """The deny list's entry of a ticket."""

    def listed(self, digest: CodeDigest) -> Listed | None:
        """The ticket that an old code is for."""

    def used(self, tid: TicketHandle) -> Used | None:
        """The use of a ticket that the server knew of."""

    def marks(self, tid: TicketHandle) -> frozenset[int]:
        """The numbers of the attention items that concern a ticket by itself."""


@dataclass(frozen=True, slots=True)
class ListsInMemory:
    """Lists small enough to hold whole."""

    allowed: frozenset[CodeDigest] = frozenset()
    denied: Mapping[TicketHandle, Denial] = field(default_factory=dict)
    old_codes: Mapping[CodeDigest, Listed] = field(default_factory=dict)
    uses: Mapping[TicketHandle, Used] = field(default_factory=dict)
    marked: Mapping[TicketHandle, frozenset[int]] = field(default_factory=dict)

    def allows(self, digest: CodeDigest) -> bool:
        """Whether a code is on the allow list."""
        return digest in self.allowed

    def denial(self, tid: TicketHandle) -> Denial | None:
        """The deny list's entry of a ticket."""
        return self.denied.get(tid)

    def listed(self, digest: CodeDigest) -> Listed | None:
        """The ticket that an old code is for."""
        return self.old_codes.get(digest)

    def used(self, tid: TicketHandle) -> Used | None:
        """The use of a ticket that the server knew of."""
        return self.uses.get(tid)

    def marks(self, tid: TicketHandle) -> frozenset[int]:
        """The numbers of the attention items that concern a ticket by itself."""
        return self.marked.get(tid, frozenset())
