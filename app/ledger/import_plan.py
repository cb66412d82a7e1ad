"""What a row of a shop's list does to the ticket that the ledger has of it. Pure: no database, no clock.

Owns the rules of a repeatable import: who a row is, what has changed, and what is never changed. A used ticket stays
used whatever a list says; a class or a window is part of a sealed code, so that changing it makes a new edition.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from app.ledger.code_book import OldCode, OwnCode
from app.ledger.shop_files import RefusedRow
from core.model.codes import T1_FORM
from core.model.ids import ClassId, CodeDigest, KeyId, TicketHandle
from core.sync.ticket_messages import What
from core.ticket.keyring import NO_KID
from core.ticket.lists import EVERY_GEN, Denial, DenialReason
from core.ticket.wire import Claims

LAST_GEN = 255
BY_CODE = "code:"
"""What stands before a digest in the reference of a row that has none of its own."""


@dataclass(frozen=True, slots=True)
class Sale:
    """A sound row: what its shop says of one ticket. `ref` is None for a T1 without a reference of the shop's.

    `nbf` and `exp` are None where the shop says nothing about time, `name`, `order` and `email` where it has no such
    column.
    """

    line: int
    ref: str | None
    code: OwnCode | OldCode | None
    cls: ClassId
    nbf: int | None = None
    exp: int | None = None
    name: str | None = field(default=None, repr=False)
    order: str | None = None
    is_canceled: bool = False
    is_unpaid: bool = False
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Put:
    """A code as it is listed: the adapter that knows it, and the edition that it stands for."""

    digest: CodeDigest
    form: str
    gen: int


@dataclass(frozen=True, slots=True)
class Known:
    """A ticket of the ledger with what an import compares."""

    claims: Claims
    denial: Denial | None
    source: str
    ref: str | None
    digest: CodeDigest | None
    old_codes: Mapping[CodeDigest, Put] = field(default_factory=dict)
    name: str | None = field(default=None, repr=False)
    order: str | None = None
    is_used: bool = False
    email: str | None = field(default=None, repr=False)

    @property
    def has_code(self) -> bool:
        """Whether anything can be scanned of it."""
        return self.digest is not None or bool(self.old_codes)


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done for one sale. `before` is None for a new ticket; `parts` names what changes.

    `text` is the T1 that was sealed for it now. `dropped` are old codes that no longer open a door.
    """

    what: What
    sale: Sale
    before: Known | None
    claims: Claims
    digest: CodeDigest | None
    denial: Denial | None
    text: str | None = field(default=None, repr=False)
    put: tuple[Put, ...] = ()
    dropped: tuple[CodeDigest, ...] = ()
    parts: tuple[str, ...] = ()
    is_kept_out: bool = False
    """A canceled sale that the ledger never knew, and that nobody could scan: there is nothing to do."""

    @property
    def is_sealed_now(self) -> bool:
        """Whether somebody must be handed a new code."""
        return self.text is not None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A T1 and its digest."""

    text: str = field(repr=False)
    digest: CodeDigest


@dataclass(frozen=True, slots=True)
class Maker:
    """How new codes come about: the key that seals (`NO_KID` where the event's tickets are sold elsewhere)."""

    kid: KeyId
    window: tuple[int, int]
    seal: Callable[[Claims], Sealed]


def step_for_new(sale: Sale, maker: Maker, tid: TicketHandle) -> Step:
    """A ticket that the ledger does not have. `tid` is random, for a ticket that has none yet."""
    denial = Denial(EVERY_GEN, DenialReason.UNPAID) if sale.is_unpaid else None
    if sale.is_canceled:
        denial = Denial(EVERY_GEN, DenialReason.CANCELED)
    if isinstance(sale.code, OwnCode):
        return Step(What.NEW, sale, None, sale.code.claims, sale.code.digest, denial)
    nbf, exp = _window(sale, maker.window)
    claims = Claims(0, maker.kid, tid, 0, sale.cls, nbf, exp)
    if sale.is_canceled and sale.code is None:
        return Step(What.UNCHANGED, sale, None, claims, None, denial, is_kept_out=True)
    put = (Put(sale.code.digest, sale.code.form, 0),) if sale.code else ()
    if maker.kid == NO_KID:
        return Step(What.NEW, sale, None, claims, None, denial, put=put)
    sealed = maker.seal(claims)
    return Step(What.NEW, sale, None, claims, sealed.digest, denial, text=sealed.text, put=put)


def step_for_known(sale: Sale, known: Known, source: str, maker: Maker) -> Step | RefusedRow:
    """A ticket that the ledger has.

    1. an edition that is newer than ours, where the shop shows one
    2. its class and its window; where a T1 says them, they want a new edition
    3. its old code: one more, or another in the place of those that there were
    4. the name and the order, the shop's own reference
    5. paid, or not yet
    6. canceled, or back again
    """
    step = Step(What.UNCHANGED, sale, known, known.claims, known.digest, known.denial)
    step = _with_newer_edition(step, known)  # (1)
    renewed = _with_terms(step, known, maker)  # (2)
    if isinstance(renewed, RefusedRow):
        return renewed
    step = _with_code(renewed, known)  # (3)
    parts = [*step.parts, *_parts_of_person(sale, known)]  # (4)
    if sale.ref is not None and (known.source, known.ref) != (source, sale.ref):
        parts.append("reference")
    if parts:
        step = replace(step, what=What.CHANGED, parts=tuple(parts))
    step = _with_payment(step)  # (5)
    return _with_cancel(step, known)  # (6)


def reissued(known: Known, maker: Maker) -> Step:
    """A new edition of a ticket: all codes that there were end, old ones too.

    Raises ValueError for the last edition: a caller's mistake.
    """
    sale = Sale(0, known.ref, None, ClassId(known.claims.cls))
    step = Step(What.CHANGED, sale, known, known.claims, known.digest, known.denial)
    return _new_edition(step, known, known.claims, maker)


def canceled(known: Known) -> Step:
    """A ticket that its shop no longer has."""
    sale = Sale(0, known.ref, None, ClassId(known.claims.cls), is_canceled=True)
    return _with_cancel(Step(What.UNCHANGED, sale, known, known.claims, known.digest, known.denial), known)


def lifted(known: Known, reason: DenialReason) -> Step:
    """A ticket whose denial for this reason is taken back; editions before the newest stay revoked."""
    sale = Sale(0, known.ref, None, ClassId(known.claims.cls))
    step = Step(What.UNCHANGED, sale, known, known.claims, known.digest, known.denial)
    if not is_denied_for_good(known.denial) or known.denial is None or known.denial.reason is not reason:
        return step
    return replace(step, what=What.RESTORED, denial=_denial_of_older(known.claims))


def _denial_of_older(claims: Claims) -> Denial | None:
    return Denial(claims.gen, DenialReason.REVOKED) if claims.gen else None


def _with_payment(step: Step) -> Step:
    """An order that is paid now, or not any more. What was canceled or blocked stays so, paid or not."""
    denial, is_unpaid = step.denial, step.sale.is_unpaid
    was_unpaid = denial is not None and denial.reason is DenialReason.UNPAID
    if is_unpaid == was_unpaid or step.sale.is_canceled or (is_denied_for_good(denial) and not was_unpaid):
        return step
    now = Denial(EVERY_GEN, DenialReason.UNPAID) if is_unpaid else _denial_of_older(step.claims)
    return replace(step, what=What.CHANGED, denial=now, parts=(*step.parts, "payment"))


def is_denied_for_good(denial: Denial | None) -> bool:
    """Whether no edition of a ticket counts."""
    return denial is not None and denial.min_gen >= EVERY_GEN


def _window(sale: Sale, otherwise: tuple[int, int]) -> tuple[int, int]:
    return (otherwise[0] if sale.nbf is None else sale.nbf, otherwise[1] if sale.exp is None else sale.exp)


def is_judged_anew(step: Step) -> bool:
    """Whether what doors said of a ticket may count otherwise from now on."""
    before = step.before
    return before is not None and (step.claims, step.denial) != (before.claims, before.denial)


def _with_newer_edition(step: Step, known: Known) -> Step:
    code = step.sale.code
    if not isinstance(code, OwnCode) or code.claims.gen <= known.claims.gen:
        return step
    return replace(step, claims=code.claims, digest=code.digest, parts=("edition",))


def _with_terms(step: Step, known: Known, maker: Maker) -> Step | RefusedRow:
    sale = step.sale
    if isinstance(sale.code, OwnCode):
        return step  # they are sealed in it
    before = known.claims
    nbf, exp = _window(sale, (before.nbf, before.exp))
    if (sale.cls, nbf, exp) == (before.cls, before.nbf, before.exp):
        return step
    wanted = replace(before, cls=sale.cls, nbf=nbf, exp=exp)
    parts = [] if wanted.cls == before.cls else ["class"]
    parts += [] if (nbf, exp) == (before.nbf, before.exp) else ["window"]
    step = replace(step, parts=(*step.parts, *parts))
    if before.kid == NO_KID:
        return replace(step, claims=wanted)
    if before.gen >= LAST_GEN:
        return RefusedRow(sale.line, f"it was reissued {LAST_GEN} times", "cancel it and sell a new one", sale.ref)
    still_good = [replace(old, gen=before.gen + 1) for old in known.old_codes.values() if _counts(known, old.gen)]
    return replace(_new_edition(step, known, wanted, maker), put=tuple(still_good))


def _new_edition(step: Step, known: Known, wanted: Claims, maker: Maker) -> Step:
    claims = replace(wanted, kid=maker.kid, gen=known.claims.gen + 1)
    if claims.gen > LAST_GEN:
        raise ValueError("a ticket has 256 editions")
    sealed = maker.seal(claims)
    denial = known.denial if is_denied_for_good(known.denial) else Denial(claims.gen, DenialReason.REVOKED)
    return replace(step, claims=claims, digest=sealed.digest, denial=denial, text=sealed.text)


def _counts(known: Known, gen: int) -> bool:
    """Whether a code of that edition opens doors, a cancel apart: that can be taken back."""
    denial = known.denial
    return denial is None or is_denied_for_good(denial) or not denial.refuses(gen)


def _with_code(step: Step, known: Known) -> Step:
    code = step.sale.code
    if not isinstance(code, OldCode) or code.digest in known.old_codes:
        return step
    dropped = tuple(old.digest for old in known.old_codes.values() if _counts(known, old.gen))
    put = (Put(code.digest, code.form, step.claims.gen),)
    return replace(step, put=put, dropped=dropped, parts=(*step.parts, "code"))


def _parts_of_person(sale: Sale, known: Known) -> list[str]:
    parts = [] if sale.name is None or sale.name == (known.name or "") else ["name"]
    parts += [] if sale.order is None or sale.order == (known.order or "") else ["order"]
    return parts if sale.email is None or sale.email == (known.email or "") else [*parts, "email"]


def _with_cancel(step: Step, known: Known) -> Step:
    is_denied = is_denied_for_good(known.denial)
    if step.sale.is_canceled:
        if is_denied and known.denial is not None and known.denial.reason is not DenialReason.UNPAID:
            return step
        return replace(step, what=What.CANCELED, denial=Denial(EVERY_GEN, DenialReason.CANCELED))
    if not is_denied or known.denial is None or known.denial.reason is not DenialReason.CANCELED:
        return step
    return replace(step, what=What.RESTORED, denial=_denial_of_older(step.claims))


def superseded(step: Step) -> Put | None:
    """The T1 of the edition before, as a server still has to know it."""
    before = step.before
    if before is None or before.digest is None or before.digest == step.digest:
        return None
    return Put(before.digest, T1_FORM, before.claims.gen)
