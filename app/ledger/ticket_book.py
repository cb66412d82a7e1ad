"""The tickets of an event: issued, imported, canceled.

Owns their rows and who may put one there. Long work goes in pieces, so that no scan waits for an import.
"""

import csv
import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.errors import AppError
from app.ledger.engine import Database, pieces
from app.ledger.event_book import EventBook, own_window
from app.ledger.key_book import Signer
from app.ledger.redemptions import SqlLedger
from app.ledger.schema import tickets
from app.ledger.statistics import Statistics
from core.model.event import Event
from core.model.ids import TID_BYTES, ClassId, CodeDigest, EventId, KeyId, TicketHandle
from core.sync.messages import IssuedTicket
from core.ticket.keyring import Key, KeyState
from core.ticket.lists import EVERY_GEN, DenialReason
from core.ticket.segments import Kind
from core.ticket.verify import is_sealed
from core.ticket.wire import LISTED, ROTATING, Claims, Code, Flaw, parse

MOST_ROWS = 1_000
"""Rows of one transaction: SQLite's writer holds its lock for some milliseconds."""
MAX_CELL = 512
ISSUED, IMPORTED = "issued", "import"
ALLOW, DENY = Kind.ALLOW.label, Kind.DENY.label
_SPOILED_NUMBER = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]+")


class ClassUnknown(AppError):
    """The event has no such class of tickets."""

    def __init__(self, ticket_class: str, known: str) -> None:
        super().__init__("class_unknown", ticket_class=ticket_class, known=known)


class WindowWrong(AppError):
    """A ticket that would end before it starts, or beyond what a code can say."""

    def __init__(self, cause: str) -> None:
        super().__init__("window_wrong", cause=cause)


class TicketUnknown(AppError):
    """The event has no such ticket."""

    def __init__(self, tid: str) -> None:
        super().__init__("ticket_unknown", tid=tid)


class NoActiveKey(AppError):
    """The event has no key that seals."""

    def __init__(self, event: str) -> None:
        super().__init__("no_active_key", event=event)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not imported: its line in the file (the first is 1), what is wrong, and the cure."""

    line: int
    cause: str
    cure: str


@dataclass(frozen=True, slots=True)
class ImportedTicket:
    """A row that became a ticket of ours: its line, its reference, the sealed code to hand out."""

    line: int
    external_ref: str
    ticket: IssuedTicket


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `adopted` counts scans that waited in quarantine for their ticket."""

    issued: Sequence[ImportedTicket]
    registered: int
    unchanged: int
    adopted: int
    refused: Sequence[RefusedRow]


@dataclass(frozen=True, slots=True)
class _Row:
    """A sound row of a file: the claims of its ticket, and whether we sealed it or somebody showed us its code."""

    line: int
    claims: Claims
    external_ref: str | None
    text: str = field(repr=False)
    is_new: bool


