"""The file of a backup: JSON lines, compressed, in pieces, with a hash over all of it at its end.

Owns the container and nothing of what is in it. With a passphrase each piece is locked (scrypt, AES-256-GCM) and bound
to its place, so that none can be changed, moved or left out; without one the hash tells damage, not malice.

    DOORLIGHT-BACKUP 1 <plain|locked> <salt in hex>\\n
    pieces: 4 bytes length, content; a length of 0 ends them
    SHA-256 of everything before: 32 bytes
"""

import hashlib
import json
import secrets
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from app.errors import AppError
from core.ticket import seal

PIECE_BYTES = 256 * 1024
MAX_PIECE_BYTES = 4 * PIECE_BYTES
"""More is no piece of a backup."""
MAX_LINE_BYTES = 64 * 1024 * 1024
"""A part of a list has a megabyte at most; more than this is no row of ours, but a bomb."""
_MAGIC = b"DOORLIGHT-BACKUP 1 "
_MAX_HEADER = 128
_HASH_BYTES = 32
_PLAIN, _LOCKED = b"plain", b"locked"


class BackupBroken(AppError):
    """A file is no backup, or not a whole one; nothing of it was used."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("backup_broken", path=path, cause=cause)


class BackupLocked(AppError):
    """A backup's passphrase is missing or wrong."""

    def __init__(self, path: Path) -> None:
        super().__init__("backup_locked", path=path)


def packed(lines: Iterable[Any], passphrase: str | None) -> Iterator[bytes]:
    """The bytes of a backup file that holds these values, one JSON line each."""
    salt = secrets.token_bytes(seal.SALT_BYTES)
    key = None if passphrase is None else seal.stretched(passphrase, salt)
    whole = hashlib.sha256()

    def told(part: bytes) -> bytes:
        whole.update(part)
        return part

    yield told(_MAGIC + (_PLAIN if key is None else _LOCKED) + b" " + salt.hex().encode() + b"\n")
    for number, piece in enumerate(_pieces(_compressed(lines))):
        content = piece if key is None else _locked(key, piece, number)
        yield told(len(content).to_bytes(4) + content)
    yield told(bytes(4))
    yield whole.digest()


def unpacked(path: Path, passphrase: str | None) -> Iterator[Any]:
    """The values of a backup file, as `check` found them whole. Raises BackupBroken, BackupLocked."""
    try:
        with path.open("rb") as file:
            yield from _lines(path, _opened(path, file, passphrase))
    except OSError as err:
        raise BackupBroken(path, err.strerror or type(err).__name__) from err


def check(path: Path) -> None:
    """Reads the whole file and passes where its hash is right: before that nothing of it is used."""
    whole = hashlib.sha256()
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            if not file.read(len(_MAGIC)) == _MAGIC or size < len(_MAGIC) + _HASH_BYTES:
                raise BackupBroken(path, "it is no backup of Doorlight, or of a newer one")
            file.seek(0)
            left = size - _HASH_BYTES
            while left > 0 and (part := file.read(min(left, PIECE_BYTES))):
                whole.update(part)
                left -= len(part)
            if file.read(_HASH_BYTES + 1) != whole.digest():
                raise BackupBroken(path, "it was cut off or changed: its hash is another")
    except OSError as err:
        raise BackupBroken(path, err.strerror or type(err).__name__) from err


def _compressed(lines: Iterable[Any]) -> Iterator[bytes]:
    squeeze = zlib.compressobj(6)
    for line in lines:
        yield squeeze.compress(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    yield squeeze.flush()


def _pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for part in parts:
        held += part
        while len(held) >= PIECE_BYTES:
            yield bytes(held[:PIECE_BYTES])
            del held[:PIECE_BYTES]
    yield bytes(held)
    # the last piece is never a full one, so that a file without it can be told from one that ends there


def _locked(key: bytes, piece: bytes, number: int) -> bytes:
    return seal.lock(key, piece, nonce=secrets.token_bytes(seal.NONCE_BYTES), about=_about(number, piece))


def _about(number: int, piece_or_size: bytes | int) -> bytes:
    """Binds a piece to its place, and says whether it is the last."""
    size = piece_or_size if isinstance(piece_or_size, int) else len(piece_or_size)
    return b"doorlight/backup" + number.to_bytes(8) + (b"\x01" if size < PIECE_BYTES else b"\x00")


def _opened(path: Path, file: IO[bytes], passphrase: str | None) -> Iterator[bytes]:
    """The compressed content of the pieces, in their order."""
    key = _key_of(path, file.readline(_MAX_HEADER), passphrase)
    number, is_last = 0, False
    while (size := int.from_bytes(file.read(4))) != 0:
        content = file.read(size) if size <= MAX_PIECE_BYTES else b""
        if len(content) != size or is_last:
            raise BackupBroken(path, "a piece of it is missing")
        piece = content if key is None else _unlocked(path, key, content, number)
        is_last, number = len(piece) < PIECE_BYTES, number + 1
        yield piece
    if not is_last:
        raise BackupBroken(path, "its end is missing")


def _key_of(path: Path, header: bytes, passphrase: str | None) -> bytes | None:
    kind, _, salt = header.removeprefix(_MAGIC).strip().partition(b" ")
    if not header.startswith(_MAGIC) or kind not in {_PLAIN, _LOCKED}:
        raise BackupBroken(path, "it is no backup of Doorlight, or of a newer one")
    if kind == _PLAIN:
        return None
    if passphrase is None:
        raise BackupLocked(path)
    try:
        return seal.stretched(passphrase, bytes.fromhex(salt.decode("ascii")))
    except ValueError as err:
        raise BackupBroken(path, "its first line is no backup's") from err


def _unlocked(path: Path, key: bytes, content: bytes, number: int) -> bytes:
    size = len(content) - seal.NONCE_BYTES - seal.TAG_BYTES
    piece = seal.unlock(key, content, about=_about(number, size))
    if piece is None:
        raise BackupLocked(path)
    return piece


def _lines(path: Path, pieces: Iterable[bytes]) -> Iterator[Any]:
    expand, held = zlib.decompressobj(), b""
    try:
        for piece in pieces:
            held += expand.decompress(piece, MAX_LINE_BYTES)
            while expand.unconsumed_tail:
                *whole, held = held.split(b"\n")
                yield from map(json.loads, whole)
                held += expand.decompress(expand.unconsumed_tail, MAX_LINE_BYTES)
                if len(held) > 2 * MAX_LINE_BYTES:
                    raise BackupBroken(path, "a line of it is too long")
            *whole, held = held.split(b"\n")
            yield from map(json.loads, whole)
    except (zlib.error, ValueError) as err:
        raise BackupBroken(path, "what is in it can't be read") from err
    if held or not expand.eof:
        raise BackupBroken(path, "its end is missing")
