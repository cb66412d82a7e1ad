"""Finding tickets by what a person has of them, and everything that happened to one.

Owns what a search text may be: a code as it was scanned, a ticket's number, a code's digest, an order, a shop's
reference or the beginning of one, a name. What goes by an index comes first; names are looked through last, and only
while there is room. Umlauts and accents do not matter, nor does the case of letters.
"""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from app.ledger.code_book import CodeBook, OldCode, OwnCode
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.intent_rows import shown_of, told_of
from app.ledger.schema import attendees, audit, codes, devices, facts, incidents, redemptions, ticket_marks, tickets
from app.ledger.ticket_book import TicketBook, TicketUnknown
from app.ledger.ticket_mail import are_mailed, mails_of
from core.journal.audit import fields_of
from core.journal.scan import Fact, Malformed, Override, Recovery, Resolution, Scan, Shown, from_record
from core.model.attention import from_bits
from core.model.codes import T1_FORM
from core.model.event import Event
from core.model.ids import DIGEST_BYTES, TID_BYTES, ClassId, EventId, TicketHandle
from core.sync.ticket_messages import Done, History, Match, Matches, Passing, Taken, TicketTerms, Trouble
from core.ticket.keyring import NO_KID
from core.ticket.wire import LISTED, ROTATING

MOST_FOUND = 50
MOST_OF_HISTORY = 500
LEAST_OF_A_NAME = 3
"""Letters of a name: fewer are everybody's."""
_LAST = "\U0010ffff"
_VARY = frozenset("aceinosuyzl")
"""Letters that other alphabets write with a mark: a database that can't compare them is asked for any letter there."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Tickets that a text may mean. `is_whole`: the text is all of a code, a number, an order or a reference.

    `is_costly`: names are looked through one by one, and an event may have a million of them; nobody's is needed where
    the text is a whole anything else.
    """

    by: str
    tids: Iterable[TicketHandle]
    is_whole: bool = False
    is_costly: bool = False


class TicketSearch:
    """Searches the tickets of one database. Safe between threads."""

    def __init__(self, database: Database, book: EventBook, code_book: CodeBook, ticket_book: TicketBook) -> None:
        self._database = database
        self._book = book
        self._codes = code_book
        self._tickets = ticket_book

    def find(self, event: EventId, text: str, most: int = MOST_FOUND) -> Matches:
        """At most `most` tickets that a text means, the surest first. Raises EventUnknown."""
        text = text.strip()
        with self._database.reading() as connection:
            self._book.event(connection, event)
            found: dict[TicketHandle, str] = {}
            is_sure = False
            for way in self._ways(connection, event, text, most):
                if len(found) > most or (is_sure and way.is_costly):
                    break
                for tid in islice(way.tids, most + 1):
                    found.setdefault(tid, way.by)
                    is_sure |= way.is_whole
            chosen = list(found)[:most]
            names = _names(connection, event, chosen)
        summaries = {TicketHandle(bytes.fromhex(each.tid)): each for each in self._tickets.some(event, chosen)}
        matches = [Match(summaries[tid], found[tid], names.get(tid, "")) for tid in chosen if tid in summaries]
        return Matches(matches, len(found) > most)

    def history(self, event: EventId, tid: TicketHandle, most: int = MOST_OF_HISTORY) -> History:
        """All facts, entries and incidents of a ticket, and what was done to it. Raises EventUnknown, TicketUnknown."""
        summaries = self._tickets.some(event, [tid])
        if not summaries:
            raise TicketUnknown(tid.hex())
        with self._database.reading() as connection:
            at = self._book.event(connection, event)
            device_names = _device_names(connection, event)
            told = _facts(connection, event, tid, most + 1)
            entries = select(redemptions).where(redemptions.c.event_id == event, redemptions.c.tid == tid)
            troubles = select(incidents).where(incidents.c.event_id == event, incidents.c.tid == tid)
            return History(
                ticket=summaries[0],
                name=_names(connection, event, [tid]).get(tid, ""),
                email=_email(connection, event, tid),
                is_mailed=are_mailed(connection, event),
                mails=mails_of(connection, event, tid),
                terms=_terms(connection, at, tid),
                facts=[_passing(row, device_names) for row in told[-most:]],
                entries=[
                    Taken(row.entry_number, row.scan_id.hex, row.at, row.gate, device_names.get(row.device, ""))
                    for row in connection.execute(entries.order_by(redemptions.c.entry_number))
                ],
                incidents=[
                    Trouble(
                        row.scan_id.hex, row.kind, row.severity, row.state, row.opened_at, row.closed_at, row.finding
                    )
                    for row in connection.execute(troubles.order_by(incidents.c.opened_at, incidents.c.kind))
                ],
                deeds=_deeds(connection, event, tid, most),
                is_cut=len(told) > most,
                refunds=[told_of(each) for each in shown_of(connection, event, tid=tid)],
            )

    def _ways(self, connection: Connection, event: EventId, text: str, most: int) -> Iterator["_Way"]:
        """Each way in which a text may mean tickets, the surest first; nothing is asked before it is needed."""
        if not text:
            return
        yield _Way("code", self._by_code(connection, event, text), is_whole=True)
        yield _Way("number", _by_number(connection, event, text, most), is_whole=len(text) == 2 * TID_BYTES)
        yield _Way("order", _by_order(connection, event, text, most), is_whole=True)
        yield _Way("reference", _by_reference(connection, event, text, most), is_whole=True)
        yield _Way("order", _by_order(connection, event, text, most, begins=True))
        yield _Way("reference", _by_reference(connection, event, text, most, begins=True))
        yield _Way("name", _by_name(connection, event, text, most), is_costly=True)

    def _by_code(self, connection: Connection, event: EventId, text: str) -> Iterator[TicketHandle]:
        code = self._codes.reader(connection, event).read(text)
        if isinstance(code, OwnCode):
            yield TicketHandle(code.claims.tid)
        digest = code.digest if isinstance(code, OldCode) else _hex(text, DIGEST_BYTES)
        if digest is not None:
            for table in (codes, tickets):
                mine = select(table.c.tid).where(table.c.event_id == event, table.c.digest == digest)
                yield from map(TicketHandle, connection.execute(mine).scalars())


