"""Bringing a database up to date: the numbered steps in one transaction, one process at a time."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from app.errors import AppError
from app.ledger.engine import Contention, Database
from app.ledger.migrations import HEAD


class NewerLedger(AppError):
    """The database was made by a newer program: this one leaves it alone."""

    def __init__(self, version: str) -> None:
        super().__init__("newer_database", version=version, known=HEAD, path="the server's database")


def upgrade(database: Database) -> None:
    """Runs the steps that the database lacks. Raises NewerLedger, LedgerBusy, LedgerUnavailable."""
    with database.reading() as connection:
        if version_of(connection) == HEAD:
            return
    database.transact(lambda connection: upgrade_within(database, connection))


def version_of(connection: Connection) -> str | None:
    """The number of the newest step that the database has; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade_within(database: Database, connection: Connection, to: str = "head") -> None:
    """Runs the steps that the database lacks, up to one of them, in an open transaction. Raises NewerLedger."""
    if database.profile.is_postgresql:  # SQLite's transaction is the lock already
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        _make_turn(connection)
        connection.execute(text("LOCK TABLE upgrade_turn IN ACCESS EXCLUSIVE MODE"))
    config = Config()
    config.set_main_option("script_location", str(files("app.ledger") / "migrations"))
    config.attributes["connection"] = connection
    version = version_of(connection)
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    for named in (version, to):
        if named not in {None, "head", *known}:
            raise NewerLedger(str(named))
    command.upgrade(config, to)


def _make_turn(connection: Connection) -> None:
    """The table whose lock is the turn; two processes that make it at the same moment try again."""
    try:
        connection.execute(text("CREATE TABLE IF NOT EXISTS upgrade_turn (held int)"))
    except IntegrityError as err:
        raise Contention("another process upgrades") from err
