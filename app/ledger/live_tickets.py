"""What a live screen needs of one rotating ticket.

Owns which tickets may be shown live, and that nothing leaves but the ticket's own secret. Reads only.
"""

from dataclasses import dataclass, field
from enum import Enum

from sqlalchemy import Connection, select

from app.ledger.engine import Database
from app.ledger.event_book import EventBook, claims_of
from app.ledger.schema import tickets
from core.model.event import Event
from core.model.ids import TID_BYTES, EventId, TicketHandle
from core.ticket.keyring import Key, Keyring, keyring_of
from core.ticket.proof import secret_of
from core.ticket.verify import is_sealed
from core.ticket.wire import Claims, Code, parse, spell


class Obstacle(Enum):
    """Why a ticket can't be shown live."""

    NO_TICKET = "no ticket"
    """Neither a T1 text nor the 16 hex digits of one of the event's tickets."""
    NOT_OURS = "not ours"
    """Sealed for another event or installation, or by nobody."""
    OLDER_EDITION = "older edition"
    """The ticket was issued again since."""
    STATIC = "static"
    """Without the rotating flag, or with no T1 at all: doors want no proof of it."""


@dataclass(frozen=True, slots=True)
class LiveCode:
    """A rotating ticket: its event, its claims, its T1 text without a proof, and its 20-byte secret."""

    event: Event
    claims: Claims
    text: str = field(repr=False)
    secret: bytes = field(repr=False)


class LiveTickets:
    """The rotating tickets of all events in one database. Safe between threads."""

    def __init__(self, database: Database, book: EventBook) -> None:
        self._database = database
        self._book = book

    def find(self, event: EventId, asked: str) -> LiveCode | Obstacle:
        """The ticket of a T1 text, or of its handle in hex (blanks between the digits do not count).

        A genuine text that the ledger has never seen, of a shop that seals its own, is as good. Raises EventUnknown.

        1. what was asked for: a sealed code of a key of this event, or a handle
        2. the ticket's row: its newest edition counts
        3. only a rotating ticket is shown live
        """
        code = parse(asked)
        tid = code.claims.tid if isinstance(code, Code) else _handle(asked)
        with self._database.reading() as connection:
            at = self._book.event(connection, event)
            ring = keyring_of(self._book.keys_of(connection, event))
            known = None if tid is None else _claims(connection, event, tid)
        if isinstance(code, Code):
            return _of_code(at, ring, code, known)
        return self._of_row(at, ring, known)

    def _of_row(self, at: Event, ring: Keyring, known: Claims | None) -> LiveCode | Obstacle:
        if known is None:  # (1)
            return Obstacle.NO_TICKET
        key = ring.get(known.kid)
        if key is None or not known.is_rotating:  # (3)
            return Obstacle.STATIC
        return _live(at, known, key, self._book.seal(key, known))


def _of_code(at: Event, ring: Keyring, code: Code, known: Claims | None) -> LiveCode | Obstacle:
    key = ring.get(code.claims.kid)
    if key is None or not is_sealed(code, key):  # (1)
        return Obstacle.NOT_OURS
    if known is not None and known.gen > code.claims.gen:  # (2)
        return Obstacle.OLDER_EDITION
    return _live(at, code.claims, key, spell(code.header, code.auth))


def _live(at: Event, claims: Claims, key: Key, text: str) -> LiveCode | Obstacle:
    if not claims.is_rotating or key.rotating is None:  # (3)
        return Obstacle.STATIC
    return LiveCode(at, claims, text, secret_of(key.rotating, claims))


def _claims(connection: Connection, event: EventId, tid: TicketHandle) -> Claims | None:
    """The claims of the newest edition that the ledger has of a ticket."""
    row = connection.execute(select(tickets).where(tickets.c.event_id == event, tickets.c.tid == tid)).one_or_none()
    return None if row is None else claims_of(row)


def _handle(text: str) -> TicketHandle | None:
    try:
        tid = bytes.fromhex(text)
    except ValueError:
        return None
    return TicketHandle(tid) if len(tid) == TID_BYTES else None
