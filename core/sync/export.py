"""What travels on a stick: a kiosk's queue, sealed to the server, and a spare kiosk, locked under a code.

Owns the form of both files. Total: whatever lies on a stick is one of them, or a `Flaw`. Chance is an argument.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.model.ids import DeviceId, EventId, GateId
from core.model.moments import LATEST_MS
from core.sync.enrolment import letters_of
from core.sync.messages import MAX_BATCH_BYTES
from core.sync.signing import about_queue
from core.ticket import seal
from core.ticket.keyring import VerifyProfile

MAX_QUEUE_BYTES = 64 * 1024 * 1024
MAX_FACTS = 1_000_000
MAX_RECORD_BYTES = MAX_BATCH_BYTES
MAX_PLAIN_BYTES = 1024 * 1024 * 1024
"""What a queue may unpack to: a million facts of a kilobyte. A few kilobytes of zeros unpack to more."""
MAX_KIT_BYTES = 16 * 1024
MANIFEST_FILE, SIGNATURE_FILE, FILES_FOLDER = "manifest.json", "manifest.sig", "files"
"""The folder form of a manifest: its bytes, its signature in hex, and its lists' files by their SHA-256 in hex."""
_VERSION = 1
_MOST_HEADER = 512
_PIECE = 256 * 1024
_SPARE = b"doorlight/spare/v1\x00"


class Flaw(StrEnum):
    """Why a file from a stick can't be used."""

    FOREIGN = "foreign"
    """It is no such file at all."""
    NEWER = "newer"
    """A later program wrote it."""
    TOO_LARGE = "too_large"
    DAMAGED = "damaged"
    """Its bytes changed on the way, or were cut."""
    WRONG_CODE = "wrong_code"
    WRONG_SIGNATURE = "wrong_signature"
    """Another device wrote it, or somebody changed it."""
    OTHER_SERVER = "other_server"
    """It is sealed to another server's key."""


# --- the queue ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QueueHeader:
    """Whose queue it is, when it was written (unix milliseconds), and how many facts it holds."""

    event: EventId
    device: DeviceId
    made_at_ms: int
    facts: int


@dataclass(frozen=True, slots=True)
class OpenedQueue:
    """A queue that is the device's own, whole, and within its bounds."""

    header: QueueHeader
    packed: bytes = field(repr=False)

    def records(self) -> Iterator[dict[str, Any]]:
        """The facts' records, in the order in which the kiosk wrote them; one at a time in memory."""
        for line in _lines(self.packed):
            yield json.loads(line)


def sealed_queue(
    header: QueueHeader, records: Iterable[bytes], *, server_key: bytes, signing_private: bytes, ephemeral: bytes
) -> bytes | Flaw:
    """A kiosk's queue as a file: a header line, the packed records sealed to the server, the device's signature.

    `records` are canonical JSON (RFC 8785), as many as the header says; `ephemeral` is a fresh X25519 private key. The
    only flaw is TOO_LARGE: then the queue is written in several files.
    """
    packer = zlib.compressobj()
    packed = b"".join(packer.compress(record + b"\n") for record in records) + packer.flush()
    fields = {"v": _VERSION, "event": header.event.hex, "device": header.device.hex}
    fields |= {"made_at_ms": header.made_at_ms, "facts": header.facts}
    line = json.dumps({"doorlight-queue": fields}, separators=(",", ":")).encode() + b"\n"
    about = about_queue(header.event, header.device)
    body = line + seal.seal_to(server_key, packed, ephemeral=ephemeral, about=about)
    whole = body + seal.ed25519_sign(signing_private, about + body)
    return Flaw.TOO_LARGE if len(whole) > MAX_QUEUE_BYTES or header.facts > MAX_FACTS else whole


def queue_header(data: bytes) -> QueueHeader | Flaw:
    """Whose queue a file says it is; to be believed after `open_queue`."""
    if len(data) > MAX_QUEUE_BYTES:
        return Flaw.TOO_LARGE
    line, is_whole, _ = data[:_MOST_HEADER].partition(b"\n")
    try:
        fields = json.loads(line)["doorlight-queue"]
        if _is_newer(fields["v"]):
            return Flaw.NEWER
        made_at_ms, facts = fields["made_at_ms"], fields["facts"]
        header = QueueHeader(_event(fields["event"]), _device(fields["device"]), made_at_ms, facts)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Flaw.FOREIGN
    if not is_whole or not (_is_count(made_at_ms, LATEST_MS) and _is_count(facts, MAX_FACTS)):
        return Flaw.FOREIGN
    return header


def open_queue(data: bytes, *, server_private: bytes, signing_key: bytes) -> OpenedQueue | Flaw:
    """A queue's facts; `signing_key` is the Ed25519 public key of the device that the header names.

    1. the header
    2. the device's signature over everything before it
    3. the seal
    4. the content: JSON objects, as many as the header says, within every bound; nothing is applied of half a file
    """
    header = queue_header(data)  # (1)
    if isinstance(header, Flaw):
        return header
    about = about_queue(header.event, header.device)
    body, signature = data[: -seal.SIGNATURE_BYTES], data[-seal.SIGNATURE_BYTES :]
    if not seal.is_ed25519_signature(signing_key, about + body, signature):  # (2)
        return Flaw.WRONG_SIGNATURE
    packed = seal.open_sealed(server_private, body[body.index(b"\n") + 1 :], about=about)  # (3)
    if packed is None:
        return Flaw.OTHER_SERVER
    try:
        is_object = [_is_object(line) for line in _lines(packed)]  # (4)
    except _BrokenError as broken:
        return broken.flaw
    return OpenedQueue(header, packed) if all(is_object) and len(is_object) == header.facts else Flaw.DAMAGED


