"""Keys of tickets: which algorithm, which event, what they are still good for.

Owns key derivation from the installation's master key and the states of a key's life. A key id pins algorithm,
event and state: a code never says how it wants to be checked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from core.model.ids import EventId, KeyId
from core.ticket import seal

_SALT = b"doorlight/v1"


class Algorithm(Enum):
    """The algorithms of T1 and the byte each of them puts under the seal."""

    HMAC_SHA256_128 = ("hmac-sha256-128", 1, seal.TAG_BYTES)
    ED25519 = ("ed25519", 2, seal.SIGNATURE_BYTES)

    def __init__(self, label: str, byte: int, auth_bytes: int) -> None:
        self.label = label
        self.byte = byte
        self.auth_bytes = auth_bytes

    @classmethod
    def named(cls, label: str) -> "Algorithm":
        """The algorithm of a label. Raises ValueError for an unknown one."""
        for algorithm in cls:
            if algorithm.label == label:
                return algorithm
        raise ValueError(f"unknown algorithm {label!r}")


class KeyState(StrEnum):
    """A key's life: seals and verifies, verifies, verifies what is listed, verifies nothing."""

    ACTIVE = "active"
    VERIFY_ONLY = "verify_only"
    LISTED_ONLY = "listed_only"
    REVOKED = "revoked"


class KeyUse(StrEnum):
    """What a derived key is for; part of the derivation, so that no key serves two ends."""

    MAC = "mac"
    ROTATING = "rot"
    LEGACY = "legacy"
    ATTENDEES = "attendees"
    WRAPPING = "wrap"
    AUDIT = "audit"
    BADGE = "badge"


NO_KID = KeyId(0)
"""In the derivation of keys that belong to an event and to no key id."""


class VerifyProfile(StrEnum):
    """How much a kiosk is trusted with: the same codes, three amounts of secrets."""

    MAC = "mac"
    LIST = "list"
    SIG = "sig"


SECRETS_OF: dict[VerifyProfile, frozenset[KeyUse]] = {
    VerifyProfile.MAC: frozenset({KeyUse.MAC, KeyUse.ROTATING, KeyUse.LEGACY, KeyUse.ATTENDEES}),
    VerifyProfile.LIST: frozenset({KeyUse.LEGACY, KeyUse.ATTENDEES}),
    VerifyProfile.SIG: frozenset({KeyUse.LEGACY, KeyUse.ATTENDEES}),
}
"""Which derived secrets are sealed to a kiosk of each profile.

The legacy key forges no T1; with the list it lets a thief try out short codes of a shop.
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as a verifier holds it. `verifying` is the MAC key or the public key (32 bytes), None if unknown."""

    kid: KeyId
    event: EventId
    algorithm: Algorithm
    state: KeyState
    verifying: bytes | None = field(default=None, repr=False)
    rotating: bytes | None = field(default=None, repr=False)


Keyring = Mapping[KeyId, Key]


def keyring_of(keys: Iterable[Key]) -> Keyring:
    """Keys by their id."""
    return {key.kid: key for key in keys}


def derive(master: bytes, use: KeyUse, event: EventId, kid: KeyId) -> bytes:
    """A 32-byte key: HKDF-SHA-256 (RFC 5869), salt `doorlight/v1`, info = use 00 event (RFC 9562 order) kid."""
    info = use.value.encode("ascii") + b"\x00" + event.bytes + kid.to_bytes(4)
    return seal.hkdf(master, salt=_SALT, info=info)


def check_value(master: bytes) -> bytes:
    """16 bytes that tell whether a master key is the one a database was made with, and nothing else about it."""
    return seal.hkdf(master, salt=_SALT, info=b"check-value", length=16)
