"""A backup becomes a ledger again: whole or not at all, and a new epoch of it.

Owns what differs afterwards. Devices are told of the new epoch by the manifest, whose version is raised above any that
the lost ledger can have printed; messages that waited may have been sent since, and wait for a person; nobody stays
logged in.
"""

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, MetaData, Table, delete, func, insert, inspect, select, text, update

from app.errors import AppError
from app.ledger.backup import DECODERS, ROWS_AT_ONCE, TYPES, Origin, origin_of
from app.ledger.backup_file import BackupBroken, check, unpacked
from app.ledger.engine import SQLITE, Database
from app.ledger.schema import NO_EVENT, events, installation, log_in_tries, metadata, outbox, sessions
from app.ledger.secret_files import MASTER_FILE, MasterKeyWrong, keep_master, read_master
from app.ledger.upgrade import upgrade_within, version_of
from core.delivery.message import MessageState
from core.ticket.keyring import check_value
from core.ticket.seal import are_equal

VERSIONS_SKIPPED = 10_000_000
"""More than a ledger can have raised a manifest since any backup: a hundred times a second for a day.

Lists hold versions of 4 bytes: room for 400 restores.
"""
Decoder = Callable[[Any], Any]
UNCLEAR = "unclear_after_restore"
"""Why a message is dead that waited in the backup: it may have been sent since."""


