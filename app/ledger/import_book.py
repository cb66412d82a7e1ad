"""Imports that may be repeated: a shop's list, previewed, taken over in pieces, and taken over again when it grew.

Owns the order of these effects. Preview and import plan by the same lines. A piece is planned before the writer's lock
is taken, and anew under it only where somebody was faster. After every piece the ledger is sound: an import that was
cut off is simply done again.
"""

import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from app.errors import AppError
from app.ledger import audit
from app.ledger.code_book import CodeBook, CodeReader, OldCode, OwnCode, Unread
from app.ledger.engine import Database, LedgerBusy, pieces
from app.ledger.event_book import EventBook
from app.ledger.import_plan import (
    BY_CODE,
    Known,
    Maker,
    Sale,
    Step,
    What,
    canceled,
    is_denied_for_good,
    is_judged_anew,
    step_for_known,
    step_for_new,
)
from app.ledger.long_lists import on_a_long_list
from app.ledger.redemptions import SqlLedger
from app.ledger.sales import identity_of, is_name, sale_of
from app.ledger.schema import codes, tickets
from app.ledger.sealing import NoActiveKey, sealing, unsealed
from app.ledger.shop_files import RefusedRow, ShopFile, ShopRow
from app.ledger.statistics import Statistics
from app.ledger.ticket_rows import read_tickets, write_new, write_steps
from core.journal.audit import Deed
from core.model.codes import CodeMode
from core.model.event import Event
from core.model.ids import TID_BYTES, ClassId, CodeDigest, EventId, TicketHandle
from core.sync.messages import IssuedTicket
from core.ticket.keyring import Key, KeyState

FIRST_ROWS, LEAST_ROWS, MOST_ROWS = 250, 200, 1_000
"""Rows of one transaction: the first one's, and between which bounds the next ones find their number.

Fewer than the least help nobody: on a slow disk or a busy machine it is the commit that takes its time, for one too.
"""
LONGEST_HOLD_S = 0.02
"""How long a transaction should hold SQLite's lock while doors wait; a slow moment of the disk may double it."""
MOST_ADOPTED = 50
MOST_TRIES = 3
MAX_SOURCE = 64

Progress = Callable[[int, int], None]
"""Told after each piece: how many rows are done, and of how many."""


class SourceWrong(AppError):
    """A shop's name that can't be one."""

    def __init__(self, most: int) -> None:
        super().__init__("source_wrong", most=most)


@dataclass(frozen=True, slots=True)
class Noted:
    """One ticket that an import changes, cancels or restores. `line` is None for one that is missing in the file."""

    external_ref: str | None
    line: int | None
    parts: tuple[str, ...] = ()
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do, or did. `guests`: tickets among the new ones that nothing can be scanned of."""

    new: int = 0
    unchanged: int = 0
    guests: int = 0
    changed: tuple[Noted, ...] = ()
    canceled: tuple[Noted, ...] = ()
    restored: tuple[Noted, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedTicket:
    """A row whose ticket has a new code to hand out: its line, its reference, the code."""

    line: int
    external_ref: str
    ticket: IssuedTicket


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `done.canceled` names those that were canceled; `spared` those that wanted a yes.

    `adopted` counts scans that waited in quarantine for their ticket.
    """

    done: Preview
    issued: tuple[ImportedTicket, ...] = ()
    spared: tuple[Noted, ...] = ()
    adopted: int = 0


@dataclass(frozen=True, slots=True)
class PutResult:
    """What one ticket of a shop was to the ledger; `text` is its T1 where it has one."""

    what: What
    tid: TicketHandle | None
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """The row that a scanned ticket belongs to."""

    line: int
    external_ref: str | None
    cls: ClassId
    is_canceled: bool


@dataclass(frozen=True, slots=True)
class _Shop:
    """One shop's list against one event: what planning needs beside the ledger's rows.

    `codes_of` says which old code the list has for each reference, None where it has none.
    """

    event: Event
    source: str
    reader: CodeReader
    maker: Maker
    codes_of: Mapping[str, CodeDigest | None] = field(default_factory=dict)
    handles: Iterator[bytes] = field(default_factory=lambda: iter(()))
    """Handles for new tickets, random and in their order; when they are used up, any random ones."""

    def new_handle(self) -> TicketHandle:
        """A handle that no ticket has."""
        return TicketHandle(next(self.handles, b"") or secrets.token_bytes(TID_BYTES))


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What the ledger has of a piece: tickets by handle, by the shop's reference, and by old code."""

    tickets: Mapping[TicketHandle, Known]
    by_ref: Mapping[str, TicketHandle]
    by_code: Mapping[CodeDigest, TicketHandle]


