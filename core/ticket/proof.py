"""Rotating proofs: RFC 6238 with 30 s steps, 8 digits and SHA-1, as a Google Wallet rotating barcode shows them."""

from core.ticket import seal
from core.ticket.wire import Claims

STEP_S = 30
TOLERANCE_S = 30
"""How far a screen's clock may be from the door's."""
WIDEST_TOLERANCE_S = 120
"""Beyond this the door's own clock is too unsure to tell a live screen from a screenshot."""
SECRET_BYTES = 20


def secret_of(rotating_key: bytes, claims: Claims) -> bytes:
    """The 20-byte secret of one ticket: HKDF-Expand-SHA-256(rotating key, `rot` 00 tid gen)."""
    info = b"rot\x00" + claims.tid + claims.gen.to_bytes(1)
    return seal.hkdf_expand(rotating_key, info=info, length=SECRET_BYTES)


def step_at(at_s: int) -> int:
    """The number of the 30 s step that holds a unix second."""
    return at_s // STEP_S


def digits_at(secret: bytes, at_s: int) -> str:
    """The 8 digits that a screen shows at a unix second."""
    return seal.totp_digits(secret, step_at(at_s))
