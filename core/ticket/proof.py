"""Rotating proofs: RFC 6238 with 30 s steps, 8 digits and SHA-1, as a Google Wallet rotating barcode shows them."""

from core.model.ids import TicketHandle
from core.model.moments import Moment
from core.model.outcomes import Outcome
from core.ticket import seal
from core.ticket.wire import Claims, Proof

STEP_S = 30
TOLERANCE_S = 30
"""How far a screen's clock may be from the door's."""
WIDEST_TOLERANCE_S = 120
"""Beyond this the door's own clock is too unsure to tell a live screen from a screenshot."""
SECRET_BYTES = 20


def secret_of(rotating_key: bytes, claims: Claims) -> bytes:
    """The 20-byte secret of one ticket, by its claims."""
    return secret_for(rotating_key, claims.tid, claims.gen)


def secret_for(rotating_key: bytes, tid: TicketHandle, gen: int) -> bytes:
    """The 20-byte secret of one edition: HKDF-Expand-SHA-256(rotating key, `rot` 00 tid gen)."""
    info = b"rot\x00" + tid + gen.to_bytes(1)
    return seal.hkdf_expand(rotating_key, info=info, length=SECRET_BYTES)


def step_at(at_s: int) -> int:
    """The number of the 30 s step that holds a unix second."""
    return at_s // STEP_S


def digits_at(secret: bytes, at_s: int) -> str:
    """The 8 digits that a screen shows at a unix second."""
    return seal.totp_digits(secret, step_at(at_s))


def flaw_of(proof: Proof, secret: bytes, now: Moment, highest: int | None) -> Outcome | None:
    """Check 11 on a proof: its digits, its age, whether its step is above the `highest` one accepted of the ticket."""
    if not seal.are_equal(digits_at(secret, proof.at_s).encode(), proof.digits.encode()):
        return Outcome.BAD_PROOF
    tolerance_ms = TOLERANCE_S * 1000 + now.uncertainty_ms
    if now.is_suspect or tolerance_ms > WIDEST_TOLERANCE_S * 1000:
        return Outcome.CLOCK_UNTRUSTED
    is_stale = abs(now.at_ms - proof.at_s * 1000) > tolerance_ms
    is_repeated = highest is not None and step_at(proof.at_s) <= highest
    return Outcome.REPLAYED_CODE if is_stale or is_repeated else None
