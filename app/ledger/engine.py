"""The ledger's connections: how SQLite and PostgreSQL begin, lock, wait and fail.

Owns the three profiles. On SQLite every write transaction is BEGIN IMMEDIATE under one lock per process, durable at
its COMMIT (WAL, synchronous=FULL); reads take no lock. On PostgreSQL it is READ COMMITTED with bounded waits. The
`distributed` profile is PostgreSQL with something between: Citus, or a pooler that gives each transaction another
session. It leaves nothing in a session, neither settings nor prepared statements. Foreign errors leave this package as
`LedgerBusy` or `LedgerUnavailable` alone; constraint violations pass, for whoever provoked them.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.durable import make_durable
from app.errors import AppError

LOCK_WAIT_MS = 2_000
"""How long a transaction waits for another's lock; a guest waits less, an upload comes again."""
LOCK_PAUSE_S = 0.001
"""Between two looks whether another process has let go of SQLite's lock: an import's gaps last a few milliseconds."""
STATEMENT_MS = 15_000
CONNECT_S = 3
POOL_SIZE = 8
POOL_OVERFLOW = 8
POOL_WAIT_S = 5.0
"""How long a transaction waits for a connection: as long as one goes on that is tried again. Two seconds were too few
for sixty-four doors at one ticket on a busy machine."""
CACHE_KIB = 32 * 1024
"""Pages that a SQLite connection keeps: with the usual 2 MiB a writer among a million tickets waits for its reads."""
LOG_PAGES = 16_000
"""Pages (64 MB) that SQLite's log may hold before a commit copies them into the file. An import writes the same pages
again and again: with the usual 1,000 it copied each dozens of times, and a million rows took half as long again. Nights
without an import take hours to fill it."""
MOST_RETRIES = 3
LONGEST_RETRYING_S = 5.0
_FIRST_RETRY_S = 0.02

_CONTENTION = {"40001", "40P01", "55P03"}
"""serialization_failure, deadlock_detected, lock_not_available: the same transaction may succeed at once."""

T = TypeVar("T")


class LedgerBusy(AppError):
    """Others hold what this transaction needs; nothing was stored."""

    def __init__(self, cause: str) -> None:
        super().__init__("server_busy", cause=cause)


class Contention(LedgerBusy):
    """The database asks to run the transaction again."""


class LedgerUnavailable(AppError):
    """The database does not answer, or can't write; nothing was stored."""

    def __init__(self, cause: str) -> None:
        super().__init__("database_unavailable", cause=cause)


class DatabaseUrlWrong(AppError):
    """A database URL that names neither SQLite nor PostgreSQL."""

    def __init__(self, cause: str) -> None:
        super().__init__("database_url_wrong", cause=cause)


@dataclass(frozen=True, slots=True)
class Profile:
    """What differs between the databases beyond their dialects."""

    name: str
    insert: Callable[[Table], Any]
    """An INSERT that knows ON CONFLICT."""
    is_postgresql: bool
    """Whether rows are locked one by one, so that a locked one can be passed over, and the planner wants statistics."""
    keeps_session: bool
    """Whether the next transaction of a connection meets what this one left in its session."""


SQLITE = Profile("sqlite", sqlite.insert, is_postgresql=False, keeps_session=True)
POSTGRESQL = Profile("postgresql", postgresql.insert, is_postgresql=True, keeps_session=True)
DISTRIBUTED = Profile("distributed", postgresql.insert, is_postgresql=True, keeps_session=False)

DISTRIBUTED_FLAG = "distributed"
"""The URL's parameter that chooses the profile: `postgresql://…/name?distributed=1`."""


