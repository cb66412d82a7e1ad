"""The list of people that a kiosk holds encrypted: one form for the server that writes and the kiosk that reads.

Owns the rows and what the lock is bound to. Total: bytes from outside are people, or the reason why they are none.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from core.model.ids import TID_BYTES, EventId, TicketHandle
from core.ticket import seal

MOST_BYTES = 128 * 1024 * 1024
"""Of the list in clear: a million people with long names."""
_ABOUT = b"doorlight/attendees/v1\x00"


@dataclass(frozen=True, slots=True)
class Attendee:
    """Whose ticket it is, and the order that it was bought in."""

    tid: TicketHandle
    name: str = field(repr=False)
    order: str | None = field(default=None, repr=False)


class Unreadable(StrEnum):
    """Why bytes are no list of people."""

    LOCKED = "locked"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"


def about_attendees(event: EventId) -> bytes:
    """What the lock on an event's list is bound to."""
    return _ABOUT + event.bytes


def packed(people: Iterable[Attendee]) -> Iterator[bytes]:
    """JSON `[[tid hex, name, order or null], …]` in UTF-8 and zlib (RFC 1950), in pieces."""
    squeeze = zlib.compressobj()
    lead = b"["
    for person in people:
        row = [person.tid.hex(), person.name, person.order]
        yield squeeze.compress(lead + json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode())
        lead = b","
    yield squeeze.compress(b"[]" if lead == b"[" else b"]") + squeeze.flush()


def attendees_from(key: bytes, locked: bytes, event: EventId, most: int = MOST_BYTES) -> list[Attendee] | Unreadable:
    """The people of a locked list; never unpacks more than `most` bytes."""
    squeezed = seal.unlock(key, locked, about=about_attendees(event))
    if squeezed is None:
        return Unreadable.LOCKED
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(squeezed, most)
        if not unpacker.eof:
            return Unreadable.TOO_LARGE if unpacker.unconsumed_tail else Unreadable.DAMAGED
        rows = json.loads(plain)
        return [_attendee(row) for row in rows] if isinstance(rows, list) else Unreadable.DAMAGED
    except (zlib.error, ValueError, TypeError, RecursionError):
        return Unreadable.DAMAGED


def _attendee(row: object) -> Attendee:
    match row:
        case [str(tid), str(name), (None | str()) as order] if len(tid) == 2 * TID_BYTES:
            return Attendee(TicketHandle(bytes.fromhex(tid)), name, order)
    raise ValueError("a row is no person")
