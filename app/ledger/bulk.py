"""Many rows into one table, as fast as the database's own driver takes them.

Owns one statement: the framework's way costs more per row than SQLite's own work on it.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert

from core.model.ids import EventId

_FAST = "sqlite"


def insert_many(
    connection: Connection, table: Table, event: EventId, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """New rows of an event; each has the values of `names`, plain ones that the driver takes as they are.

    Raises IntegrityError where one of them is there already: nothing of the statement is kept then.
    """
    if not rows:
        return
    if connection.dialect.name == _FAST:
        connection.exec_driver_sql(_statement(table, names, connection.dialect), _with(event.hex, rows))
        return
    columns = ("event_id", *names)
    connection.execute(insert(table), [dict(zip(columns, (event, *row), strict=True)) for row in rows])


@lru_cache(maxsize=16)
def _statement(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    return str(insert(table).compile(dialect=dialect, column_keys=["event_id", *names]))


def _with(event: str, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(event, *row) for row in rows]
