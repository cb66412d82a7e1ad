"""Immutable files in the database, in parts, each named by the SHA-256 of its bytes.

Owns `segment_parts`. The first part is written last and taken away first: whoever finds it has the whole file. Writing
and deleting go in pieces, so that no scan waits for a list.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, delete, func, select

from app.ledger.engine import Database, pieces
from app.ledger.schema import segment_parts
from core.model.ids import EventId
from core.sync.messages import FileRow
from core.ticket import seal

PART_BYTES = 256 * 1024
PARTS_AT_ONCE = 4
"""Of one writing transaction: 1 MiB."""
PARTS_DROPPED_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A whole file of the store and its length in bytes."""

    sha256: bytes
    size: int


class FileStore:
    """The files of all events in one database. Safe between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, event: EventId, body: bytes) -> FileRow:
        """Keeps a file; one that is there costs a look."""
        sha256 = seal.sha256(body)
        row = FileRow(sha256.hex(), len(body))
        with self._database.reading() as connection:
            is_there = is_whole(connection, event, row)
        if not is_there:
            for piece in pieces(range(_parts_of(len(body)))[::-1], PARTS_AT_ONCE):
                self._write(event, sha256, body, piece)
        return row

    def _write(self, event: EventId, sha256: bytes, body: bytes, numbers: Collection[int]) -> None:
        rows = [
            {
                "event_id": event,
                "sha256": sha256,
                "part": number,
                "body": body[number * PART_BYTES : (number + 1) * PART_BYTES],
            }
            for number in numbers
        ]
        put = self._database.profile.insert(segment_parts).on_conflict_do_nothing()
        self._database.transact(lambda connection: connection.execute(put, rows))

    def find(self, event: EventId, sha256: bytes) -> StoredFile | None:
        """The file of a name, where the store has all of it."""
        mine = _parts(event, sha256)
        figures = select(func.min(segment_parts.c.part), func.sum(func.length(segment_parts.c.body))).where(mine)
        with self._database.reading() as connection:
            first, size = connection.execute(figures).one()
        return StoredFile(sha256, int(size)) if first == 0 else None

    def chunks(self, event: EventId, sha256: bytes, start: int, end: int) -> Iterator[bytes]:
        """The bytes of a file from `start` to before `end`, a part at a time, each in a transaction of its own.

        Ends early where a file that nobody names any more is taken away meanwhile: the reader is short, and asks again.
        """
        at = start
        while at < end:
            number, inner = divmod(at, PART_BYTES)
            part = self._part(event, sha256, number)
            chunk = part[inner : inner + end - at]
            if not chunk:
                return
            yield chunk
            at += len(chunk)

    def _part(self, event: EventId, sha256: bytes, number: int) -> bytes:
        mine = _parts(event, sha256) & (segment_parts.c.part == number)
        with self._database.reading() as connection:
            return connection.execute(select(segment_parts.c.body).where(mine)).scalar() or b""

    def body(self, event: EventId, row: FileRow) -> bytes | None:
        """All of a file, or None when the store does not have it any more."""
        body = b"".join(self.chunks(event, bytes.fromhex(row.sha256), 0, row.bytes))
        return body if seal.sha256(body).hex() == row.sha256 else None

    def names(self, connection: Connection, event: EventId) -> set[bytes]:
        """The files that there are anything of."""
        found = select(segment_parts.c.sha256).where(segment_parts.c.event_id == event).distinct()
        return set(connection.execute(found).scalars())

    def drop_some(self, connection: Connection, event: EventId, sha256: bytes) -> bool:
        """Takes the first parts of a file away, in an open transaction; whether there may be more of it."""
        first = select(segment_parts.c.part).where(_parts(event, sha256)).order_by(segment_parts.c.part)
        numbers = list(connection.execute(first.limit(PARTS_DROPPED_AT_ONCE)).scalars())
        if numbers:
            mine = _parts(event, sha256) & segment_parts.c.part.in_(numbers)
            connection.execute(delete(segment_parts).where(mine))
        return len(numbers) == PARTS_DROPPED_AT_ONCE


def is_whole(connection: Connection, event: EventId, row: FileRow) -> bool:
    """Whether the store has every part of a file, as an open transaction sees it."""
    count = select(func.count()).select_from(segment_parts).where(_parts(event, bytes.fromhex(row.sha256)))
    return connection.execute(count).scalar_one() == _parts_of(row.bytes)


def _parts_of(size: int) -> int:
    """How many parts; an empty file has one, so that it is there."""
    return max(1, -(-size // PART_BYTES))


def _parts(event: UUID, sha256: bytes):  # type: ignore[no-untyped-def]
    return (segment_parts.c.event_id == event) & (segment_parts.c.sha256 == sha256)