class Database:
    """One database. Safe between threads; `close` it, or its connections are reported as leaked."""

    def __init__(self, engine: Engine, profile: Profile) -> None:
        self.profile = profile
        self.audit_key = b""
        """What the ends of the audit logs are proven with: set once, as the ledger is opened with its master key."""
        self._engine = engine
        self._writer = threading.Lock() if profile is SQLITE else None

    def close(self) -> None:
        """Closes all connections; those in use when they come back."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads. Raises LedgerBusy, LedgerUnavailable."""
        with translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A transaction that only reads, all of it as of one moment, however long. The same errors."""
        with translated(), self._engine.connect() as connection:
            if self.profile is not SQLITE:  # a read of SQLite's sees one moment anyway
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction: committed when the block ends, rolled back when it raises. The same errors."""
        with self._turn(), translated(), self._engine.connect() as connection:
            connection.execution_options(writes=True, profile=self.profile, audit_key=self.audit_key)
            with connection.begin():
                yield connection

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in a write transaction, again at most 3 times when the database asks for it."""
        give_up_at = time.monotonic() + LONGEST_RETRYING_S
        for attempt in range(MOST_RETRIES):
            try:
                return self._once(work)
            except Contention:
                if time.monotonic() > give_up_at:
                    raise
            _pause(attempt)
        return self._once(work)

    def _once(self, work: Callable[[Connection], T]) -> T:
        with self.writing() as connection:
            return work(connection)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._writer is None:
            yield
            return
        if not self._writer.acquire(timeout=LOCK_WAIT_MS / 1000):
            raise LedgerBusy("another transaction of this process")
        try:
            yield
        finally:
            self._writer.release()


def _pause(attempt: int) -> None:
    """Full jitter, doubling: two that collided do not collide again."""
    time.sleep(random.uniform(0, _FIRST_RETRY_S * 2**attempt))  # noqa: S311 — no secret depends on it


def open_database(url: str) -> Database:
    """The database of a URL: `sqlite:///path` or `postgresql://…`. Connects to nothing yet. Raises DatabaseUrlWrong."""
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError as err:
        raise DatabaseUrlWrong("no database URL") from err
    is_distributed = _is_distributed(parsed)
    parsed = parsed.difference_update_query([DISTRIBUTED_FLAG])
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and not is_distributed:
            return Database(_sqlite(Path(parsed.database)), SQLITE)
        case "postgresql":
            profile = DISTRIBUTED if is_distributed else POSTGRESQL
            return Database(_postgresql(parsed.set(drivername="postgresql+psycopg"), profile), profile)
        case _:
            raise DatabaseUrlWrong("use sqlite:///path or postgresql://user@host/name, with ?distributed=1 for Citus")


def distributed(url: str) -> str:
    """The same database under the `distributed` profile."""
    return url + ("&" if "?" in url else "?") + f"{DISTRIBUTED_FLAG}=1"


def _is_distributed(url: URL) -> bool:
    told = url.query.get(DISTRIBUTED_FLAG, "0")
    if told not in {"0", "1"}:
        raise DatabaseUrlWrong(f"{DISTRIBUTED_FLAG} is 0 or 1")
    return told == "1"


def _sqlite(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": LOCK_WAIT_MS / 1000},
        hide_parameters=True,  # an error's text may be logged, and what is bound are names and codes
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_S,
        pool_use_lifo=True,  # the connection whose pages are warm; the others' caches stay small
    )

    @event.listens_for(engine, "do_connect")
    def private_file(*_: object) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _: object) -> None:
        raw.isolation_level = None  # the driver begins nothing by itself
        make_durable(raw, LOCK_WAIT_MS)
        raw.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        raw.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes", False):
            _begin_to_write(connection)
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _begin_to_write(connection: Connection) -> None:
    """BEGIN IMMEDIATE, asked for again at once while another process writes, for as long as a lock is waited for.

    SQLite's own time-out sleeps longer each time, up to 100 ms, and misses the gaps between another's transactions: a
    guest waited two seconds beside an import whose transactions took 20 ms each.
    """
    raw: Any = connection.connection.driver_connection
    give_up_at = time.monotonic() + LOCK_WAIT_MS / 1000
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        while not _has_begun(connection, raw):
            if time.monotonic() >= give_up_at:
                raise LedgerBusy("another process writes")
            time.sleep(LOCK_PAUSE_S)
    finally:
        raw.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MS}")


def _has_begun(connection: Connection, raw: Any) -> bool:
    try:
        raw.execute("BEGIN IMMEDIATE")
    except Exception as err:  # noqa: BLE001 — the driver's own: whatever is not "busy" comes again through the framework
        if getattr(err, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            return False
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    return True


_BOUNDS = {
    "lock_timeout": LOCK_WAIT_MS,
    "statement_timeout": STATEMENT_MS,
    "idle_in_transaction_session_timeout": 2 * STATEMENT_MS,
}
_BOUND_HERE = "; ".join(f"SET LOCAL {name} = {value}" for name, value in _BOUNDS.items())


def _postgresql(url: URL, profile: Profile) -> Engine:
    in_session = {"options": " ".join(f"-c {name}={value}" for name, value in _BOUNDS.items())}
    nothing_prepared = {"prepare_threshold": None}  # the next transaction may run where nothing was prepared
    engine = create_engine(
        url,
        isolation_level="READ COMMITTED",
        connect_args={
            "connect_timeout": CONNECT_S,
            "application_name": "doorlight",
            **(in_session if profile.keeps_session else nothing_prepared),
        },
        hide_parameters=True,  # an error's text may be logged, and what is bound are names and codes
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_S,
    )
    if not profile.keeps_session:
        _bind_each_transaction(engine)
    return engine


def _bind_each_transaction(engine: Engine) -> None:
    """Sets the bounds for one transaction at its beginning, in one message: it costs a round trip, and ends with it."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(_BOUND_HERE, execution_options={"no_parameters": True})


@contextmanager
def translated() -> Iterator[None]:
    """Turns the database's own errors into this package's. The text of a statement never leaves: it holds values."""
    try:
        yield
    except PoolTimeoutError as err:
        raise LedgerBusy("all connections are in use") from err
    except IntegrityError:
        raise
    except DBAPIError as err:
        raise _meaning_of(err) from err
    except OSError as err:
        raise LedgerUnavailable(type(err).__name__) from err


def _meaning_of(err: DBAPIError) -> Exception:
    state = getattr(err.orig, "sqlstate", None)
    if state in _CONTENTION:
        return Contention(state)
    if getattr(err.orig, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LedgerBusy("another process writes")
    if err.connection_invalidated or type(err).__name__ in {"OperationalError", "InterfaceError"}:
        return LedgerUnavailable(str(state or getattr(err.orig, "sqlite_errorname", type(err.orig).__name__)))
    return err


def pieces(rows: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """The rows in runs of at most `most`: no writer holds a lock for long."""
    for start in range(0, len(rows), most):
        yield rows[start : start + most]
