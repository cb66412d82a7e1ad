"""What a door knows of single tickets beside the code itself: who is listed, who is denied.

Owns the question, not the storage: a list is anything that answers `allows` and `denial`, in memory or in a database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from core.model.ids import CodeDigest, TicketHandle
from core.model.outcomes import Outcome

EVERY_GEN = 256
"""A `min_gen` that no gen of a ticket reaches: the ticket is denied in every edition."""


class DenialReason(StrEnum):
    """Why a ticket no longer counts. The value is the outcome that the door says."""

    REVOKED = "revoked"
    CANCELED = "canceled"
    BLOCKED = "blocked"

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


class Lists(Protocol):
    """The lists of one event as a verifier asks them."""

    def allows(self, digest: CodeDigest) -> bool:
        """Whether a code is on the allow list."""

    def denial(self, tid: TicketHandle) -> Denial | None:
        """The deny list's entry of a ticket."""


@dataclass(frozen=True, slots=True)
class ListsInMemory:
    """Lists small enough to hold whole."""

    allowed: frozenset[CodeDigest] = frozenset()
    denied: Mapping[TicketHandle, Denial] = field(default_factory=dict)

    def allows(self, digest: CodeDigest) -> bool:
        """Whether a code is on the allow list."""
        return digest in self.allowed

    def denial(self, tid: TicketHandle) -> Denial | None:
        """The deny list's entry of a ticket."""
        return self.denied.get(tid)
