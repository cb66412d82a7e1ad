"""Guest lists for tests: rows that are right until told otherwise, packed and indexed as a kiosk has them."""

from collections.abc import Iterable

from core.model.ids import ClassId, EventId, TicketHandle
from core.people.index import GuestIndex, IndexBuilder
from core.sync.attendees import Attendee, Unreadable, about_attendees, attendees_text, one_a_line, packed
from core.ticket import seal
from core.ticket.lists import Listed
from tests.support.door import DAY, END_S, EVENT, START_S, tid

KEY = b"\x05" * 32


def guest(
    number: int,
    name: str,
    order: str | None = None,
    reference: str | None = None,
    cls: ClassId = DAY,
    *,
    exp: int = END_S,
) -> Attendee:
    """The guest of ticket `number`."""
    return Attendee(tid(number), name, order, Listed(tid(number), 0, cls, START_S, exp), reference)


def locked(people: Iterable[Attendee], key: bytes = KEY, event: EventId = EVENT) -> bytes:
    """The list's file as a server makes it, in the order of the handles."""
    rows = sorted(people, key=lambda each: each.tid)
    return seal.lock(key, b"".join(packed(rows)), nonce=bytes(12), about=about_attendees(event))


def indexed(people: Iterable[Attendee]) -> GuestIndex:
    """The index that a kiosk makes of it."""
    text = attendees_text(KEY, locked(people), EVENT)
    assert not isinstance(text, Unreadable)
    plain = one_a_line(text)
    assert not isinstance(plain, Unreadable)
    builder = IndexBuilder(plain)
    while builder.read(100):
        pass
    assert builder.unreadable == 0
    return builder.built()


def handle(number: int) -> TicketHandle:
    """The handle of ticket `number`."""
    return tid(number)
