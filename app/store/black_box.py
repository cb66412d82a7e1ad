"""The kiosk's black box: every row of the journal once more, in a plain file beside it.

Owns the file's form and its end. A frame is 4 bytes of marker, the record's length and its CRC-32 (both 32 bits, big
endian), then the record. It is on the disk before the row is committed, so that a damaged database can be rebuilt from
it. A frame that was cut off at the end is none, and is cut away by the next one. The file is only ever appended to.

The checksum tells a whole frame from a torn one; that a record is the right one, its place in the chain of fingerprints
says (SHA-256).
"""

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MARKER = b"\xd0DLB"
"""No text has these bytes: what looks like a frame inside a record is none."""
MOST_RECORD_BYTES = 64 * 1024
"""A record has a few hundred bytes; whatever is said to be longer is no record."""
_HEAD = struct.Struct(">4sII")
_sync = getattr(os, "fdatasync", os.fsync)  # the length of a file that grew belongs to what fdatasync writes


@dataclass(frozen=True, slots=True)
class BoxReading:
    """What a box holds: its records in the order of writing, and what of it could not be read.

    `end` is where the last whole frame ends, `torn` how many bytes stand behind it: a frame that the power cut. `gaps`
    are places in between that are damaged.
    """

    records: tuple[bytes, ...] = ()
    end: int = 0
    torn: int = 0
    gaps: int = 0


class BlackBox:
    """The file of one journal. Only whoever holds the journal's write lock may `append`; close it."""

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it. Raises OSError."""
        self._path = path
        self._end = 0
        self._file = _opened(path)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def append(self, record: bytes) -> None:
        """Puts a record on the disk, durable when this returns. Raises OSError; the file then holds what it held."""
        end = self._find_end()
        try:
            self._file.seek(end)
            _write_all(self._file, _HEAD.pack(MARKER, len(record), zlib.crc32(record)) + record)
            _sync(self._file.fileno())
        except BaseException:
            with suppress(OSError):
                self._file.truncate(end)
            raise
        self._end = end + _HEAD.size + len(record)

    def _find_end(self) -> int:
        """Where the next frame goes: behind what this and other programs have written, over what is torn."""
        if not _is_same(self._file, self._path):  # a rescue has written it anew
            self._file.close()
            self._file, self._end = _opened(self._path), 0
        size = os.fstat(self._file.fileno()).st_size
        if size != self._end:
            start = self._end if size > self._end else 0
            self._file.seek(start)
            found = read_frames(self._file.read())
            self._end = start + found.end
            if found.torn:
                self._file.truncate(self._end)
        return self._end


def read_box(path: Path) -> BoxReading:
    """All that can be read of a box; nothing where there is none. Raises OSError."""
    try:
        return read_frames(path.read_bytes())
    except FileNotFoundError:
        return BoxReading()


def write_box(path: Path, records: Iterator[bytes]) -> None:
    """A box of these records in the place of whatever was there, whole or not at all. Raises OSError."""
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for record in records:
            file.write(_HEAD.pack(MARKER, len(record), zlib.crc32(record)) + record)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_folder(path.parent)


def read_frames(data: bytes) -> BoxReading:
    """The records in these bytes. Behind a damaged frame it goes on at the next marker."""
    records: list[bytes] = []
    at, end, gaps = 0, 0, 0
    while at < len(data):
        record = _record_at(data, at)
        if record is None:
            at = data.find(MARKER, at + 1)
            if at < 0:
                break
            continue
        gaps += at != end
        records.append(record)
        at = end = at + _HEAD.size + len(record)
    return BoxReading(tuple(records), end, len(data) - end, gaps)


def _record_at(data: bytes, at: int) -> bytes | None:
    if len(data) - at < _HEAD.size:
        return None
    marker, length, crc = _HEAD.unpack_from(data, at)
    start = at + _HEAD.size
    if marker != MARKER or length > MOST_RECORD_BYTES or start + length > len(data):
        return None
    record = data[start : start + length]
    return record if zlib.crc32(record) == crc else None


def _opened(path: Path) -> BinaryIO:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    if os.fstat(handle).st_size == 0:
        _sync_folder(path.parent)
    return os.fdopen(handle, "r+b", buffering=0)


def _is_same(file: BinaryIO, path: Path) -> bool:
    """Whether a file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _write_all(file: BinaryIO, data: bytes) -> None:
    """An unbuffered file may take less than it is given: on a full disk, say, before it says so."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _sync_folder(folder: Path) -> None:
    """A new name in a folder outlives a power cut. Some file systems know no such thing."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
