"""A message that waits to be sent: its channel, its states as a table, its id, its schedule.

Owns what every channel shares. Nothing is sent here, and nothing is deleted by itself: a message that can't be
delivered is dead, with its reason, until a person replays or cancels it.
"""

from enum import StrEnum
from uuid import UUID

from core.model.ids import EventId
from core.ticket.seal import sha256


class Channel(StrEnum):
    """How a message leaves."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    PUSH = "push"
    STRIPE = "stripe"  # what Stripe is asked to do: a message is one intent, whatever keys it takes


class MessageState(StrEnum):
    """Where a message is. `ready` waits for its time, `leased` is with a worker until its lease ends."""

    READY = "ready"
    LEASED = "leased"
    SENT = "sent"
    DEAD = "dead"
    CANCELED = "canceled"


NEXT: dict[MessageState, frozenset[MessageState]] = {
    MessageState.READY: frozenset({MessageState.LEASED, MessageState.CANCELED}),
    MessageState.LEASED: frozenset({MessageState.READY, MessageState.SENT, MessageState.DEAD, MessageState.CANCELED}),
    MessageState.SENT: frozenset(),
    MessageState.DEAD: frozenset({MessageState.READY, MessageState.CANCELED}),
    MessageState.CANCELED: frozenset(),
}
"""The states that may follow a state. A dead message is replayed by a person: then it is ready again."""

_MINUTE, _HOUR = 60, 60 * 60
WAITS_S: dict[Channel, tuple[int, ...]] = {
    Channel.EMAIL: (0, _MINUTE, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR, 24 * _HOUR),
    Channel.WEBHOOK: (
        0,
        5,
        5 * _MINUTE,
        30 * _MINUTE,
        2 * _HOUR,
        5 * _HOUR,
        10 * _HOUR,
        14 * _HOUR,
        20 * _HOUR,
        24 * _HOUR,
    ),
    Channel.PUSH: (0, 10, _MINUTE, 10 * _MINUTE, _HOUR, 6 * _HOUR, 12 * _HOUR),
    Channel.STRIPE: (
        0,
        5,
        _MINUTE,
        5 * _MINUTE,
        30 * _MINUTE,
        2 * _HOUR,
        5 * _HOUR,
        10 * _HOUR,
        14 * _HOUR,
        20 * _HOUR,
        24 * _HOUR,
    ),
}
"""Seconds before each attempt, the first of them included: after the last, a message is dead."""


def most_attempts(channel: Channel) -> int:
    """How often a message of a channel is tried."""
    return len(WAITS_S[channel])


def message_id(event: EventId, dedupe_key: str) -> UUID:
    """The id of a message: the same for the same news, so that whoever gets it twice can tell.

    The first 16 bytes of SHA-256 over the event's id and the key, as a UUID of version 8 (RFC 9562, section 5.8).
    """
    digest = bytearray(sha256(event.bytes + dedupe_key.encode())[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))
