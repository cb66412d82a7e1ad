"""Ids as types of their own, so that two of them swapped fail the type check.

Owns the identifiers' shapes and UUIDv7 (RFC 9562, section 5.7) from a given moment and given random bytes.
"""

from typing import NewType
from uuid import UUID

EventId = NewType("EventId", UUID)
DeviceId = NewType("DeviceId", UUID)
FactId = NewType("FactId", UUID)
TicketHandle = NewType("TicketHandle", bytes)
"""The ticket's `tid`: 8 random bytes, not a database id."""
KeyId = NewType("KeyId", int)
"""`kid`: 32 bits, unique in the installation."""
ClassId = NewType("ClassId", int)
"""`cls`: 16 bits, a ticket class of the event."""
GateId = NewType("GateId", str)
"""A short name chosen by the organizer, such as `north`."""
CodeDigest = NewType("CodeDigest", bytes)
"""16 bytes that stand for a code's text where no authentic `tid` is known."""

TID_BYTES = 8
DIGEST_BYTES = 16
RANDOM_BYTES_OF_UUID7 = 10


def digest_of_number(tid: TicketHandle) -> CodeDigest:
    """What stands in a scan for a ticket whose number was typed: the number itself, and zeros."""
    return CodeDigest(tid + bytes(DIGEST_BYTES - TID_BYTES))


def number_of(digest: CodeDigest) -> TicketHandle | None:
    """The number that such a digest stands for; None where it stands for something else."""
    return TicketHandle(digest[:TID_BYTES]) if digest[TID_BYTES:] == bytes(DIGEST_BYTES - TID_BYTES) else None


def uuid7(at_ms: int, random: bytes) -> UUID:
    """A UUIDv7 of the moment `at_ms` (unix milliseconds) and 10 random bytes.

    Raises ValueError when `random` has another length: a caller's mistake.
    """
    if len(random) != RANDOM_BYTES_OF_UUID7:
        raise ValueError("uuid7 takes 10 random bytes")
    tail = int.from_bytes(random)
    rand_a = tail >> 62 & 0xFFF
    rand_b = tail & (1 << 62) - 1
    head = (at_ms & (1 << 48) - 1) << 80
    return UUID(int=head | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)
