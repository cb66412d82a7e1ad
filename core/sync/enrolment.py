"""How a computer becomes a kiosk: the organizer's QR code, proofs of the code in it, and six digits on both sides.

Owns the QR's text, what stands for its code on the way, and the digits. Total: a QR from outside is an invitation or
the reason why it is none.
"""

import json
from dataclasses import dataclass, field

from core.model.ids import DeviceId
from core.model.moments import Millis
from core.sync.messages import EnrolRequest
from core.ticket import seal

_VERSION = 1
_MOST_TEXT = 1024
_DIGITS = 6
_HANDLE = 4
_ENROL = b"doorlight/enrol/v1\x00"
_ENROLLED = b"doorlight/enrolled/v1\x00"
_LOOKALIKES = str.maketrans("018", "OIB")
"""No code has these digits: base32 leaves them out because they are read as these letters (RFC 4648, section 6)."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the organizer shows a kiosk: where, with which one-time code, until when, and whom to trust.

    `root` is the SHA-256 of the installation's root key (32 bytes): whoever answers with another key is somebody else.
    `ca` is that of its certificate authority, where its server has a certificate of its own making.
    """

    url: str
    code: str = field(repr=False)
    expires_at_ms: Millis
    root: bytes
    ca: bytes | None = None


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
        **({"ca": invitation.ca.hex()} if invitation.ca is not None else {}),
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
        ca = bytes.fromhex(fields["ca"]) if "ca" in fields else None
        invitation = Invitation(str(fields["url"]), str(fields["code"]), Millis(int(fields["exp"])), root, ca)
    except (ValueError, TypeError, KeyError, RecursionError):
        return NoInvitation()
    is_whole = len(root) == seal.KEY_BYTES and invitation.url.startswith(("https://", "http://"))
    is_whole &= ca is None or (len(ca) == seal.KEY_BYTES and invitation.url.startswith("https://"))
    return invitation if is_whole and version == _VERSION else NoInvitation()


def fingerprint_of(root_key: bytes) -> bytes:
    """What stands for a root key in an invitation: its SHA-256 (32 bytes)."""
    return seal.sha256(root_key)


def letters_of(code: str) -> str:
    """What counts of a code that somebody typed: its letters in upper case, with the digits that look like them."""
    return "".join(char for char in code.upper().translate(_LOOKALIKES) if char.isalnum())


def code_key(code: str) -> tuple[str, bytes]:
    """What a code is on the wire and what it proves: its first four letters, and SHA-256 of the others (32 bytes).

    The code counts by its letters alone, so that typing and scanning it give the same. The server keeps the key and
    not the letters; they are 80 random bits, so that nobody finds them by what was proven with them.
    """
    letters = letters_of(code)
    return letters[:_HANDLE], seal.sha256(letters[_HANDLE:].encode())


def enrol_bytes(handle: str, sealing_key: bytes, signing_key: bytes) -> bytes:
    """Under a kiosk's proof: `doorlight/enrol/v1` 00, the handle, 00, its public keys (32 bytes each)."""
    return _ENROL + handle.encode() + b"\x00" + sealing_key + signing_key


def enrolled_bytes(root_key: bytes, device: DeviceId, sealing_key: bytes, signing_key: bytes) -> bytes:
    """Under a server's proof: `doorlight/enrolled/v1` 00, root key (32 bytes), device (16), the kiosk's public keys."""
    return _ENROLLED + root_key + device.bytes + sealing_key + signing_key


def enrol_request(code: str, protocol: str, sealing_key: bytes, signing_key: bytes) -> EnrolRequest:
    """How a kiosk asks for its credential: the code's handle, its public keys, and the proof that binds them to it."""
    handle, key = code_key(code)
    proof = seal.hmac(key, enrol_bytes(handle, sealing_key, signing_key))
    return EnrolRequest(handle, protocol, sealing_key.hex(), signing_key.hex(), proof.hex())


def is_proven(key: bytes, message: bytes, proof_hex: str) -> bool:
    """Whether hex from outside is the proof of a message by a code's key; False for anything else."""
    try:
        proof = bytes.fromhex(proof_hex)
    except ValueError:
        return False
    return seal.is_hmac(key, message, proof)


def six_digits(handle: str, key: bytes, root_key: bytes, sealing_key: bytes, signing_key: bytes) -> str:
    """What both screens show: SHA-256(handle ‖ the code's key ‖ root key ‖ device keys) mod 10^6, as two groups."""
    digest = seal.sha256(handle.encode() + key + root_key + sealing_key + signing_key)
    number = int.from_bytes(digest) % 10**_DIGITS
    return f"{number // 1000:03d} {number % 1000:03d}"