_NOTHING = _Ledger({}, {}, {})


class ImportBook:
    """The imports of all events of one database. Safe between threads."""

    def __init__(
        self, database: Database, book: EventBook, code_book: CodeBook, ledger: SqlLedger, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._book = book
        self._codes = code_book
        self._ledger = ledger
        self._now_ms = now_ms
        self._statistics = Statistics(database)

    def preview(self, event: EventId, source: str, file: ShopFile, *, cancel_missing: bool = False) -> Preview:
        """What `apply` would do; changes nothing. Raises EventUnknown, NoActiveKey, SourceWrong."""
        shop, sales, refused = self._sales(event, source, file)
        tally = _Tally(refused, file.notes)
        is_fresh = self._is_fresh(shop, sales)
        for piece in pieces(sales, MOST_ROWS):
            tally.add(_steps(shop, piece, _NOTHING if is_fresh else self._read(shop, piece)))
        if cancel_missing:
            tally.add_missing(self._missing(shop, file, sales, refused, tally))
        return tally.preview()

    @on_a_long_list()
    def apply(
        self,
        event: EventId,
        source: str,
        file: ShopFile,
        *,
        allow_cancel: bool = False,
        cancel_missing: bool = False,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Takes a list over in short transactions; the same list again changes nothing.

        Rows are stored in the order of their codes' digests, which tells nothing of the list's, and new handles are
        given out in the same order: what is written together lies together in the database's indexes. Tickets that the
        list calls off, or with `cancel_missing` does not have, are canceled only with `allow_cancel`.
        Raises EventUnknown, NoActiveKey, SourceWrong, LedgerBusy, LedgerUnavailable.
        """
        shop, sales, refused = self._sales(event, source, file)
        tally = _Tally(refused, file.notes, allow_cancel=allow_cancel)
        shop = replace(shop, handles=iter(sorted(secrets.token_bytes(TID_BYTES) for _ in sales)))
        sales.sort(key=_place)
        size = _PieceSize(is_fresh=self._is_fresh(shop, sales))
        done = 0
        with self._database.checkpointing():
            while done < len(sales):
                piece = sales[done : done + size.rows]
                tally.add(self._take_over(shop, piece, size, allow_cancel=allow_cancel))
                done += len(piece)
                if progress is not None:
                    progress(done, len(sales))
        if cancel_missing:
            missing = self._missing(shop, file, sales, refused, tally)
            tally.add_missing(missing)
            if allow_cancel:
                self._cancel(shop, missing)
        if tally.has_changes:
            self._database.transact(lambda connection: self._tell(connection, shop, tally))
            self._statistics.note(event, tally.new)
        adopted = self._ledger.adopt_waiting(event, MOST_ADOPTED) if tally.has_changes else 0
        issued = tuple(sorted(tally.issued, key=lambda ticket: ticket.line))
        return ImportReport(tally.preview(), issued, _by_line(tally.spared), adopted)

    def _tell(self, connection: Connection, shop: _Shop, tally: "_Tally") -> None:
        """Kiosks learn it, and the log says who did it."""
        self._book.raise_version(connection, shop.event.id)
        counts = {"new": tally.new, "changed": len(tally.changed), "canceled": len(tally.canceled)}
        now_ms = self._now_ms()
        audit.note(connection, Deed.TICKETS_IMPORTED, shop.event.id, shop.source, now_ms=now_ms, **counts)

    def put(self, event: EventId, source: str, row: ShopRow) -> PutResult | RefusedRow:
        """One ticket of a shop, by the same rules; again changes nothing.

        Raises EventUnknown, NoActiveKey, SourceWrong, LedgerBusy, LedgerUnavailable.
        """
        shop, sales, refused = self._sales(event, source, ShopFile((row,)))
        steps = self._take_over(shop, sales, _PieceSize(), allow_cancel=True, tells=True)
        for flaw in (*refused, *(step for step in steps if isinstance(step, RefusedRow))):
            return flaw
        (step,) = (step for step in steps if isinstance(step, Step))
        if step.is_kept_out:
            return PutResult(What.UNCHANGED, None)
        tid = TicketHandle(step.claims.tid)
        if step.what is not What.UNCHANGED:
            self._statistics.note(event, step.what is What.NEW)
            self._ledger.transact(event, lambda page: page.adopt([tid]))
        return PutResult(step.what, tid, self._text_of(shop, step))

    def find_sample(self, event: EventId, text: str, file: ShopFile) -> Sample | Unread:
        """Which row a scanned ticket belongs to, or why none: proves the columns and the adapters. Changes nothing."""
        with self._database.reading() as connection:
            reader = self._codes.reader(connection, event)
        scanned = reader.read(text)
        if isinstance(scanned, Unread):
            return scanned
        wanted = identity_of(scanned)
        shop = _Shop(reader.event, "", reader, unsealed(reader.event))
        for row in file.rows:
            if (
                row.code
                and not isinstance(code := reader.read_exported(row.code), Unread)
                and identity_of(code) == wanted
            ):
                sale = sale_of(row, shop.reader, Counter())
                if isinstance(sale, RefusedRow):
                    return Unread(f"it is line {row.line}, which is refused: {sale.cause}", sale.cure)
                return Sample(row.line, row.external_ref or None, sale.cls, row.is_canceled)
        form = "T1" if isinstance(scanned, OwnCode) else f"adapter {scanned.form}"
        cure = "check the code column, and that the adapter takes from the scanned code what the file holds"
        return Unread(f"the code is well read ({form}), but no row has it", cure)

    # --- from rows to sales ---------------------------------------------------------------------------------------

    def _sales(self, event: EventId, source: str, file: ShopFile) -> tuple[_Shop, list[Sale], list[RefusedRow]]:
        """The sound rows as sales. A code that two rows have is refused in both lines' names."""
        if not is_name(source, MAX_SOURCE):
            raise SourceWrong(MAX_SOURCE)
        shop = self._shop(event, source)
        sales: list[Sale] = []
        refused = list(file.refused)
        namesakes: Counter[str] = Counter()
        first: dict[bytes, int] = {}
        for row in file.rows:
            sale = sale_of(row, shop.reader, namesakes)
            if isinstance(sale, Sale) and sale.code is not None:
                line = first.setdefault(identity_of(sale.code), sale.line)
                if line != sale.line:
                    cause, cure = f"its code is in line {line} already", "each ticket has a code and a row of its own"
                    sale = RefusedRow(sale.line, cause, cure, row.external_ref or None)
            (sales if isinstance(sale, Sale) else refused).append(sale)  # type: ignore[arg-type]
        codes_of = {sale.ref: _digest_or_none(sale) for sale in sales if sale.ref is not None}
        return replace(shop, codes_of=codes_of), sales, sorted(refused, key=lambda row: row.line)

    def _shop(self, event: EventId, source: str) -> _Shop:
        with self._database.reading() as connection:
            reader = self._codes.reader(connection, event)
        active = [key for key in reader.keyring.values() if key.state is KeyState.ACTIVE]
        if reader.event.codes.mode is CodeMode.FOREIGN:
            return _Shop(reader.event, source, reader, self._maker(reader.event, active, kid_free=True))
        if not active:
            raise NoActiveKey(event.hex)
        return _Shop(reader.event, source, reader, self._maker(reader.event, active, kid_free=False))

    def _maker(self, event: Event, active: Sequence[Key], *, kid_free: bool) -> Maker:
        """What seals here. Where tickets are sold elsewhere nothing is sealed, unless a ticket has a T1 already."""
        if not active:
            return unsealed(event)
        return sealing(event, self._book.keys.signer(active[0]), kid_free=kid_free)

    # --- one piece ------------------------------------------------------------------------------------------------

    def _read(self, shop: _Shop, piece: Sequence[Sale]) -> _Ledger:
        with self._database.reading() as connection:
            return _known(connection, shop, piece)

    def _is_fresh(self, shop: _Shop, sales: Sequence[Sale]) -> bool:
        """Whether the ledger has nothing yet that a row could be about, so that nothing needs to be looked up."""
        if any(isinstance(sale.code, OwnCode) for sale in sales):
            return False
        mine = (tickets.c.event_id == shop.event.id) & (tickets.c.source == shop.source)
        listed = codes.c.event_id == shop.event.id
        with self._database.reading() as connection:
            known = [select(tickets.c.tid).where(mine).limit(1), select(codes.c.tid).where(listed).limit(1)]
            return all(connection.execute(each).first() is None for each in known)

    def _take_over(
        self, shop: _Shop, piece: Sequence[Sale], size: "_PieceSize", *, allow_cancel: bool, tells: bool = False
    ) -> list[Step | RefusedRow]:
        """Plans and writes one piece; comes again where another import was faster. `tells`: kiosks learn it at once."""
        for attempt in range(MOST_TRIES):
            try:
                if size.is_fresh and attempt == 0:
                    return self._put_new(shop, piece, size)
                return self._try_piece(shop, piece, size, allow_cancel=allow_cancel, tells=tells)
            except IntegrityError:  # another import brought one of these tickets at the same moment
                continue
        raise LedgerBusy("another import of the same tickets")

    def _put_new(self, shop: _Shop, piece: Sequence[Sale], size: "_PieceSize") -> list[Step | RefusedRow]:
        """One piece of a list that the ledger knows nothing of: the tables' own keys say if that was wrong."""
        steps = _steps(shop, piece, _NOTHING)
        new = [step for step in steps if isinstance(step, Step) and step.what is What.NEW]
        if not new:
            return steps

        def work(connection: Connection) -> None:
            size.begin()
            event = shop.event.id
            write_new(connection, self._database, self._book, event, shop.source, new, self._now_ms())

        self._database.transact(work)
        size.end(len(piece))
        return steps

    def _try_piece(
        self, shop: _Shop, piece: Sequence[Sale], size: "_PieceSize", *, allow_cancel: bool, tells: bool
    ) -> list[Step | RefusedRow]:
        known = self._read(shop, piece)
        steps = _steps(shop, piece, known)
        if not _to_do(steps, allow_cancel=allow_cancel):
            return steps

        def work(connection: Connection) -> list[Step | RefusedRow]:
            size.begin()
            page = self._ledger.page(connection, shop.event.id)
            if known.tickets:
                page.lock(list(known.tickets), is_patient=True)
            now = _known(connection, shop, piece)
            planned = steps if now == known else _steps(shop, piece, now)
            to_do = _to_do(planned, allow_cancel=allow_cancel)
            self._write(connection, shop, to_do)
            if tells and to_do:
                self._book.raise_version(connection, shop.event.id)
                self._note_put(connection, shop, to_do[0])
            return planned

        done = self._database.transact(work)
        size.end(len(piece))
        return done

    def _note_put(self, connection: Connection, shop: _Shop, step: Step) -> None:
        tid, what, now_ms = step.claims.tid.hex(), step.what.value, self._now_ms()
        audit.note(connection, Deed.TICKET_PUT, shop.event.id, tid, now_ms=now_ms, what=what, source=shop.source)

    def _cancel(self, shop: _Shop, missing: Sequence[Known]) -> None:
        for piece in pieces(missing, MOST_ROWS):
            tids = [TicketHandle(known.claims.tid) for known in piece]

            def work(connection: Connection, tids: list[TicketHandle] = tids) -> None:
                self._ledger.page(connection, shop.event.id).lock(tids, is_patient=True)
                now = read_tickets(connection, shop.event.id, tickets.c.tid.in_(tids))
                steps = [canceled(known) for known in now.values()]
                self._write(connection, shop, [step for step in steps if step.what is What.CANCELED])

            self._database.transact(work)

    def _write(self, connection: Connection, shop: _Shop, steps: Sequence[Step]) -> None:
        write_steps(connection, self._database, self._book, shop.event.id, shop.source, steps, self._now_ms())
        touched = [TicketHandle(step.claims.tid) for step in steps if is_judged_anew(step)]
        self._ledger.page(connection, shop.event.id).settle_anew(touched)

    def _missing(
        self,
        shop: _Shop,
        file: ShopFile,
        sales: Sequence[Sale],
        refused: Sequence[RefusedRow],
        tally: "_Tally",
    ) -> list[Known]:
        """The shop's tickets that the list does not have. None where a row that can't be read may be one of them."""
        if not file.is_whole or any(row.external_ref is None for row in refused):
            tally.notes.append("some rows can't be read, so nobody can say which tickets are missing: mend them first")
            return []
        listed = {sale.ref for sale in sales} | {row.external_ref for row in refused}
        mine = (tickets.c.event_id == shop.event.id) & (tickets.c.source == shop.source)
        wanted = select(tickets.c.tid, tickets.c.external_ref).where(mine, tickets.c.external_ref.is_not(None))
        with self._database.reading() as connection:
            tids = [row.tid for row in connection.execute(wanted) if row.external_ref not in listed]
        found: list[Known] = []
        for piece in pieces(tids, MOST_ROWS):
            with self._database.reading() as connection:
                known = read_tickets(connection, shop.event.id, tickets.c.tid.in_(list(piece)))
            found += [each for each in known.values() if not is_denied_for_good(each.denial)]
        return found

    def _text_of(self, shop: _Shop, step: Step) -> str | None:
        if isinstance(step.sale.code, OwnCode):
            return step.sale.code.text
        key = shop.reader.keyring.get(step.claims.kid)
        return None if key is None else self._book.seal(key, step.claims)


class _PieceSize:
    """How many rows the next transaction takes, so that none holds the lock for long. `is_fresh`: see `_is_fresh`."""

    def __init__(self, *, is_fresh: bool = False) -> None:
        self.rows = FIRST_ROWS
        self.is_fresh = is_fresh
        self._began_at = 0.0

    def begin(self) -> None:
        """A transaction holds the lock now."""
        self._began_at = time.monotonic()

    def end(self, rows: int) -> None:
        """It is over, its commit too: the next takes as many rows as would have fitted, at most twice as many."""
        took_s = max(time.monotonic() - self._began_at, 1e-6)
        fitting = int(rows * LONGEST_HOLD_S / took_s)
        self.rows = max(LEAST_ROWS, min(fitting, 2 * self.rows, MOST_ROWS))


def _place(sale: Sale) -> bytes:
    """Where a row is stored: by the digest of its code, which is nobody's number, or one of its reference."""
    if isinstance(sale.code, OldCode):
        return sale.code.digest
    return hashlib.sha256((sale.ref or "").encode()).digest()


class _Tally:
    """What has been planned or done so far."""

    def __init__(self, refused: Iterable[RefusedRow], notes: Iterable[str], *, allow_cancel: bool = True) -> None:
        self.refused = list(refused)
        self.notes = list(notes)
        self.new = self.unchanged = self.guests = 0
        self.changed: list[Noted] = []
        self.canceled: list[Noted] = []
        self.restored: list[Noted] = []
        self.spared: list[Noted] = []
        self.issued: list[ImportedTicket] = []
        self._allow_cancel = allow_cancel

    @property
    def has_changes(self) -> bool:
        return bool(self.new or self.changed or self.canceled or self.restored)

    def add(self, steps: Iterable[Step | RefusedRow]) -> None:
        for step in steps:
            if isinstance(step, RefusedRow):
                self.refused.append(step)
            else:
                self._add(step)

    def _add(self, step: Step) -> None:
        before = step.before
        noted = Noted(step.sale.ref, step.sale.line, step.parts, before is not None and before.is_used)
        match step.what:
            case What.NEW:
                self.new += 1
                self.guests += step.sale.code is None
            case What.UNCHANGED:
                self.unchanged += 1
            case What.CHANGED:
                self.changed.append(noted)
            case What.RESTORED:
                self.restored.append(noted)
            case What.CANCELED:
                (self.canceled if self._allow_cancel else self.spared).append(noted)
        is_done = step.what is not What.CANCELED or self._allow_cancel
        if step.text is not None and is_done and (step.sale.code is None or before is not None):
            ticket = IssuedTicket(step.claims.tid.hex(), step.text)
            self.issued.append(ImportedTicket(step.sale.line, step.sale.ref or "", ticket))

    def add_missing(self, missing: Iterable[Known]) -> None:
        noted = [Noted(known.ref, None, (), known.is_used) for known in missing]
        (self.canceled if self._allow_cancel else self.spared).extend(noted)

    def preview(self) -> Preview:
        return Preview(
            new=self.new,
            unchanged=self.unchanged,
            guests=self.guests,
            changed=_by_line(self.changed),
            canceled=_by_line(self.canceled),
            restored=_by_line(self.restored),
            refused=tuple(sorted(self.refused, key=lambda row: row.line)),
            notes=tuple(self.notes),
        )


def _by_line(noted: Iterable[Noted]) -> tuple[Noted, ...]:
    """In the order of the list; those that it does not have come last."""
    return tuple(sorted(noted, key=lambda one: (one.line is None, one.line or 0)))


# --- planning -----------------------------------------------------------------------------------------------------


def _steps(shop: _Shop, piece: Sequence[Sale], known: _Ledger) -> list[Step | RefusedRow]:
    return [_step(shop, sale, known) for sale in piece]


def _step(shop: _Shop, sale: Sale, known: _Ledger) -> Step | RefusedRow:
    """What becomes of one sale.

    1. whose ticket its reference, its T1 and its old code say it is
    2. two of them may not be at odds
    """
    by_ref = known.by_ref.get(sale.ref) if sale.ref is not None else None  # (1)
    by_code = _owner(sale, known)
    owner = known.tickets.get(by_code) if by_code is not None else None
    if isinstance(sale.code, OwnCode) and by_ref is not None and by_ref != TicketHandle(sale.code.claims.tid):  # (2)
        cause, cure = "its reference belongs to another ticket", "cancel that one, or use a reference of its own"
        return RefusedRow(sale.line, cause, cure, sale.ref)
    if owner is not None and by_code != by_ref and _is_taken(shop, sale, owner, is_known=by_ref is not None):
        return _conflict(sale, owner)
    tid = by_ref or (by_code if owner is not None and _is_claimed(shop, sale, owner) else None)
    if tid is None:
        return step_for_new(sale, shop.maker, shop.new_handle())
    return step_for_known(sale, known.tickets[tid], shop.source, shop.maker)


def _owner(sale: Sale, known: _Ledger) -> TicketHandle | None:
    if isinstance(sale.code, OwnCode):
        tid = TicketHandle(sale.code.claims.tid)
        return tid if tid in known.tickets else None
    return None if sale.code is None else known.by_code.get(sale.code.digest)


def _is_claimed(shop: _Shop, sale: Sale, owner: Known) -> bool:
    """Whether a ticket that its code found is this sale's: a T1 is; an old code's that came without a reference is."""
    if isinstance(sale.code, OwnCode):
        return True
    return owner.source == shop.source and (owner.ref or "").startswith(BY_CODE)


def _is_taken(shop: _Shop, sale: Sale, owner: Known, *, is_known: bool) -> bool:
    """Whether the code of a sale is another's, who keeps it."""
    if isinstance(sale.code, OwnCode):
        return is_known or (sale.ref is not None and owner.ref is not None)
    if not is_known and _is_claimed(shop, sale, owner):
        return False
    theirs = shop.codes_of.get(owner.ref or "") if owner.source == shop.source else None
    return theirs is None or theirs == _digest_or_none(sale)


def _conflict(sale: Sale, owner: Known) -> RefusedRow:
    whose = f"reference {owner.ref} of {owner.source}" if owner.ref else f"a ticket that was {owner.source}"
    cure = "a code has one ticket: cancel that one in its shop, or mend this row"
    return RefusedRow(sale.line, f"its code is listed for another ticket ({whose})", cure, sale.ref)


def _to_do(steps: Iterable[Step | RefusedRow], *, allow_cancel: bool) -> list[Step]:
    idle = {What.UNCHANGED} if allow_cancel else {What.UNCHANGED, What.CANCELED}
    return [step for step in steps if isinstance(step, Step) and step.what not in idle]


def _digest_or_none(sale: Sale) -> CodeDigest | None:
    return sale.code.digest if isinstance(sale.code, OldCode) else None


def _known(connection: Connection, shop: _Shop, piece: Sequence[Sale]) -> _Ledger:
    """The tickets that a piece may be about: by reference, by T1, by old code."""
    event = shop.event.id
    refs = [sale.ref for sale in piece if sale.ref is not None]
    digests = [sale.code.digest for sale in piece if isinstance(sale.code, OldCode)]
    tids = {TicketHandle(sale.code.claims.tid) for sale in piece if isinstance(sale.code, OwnCode)}
    by_ref: dict[str, TicketHandle] = {}
    if refs:
        mine = (tickets.c.event_id == event) & (tickets.c.source == shop.source)
        wanted = select(tickets.c.external_ref, tickets.c.tid).where(mine, tickets.c.external_ref.in_(refs))
        by_ref = {row.external_ref: TicketHandle(row.tid) for row in connection.execute(wanted)}
    by_code: dict[CodeDigest, TicketHandle] = {}
    if digests:
        listed = select(codes.c.digest, codes.c.tid).where(codes.c.event_id == event, codes.c.digest.in_(digests))
        by_code = {CodeDigest(row.digest): TicketHandle(row.tid) for row in connection.execute(listed)}
    tids |= set(by_ref.values()) | set(by_code.values())
    found = read_tickets(connection, event, tickets.c.tid.in_(sorted(tids))) if tids else {}
    return _Ledger(found, by_ref, by_code)
