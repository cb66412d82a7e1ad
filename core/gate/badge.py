"""A staff badge: a QR code that says who comes on shift.

Owns its text and the proof in it. A kiosk holds the hash of each badge's secret alone, so that whoever opens a kiosk
can print none. A badge is as good as a key: the organizer makes a new one, and the old one ends, by another PIN.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.gate.operators import Operator
from core.ticket import seal

PREFIX = "DLBADGE1."
"""No ticket of any shop begins so; a newer form has another number."""
SECRET_BYTES = 16
MOST_CHARACTERS = 128


@dataclass(frozen=True, slots=True)
class Badge:
    """What is on a badge: an operator's id (hex), and 16 secret bytes."""

    operator: str
    secret: bytes = field(repr=False)


def is_badge(text: str) -> bool:
    """Whether a code is a badge, good or not: never a ticket, and never shown as a foreign code."""
    return text.startswith(PREFIX)


def badge_text(badge: Badge) -> str:
    """The text of the QR code."""
    return PREFIX + badge.operator + "." + base64.b32encode(badge.secret).decode().rstrip("=")


def badge_from(text: str) -> Badge | None:
    """The badge of a text, or None where it is none. Total."""
    if not is_badge(text) or len(text) > MOST_CHARACTERS or not text.isascii():
        return None
    operator, _, told = text.removeprefix(PREFIX).partition(".")
    try:
        secret = base64.b32decode(told + "=" * (-len(told) % 8))
    except ValueError:
        return None
    return Badge(operator, secret) if len(secret) == SECRET_BYTES else None


def hash_of(secret: bytes) -> bytes:
    """What a kiosk holds of a badge: SHA-256, 32 bytes. The secret is random: nothing is guessed from it."""
    return seal.sha256(b"doorlight/badge/v1\x00" + secret)


def secret_of(key: bytes, operator: str, verifier: str) -> bytes:
    """The secret of somebody's badge, from the event's badge key (32 bytes) and the record of their PIN of now."""
    return seal.hmac(key, f"{operator}\x00{verifier}".encode())[:SECRET_BYTES]


def whose(badge: Badge, staff: Iterable[Operator]) -> Operator | None:
    """Whose badge it is, among the staff of now; None for a badge that is nobody's, or no longer good."""
    told = hash_of(badge.secret)
    for each in staff:
        if each.id == badge.operator and seal.are_equal(told, each.badge):
            return each
    return None
