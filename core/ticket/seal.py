"""Every cryptographic primitive of Doorlight, and nothing else.

Owns the calls into `cryptography` and `hashlib`; no other file in `core` may import them. Each function takes bytes
and returns bytes or a truth: what they mean is decided by its callers.
"""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import constant_time, hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

TAG_BYTES = 16
SIGNATURE_BYTES = 64
_TOTP_DIGITS = 8


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4): 32 bytes."""
    return hashlib.sha256(data).digest()


def hmac_tag(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) cut to its first 128 bits (RFC 2104, section 5): 16 bytes."""
    return _hmac_sha256(key, message)[:TAG_BYTES]


def is_hmac_tag(key: bytes, message: bytes, tag: bytes) -> bool:
    """Whether `tag` is the 128-bit tag of `message`, in time that does not depend on where they differ."""
    return constant_time.bytes_eq(hmac_tag(key, message), tag)


def ed25519_public(private: bytes) -> bytes:
    """The 32-byte public key of a 32-byte private key (RFC 8032, section 5.1.5)."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def ed25519_sign(private: bytes, message: bytes) -> bytes:
    """The 64-byte Ed25519 signature (RFC 8032, section 5.1.6)."""
    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


def is_ed25519_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is a signature of `message`; False too when the key or the signature has no right shape."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def hkdf(secret: bytes, *, salt: bytes, info: bytes, length: int = 32) -> bytes:
    """HKDF-SHA-256, extract and expand (RFC 5869)."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def hkdf_expand(key: bytes, *, info: bytes, length: int) -> bytes:
    """HKDF-Expand-SHA-256 alone (RFC 5869, section 2.3), for a key that is already uniform."""
    return HKDFExpand(algorithm=hashes.SHA256(), length=length, info=info).derive(key)


def totp_digits(secret: bytes, step: int) -> str:
    """The 8 digits of one time step: HOTP with SHA-1 (RFC 4226, section 5.3) as RFC 6238 uses it.

    SHA-1 is what wallets know; HMAC-SHA-1 with a 160-bit secret is not touched by SHA-1's collisions.
    """
    mac = HMAC(secret, hashes.SHA1())  # noqa: S303 — RFC 6238 with Google Wallet's parameters
    mac.update(step.to_bytes(8))
    digest = mac.finalize()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**_TOTP_DIGITS:0{_TOTP_DIGITS}d}"


def are_equal(left: bytes, right: bytes) -> bool:
    """Equality in time that depends on the lengths alone."""
    return constant_time.bytes_eq(left, right)


def _hmac_sha256(key: bytes, message: bytes) -> bytes:
    mac = HMAC(key, hashes.SHA256())
    mac.update(message)
    return mac.finalize()
