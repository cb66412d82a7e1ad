"""What the doors do for single tickets: the numbers of the event's attention items.

Owns the rows. They may say something about a person (a wheelchair, an age), so they go when the names go.
"""

from collections.abc import Callable, Collection

from sqlalchemy import Connection, delete, select

from app.ledger import audit
from app.ledger.engine import Database
from app.ledger.event_book import EventBook, EventWrong
from app.ledger.schema import ticket_marks, tickets
from app.ledger.ticket_book import TicketUnknown
from core.journal.audit import Deed
from core.model.attention import from_bits, to_bits
from core.model.ids import EventId, TicketHandle
from core.ticket.segments import Kind


class MarkBook:
    """The marks of all events of one database. Safe between threads."""

    def __init__(self, database: Database, book: EventBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._now_ms = now_ms

    def put(self, event: EventId, tid: TicketHandle, numbers: Collection[int]) -> frozenset[int]:
        """Sets what concerns one ticket, in place of what did; the numbers as they are now.

        Raises EventUnknown, EventWrong (a number that the event does not name), TicketUnknown.
        """

        def work(connection: Connection) -> None:
            known = self._book.event(connection, event).attention
            strange = sorted(set(numbers) - set(known))
            if strange:
                raise EventWrong(f"it names no attention item {strange[0]}: `doorlight event attention` names them")
            self._book.raise_version(connection, event, Kind.MARKS.label)
            mine = (tickets.c.event_id == event) & (tickets.c.tid == tid)
            if connection.execute(select(tickets.c.tid).where(mine)).first() is None:
                raise TicketUnknown(tid.hex())
            self._write(connection, event, tid, numbers)
            audit.note(connection, Deed.TICKET_MARKED, event, tid.hex(), now_ms=self._now_ms())

        self._database.transact(work)
        return frozenset(numbers)

    def of(self, event: EventId, tid: TicketHandle) -> frozenset[int]:
        """What concerns one ticket beside its class."""
        mine = (ticket_marks.c.event_id == event) & (ticket_marks.c.tid == tid)
        with self._database.reading() as connection:
            bits = connection.execute(select(ticket_marks.c.bits).where(mine)).scalar()
        return frozenset() if bits is None else from_bits(bits)

    def _write(self, connection: Connection, event: EventId, tid: TicketHandle, numbers: Collection[int]) -> None:
        mine = (ticket_marks.c.event_id == event) & (ticket_marks.c.tid == tid)
        connection.execute(delete(ticket_marks).where(mine))
        if numbers:
            row = {"event_id": event, "tid": tid, "bits": to_bits(numbers)}
            connection.execute(ticket_marks.insert(), row)
