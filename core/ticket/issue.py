"""Sealing tickets: claims and a signing key become the text of a code."""

from core.ticket import seal
from core.ticket.keyring import Algorithm
from core.ticket.proof import digits_at
from core.ticket.verify import sealed_bytes
from core.ticket.wire import Claims, Proof, pack, spell


def issue(claims: Claims, algorithm: Algorithm, signing: bytes) -> str:
    """The T1 text of claims. `signing` is the 32-byte MAC key or the 32-byte Ed25519 private key.

    Raises ValueError when a claim does not fit its field.
    """
    header = pack(claims)
    message = sealed_bytes(algorithm, header)
    match algorithm:
        case Algorithm.HMAC_SHA256_128:
            return spell(header, seal.hmac_tag(signing, message))
        case Algorithm.ED25519:
            return spell(header, seal.ed25519_sign(signing, message))


def with_proof(text: str, secret: bytes, at_s: int) -> str:
    """A rotating code as a live screen shows it at a unix second: the text, its stamp and 8 digits."""
    proof = Proof(at_s, digits_at(secret, at_s))
    return f"{text}.{proof.at_s:010d}.{proof.digits}"
