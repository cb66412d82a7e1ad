"""Looking at a ledger without changing it: no step is run, no key is made, no file appears.

Owns reading alone: a database that is to be examined may be a broken one, or another program's.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

from app.ledger.device_rows import DeviceState
from app.ledger.engine import SQLITE, Database, LedgerUnavailable, open_database
from app.ledger.job_book import Run, RunState
from app.ledger.schema import NO_EVENT, devices, events, facts, installation, job_runs, metadata, segments
from app.ledger.upgrade import version_of


@dataclass(frozen=True, slots=True)
class Lists:
    """What an event's kiosks trust: the newest manifest's number, when it was made, lists that are stale."""

    event: str
    version: int
    made_ms: int
    stale: int
    devices: int


@dataclass(frozen=True, slots=True)
class ExaminedLedger:
    """A ledger as it is. `check` is None where the database looks after itself; no events where the schema is older.

    `tables` is the shape, as the database tells it; `counts` are rows by table.
    """

    engine: str
    version: str | None
    journal_mode: str | None
    check: str | None
    told: bytes | None
    lists: tuple[Lists, ...]
    quarantined: int
    jobs: tuple[Run, ...]
    tables: tuple[str, ...]
    counts: dict[str, int]


def examine(url: str | None, path: Path) -> ExaminedLedger:
    """The ledger of a URL, else of a file. Raises LedgerUnavailable, LedgerBusy, DatabaseUrlWrong."""
    if url is None and not path.is_file():
        raise LedgerUnavailable(f"there is no {path.name} in {path.parent}")
    database = open_database(url or f"sqlite:///{path}")
    try:
        with database.reading() as connection:
            connection.execution_options(spans_events="a technician looks at the whole installation")
            return _examined(database, connection)
    finally:
        database.close()


def _examined(database: Database, connection: Connection) -> ExaminedLedger:
    is_embedded = database.profile is SQLITE
    there = inspect(connection)
    names = [name for name in metadata.tables if there.has_table(name)]
    tables = [f"{name}: {', '.join(column['name'] for column in there.get_columns(name))}" for name in names]
    counts = {
        name: connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one() for name in names
    }
    return ExaminedLedger(
        engine=database.profile.name,
        version=version_of(connection),
        journal_mode=connection.execute(text("PRAGMA journal_mode")).scalar() if is_embedded else None,
        check=connection.execute(text("PRAGMA quick_check(1)")).scalar() if is_embedded else None,
        told=_check_value(connection) if "installation" in names else None,
        lists=_lists(connection) if {"events", "segments", "devices"} <= set(names) else (),
        quarantined=_quarantined(connection) if "facts" in names else 0,
        jobs=_jobs(connection) if "job_runs" in names else (),
        tables=tuple(tables),
        counts=counts,
    )


def _check_value(connection: Connection) -> bytes | None:
    return connection.execute(select(installation.c.check_value).where(installation.c.event_id == NO_EVENT)).scalar()


def _lists(connection: Connection) -> tuple[Lists, ...]:
    rows = connection.execute(select(events.c.event_id, events.c.manifest_version, events.c.manifest_at)).all()
    return tuple(
        Lists(
            row.event_id.hex,
            row.manifest_version,
            row.manifest_at,
            _count(connection, segments, segments.c.event_id == row.event_id, segments.c.is_stale),
            _count(
                connection,
                devices,
                devices.c.event_id == row.event_id,
                devices.c.state == DeviceState.ACTIVE.value,
            ),
        )
        for row in rows
    )


def _quarantined(connection: Connection) -> int:
    every = select(events.c.event_id)
    return _count(connection, facts, facts.c.event_id.in_(every), facts.c.arrival == "quarantined")


def _jobs(connection: Connection) -> tuple[Run, ...]:
    """The newest run of each job, newest first."""
    mine = job_runs.c.event_id == NO_EVENT
    wanted = select(*(each for each in job_runs.c if each.name != "cause"))  # which a database of before has not
    rows = connection.execute(wanted.where(mine).order_by(job_runs.c.started_at.desc()).limit(200))
    found: dict[str, Run] = {}
    for row in rows:
        run = Run(
            row.name, row.due_at, RunState(row.state), row.tries, row.owner, row.started_at, row.ended_at,
            row.outcome, row.error,
        )  # fmt: skip
        found.setdefault(run.job, run)
    return tuple(found.values())


def _count(connection: Connection, table: object, *where: object) -> int:
    counted = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type]
    return int(connection.execute(counted).scalar_one())