class TicketBook:
    """The tickets of all events in one database. Safe between threads."""

    def __init__(self, database: Database, book: EventBook, ledger: SqlLedger, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._ledger = ledger
        self._now_ms = now_ms
        self._statistics = Statistics(database)

    def issue(
        self,
        event: EventId,
        cls: ClassId,
        count: int,
        nbf: int | None = None,
        exp: int | None = None,
        *,
        rotating: bool = False,
        listed: bool = False,
    ) -> list[IssuedTicket]:
        """Seals and stores new tickets. Raises EventUnknown, ClassUnknown, WindowWrong, NoActiveKey."""
        at, key = self._event_and_key(event)
        signer = self._book.keys.signer(key)
        _check_class(at, cls)
        flags = rotating * ROTATING | listed * LISTED
        made = [_fresh(key, cls, *_window(at, nbf, exp), flags=flags) for _ in range(count)]
        issued: list[IssuedTicket] = []
        for piece in pieces(made, MOST_ROWS):
            texts = [signer.seal(claims) for claims in piece]
            self._store([self._row_of(event, one, text, ISSUED, None) for one, text in zip(piece, texts, strict=True)])
            issued += [IssuedTicket(one.tid.hex(), text) for one, text in zip(piece, texts, strict=True)]
        self._database.transact(lambda connection: self._book.raise_version(connection, event, ALLOW))
        self._statistics.note(event, count)
        return issued

    def import_csv(self, event: EventId, lines: Iterable[str], source: str = IMPORTED) -> ImportReport:
        """Tickets from CSV with a header: `code` (a T1 text), or `class` with `external_ref` or `name`.

        The same file twice changes nothing. Raises EventUnknown, NoActiveKey.
        """
        at, key = self._event_and_key(event)
        with self._database.reading() as connection:
            ring = {key.kid: key for key in self._book.keys_of(connection, event)}
        signer = self._book.keys.signer(key)
        refused: list[RefusedRow] = []
        sound: list[_Row] = []
        seen: Counter[str] = Counter()
        for line, row in _rows(lines):
            read = _read(line, row, at, ring, signer, seen)
            if isinstance(read, RefusedRow):
                refused.append(read)
            else:
                sound.append(read)
        report = ImportReport([], 0, 0, 0, refused)
        for piece in pieces(sound, MOST_ROWS):
            report = self._import_piece(event, source, piece, report)
        if report.issued or report.registered:
            self._database.transact(lambda connection: self._book.raise_version(connection, event, ALLOW))
            self._statistics.note(event, len(report.issued) + report.registered)
        return report

    def _import_piece(self, event: EventId, source: str, piece: Sequence[_Row], so_far: ImportReport) -> ImportReport:
        return self._database.transact(lambda connection: self._import(connection, event, source, piece, so_far))

    def cancel(self, event: EventId, tid: TicketHandle, reason: DenialReason = DenialReason.CANCELED) -> int:
        """Puts every edition of a ticket on the deny list; the manifest's version that tells. Raises TicketUnknown."""

        def work(connection: Connection) -> int:
            page = self._ledger.page(connection, event)
            if tid not in page.lock([tid], is_patient=True).tickets:
                raise TicketUnknown(tid.hex())
            version = self._book.raise_version(connection, event, DENY, ALLOW)
            denial = {"denial": reason.value, "denial_min_gen": EVERY_GEN, "denial_since": version}
            mine = (tickets.c.event_id == event) & (tickets.c.tid == tid)
            connection.execute(update(tickets).where(mine).values(denial))
            page.settle(page.lock([tid], is_patient=True).tickets)
            return version

        return self._database.transact(work)

    def _event_and_key(self, event: EventId) -> tuple[Event, Key]:
        with self._database.reading() as connection:
            at = self._book.event(connection, event)
            active = [key for key in self._book.keys_of(connection, event) if key.state is KeyState.ACTIVE]
        if not active:
            raise NoActiveKey(event.hex)
        return at, active[0]

    def _store(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._database.transact(lambda connection: _insert(connection, rows))

    def _row_of(self, event: EventId, claims: Claims, text: str, source: str, ref: str | None) -> dict[str, Any]:
        return {
            "event_id": event,
            "tid": claims.tid,
            "kid": claims.kid,
            "flags": claims.flags,
            "gen": claims.gen,
            "cls": claims.cls,
            "nbf": claims.nbf,
            "exp": claims.exp,
            "is_inside": False,
            "source": source,
            "external_ref": ref,
            "issued_at": self._now_ms(),
            "digest": digest_of_text(text),
        }

    def _import(
        self, connection: Connection, event: EventId, source: str, piece: Sequence[_Row], so_far: ImportReport
    ) -> ImportReport:
        fresh, newer = _changes(piece, *_known(connection, event, source, piece))
        _insert(connection, [self._row_of(event, row.claims, row.text, source, row.external_ref) for row in fresh])
        for row in newer:
            mine = (tickets.c.event_id == event) & (tickets.c.tid == row.claims.tid)
            connection.execute(update(tickets).where(mine).values(gen=row.claims.gen, digest=digest_of_text(row.text)))
        registered = [row for row in (*fresh, *newer) if not row.is_new]
        page = self._ledger.page(connection, event)
        return replace(
            so_far,
            issued=[*so_far.issued, *(_imported(row) for row in fresh if row.is_new)],
            registered=so_far.registered + len(registered),
            unchanged=so_far.unchanged + len(piece) - len(fresh) - len(newer),
            adopted=so_far.adopted + page.adopt([row.claims.tid for row in registered]),
        )


def _changes(
    piece: Sequence[_Row], known_refs: set[str], known_gens: dict[bytes, int]
) -> tuple[list[_Row], list[_Row]]:
    """The rows that are new tickets, and those that are newer editions of known ones."""
    fresh: list[_Row] = []
    newer: list[_Row] = []
    for row in piece:
        gen = known_gens.get(row.claims.tid)
        if gen is None and (row.external_ref is None or row.external_ref not in known_refs):
            fresh.append(row)
            known_refs.add(row.external_ref or "")
        elif gen is not None and row.claims.gen > gen:
            newer.append(row)
        known_gens[row.claims.tid] = max(row.claims.gen, gen or 0)
    return fresh, newer


def _imported(row: _Row) -> ImportedTicket:
    return ImportedTicket(row.line, row.external_ref or "", IssuedTicket(row.claims.tid.hex(), row.text))


def _insert(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(insert(tickets), rows)


def _known(
    connection: Connection, event: EventId, source: str, piece: Sequence[_Row]
) -> tuple[set[str], dict[bytes, int]]:
    """The references and the editions that the ledger has of the rows of a piece."""
    refs = [row.external_ref for row in piece if row.external_ref]
    by_ref = select(tickets.c.external_ref).where(
        tickets.c.event_id == event, tickets.c.source == source, tickets.c.external_ref.in_(refs)
    )
    tids = [row.claims.tid for row in piece]
    by_tid = select(tickets.c.tid, tickets.c.gen).where(tickets.c.event_id == event, tickets.c.tid.in_(tids))
    return (
        {ref for ref in connection.execute(by_ref).scalars() if ref},
        {row.tid: row.gen for row in connection.execute(by_tid)},
    )


def _check_class(event: Event, cls: ClassId) -> None:
    if cls not in event.classes:
        raise ClassUnknown(str(cls), ", ".join(f"{each.id} {each.name}" for each in event.classes.values()))


def _window(event: Event, nbf: int | None, exp: int | None) -> tuple[int, int]:
    starts, ends = own_window(event)
    window = (starts if nbf is None else nbf, ends if exp is None else exp)
    if not 0 <= window[0] < window[1] < 1 << 32:
        raise WindowWrong("a ticket ends after it starts, and before the year 2106")
    return window


def _fresh(key: Key | Signer, cls: ClassId, nbf: int, exp: int, *, flags: int = 0) -> Claims:
    return Claims(flags, key.kid, TicketHandle(secrets.token_bytes(TID_BYTES)), 0, cls, nbf, exp)


def digest_of_text(text: str) -> CodeDigest:
    """What a sealed T1 goes by on lists. Raises TypeError for a text that is none: nobody sealed it."""
    code = parse(text)
    if not isinstance(code, Code):
        raise TypeError("a sealed ticket does not parse")
    return code.digest


# --- reading a file -----------------------------------------------------------------------------------------------


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str] | str]]:
    """The rows with their line numbers; a text in place of a row that can't be read."""
    reader = csv.DictReader(_without_mark(lines), strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            yield reader.reader.line_num, str(err)  # DictReader's own number is the last good row's
            return
        yield reader.line_num, {(name or "").strip().lower(): _cell(value) for name, value in row.items()}


def _without_mark(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line.removeprefix("\ufeff") if number == 0 else line


def _cell(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _read(
    line: int, row: dict[str, str] | str, event: Event, ring: Mapping[KeyId, Key], key: Signer, seen: Counter[str]
) -> _Row | RefusedRow:
    if isinstance(row, str):
        return RefusedRow(line, f"not readable as CSV ({row})", "save the file as CSV with comma and double quotes")
    if any(len(cell) > MAX_CELL for cell in row.values()):
        return RefusedRow(line, "a cell is too long", f"at most {MAX_CELL} characters")
    ref = row.get("external_ref", "")
    if _SPOILED_NUMBER.fullmatch(ref):
        return RefusedRow(
            line, f"'{ref}' lost its digits in a spreadsheet", "format the column as text and export again"
        )
    if code := row.get("code", ""):
        return _read_code(line, code, ref or None, ring)
    return _read_sale(line, row, event, key, seen)


def _read_code(line: int, text: str, ref: str | None, ring: Mapping[KeyId, Key]) -> _Row | RefusedRow:
    code = parse(text)
    if isinstance(code, Flaw):
        return RefusedRow(line, f"no sound T1 code ({code.outcome.value})", "copy the whole text of the code")
    key = ring.get(code.claims.kid)
    if key is None:
        return RefusedRow(line, "sealed for another event or installation", "import it at its own event")
    if not is_sealed(code, key):
        return RefusedRow(line, "the seal is wrong", "it was not issued by this server: do not hand it out")
    return _Row(line, code.claims, ref, text, is_new=False)


def _read_sale(line: int, row: Mapping[str, str], event: Event, key: Signer, seen: Counter[str]) -> _Row | RefusedRow:
    cls = class_named(event, row.get("class", ""))
    if cls is None:
        known = ", ".join(each.name for each in event.classes.values())
        return RefusedRow(line, "no `code`, and no `class` of this event", f"the classes are {known}")
    ref = row.get("external_ref", "") or _ref_of_name(row.get("name", ""), seen)
    if not ref:
        return RefusedRow(line, "nothing to know the row by", "fill `external_ref` (an order number) or `name`")
    claims = _fresh(key, cls, *own_window(event))
    return _Row(line, claims, ref, key.seal(claims), is_new=True)


def _ref_of_name(name: str, seen: Counter[str]) -> str:
    """A reference for a row that has a name only; the name itself is not kept. Namesakes count up."""
    if not name:
        return ""
    seen[name] += 1
    return f"name:{hashlib.sha256(name.encode()).hexdigest()[:16]}:{seen[name]}"


def class_named(event: Event, text: str) -> ClassId | None:
    """The class of a number or a name."""
    for ticket_class in event.classes.values():
        if text and text in {str(ticket_class.id), ticket_class.name}:
            return ticket_class.id
    return None