class TargetInUse(AppError):
    """The database that a backup should go to has events of its own."""

    def __init__(self) -> None:
        super().__init__("restore_target_in_use")


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: events and rows, as of when (unix ms), and the epoch that begins now."""

    made_at: int
    events: int
    rows: int
    epoch: UUID


def origin_of_file(path: Path, passphrase: str | None) -> Origin:
    """Where a backup comes from, after its hash was checked. Raises BackupBroken, BackupLocked."""
    check(path)
    return _origin(path, next(iter(unpacked(path, passphrase)), None))


def restore(
    database: Database, folder: Path, path: Path, passphrase: str | None, now_ms: int, *, replaces: bool = False
) -> Restored:
    """Puts a backup into a database, and its master key into the folder where it holds one.

    1. the whole file is read and its hash compared before anything of it is used
    2. the master key is there, in the file or the folder, and it is this ledger's
    3. in one transaction: the target is empty or to be replaced, the tables are made as they were then and filled,
       brought up to date, and a new epoch begins

    Raises BackupBroken, BackupLocked, TargetInUse, MasterKeyWrong, NewerLedger, LedgerBusy, LedgerUnavailable.
    """
    origin = origin_of_file(path, passphrase)  # (1)
    _check_master(origin, folder)  # (2)
    keep_master(folder, origin.master)
    return database.transact(  # (3)
        lambda connection: _restored(database, connection, path, passphrase, origin, now_ms, replaces=replaces)
    )


def _restored(
    database: Database,
    connection: Connection,
    path: Path,
    passphrase: str | None,
    origin: Origin,
    now_ms: int,
    *,
    replaces: bool,
) -> Restored:
    connection.execution_options(spans_events="a restore is the whole ledger")
    if database.profile is not SQLITE:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
    if version_of(connection) is not None:
        _clear(connection, replaces=replaces)
    upgrade_within(database, connection, origin.schema)
    lines = unpacked(path, passphrase)
    next(lines)
    rows = _fill(connection, path, lines)
    upgrade_within(database, connection)
    epoch = _begin_epoch(connection, now_ms)
    count = select(func.count()).select_from(events)
    return Restored(origin.made_at, connection.execute(count).scalar_one(), rows, epoch)


def _origin(path: Path, line: Any) -> Origin:
    try:
        return origin_of(line)
    except (KeyError, TypeError, ValueError) as err:
        raise BackupBroken(path, "its first line is no backup's") from err


def _check_master(origin: Origin, folder: Path) -> None:
    held = read_master(folder)
    if held is not None and not are_equal(check_value(held), origin.check_value):
        raise MasterKeyWrong(folder / MASTER_FILE, "it is not the backup's: move it away, and put the backup's there")
    if held is None and origin.master is None:
        cause = "it is missing, and this backup holds none: put the key back from its safe copy first"
        raise MasterKeyWrong(folder / MASTER_FILE, cause)
    if held is None and not are_equal(check_value(origin.master or b""), origin.check_value):
        raise MasterKeyWrong(folder / MASTER_FILE, "the one in the backup is not its own")


def _clear(connection: Connection, *, replaces: bool) -> None:
    """Takes the tables away that are there; those of another program in the same database stay."""
    there = set(inspect(connection).get_table_names())
    if events.name in there and not replaces and connection.execute(select(events.c.event_id).limit(1)).first():
        raise TargetInUse
    for name in sorted(there & {*metadata.tables, "alembic_version"}):
        connection.execute(text(f'DROP TABLE "{name}"'))


class _Sink:
    """The rows of one table, inserted some at a time."""

    def __init__(self, connection: Connection, table: Table, decoders: Sequence[Decoder | None]) -> None:
        self._connection = connection
        self._table = table
        self._decoders = decoders
        self._held: list[dict[str, Any]] = []

    def add(self, values: Sequence[Any]) -> None:
        """Takes a row. Raises ValueError for one that is none of this table's."""
        decoded = [
            value if decode is None or value is None else decode(value)
            for decode, value in zip(self._decoders, values, strict=True)
        ]
        self._held.append(dict(zip(self._table.columns.keys(), decoded, strict=True)))
        if len(self._held) >= ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Inserts what it holds."""
        if self._held:
            self._connection.execute(insert(self._table), self._held)
            self._held = []


def _fill(connection: Connection, path: Path, lines: Iterator[Any]) -> int:
    """Inserts the rows of every table; how many. Raises BackupBroken where the file does not hold what it says."""
    total, sink = 0, None
    try:
        for line in lines:
            if isinstance(line, list) and sink is not None:
                sink.add(line)
                total += 1
                continue
            if sink is not None:
                sink.flush()
            if "rows" in line:
                break
            sink = _Sink(connection, *_table(line))
        is_whole = line["rows"] == total and next(lines, None) is None
    except (LookupError, TypeError, ValueError, UnboundLocalError) as err:
        raise BackupBroken(path, "what is in it is no ledger") from err
    if not is_whole:
        raise BackupBroken(path, "it does not hold as many rows as it says")
    return total


def _table(line: Any) -> tuple[Table, list[Decoder | None]]:
    name, columns = line["table"], line["columns"]
    if not all(_NAME.fullmatch(text) for text in (name, *(column for column, _ in columns))):
        raise ValueError("a name that no table of ours has")
    table = Table(name, MetaData(), *(Column(column, TYPES[kind]()) for column, kind in columns))
    return table, [DECODERS.get(kind) for _, kind in columns]


_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)


def _begin_epoch(connection: Connection, now_ms: int) -> UUID:
    """What a restored ledger says and does otherwise than the one that was lost.

    1. another epoch, so that devices ask what it holds of them
    2. manifests above every version that can have been printed since the backup
    3. what waited in the outbox waits for a person
    4. sessions that were ended since do not come back
    """
    epoch = UUID(bytes=secrets.token_bytes(16), version=4)
    mine = installation.c.event_id == NO_EVENT
    connection.execute(update(installation).where(mine).values(epoch=epoch, restored_at=now_ms))  # (1)
    raised = events.c.manifest_version + VERSIONS_SKIPPED
    connection.execute(update(events).values(manifest_version=raised, manifest_at=now_ms))  # (2)
    waits = outbox.c.state.in_([MessageState.READY.value, MessageState.LEASED.value])
    aside = {"state": MessageState.DEAD.value, "reason": UNCLEAR, "closed_at": now_ms}
    connection.execute(update(outbox).where(waits).values(aside))  # (3)
    for table in (sessions, log_in_tries):  # (4)
        connection.execute(delete(table).where(table.c.event_id == NO_EVENT))
    return epoch
