"""A shop's list on this computer's disk: what is in it, and its bytes part by part.

Owns the reading, bounded in every direction, and that a file which changes while it is sent is noticed. Decides nothing
about the rows: the server does, by the same bytes. Names and codes go no further than to whoever asked; nothing of them
is logged. Call it off the window's thread: a stick may be slow.
"""

import codecs
import csv
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from core.insight.import_course import Parcel
from core.sync.import_messages import MAX_FILE_BYTES
from core.sync.shop_columns import MAX_COLUMNS

MOST_LOOKED_ROWS = 200_000
"""Rows that are looked through for the words of a column; the server looks at all of them."""
MOST_WORDS = 60
"""Different words of one column: a column with more of them is none of classes or states."""
MAX_WORD = 80
_CHUNK = 1024 * 1024
_DELIMITERS = ",;\t"
_NEVER_WAITS = getattr(os, "O_NONBLOCK", 0)


class ListFlaw(StrEnum):
    """Why a file can't be taken."""

    OUT_OF_REACH = "out_of_reach"
    NO_FILE = "no_file"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_COLUMNS = "too_many_columns"
    CHANGED = "changed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ShopList:
    """A list as it was found: its bytes' hash, its columns, and the words of those that have few of them.

    `words` maps the place of a column to its different words, the commonest first. `rows` counts what was looked
    through; `is_looked_through` says whether that was all.
    """

    path: Path
    parcel: Parcel
    changed_ns: int
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: int
    is_looked_through: bool
    words: dict[int, tuple[str, ...]] = field(default_factory=dict, repr=False)


def read_list(path: Path, is_over: Callable[[], bool] = lambda: False) -> ShopList | ListFlaw:
    """What is in a file: read twice, once for its hash and its letters, once for its columns.

    `is_over` is asked between two pieces: whoever no longer wants it need not wait.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                return ListFlaw.NO_FILE
            if found.st_size == 0:
                return ListFlaw.EMPTY
            if found.st_size > MAX_FILE_BYTES:
                return ListFlaw.TOO_LARGE
            digest, is_utf8, first = hashlib.sha256(), True, b""
            decoder = codecs.getincrementaldecoder("utf-8")()
            while chunk := file.read(_CHUNK):
                if is_over():
                    return ListFlaw.STOPPED
                first = first or chunk[:2]
                digest.update(chunk)
                is_utf8 = is_utf8 and _is_readable(decoder, chunk)
        encoding = _encoding(first, is_utf8=is_utf8 and _is_readable(decoder, b"", is_last=True))
        return _look_through(path, Parcel(found.st_size, digest.digest()), found.st_mtime_ns, encoding, is_over)
    except (OSError, ValueError):  # ValueError: a name with a zero byte in it
        return ListFlaw.OUT_OF_REACH


def read_part(of: ShopList, number: int) -> bytes | ListFlaw:
    """One part of a file's bytes, from 0; CHANGED where the file is no longer the one that was read."""
    size = of.parcel.part_bytes
    try:
        with open(of.path, "rb", opener=_open_at_once) as file:
            found = os.fstat(file.fileno())
            if (found.st_size, found.st_mtime_ns) != (of.parcel.size, of.changed_ns):
                return ListFlaw.CHANGED
            file.seek(number * size)
            part = file.read(size)
    except (OSError, ValueError):
        return ListFlaw.OUT_OF_REACH
    wanted = min(size, of.parcel.size - number * size)
    return part if len(part) == wanted else ListFlaw.CHANGED


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | _NEVER_WAITS)


def _is_readable(decoder: codecs.IncrementalDecoder, chunk: bytes, *, is_last: bool = False) -> bool:
    try:
        decoder.decode(chunk, is_last)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(first: bytes, *, is_utf8: bool) -> str:
    """As the server reads it: UTF-16 by its mark, UTF-8, else Windows' western alphabet."""
    if first in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return "utf-16"
    return "utf-8-sig" if is_utf8 else "cp1252"


def _look_through(
    path: Path, parcel: Parcel, changed_ns: int, encoding: str, is_over: Callable[[], bool]
) -> ShopList | ListFlaw:
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        first = text.readline(_CHUNK)
        delimiter = max(_DELIMITERS, key=first.count)
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter, strict=False)
        rows = _rows(reader)
        header = tuple(cell.strip() for cell in next(rows, []))
        if len(header) > MAX_COLUMNS:
            return ListFlaw.TOO_MANY_COLUMNS
        counts: dict[int, dict[str, int]] = {place: {} for place in range(len(header))}
        count, is_whole = 0, True
        for row in rows:
            if count % 5_000 == 0 and is_over():
                return ListFlaw.STOPPED
            if count == MOST_LOOKED_ROWS:
                is_whole = False
                break
            if any(row):
                count += 1
                _count_words(row, counts)
    words = {place: tuple(sorted(each, key=lambda word: (-each[word], word))) for place, each in counts.items()}
    return ShopList(path, parcel, changed_ns, encoding, delimiter, header, count, is_whole, words)


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows up to the first that is none: the server says which, and why."""
    while True:
        try:
            yield next(reader)
        except (StopIteration, csv.Error):
            return


def _count_words(row: list[str], counts: dict[int, dict[str, int]]) -> None:
    for place in list(counts):
        word = row[place].strip()[:MAX_WORD] if place < len(row) else ""
        if not word:
            continue
        seen = counts[place]
        seen[word] = seen.get(word, 0) + 1
        if len(seen) > MOST_WORDS:
            del counts[place]