class _BrokenError(ValueError):
    """A queue whose content breaks a bound or its form. Never leaves this module."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def _lines(packed: bytes) -> Iterator[bytes]:
    """The unpacked lines, in bounded memory."""
    rest, size, count = b"", 0, 0
    for piece in _unpacked(packed):
        *lines, rest = (rest + piece).split(b"\n")
        size += len(piece)
        count += len(lines)
        if size > MAX_PLAIN_BYTES or count > MAX_FACTS or max(map(len, [*lines, rest])) > MAX_RECORD_BYTES:
            raise _BrokenError(Flaw.TOO_LARGE)
        yield from lines
    if rest:
        raise _BrokenError(Flaw.DAMAGED)


def _unpacked(packed: bytes) -> Iterator[bytes]:
    """The plain bytes in pieces, whatever they grow to."""
    unpacker = zlib.decompressobj()
    for start in range(0, len(packed), _PIECE):
        waiting, is_full = packed[start : start + _PIECE], True
        while (waiting or is_full) and not unpacker.eof:
            try:
                piece = unpacker.decompress(waiting, _PIECE)
            except zlib.error as err:
                raise _BrokenError(Flaw.DAMAGED) from err
            waiting, is_full = unpacker.unconsumed_tail, len(piece) == _PIECE
            yield piece
    if not unpacker.eof or unpacker.unused_data:
        raise _BrokenError(Flaw.DAMAGED)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


# --- a spare kiosk ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spare:
    """A kiosk that the server knows already: its credential, its private keys (X25519, Ed25519), whom it trusts."""

    device: DeviceId
    secret: str = field(repr=False)
    event: EventId
    event_name: str
    name: str
    gate: GateId
    incarnation: int
    root_key: bytes
    profile: VerifyProfile
    sealing_private: bytes = field(repr=False)
    signing_private: bytes = field(repr=False)


def spare_file_name(device: DeviceId) -> str:
    """How a kit's file is called."""
    return f"spare-{device.hex}.kit"


def locked_spare(spare: Spare, code: str, *, salt: bytes, nonce: bytes) -> bytes:
    """A spare kiosk as a file that opens with a code (80 bits) alone; `salt` has 16 bytes, `nonce` 12.

    `sum` tells a damaged file from a mistyped code.
    """
    fields = {
        "device": spare.device.hex,
        "secret": spare.secret,
        "event": spare.event.hex,
        "event_name": spare.event_name,
        "name": spare.name,
        "gate": spare.gate,
        "incarnation": spare.incarnation,
        "root_key": spare.root_key.hex(),
        "profile": spare.profile.value,
        "sealing_key": spare.sealing_private.hex(),
        "signing_key": spare.signing_private.hex(),
    }
    key = seal.stretched(letters_of(code), salt)
    locked = seal.lock(key, json.dumps(fields).encode(), nonce=nonce, about=_SPARE)
    told = {"v": _VERSION, "device": spare.device.hex, "salt": salt.hex(), "kit": base64.b64encode(locked).decode()}
    told["sum"] = seal.sha256(salt + locked).hex()
    return json.dumps({"doorlight-spare": told}).encode() + b"\n"


def open_spare(kit: bytes, code: str) -> Spare | Flaw:
    """The spare kiosk of a kit; the inverse of `locked_spare`. Takes a tenth of a second: the code is stretched."""
    if len(kit) > MAX_KIT_BYTES:
        return Flaw.TOO_LARGE
    try:
        told = json.loads(kit)["doorlight-spare"]
        if _is_newer(told["v"]):
            return Flaw.NEWER
        device = _device(told["device"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Flaw.FOREIGN
    try:
        salt, locked = bytes.fromhex(told["salt"]), base64.b64decode(told["kit"], validate=True)
        is_whole = bytes.fromhex(told["sum"]) == seal.sha256(salt + locked)
    except (ValueError, TypeError, KeyError):
        return Flaw.DAMAGED
    if not is_whole:
        return Flaw.DAMAGED
    plain = seal.unlock(seal.stretched(letters_of(code), salt), locked, about=_SPARE)
    if plain is None:
        return Flaw.WRONG_CODE
    spare = _spare(plain)
    return spare if spare is not None and spare.device == device else Flaw.DAMAGED


def _spare(plain: bytes) -> Spare | None:
    try:
        fields = json.loads(plain)
        spare = Spare(
            device=_device(fields["device"]),
            secret=str(fields["secret"]),
            event=_event(fields["event"]),
            event_name=str(fields["event_name"]),
            name=str(fields["name"]),
            gate=GateId(str(fields["gate"])),
            incarnation=int(fields["incarnation"]),
            root_key=bytes.fromhex(fields["root_key"]),
            profile=VerifyProfile(fields["profile"]),
            sealing_private=bytes.fromhex(fields["sealing_key"]),
            signing_private=bytes.fromhex(fields["signing_key"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    keys = (spare.root_key, spare.sealing_private, spare.signing_private)
    return spare if all(len(key) == seal.KEY_BYTES for key in keys) else None


def _is_newer(version: object) -> bool:
    """Whether a file is of a later version. Raises ValueError for what is no version of ours."""
    if type(version) is not int or version < _VERSION:
        raise ValueError("no version")
    return version > _VERSION


def _is_count(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _event(text: str) -> EventId:
    return EventId(_uuid(text))


def _device(text: str) -> DeviceId:
    return DeviceId(_uuid(text))


def _uuid(text: str) -> UUID:
    return UUID(bytes=bytes.fromhex(text))
