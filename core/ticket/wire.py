"""The T1 text and its bytes: a total parser and its inverse.

Owns the frozen wire format (docs/ticket-format.md): 24 header bytes and a seal, base32 behind `T1:`, an optional
rotating proof. Refuses to judge: nothing here knows a key or the time, and nothing but the shape, the version and
the reserved bits is looked at.
"""

import base64
import re
import struct
from dataclasses import dataclass, field

from core.model.ids import ClassId, CodeDigest, KeyId, TicketHandle
from core.model.outcomes import Outcome
from core.ticket import seal

PREFIX = "T1:"
MAX_TEXT = 512
"""Characters that a code may have after the transport's marks are gone; a longer one is nobody's ticket."""

ROTATING = 0b0001
LISTED = 0b0010
_RESERVED = 0b1100
_VERSION = 1

DOMAIN = b"event-ticket/v1\x00"
_HEADER = struct.Struct(">BI8sBHII")
HEADER_BYTES = _HEADER.size

_ECI_MARK = re.compile(r"\\[0-9]{6}")
_OTHER_PREFIX = re.compile(r"T[0-9]{1,3}:")
_BODY_LENGTHS = {64, 141}
"""Base32 characters of 40 and 88 bytes: a header with a 128-bit tag, or with an Ed25519 signature."""
_SHAPE = re.compile(r"T1:([A-Z2-7]+)(?:\.([0-9]{10})\.([0-9]{8}))?")


@dataclass(frozen=True, slots=True)
class Flaw:
    """A text that is no sound code: what the door says, and the number of the check that refused it."""

    outcome: Outcome
    step: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What a ticket claims, unproven until its seal is checked. `nbf` and `exp` are unix seconds."""

    flags: int
    kid: KeyId
    tid: TicketHandle
    gen: int
    cls: ClassId
    nbf: int
    exp: int

    @property
    def is_rotating(self) -> bool:
        """Bit 0, R: a rotating proof must come with the code."""
        return bool(self.flags & ROTATING)

    @property
    def must_be_listed(self) -> bool:
        """Bit 1, L: the code counts only while it is on the allow list."""
        return bool(self.flags & LISTED)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a screen shows behind a rotating code: its own unix seconds and 8 digits."""

    at_s: int
    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Code:
    """A well-shaped T1 code: its header as claims and as bytes, its seal, its proof where it has one."""

    claims: Claims
    header: bytes
    auth: bytes = field(repr=False)
    proof: Proof | None

    @property
    def digest(self) -> CodeDigest:
        """What stands for this code on lists: 16 bytes of SHA-256 over the domain and the body."""
        return CodeDigest(seal.sha256(DOMAIN + self.header + self.auth)[:16])


def strip_transport(text: str) -> str:
    """Without one leading ECI marker (backslash and six digits) and one trailing CRLF, CR or LF (check 1)."""
    if _ECI_MARK.match(text):
        text = text[7:]
    if text.endswith("\r\n"):
        return text[:-2]
    return text[:-1] if text.endswith(("\r", "\n")) else text


def parse(text: str) -> Code | Flaw:
    """The code that a text spells, or its flaw. Total: any string has an answer. Numbers are those of the checks.

    1. the transport's marks are stripped; then at most 512 characters, printable ASCII for a T1
    2. the prefix says whose it is
    3. exact shape and alphabet; decoded and encoded again it is the same text
    4. version 1, no reserved bit
    """
    text = strip_transport(text)  # (1)
    if len(text) > MAX_TEXT or "\x00" in text or not _is_utf8(text):
        return Flaw(Outcome.NOT_A_TICKET, 1)
    if text.startswith(PREFIX):  # (2)
        if not (text.isascii() and text.isprintable()):
            return Flaw(Outcome.NOT_A_TICKET, 1)
        return _parse_t1(text)
    if _OTHER_PREFIX.match(text):
        return Flaw(Outcome.UPDATE_REQUIRED, 2)
    return Flaw(Outcome.NOT_A_TICKET, 2)


def _parse_t1(text: str) -> Code | Flaw:
    shape = _SHAPE.fullmatch(text)  # (3)
    if shape is None or len(shape[1]) not in _BODY_LENGTHS:
        return Flaw(Outcome.DAMAGED_CODE, 3)
    body = _decode(shape[1])
    if _encode(body) != shape[1]:
        return Flaw(Outcome.DAMAGED_CODE, 3)
    flags = body[0] & 0x0F
    if body[0] >> 4 != _VERSION or flags & _RESERVED:  # (4)
        return Flaw(Outcome.UPDATE_REQUIRED, 4)
    proof = Proof(int(shape[2]), shape[3]) if shape[2] else None
    return Code(unpack(body[:HEADER_BYTES]), body[:HEADER_BYTES], body[HEADER_BYTES:], proof)


def unpack(header: bytes) -> Claims:
    """The claims of 24 header bytes of version 1."""
    first, kid, tid, gen, cls, nbf, exp = _HEADER.unpack(header)
    return Claims(first & 0x0F, KeyId(kid), TicketHandle(tid), gen, ClassId(cls), nbf, exp)


def pack(claims: Claims) -> bytes:
    """The 24 header bytes of claims. Raises ValueError when a number does not fit its field."""
    if claims.flags & ~(ROTATING | LISTED):
        raise ValueError("flags beyond R and L are reserved")
    if len(claims.tid) != 8:
        raise ValueError("a tid is 8 bytes")
    try:
        return _HEADER.pack(
            _VERSION << 4 | claims.flags,
            claims.kid,
            claims.tid,
            claims.gen,
            claims.cls,
            claims.nbf,
            claims.exp,
        )
    except struct.error as err:
        raise ValueError(f"a claim does not fit its field: {err}") from err


def spell(header: bytes, auth: bytes, proof: Proof | None = None) -> str:
    """The text of a code: the inverse of `parse`."""
    text = PREFIX + _encode(header + auth)
    return text if proof is None else f"{text}.{proof.at_s:010d}.{proof.digits}"


def digest_of_stranger(text: str) -> CodeDigest:
    """What the journal keeps of a text without an authentic tid: 16 bytes, from which the text can't be read back."""
    return CodeDigest(seal.sha256(b"doorlight/code\x00" + text.encode("utf-8", "surrogatepass"))[:16])


def _decode(body: str) -> bytes:
    return base64.b32decode(body + "=" * (-len(body) % 8))


def _encode(body: bytes) -> str:
    return base64.b32encode(body).decode("ascii").rstrip("=")


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
