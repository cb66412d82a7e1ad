"""A backup of a ledger: every row of every table, read at one moment, in a form that any database takes.

Owns what goes in. The same file restores to SQLite and to PostgreSQL, so that it needs no programs of either, and a
laptop's ledger can move to a server. The master key goes in under a passphrase alone (`app.ledger.backup_file`):
without one, whoever finds the file can neither forge a ticket nor read a key, for all of them lie wrapped.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Connection, Integer, LargeBinary, Table, Text, Uuid, select

from app.ledger.engine import Database
from app.ledger.migrations import HEAD
from app.ledger.schema import NO_EVENT, installation, metadata

FORMAT = 1
ROWS_AT_ONCE = 1_000

TYPES: Mapping[str, type[Any]] = {
    "uuid": Uuid,
    "bytes": LargeBinary,
    "truth": Boolean,
    "whole": BigInteger,
    "text": Text,
}
"""The kinds of a column, as a backup names them."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a backup comes from: its schema's step, when it was made (unix ms), the epoch, whose master key fits."""

    schema: str
    made_at: int
    epoch: str
    check_value: bytes
    master: bytes | None


def lines_of(database: Database, now_ms: int, master: bytes | None) -> Iterator[Any]:
    """The values of a backup: its origin, each table with its rows, and how many rows that were.

    Raises LedgerBusy, LedgerUnavailable.
    """
    with database.snapshot() as connection:
        row = connection.execute(select(installation).where(installation.c.event_id == NO_EVENT)).one()
        yield {
            "doorlight": "backup",
            "format": FORMAT,
            "schema": HEAD,
            "made_at": now_ms,
            "database": database.profile.name,
            "epoch": row.epoch.hex,
            "check_value": _text(row.check_value),
            "master": None if master is None else _text(master),
        }
        total = 0
        for table in metadata.sorted_tables:
            columns = [(column.name, kind_of(column.type)) for column in table.columns]
            yield {"table": table.name, "columns": columns}
            encoders = [_ENCODERS.get(kind) for _, kind in columns]
            for values in _rows(connection, table):
                total += 1
                yield [
                    value if encode is None or value is None else encode(value)
                    for encode, value in zip(encoders, values, strict=True)
                ]
        yield {"rows": total}


def kind_of(type_: Any) -> str:
    """The kind of a column's type. Raises TypeError for one that a backup does not know."""
    for kind, known in _KINDS:
        if isinstance(type_, known):
            return kind
    raise TypeError(f"no backup of a column of type {type_!r}")


_KINDS = (("uuid", Uuid), ("bytes", LargeBinary), ("truth", Boolean), ("whole", Integer), ("text", Text))


def origin_of(line: Any) -> Origin:
    """The first value of a backup. Raises KeyError, TypeError or ValueError for what is none."""
    if line["doorlight"] != "backup" or line["format"] != FORMAT:
        raise ValueError("it is of a newer program")
    master = line["master"]
    return Origin(
        schema=str(line["schema"]),
        made_at=int(line["made_at"]),
        epoch=str(line["epoch"]),
        check_value=base64.b64decode(line["check_value"]),
        master=None if master is None else base64.b64decode(master),
    )


def _rows(connection: Connection, table: Table) -> Iterator[Any]:
    streamed = connection.execution_options(yield_per=ROWS_AT_ONCE, spans_events="a backup is the whole ledger")
    yield from streamed.execute(select(table))


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _hex(value: UUID) -> str:
    return value.hex


_ENCODERS: Mapping[str, Callable[[Any], Any]] = {"uuid": _hex, "bytes": _text}
DECODERS: Mapping[str, Callable[[Any], Any]] = {"uuid": UUID, "bytes": base64.b64decode}
