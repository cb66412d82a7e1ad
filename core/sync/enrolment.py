"""How a computer becomes a kiosk: the organizer's QR code, and six digits that both sides show.

Owns the QR's text and the digits. Total: a QR from outside is an invitation or the reason why it is none.
"""

import json
from dataclasses import dataclass, field

from core.model.moments import Millis
from core.ticket import seal

_VERSION = 1
_MOST_TEXT = 1024
_DIGITS = 6
_LOOKALIKES = str.maketrans("018", "OIB")
"""No code has these digits: base32 leaves them out because they are read as these letters (RFC 4648, section 6)."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the organizer shows a kiosk: where, with which one-time code, until when, and whom to trust.

    `root` is the SHA-256 of the installation's root key (32 bytes): whoever answers with another key is somebody else.
    """

    url: str
    code: str = field(repr=False)
    expires_at_ms: Millis
    root: bytes


@dataclass(frozen=True, slots=True)
class NoInvitation:
    """A text that is no enrolment code. `is_newer`: it is one of a later program, so update this one."""

    is_newer: bool = False


def text_of(invitation: Invitation) -> str:
    """The text of an enrolment QR."""
    fields = {
        "v": _VERSION,
        "url": invitation.url,
        "code": invitation.code,
        "exp": int(invitation.expires_at_ms),
        "root": invitation.root.hex(),
    }
    return json.dumps({"doorlight": fields}, separators=(",", ":"))


def invitation_from(text: str) -> Invitation | NoInvitation:
    """The invitation of a QR's text; the inverse of `text_of`."""
    if len(text) > _MOST_TEXT or not text.startswith("{"):
        return NoInvitation()
    try:
        told = json.loads(text)
        fields = told["doorlight"]
        version = fields["v"]
        if isinstance(version, int) and version > _VERSION:
            return NoInvitation(is_newer=True)
        root = bytes.fromhex(fields["root"])
        invitation = Invitation(str(fields["url"]), str(fields["code"]), Millis(int(fields["exp"])), root)
    except (ValueError, TypeError, KeyError, RecursionError):
        return NoInvitation()
    is_whole = len(root) == seal.KEY_BYTES and invitation.url.startswith(("https://", "http://"))
    return invitation if is_whole and version == _VERSION else NoInvitation()


def fingerprint_of(root_key: bytes) -> bytes:
    """What stands for a root key in an invitation: its SHA-256 (32 bytes)."""
    return seal.sha256(root_key)


def letters_of(code: str) -> str:
    """What counts of a code that somebody typed: its letters in upper case, with the digits that look like them."""
    return "".join(char for char in code.upper().translate(_LOOKALIKES) if char.isalnum())


def six_digits(code: str, root_key: bytes, sealing_key: bytes, signing_key: bytes) -> str:
    """What both screens show: SHA-256(code ‖ root key ‖ device keys) mod 10^6, in two groups of three.

    The code counts by its letters alone, so that typing and scanning it give the same digits.
    """
    digest = seal.sha256(letters_of(code).encode() + root_key + sealing_key + signing_key)
    number = int.from_bytes(digest) % 10**_DIGITS
    return f"{number // 1000:03d} {number % 1000:03d}"
