"""Every cryptographic primitive of Doorlight, and nothing else.

Owns the calls into `cryptography` and `hashlib`; no other file in `core` may import them. Each function takes bytes
and returns bytes or a truth: what they mean is decided by its callers.
"""

import base64
import hashlib

from cryptography.exceptions import InvalidKey, InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import constant_time, hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

TAG_BYTES = 16
SIGNATURE_BYTES = 64
KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**15, 8, 1
"""32 MiB and about a tenth of a second: what a guess at a passphrase costs (RFC 7914, section 2)."""
ARGON2_KIB, ARGON2_PASSES, ARGON2_LANES = 19 * 1024, 2, 1
"""The first choice of OWASP's Password Storage Cheat Sheet for Argon2id: 19 MiB, two passes, one lane.

Its other choices cost a thief of the database as much; this one lets a small server check several at once.
"""
_COSTS = f"$argon2id$v=19$m={ARGON2_KIB},t={ARGON2_PASSES},p={ARGON2_LANES}$"
_BOX_SALT = b"doorlight/box/v1"
_TOTP_DIGITS = 8
_WEAK_ED25519 = frozenset(
    bytes.fromhex(y)
    for y in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""The y of each point whose order divides 8, in every spelling that is read; the sign of x is left out."""


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4): 32 bytes."""
    return hashlib.sha256(data).digest()


def hmac_tag(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) cut to its first 128 bits (RFC 2104, section 5): 16 bytes."""
    return _hmac_sha256(key, message)[:TAG_BYTES]


def is_hmac_tag(key: bytes, message: bytes, tag: bytes) -> bool:
    """Whether `tag` is the 128-bit tag of `message`, in time that does not depend on where they differ."""
    return constant_time.bytes_eq(hmac_tag(key, message), tag)


def hmac(key: bytes, message: bytes) -> bytes:
    """The whole HMAC-SHA-256 (RFC 2104): 32 bytes."""
    return _hmac_sha256(key, message)


def is_hmac(key: bytes, message: bytes, digest: bytes) -> bool:
    """Whether `digest` is the whole HMAC-SHA-256 of `message` (32 bytes), compared in constant time."""
    return constant_time.bytes_eq(_hmac_sha256(key, message), digest)


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


def is_weak_ed25519(public: bytes) -> bool:
    """Whether a public key is a point of small order: then anybody signs for it, which RFC 8032 lets pass."""
    return public[:-1] + bytes([public[-1] & 0x7F]) in _WEAK_ED25519


def x25519_public(private: bytes) -> bytes:
    """The 32-byte public key of a 32-byte private key (RFC 7748, section 6.1)."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def lock(key: bytes, message: bytes, *, nonce: bytes, about: bytes) -> bytes:
    """AES-256-GCM (NIST SP 800-38D) under a 32-byte key: the 12-byte nonce, then ciphertext and 16-byte tag.

    `about` is authenticated and not stored: a message opens only for what it was made for. A nonce is random, and
    used once with a key.
    """
    return nonce + AESGCM(key).encrypt(nonce, message, about)


def unlock(key: bytes, locked: bytes, *, about: bytes) -> bytes | None:
    """The message of `lock`, or None when the key, the purpose or any byte is wrong."""
    try:
        return AESGCM(key).decrypt(locked[:NONCE_BYTES], locked[NONCE_BYTES:], about)
    except (InvalidTag, ValueError):
        return None


def seal_to(public: bytes, message: bytes, *, ephemeral: bytes, about: bytes) -> bytes:
    """A message that only the holder of an X25519 private key opens.

    32-byte ephemeral public key, then AES-256-GCM under HKDF-SHA-256 of the shared secret (RFC 7748, section 6.1) with
    both public keys and `about` as info. `ephemeral` is a fresh random private key (32 bytes), so that the nonce may be
    zero. Raises ValueError for a public key of small order.
    """
    ours = x25519_public(ephemeral)
    shared = X25519PrivateKey.from_private_bytes(ephemeral).exchange(X25519PublicKey.from_public_bytes(public))
    return ours + lock(_box_key(shared, ours, public, about), message, nonce=bytes(NONCE_BYTES), about=about)


def open_sealed(private: bytes, sealed: bytes, *, about: bytes) -> bytes | None:
    """The message of `seal_to`, or None when it was sealed to somebody else, for something else, or changed."""
    theirs, locked = sealed[:KEY_BYTES], sealed[KEY_BYTES:]
    try:
        shared = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(theirs))
    except ValueError:
        return None
    return unlock(_box_key(shared, theirs, x25519_public(private), about), locked, about=about)


def _box_key(shared: bytes, ephemeral: bytes, public: bytes, about: bytes) -> bytes:
    return hkdf(shared, salt=_BOX_SALT, info=ephemeral + public + about)


def stretched(passphrase: str, salt: bytes) -> bytes:
    """A 32-byte key of a passphrase: scrypt (RFC 7914) over its UTF-8, with a random 16-byte salt."""
    return Scrypt(salt=salt, length=KEY_BYTES, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase.encode())


def password_record(password: str, salt: bytes) -> str:
    """What is kept of a password: Argon2id (RFC 9106) over its UTF-8 with a random 16-byte salt, as a PHC string."""
    return _argon2(salt).derive_phc_encoded(password.encode())


def is_password(password: str, record: str) -> bool:
    """Whether a PHC string was made of this password, with whatever costs it names."""
    try:
        Argon2id.verify_phc_encoded(password.encode(), record)
    except (InvalidKey, ValueError):
        return False
    return True


def nobodys_record(salt: bytes, chance: bytes) -> str:
    """A PHC string of today's costs that was made of no password: 32 bytes of chance stand for the hash."""
    parts = (base64.b64encode(part).decode().rstrip("=") for part in (salt, chance))
    return _COSTS + "$".join(parts)


def has_todays_costs(record: str) -> bool:
    """Whether a PHC string was made as `password_record` makes it; another one should be made anew."""
    return record.startswith(_COSTS)


def _argon2(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=KEY_BYTES, iterations=ARGON2_PASSES, lanes=ARGON2_LANES, memory_cost=ARGON2_KIB)


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
