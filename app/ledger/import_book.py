"""Imports that may be repeated: a shop's list, previewed, taken over in pieces, and taken over again when it grew.

Owns the order of these effects. Preview and import plan by the same lines. A piece is planned before the writer's lock
is taken, and anew under it only where somebody was faster. After every piece the ledger is sound: an import that was
cut off is simply done again.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from app.errors import AppError
from app.ledger import audit
from app.ledger.code_book import CodeBook, OwnCode, Unread
from app.ledger.engine import Database, LedgerBusy, pieces
from app.ledger.event_book import EventBook
from app.ledger.import_pieces import MOST_ROWS, PieceSize, place_of
from app.ledger.import_plan import (
    Known,
    Maker,
    Sale,
    Step,
    canceled,
    is_denied_for_good,
    is_judged_anew,
)
from app.ledger.import_steps import NOTHING, Held, Shop, digest_of_sale, held_of, steps_for, to_do
from app.ledger.import_tally import ImportReport, Preview, Tally, by_line
from app.ledger.long_lists import on_a_long_list
from app.ledger.redemptions import SqlLedger
from app.ledger.sales import identity_of, is_name, sale_of
from app.ledger.schema import codes, tickets
from app.ledger.sealing import NoActiveKey, sealing, unsealed
from app.ledger.shop_files import RefusedRow, ShopFile, ShopRow
from app.ledger.statistics import Statistics
from app.ledger.ticket_mail import is_told_by_mail, mail_new
from app.ledger.ticket_rows import read_tickets, write_new, write_steps
from core.journal.audit import Deed
from core.model.codes import CodeMode
from core.model.event import Event
from core.model.ids import TID_BYTES, ClassId, EventId, TicketHandle
from core.sync.import_messages import MISSING_UNSURE, RowFlaw
from core.sync.ticket_messages import What
from core.ticket.keyring import Key, KeyState

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
        tally = Tally(refused, file.notes)
        is_fresh = self._is_fresh(shop, sales)
        for piece in pieces(sales, MOST_ROWS):
            tally.add(steps_for(shop, piece, NOTHING if is_fresh else self._read(shop, piece)))
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
        tally = Tally(refused, file.notes, allow_cancel=allow_cancel)
        shop = replace(shop, handles=iter(sorted(secrets.token_bytes(TID_BYTES) for _ in sales)))
        sales.sort(key=place_of)
        size = PieceSize(is_fresh=self._is_fresh(shop, sales))
        done = 0
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
        return ImportReport(tally.preview(), issued, by_line(tally.spared), adopted)

    def _tell(self, connection: Connection, shop: Shop, tally: Tally) -> None:
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
        steps = self._take_over(shop, sales, PieceSize(), allow_cancel=True, tells=True)
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
        shop = Shop(reader.event, "", reader, unsealed(reader.event))
        for row in file.rows:
            if (
                row.code
                and not isinstance(code := reader.read_exported(row.code), Unread)
                and identity_of(code) == wanted
            ):
                sale = sale_of(row, shop.reader, Counter())
                if isinstance(sale, RefusedRow):
                    cause = f"it is line {row.line}, which is refused: {sale.cause}"
                    return Unread(cause, sale.cure, RowFlaw.REFUSED_ROW, str(row.line))
                return Sample(row.line, row.external_ref or None, sale.cls, row.is_canceled)
        form = "T1" if isinstance(scanned, OwnCode) else f"adapter {scanned.form}"
        cure = "check the code column, and that the adapter takes from the scanned code what the file holds"
        return Unread(f"the code is well read ({form}), but no row has it", cure, RowFlaw.NO_ROW)

    # --- from rows to sales ---------------------------------------------------------------------------------------

    def _sales(self, event: EventId, source: str, file: ShopFile) -> tuple[Shop, list[Sale], list[RefusedRow]]:
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
                    ref = row.external_ref or None
                    sale = RefusedRow(sale.line, cause, cure, ref, RowFlaw.CODE_TWICE, str(line))
            (sales if isinstance(sale, Sale) else refused).append(sale)  # type: ignore[arg-type]
        codes_of = {sale.ref: digest_of_sale(sale) for sale in sales if sale.ref is not None}
        return replace(shop, codes_of=codes_of), sales, sorted(refused, key=lambda row: row.line)

    def _shop(self, event: EventId, source: str) -> Shop:
        with self._database.reading() as connection:
            reader = self._codes.reader(connection, event)
        active = [key for key in reader.keyring.values() if key.state is KeyState.ACTIVE]
        if reader.event.codes.mode is CodeMode.FOREIGN:
            return Shop(reader.event, source, reader, self._maker(reader.event, active, kid_free=True))
        if not active:
            raise NoActiveKey(event.hex)
        return Shop(reader.event, source, reader, self._maker(reader.event, active, kid_free=False))

    def _maker(self, event: Event, active: Sequence[Key], *, kid_free: bool) -> Maker:
        """What seals here. Where tickets are sold elsewhere nothing is sealed, unless a ticket has a T1 already."""
        if not active:
            return unsealed(event)
        return sealing(event, self._book.keys.signer(active[0]), kid_free=kid_free)

    # --- one piece ------------------------------------------------------------------------------------------------

    def _read(self, shop: Shop, piece: Sequence[Sale]) -> Held:
        with self._database.reading() as connection:
            return held_of(connection, shop, piece)

    def _is_fresh(self, shop: Shop, sales: Sequence[Sale]) -> bool:
        """Whether the ledger has nothing yet that a row could be about, so that nothing needs to be looked up."""
        if any(isinstance(sale.code, OwnCode) for sale in sales):
            return False
        mine = (tickets.c.event_id == shop.event.id) & (tickets.c.source == shop.source)
        listed = codes.c.event_id == shop.event.id
        with self._database.reading() as connection:
            known = [select(tickets.c.tid).where(mine).limit(1), select(codes.c.tid).where(listed).limit(1)]
            return all(connection.execute(each).first() is None for each in known)

    def _take_over(
        self, shop: Shop, piece: Sequence[Sale], size: PieceSize, *, allow_cancel: bool, tells: bool = False
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

    def _put_new(self, shop: Shop, piece: Sequence[Sale], size: PieceSize) -> list[Step | RefusedRow]:
        """One piece of a list that the ledger knows nothing of: the tables' own keys say if that was wrong."""
        steps = steps_for(shop, piece, NOTHING)
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
        self, shop: Shop, piece: Sequence[Sale], size: PieceSize, *, allow_cancel: bool, tells: bool
    ) -> list[Step | RefusedRow]:
        known = self._read(shop, piece)
        steps = steps_for(shop, piece, known)
        if not to_do(steps, allow_cancel=allow_cancel):
            return steps

        def work(connection: Connection) -> list[Step | RefusedRow]:
            size.begin()
            page = self._ledger.page(connection, shop.event.id)
            if known.tickets:
                page.lock(list(known.tickets), is_patient=True)
            now = held_of(connection, shop, piece)
            planned = steps if now == known else steps_for(shop, piece, now)
            wanted = to_do(planned, allow_cancel=allow_cancel)
            self._write(connection, shop, wanted)
            if tells and wanted:
                self._book.raise_version(connection, shop.event.id)
                self._note_put(connection, shop, wanted[0])
                told = [TicketHandle(step.claims.tid) for step in wanted if is_told_by_mail(step)]
                mail_new(connection, self._database, shop.event.id, told, self._now_ms())
            return planned

        done = self._database.transact(work)
        size.end(len(piece))
        return done

    def _note_put(self, connection: Connection, shop: Shop, step: Step) -> None:
        tid, what, now_ms = step.claims.tid.hex(), step.what.value, self._now_ms()
        audit.note(connection, Deed.TICKET_PUT, shop.event.id, tid, now_ms=now_ms, what=what, source=shop.source)

    def _cancel(self, shop: Shop, missing: Sequence[Known]) -> None:
        for piece in pieces(missing, MOST_ROWS):
            tids = [TicketHandle(known.claims.tid) for known in piece]

            def work(connection: Connection, tids: list[TicketHandle] = tids) -> None:
                self._ledger.page(connection, shop.event.id).lock(tids, is_patient=True)
                now = read_tickets(connection, shop.event.id, tickets.c.tid.in_(tids))
                steps = [canceled(known) for known in now.values()]
                self._write(connection, shop, [step for step in steps if step.what is What.CANCELED])

            self._database.transact(work)

    def _write(self, connection: Connection, shop: Shop, steps: Sequence[Step]) -> None:
        write_steps(connection, self._database, self._book, shop.event.id, shop.source, steps, self._now_ms())
        touched = [TicketHandle(step.claims.tid) for step in steps if is_judged_anew(step)]
        self._ledger.page(connection, shop.event.id).settle_anew(touched)

    def _missing(
        self,
        shop: Shop,
        file: ShopFile,
        sales: Sequence[Sale],
        refused: Sequence[RefusedRow],
        tally: Tally,
    ) -> list[Known]:
        """The shop's tickets that the list does not have. None where a row that can't be read may be one of them."""
        if not file.is_whole or any(row.external_ref is None for row in refused):
            tally.notes.append(MISSING_UNSURE)
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

    def _text_of(self, shop: Shop, step: Step) -> str | None:
        if isinstance(step.sale.code, OwnCode):
            return step.sale.code.text
        key = shop.reader.keyring.get(step.claims.kid)
        return None if key is None else self._book.seal(key, step.claims)
