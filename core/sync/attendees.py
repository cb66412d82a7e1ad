"""The list of people that a kiosk holds encrypted: one form for the server that writes and the kiosk that reads.

Owns the rows and what the lock is bound to. Total: bytes from outside are people, or the reason why they are none.
A row stands on a line of its own, so that whoever looks for one of a million reads that one alone.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from core.model.ids import TID_BYTES, ClassId, EventId, TicketHandle
from core.ticket import seal
from core.ticket.lists import Listed

MOST_BYTES = 160 * 1024 * 1024
"""Of the list in clear: a million people with long names, orders and references."""
_ABOUT = b"doorlight/attendees/v1\x00"
_MOST_GEN, _MOST_CLS, _MOST_S = 0xFF, 0xFFFF, 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Attendee:
    """Whose ticket it is, the order that it was bought in, and what its shop calls it.

    `ticket` is its newest edition, by which a door judges it that was shown no code; an older server tells none.
    """

    tid: TicketHandle
    name: str = field(repr=False)
    order: str | None = field(default=None, repr=False)
    ticket: Listed | None = None
    reference: str | None = field(default=None, repr=False)


class Unreadable(StrEnum):
    """Why bytes are no list of people."""

    LOCKED = "locked"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"


def about_attendees(event: EventId) -> bytes:
    """What the lock on an event's list is bound to."""
    return _ABOUT + event.bytes


def packed(people: Iterable[Attendee]) -> Iterator[bytes]:
    """JSON in UTF-8 and zlib (RFC 1950), in pieces: an array of rows, each on its line.

    A row is `[tid hex, name, order or null, gen, class, nbf, exp, reference or null]`, or its first three where the
    ticket's terms are not told.
    """
    squeeze = zlib.compressobj()
    lead = b"[\n"
    for person in people:
        yield squeeze.compress(lead + _line(person))
        lead = b",\n"
    yield squeeze.compress(b"[]" if lead == b"[\n" else b"\n]") + squeeze.flush()


def _line(person: Attendee) -> bytes:
    row: list[object] = [person.tid.hex(), person.name, person.order]
    if person.ticket is not None:
        ticket = person.ticket
        row += [ticket.gen, ticket.cls, ticket.nbf, ticket.exp, person.reference]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def attendees_text(key: bytes, locked: bytes, event: EventId, most: int = MOST_BYTES) -> bytes | Unreadable:
    """The JSON of a locked list, unread; never unpacks more than `most` bytes."""
    squeezed = seal.unlock(key, locked, about=about_attendees(event))
    if squeezed is None:
        return Unreadable.LOCKED
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(squeezed, most)
    except zlib.error:
        return Unreadable.DAMAGED
    if not unpacker.eof:
        return Unreadable.TOO_LARGE if unpacker.unconsumed_tail else Unreadable.DAMAGED
    return plain


def attendees_from(key: bytes, locked: bytes, event: EventId, most: int = MOST_BYTES) -> list[Attendee] | Unreadable:
    """The people of a locked list; never unpacks more than `most` bytes."""
    plain = attendees_text(key, locked, event, most)
    return plain if isinstance(plain, Unreadable) else people_in(plain)


def people_in(plain: bytes) -> list[Attendee] | Unreadable:
    """The people of the list's JSON, all at once."""
    try:
        rows = json.loads(plain)
        return [_attendee(row) for row in rows] if isinstance(rows, list) else Unreadable.DAMAGED
    except (ValueError, TypeError, RecursionError):
        return Unreadable.DAMAGED


def one_a_line(plain: bytes) -> bytes | Unreadable:
    """The same JSON with each row on its line: as it comes from a server of today, put so from an older one."""
    if plain.startswith(b"[\n") or plain == b"[]":
        return plain
    people = people_in(plain)
    if isinstance(people, Unreadable):
        return people
    return b"[\n" + b",\n".join(map(_line, people)) + b"\n]"


def person_on(line: bytes) -> Attendee | None:
    """The person of one line of the list, with its comma or without; None for what is none."""
    try:
        return _attendee(json.loads(line.rstrip(b",\r\n ")))
    except (ValueError, TypeError, RecursionError):
        return None


def _attendee(row: object) -> Attendee:
    match row:
        case [str(tid), str(name), (None | str()) as order] if len(tid) == 2 * TID_BYTES:
            return Attendee(TicketHandle(bytes.fromhex(tid)), name, order)
        case [
            str(tid),
            str(name),
            (None | str()) as order,
            int(gen),
            int(cls),
            int(nbf),
            int(exp),
            (None | str()) as reference,
        ] if len(tid) == 2 * TID_BYTES and _are_terms(gen, cls, nbf, exp):
            handle = TicketHandle(bytes.fromhex(tid))
            return Attendee(handle, name, order, Listed(handle, gen, ClassId(cls), nbf, exp), reference)
    raise ValueError("a row is no person")


def _are_terms(gen: int, cls: int, nbf: int, exp: int) -> bool:
    is_edition = 0 <= gen <= _MOST_GEN and 0 <= cls <= _MOST_CLS
    return is_edition and 0 <= nbf <= _MOST_S and 0 <= exp <= _MOST_S
