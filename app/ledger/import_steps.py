"""Which ticket of the ledger a sale is, and what becomes of it: the planning of one piece of an import.

Owns the reading of what a piece may be about, and whose ticket a row is where reference, T1 and old code each say
something. What changes of a ticket that is known is decided by `app.ledger.import_plan`.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, select

from app.ledger.code_book import CodeReader, OldCode, OwnCode
from app.ledger.import_plan import BY_CODE, Known, Maker, Sale, Step, step_for_known, step_for_new
from app.ledger.schema import codes, payments, tickets
from app.ledger.shop_files import RefusedRow
from app.ledger.ticket_rows import read_tickets
from core.model.event import Event
from core.model.ids import TID_BYTES, CodeDigest, TicketHandle
from core.payment.money import PaymentState
from core.sync.import_messages import RowFlaw
from core.sync.ticket_messages import What


@dataclass(frozen=True, slots=True)
class Shop:
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
class Held:
    """What the ledger has of a piece: tickets by handle, by the shop's reference, and by old code.

    `paid` are those of its orders whose payment came in: a list that still has them as unpaid is older than that.
    """

    tickets: Mapping[TicketHandle, Known]
    by_ref: Mapping[str, TicketHandle]
    by_code: Mapping[CodeDigest, TicketHandle]
    paid: frozenset[str] = frozenset()


NOTHING = Held({}, {}, {})


def steps_for(shop: Shop, piece: Sequence[Sale], known: Held) -> list[Step | RefusedRow]:
    return [_step(shop, sale, known) for sale in piece]


def _step(shop: Shop, sale: Sale, known: Held) -> Step | RefusedRow:
    """What becomes of one sale.

    1. whose ticket its reference, its T1 and its old code say it is
    2. two of them may not be at odds
    """
    by_ref = known.by_ref.get(sale.ref) if sale.ref is not None else None  # (1)
    by_code = _owner(sale, known)
    owner = known.tickets.get(by_code) if by_code is not None else None
    if isinstance(sale.code, OwnCode) and by_ref is not None and by_ref != TicketHandle(sale.code.claims.tid):  # (2)
        cause, cure = "its reference belongs to another ticket", "cancel that one, or use a reference of its own"
        return RefusedRow(sale.line, cause, cure, sale.ref, RowFlaw.REFERENCE_TAKEN)
    if owner is not None and by_code != by_ref and _is_taken(shop, sale, owner, is_known=by_ref is not None):
        return _conflict(sale, owner)
    tid = by_ref or (by_code if owner is not None and _is_claimed(shop, sale, owner) else None)
    if tid is None:
        return step_for_new(_as_paid(sale, sale.order, known), shop.maker, shop.new_handle())
    held = known.tickets[tid]
    return step_for_known(_as_paid(sale, sale.order or held.order, known), held, shop.source, shop.maker)


def _as_paid(sale: Sale, order: str | None, known: Held) -> Sale:
    return replace(sale, is_unpaid=False) if sale.is_unpaid and order in known.paid else sale


def _owner(sale: Sale, known: Held) -> TicketHandle | None:
    if isinstance(sale.code, OwnCode):
        tid = TicketHandle(sale.code.claims.tid)
        return tid if tid in known.tickets else None
    return None if sale.code is None else known.by_code.get(sale.code.digest)


def _is_claimed(shop: Shop, sale: Sale, owner: Known) -> bool:
    """Whether a ticket that its code found is this sale's: a T1 is; an old code's that came without a reference is."""
    if isinstance(sale.code, OwnCode):
        return True
    return owner.source == shop.source and (owner.ref or "").startswith(BY_CODE)


def _is_taken(shop: Shop, sale: Sale, owner: Known, *, is_known: bool) -> bool:
    """Whether the code of a sale is another's, who keeps it."""
    if isinstance(sale.code, OwnCode):
        return is_known or (sale.ref is not None and owner.ref is not None)
    if not is_known and _is_claimed(shop, sale, owner):
        return False
    theirs = shop.codes_of.get(owner.ref or "") if owner.source == shop.source else None
    return theirs is None or theirs == digest_of_sale(sale)


def _conflict(sale: Sale, owner: Known) -> RefusedRow:
    whose = f"reference {owner.ref} of {owner.source}" if owner.ref else f"a ticket that was {owner.source}"
    cure = "a code has one ticket: cancel that one in its shop, or mend this row"
    cause = f"its code is listed for another ticket ({whose})"
    return RefusedRow(sale.line, cause, cure, sale.ref, RowFlaw.CODE_TAKEN, owner.ref or "")


def to_do(steps: Iterable[Step | RefusedRow], *, allow_cancel: bool) -> list[Step]:
    idle = {What.UNCHANGED} if allow_cancel else {What.UNCHANGED, What.CANCELED}
    return [step for step in steps if isinstance(step, Step) and step.what not in idle]


def digest_of_sale(sale: Sale) -> CodeDigest | None:
    return sale.code.digest if isinstance(sale.code, OldCode) else None


def held_of(connection: Connection, shop: Shop, piece: Sequence[Sale]) -> Held:
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
    return Held(found, by_ref, by_code, _paid(connection, shop, piece, found.values()))


def _paid(connection: Connection, shop: Shop, piece: Sequence[Sale], held: Iterable[Known]) -> frozenset[str]:
    """Asked where the list has anything unpaid, and so of no list that says nothing of payments."""
    if not any(sale.is_unpaid for sale in piece):
        return frozenset()
    orders = {sale.order for sale in piece} | {each.order for each in held}
    came_in = payments.c.state.in_([PaymentState.PAID.value, PaymentState.PARTLY_REFUNDED.value])
    mine = (payments.c.event_id == shop.event.id) & (payments.c.source == shop.source) & came_in
    named = payments.c.order_ref.in_(sorted(filter(None, orders)))
    return frozenset(connection.execute(select(payments.c.order_ref).where(mine, named)).scalars())
