"""The audit log in the database: one chain of records for each event, and one for the installation.

Owns the tables `audit` and `audit_heads`. `note` is called inside the transaction of what it tells of: both are
committed, or neither. Who acts is a matter of a whole request or command, as its address is: it is said once, at the
door (`act_as`), and travels with the thread of control.
"""

from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from app.ledger.engine import Database, Profile
from app.ledger.schema import NO_EVENT, accounts, audit, audit_heads, events
from core.journal.audit import (
    NO_RECORD,
    Actor,
    ActorKind,
    Chain,
    Deed,
    Detail,
    Flaw,
    Head,
    Record,
    Row,
    Tampering,
    fields_of,
    hash_of,
    head_bytes,
    text_of,
)
from core.model.ids import EventId
from core.model.roles import INSTALLATION
from core.ticket import seal

MOST_SHOWN = 500
"""Records in one answer: half a megabyte at most."""
_AT_ONCE = 1_000
_PROGRAM = Actor(ActorKind.PROGRAM)
_ACTOR: ContextVar[Actor] = ContextVar("actor")


def act_as(actor: Actor) -> None:
    """Says who acts from here on: in this request, this command, or this thread."""
    _ACTOR.set(actor)


def acting() -> Actor:
    """Who acts here; the program itself, where nobody said."""
    return _ACTOR.get(_PROGRAM)


def note(
    connection: Connection, deed: Deed, event: EventId, about: str = "", *, now_ms: int, **details: Detail
) -> None:
    """Writes down in an open transaction what was done, by whoever acts here.

    `about` is what it was done to: an id, or a name that the organizer gave. Never a secret, never who holds a ticket.
    The end of the event's chain stays locked until the commit, so call it as the last thing of a transaction: all that
    also lock an event's row lock that one first. A record of an event comes before one of the installation.
    """
    profile, key = _ink(connection)
    empty = {"event_id": event, "seq": 0, "hash": NO_RECORD, "tag": _tag(key, event, 0, NO_RECORD)}
    connection.execute(profile.insert(audit_heads).on_conflict_do_nothing(index_elements=["event_id"]), empty)
    mine = audit_heads.c.event_id == event
    head = connection.execute(select(audit_heads).where(mine).with_for_update()).one()
    text = text_of(Record(event, head.seq + 1, now_ms, deed, about, acting(), details, head.hash))
    last = hash_of(text)
    row = {"event_id": event, "seq": head.seq + 1, "record": text, "hash": last, "about": _about(text)}
    connection.execute(insert(audit), row)
    end = {"seq": head.seq + 1, "hash": last, "tag": _tag(key, event, head.seq + 1, last)}
    connection.execute(update(audit_heads).where(mine).values(end))


@dataclass(frozen=True, slots=True)
class Page:
    """Some records as they are stored, the newest first; `before` asks for the next older ones, None ends."""

    records: list[Row]
    before: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """What came out of checking one chain: how many records it has, its last hash, what is wrong with it if anything.

    Somebody who notes `seq` and `hash` elsewhere can later see that nothing before them was taken back.
    """

    event: EventId
    seq: int
    hash: bytes
    flaw: Flaw | None


class AuditLog:
    """Reads and checks the logs of one database. Safe between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._key = database.audit_key

    def page(self, event: EventId, before: int | None = None, most: int = MOST_SHOWN) -> Page:
        """The newest records of an event (or the installation), or those before a number."""
        mine = audit.c.event_id == event
        wanted = select(audit).where(mine if before is None else mine & (audit.c.seq < before))
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(audit.c.seq.desc()).limit(most)).all()
        found = [Row(row.seq, row.record, row.hash) for row in rows]
        return Page(found, found[-1].seq if len(found) == most and found[-1].seq > 1 else None)

    def verify(self, event: EventId) -> Report:
        """Reads a whole log and says whether it is what was written. New records may come meanwhile."""
        with self._database.reading() as connection:
            return self._verify(connection, event)

    def verify_all(self) -> list[Report]:
        """The installation's log and every event's; one that should be there and is not, is cut off."""
        with self._database.reading() as connection:
            connection.execution_options(spans_events="an audit of the whole installation")
            whole = self._verify(connection, INSTALLATION)
            has_accounts = select(accounts.c.id).where(accounts.c.event_id == NO_EVENT).limit(1)
            if whole.seq == 0 and connection.execute(has_accounts).first() is not None:
                whole = Report(INSTALLATION, 0, NO_RECORD, Flaw(1, Tampering.CUT_OFF))
            made = self._events_made(connection)
            there = {EventId(id_) for id_ in connection.execute(select(events.c.event_id)).scalars()}
            reports = [whole]
            for event in sorted(made | there):
                report = self._verify(connection, event)
                is_lost = event in made and report.seq == 0 and report.flaw is None
                reports.append(Report(report.event, 0, NO_RECORD, Flaw(1, Tampering.CUT_OFF)) if is_lost else report)
        return reports

    def _verify(self, connection: Connection, event: EventId) -> Report:
        """The end and the newest record are read at one moment: what is written later is left for the next time."""
        newest = select(func.max(audit.c.seq)).where(audit.c.event_id == event).scalar_subquery()
        ends = select(audit_heads.c.seq, audit_heads.c.hash, audit_heads.c.tag, newest.label("newest"))
        row = connection.execute(ends.where(audit_heads.c.event_id == event)).first()
        if row is None:
            most = connection.execute(select(newest)).scalar() or 0
            return Report(event, most, NO_RECORD, Flaw(1, Tampering.ADDED) if most else None)
        chain = Chain(event, Head(row.seq, row.hash, row.tag), self._key)
        chain.read(_rows(connection, event, row.newest or 0))
        return Report(event, row.seq, row.hash, chain.end())

    def _events_made(self, connection: Connection) -> set[EventId]:
        """The events whose log must exist, as the installation's says."""
        newest = connection.execute(select(func.max(audit.c.seq)).where(audit.c.event_id == NO_EVENT)).scalar()
        found = set()
        for row in _rows(connection, INSTALLATION, newest or 0):
            fields = fields_of(row.text)
            if fields is not None and fields.get("deed") == Deed.EVENT_MADE.value:
                found.add(EventId(UUID(str(fields.get("about")))))
        return found


def _rows(connection: Connection, event: EventId, newest: int) -> Iterator[Row]:
    """The records of a log in their order, up to a number."""
    after: int | None = None
    while True:
        mine = (audit.c.event_id == event) & (audit.c.seq <= newest)
        wanted = select(audit).where(mine if after is None else mine & (audit.c.seq > after))
        found = connection.execute(wanted.order_by(audit.c.seq).limit(_AT_ONCE)).all()
        yield from (Row(row.seq, row.record, row.hash) for row in found)
        if len(found) < _AT_ONCE:
            return
        after = found[-1].seq


def _ink(connection: Connection) -> tuple[Profile, bytes]:
    """What a record is written with: it comes with every write transaction of an open ledger."""
    options = connection.get_execution_options()
    return options["profile"], options["audit_key"]


def _about(text: str) -> str | None:
    """What a record is found by: the very text that it carries."""
    fields = fields_of(text)
    return str(fields["about"]) or None if fields else None


def _tag(key: bytes, event: EventId, seq: int, last: bytes) -> bytes:
    return seal.hmac(key, head_bytes(event, seq, last))
