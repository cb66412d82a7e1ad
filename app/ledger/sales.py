"""From a shop's row to a sale: whose ticket it is, of which class, under which code. Pure.

Owns what a row goes by: the shop's own reference, else its code, else its name, of which only a hash is kept.
"""

import hashlib
from collections import Counter

from app.ledger.code_book import CodeReader, OldCode, OwnCode, Unread
from app.ledger.event_book import own_window
from app.ledger.import_plan import BY_CODE, Sale
from app.ledger.shop_files import AS_TEXT, RefusedRow, ShopRow, is_spoiled, is_storable
from core.delivery.mail import checked_address
from core.model.event import Event
from core.model.ids import ClassId
from core.sync.import_messages import RowFlaw

MAX_REF = 128


def sale_of(row: ShopRow, reader: CodeReader, namesakes: Counter[str]) -> Sale | RefusedRow:
    """The sale of a row, or what is wrong with it."""
    if is_spoiled(row.code) or is_spoiled(row.external_ref):
        cause = "a number lost its digits in a spreadsheet"
        return RefusedRow(row.line, cause, AS_TEXT, row.external_ref or None, RowFlaw.SPOILED)
    if not is_storable(f"{row.name or ''}{row.order or ''}"):
        cause = "its name holds a character that no text has"
        return RefusedRow(row.line, cause, AS_TEXT, row.external_ref or None, RowFlaw.NO_TEXT)
    code = reader.read_exported(row.code) if row.code else None
    if isinstance(code, Unread):
        return RefusedRow(row.line, code.cause, code.cure, row.external_ref or None, code.flaw, code.about)
    ref = _ref_of(row, code, namesakes)
    if isinstance(ref, RefusedRow):
        return ref
    cls = _class_of(row, code, reader.event)
    if cls is None:
        known = ", ".join(f"{each.id} ({each.name})" for each in reader.event.classes.values())
        cure = f"the classes are {known}; --column 'class:PRODUCT=CLASS' says which product is which"
        return RefusedRow(row.line, "no class of this event", cure, row.external_ref or None, RowFlaw.NO_CLASS, row.cls)
    if (row.nbf is not None or row.exp is not None) and not _is_window(row, reader.event):
        cause, cure = "it ends before it starts", "mend its times"
        return RefusedRow(row.line, cause, cure, row.external_ref or None, RowFlaw.WINDOW)
    own = (row.name, row.order, row.is_canceled, row.is_unpaid)
    return Sale(row.line, ref, code, cls, row.nbf, row.exp, *own, _address_of(row.email))


def _address_of(text: str | None) -> str | None:
    """Where the ticket is sent; what is no mail address is left out: for that no guest stays outside."""
    return None if text is None else checked_address(text) or ""


def _is_window(row: ShopRow, event: Event) -> bool:
    nbf, exp = own_window(event)
    return (nbf if row.nbf is None else row.nbf) < (exp if row.exp is None else row.exp)


def _ref_of(row: ShopRow, code: OwnCode | OldCode | None, namesakes: Counter[str]) -> str | RefusedRow | None:
    """What a row goes by: the shop's reference, else its code, else its name, of which only a hash is kept."""
    if row.external_ref:
        if is_name(row.external_ref, MAX_REF):
            return row.external_ref
        cause, cure = "its reference is too long or no text", f"at most {MAX_REF} characters"
        return RefusedRow(row.line, cause, cure, None, RowFlaw.REFERENCE_WRONG)
    if isinstance(code, OwnCode):
        return None
    if code is not None:
        return BY_CODE + code.digest.hex()
    if not row.name:
        cause, cure = "nothing to know the row by", "fill `external_ref` (an order number), `code` or `name`"
        return RefusedRow(row.line, cause, cure, None, RowFlaw.NO_KEY)
    namesakes[row.name] += 1
    return f"name:{hashlib.sha256(row.name.encode()).hexdigest()[:16]}:{namesakes[row.name]}"


def _class_of(row: ShopRow, code: OwnCode | OldCode | None, event: Event) -> ClassId | None:
    """The class that a T1 says by itself, that the row names, or the only one there is."""
    if isinstance(code, OwnCode):
        return ClassId(code.claims.cls)
    if not row.cls and len(event.classes) == 1:
        return next(iter(event.classes))
    return class_named(event, row.cls)


def class_named(event: Event, text: str) -> ClassId | None:
    """The class of a number or a name, whatever the case of its letters."""
    wanted = text.strip().casefold()
    for ticket_class in event.classes.values():
        if wanted and wanted in {str(ticket_class.id), ticket_class.name.strip().casefold()}:
            return ticket_class.id
    return None


def is_name(text: str, most: int) -> bool:
    return 0 < len(text) <= most and text.isprintable()


def identity_of(code: OwnCode | OldCode) -> bytes:
    """What two texts of one ticket have in common."""
    return bytes(code.claims.tid) if isinstance(code, OwnCode) else bytes(code.digest)