def _hex(text: str, length: int) -> bytes | None:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return None
    return found if len(found) == length else None


def _by_number(connection: Connection, event: EventId, text: str, most: int) -> Iterator[TicketHandle]:
    """A ticket's number in hex, or at least four digits of its beginning."""
    text = text.lower()
    if not 4 <= len(text) <= 2 * TID_BYTES or set(text) - set("0123456789abcdef"):
        return
    least, last = (bytes.fromhex(text.ljust(2 * TID_BYTES, digit)) for digit in "0f")
    mine = (tickets.c.event_id == event) & (tickets.c.tid >= least) & (tickets.c.tid <= last)
    wanted = select(tickets.c.tid).where(mine).order_by(tickets.c.tid).limit(most + 1)
    yield from map(TicketHandle, connection.execute(wanted).scalars())


def _by_order(
    connection: Connection, event: EventId, text: str, most: int, *, begins: bool = False
) -> Iterator[TicketHandle]:
    """The order itself, or those that begin so."""
    ref = attendees.c.order_ref
    mine = (attendees.c.event_id == event) & ref.is_not(None) & _meant(ref, text, begins=begins)
    wanted = select(attendees.c.tid).where(mine).order_by(ref, attendees.c.tid).limit(most + 1)
    yield from map(TicketHandle, connection.execute(wanted).scalars())


def _by_reference(
    connection: Connection, event: EventId, text: str, most: int, *, begins: bool = False
) -> Iterator[TicketHandle]:
    """Each shop's reference itself, or those that begin so."""
    ref = tickets.c.external_ref
    for source in list(_sources(connection, event)):
        mine = (tickets.c.event_id == event) & (tickets.c.source == source) & _meant(ref, text, begins=begins)
        wanted = select(tickets.c.tid).where(mine).order_by(ref).limit(most + 1)
        yield from map(TicketHandle, connection.execute(wanted).scalars())


def _meant(column: ColumnElement[str], text: str, *, begins: bool) -> ColumnElement[bool]:
    return (column > text) & (column < text + _LAST) if begins else column == text


def _sources(connection: Connection, event: EventId) -> Iterator[str]:
    """The event's shops, one look into the index for each."""
    last = ""
    while True:
        mine = (tickets.c.event_id == event) & (tickets.c.source > last)
        found = connection.execute(select(func.min(tickets.c.source)).where(mine)).scalar()
        if found is None:
            return
        yield found
        last = found


def _by_name(connection: Connection, event: EventId, text: str, most: int) -> Iterator[TicketHandle]:
    """Names in which every word of the text begins a word, or stands within one."""
    words = folded(text).split()
    if not words or max(map(len, words)) < LEAST_OF_A_NAME:
        return
    mine = attendees.c.event_id == event
    for word in words:
        mine &= attendees.c.name.ilike(f"%{_pattern(word)}%", escape="\\")
    rows = connection.execute(select(attendees.c.tid, attendees.c.name).where(mine).order_by(attendees.c.tid))
    fitting = (TicketHandle(row.tid) for row in rows if all(word in folded(row.name) for word in words))
    yield from islice(fitting, most + 1)


def folded(text: str) -> str:
    """A text as names are compared: small letters without marks, ß and the like spelled out."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def _pattern(word: str) -> str:
    """A word for LIKE: any letter where one with a mark may stand, any two where `ss` may be one letter."""
    kept = "".join("_" if char in _VARY or not char.isascii() else _escaped(char) for char in word)
    return kept.replace("__", "%")


def _escaped(char: str) -> str:
    return f"\\{char}" if char in "%_\\" else char


def _email(connection: Connection, event: EventId, tid: TicketHandle) -> str:
    mine = (attendees.c.event_id == event) & (attendees.c.tid == tid)
    return connection.execute(select(attendees.c.email).where(mine)).scalar_one_or_none() or ""


def _names(connection: Connection, event: EventId, tids: Sequence[TicketHandle]) -> dict[TicketHandle, str]:
    mine = (attendees.c.event_id == event) & attendees.c.tid.in_(list(tids))
    if not tids:
        return {}
    rows = connection.execute(select(attendees.c.tid, attendees.c.name).where(mine))
    return {TicketHandle(row.tid): row.name for row in rows}


def _device_names(connection: Connection, event: EventId) -> dict[Any, str]:
    rows = connection.execute(select(devices.c.id, devices.c.name).where(devices.c.event_id == event))
    return {row.id: row.name for row in rows}


def _facts(connection: Connection, event: EventId, tid: TicketHandle, most: int) -> list[Any]:
    """The newest facts of a ticket, the oldest of them first."""
    mine = (facts.c.event_id == event) & (facts.c.tid == tid)
    wanted = select(*(each for each in facts.c if each.name not in {"answer", "fingerprint"})).where(mine)
    rows = connection.execute(wanted.order_by(facts.c.ts.desc(), facts.c.id.desc()).limit(most)).all()
    return list(reversed(rows))


def _terms(connection: Connection, at: Event, tid: TicketHandle) -> TicketTerms | None:
    mine = (tickets.c.event_id == at.id) & (tickets.c.tid == tid)
    row = connection.execute(select(tickets).where(mine)).one_or_none()
    if row is None:
        return None
    marks = select(ticket_marks.c.bits).where(ticket_marks.c.event_id == at.id, ticket_marks.c.tid == tid)
    old = select(func.count()).where(codes.c.event_id == at.id, codes.c.tid == tid, codes.c.form != T1_FORM)
    ticket_class = at.classes.get(ClassId(row.cls))
    return TicketTerms(
        nbf=row.nbf,
        exp=row.exp,
        entries_allowed=ticket_class.entries if ticket_class else 1,
        is_inside=row.is_inside,
        has_t1=row.kid != NO_KID,
        old_codes=connection.execute(old).scalar_one(),
        is_rotating=bool(row.flags & ROTATING),
        is_listed=bool(row.flags & LISTED),
        issued_ms=row.issued_at,
        attention=sorted(from_bits(connection.execute(marks).scalar() or 0)),
    )


def _passing(row: Any, device_names: dict[Any, str]) -> Passing:
    fact = _fact_of(row.record)
    scan = fact if isinstance(fact, Scan) else None
    return Passing(
        id=row.id.hex,
        kind=row.kind,
        at_ms=row.ts,
        device=row.device.hex,
        device_name=device_names.get(row.device, ""),
        outcome=row.outcome,
        arrival=row.arrival,
        reason=row.reason,
        refers_to=None if row.refers_to is None else row.refers_to.hex,
        received_ms=row.received_at,
        gate=None if scan is None else scan.gate,
        direction=None if scan is None else scan.direction.value,
        source=fact.source.value if isinstance(fact, Shown) else None,
        operator=getattr(fact, "operator", None),
        said=_said(fact),
        is_clock_sure=fact is None or not fact.stamp.moment.is_suspect,
    )


def _fact_of(record: str) -> Fact | None:
    """A stored record as a fact; None for one in quarantine that is none."""
    try:
        fact = from_record(json.loads(record))
    except ValueError:
        return None
    return None if isinstance(fact, Malformed) else fact


def _said(fact: Fact | None) -> str | None:
    match fact:
        case Override():
            return fact.reason
        case Recovery():
            return "entered" if fact.entered else "stayed_out"
        case Resolution():
            return fact.finding.value
        case _:
            return None


def _deeds(connection: Connection, event: EventId, tid: TicketHandle, most: int) -> list[Done]:
    """What the audit log says about a ticket. The column finds it; what it says is the record's alone."""
    mine = (audit.c.event_id == event) & (audit.c.about == tid.hex())
    rows = connection.execute(select(audit.c.record).where(mine).order_by(audit.c.seq.desc()).limit(most)).scalars()
    found = [fields for text in rows if (fields := fields_of(text)) is not None and fields.get("about") == tid.hex()]
    return [_deed(fields) for fields in reversed(found)]


def _deed(fields: dict[str, Any]) -> Done:
    by = fields["by"]
    return Done(fields["at_ms"], fields["deed"], by["name"] or by["id"] or by["kind"], fields["details"])
