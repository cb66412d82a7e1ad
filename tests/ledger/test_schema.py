"""The numbered steps and the schema are one, on both databases; upgrades take turns; a newer database is left alone."""

from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from app.ledger.engine import DatabaseUrlWrong, LedgerUnavailable, open_database
from app.ledger.migrations import HEAD
from app.ledger.schema import metadata
from app.ledger.upgrade import NewerLedger, upgrade, upgrade_within, version_of


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    return request.getfixturevalue("postgres_url") if request.param == "postgresql" else f"sqlite:///{tmp_path}/x.db"


def test_steps_make_the_schema_and_run_once_however_many_start(url: str) -> None:
    databases = [open_database(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, databases))
    upgrade(databases[0])
    with databases[0].reading() as connection:
        assert version_of(connection) == HEAD
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, metadata)
    for database in databases:
        database.close()
    assert [change for change in found if "upgrade_turn" not in str(change)] == []


def test_what_the_audit_log_knew_before_its_index_is_found_by_it(url: str) -> None:
    """The step of 0016 on a log that an earlier program wrote, and what it can't read."""
    database = open_database(url)
    database.transact(lambda connection: upgrade_within(database, connection, "0015"))
    with database.writing() as connection:
        for seq, record in enumerate(('{"about":"a7f8"}', '{"about":""}', "no record"), 1):
            row = {"e": uuid4().hex, "s": seq, "r": record, "h": b"x"}
            connection.execute(text("INSERT INTO audit (event_id, seq, record, hash) VALUES (:e, :s, :r, :h)"), row)
    upgrade(database)
    with database.reading() as connection:
        found = connection.execute(text("SELECT record, about FROM audit ORDER BY seq")).all()
    database.close()
    assert [row.about for row in found] == ["a7f8", None, None]


def test_a_newer_database_is_left_alone(url: str) -> None:
    database = open_database(url)
    upgrade(database)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerLedger):
        upgrade(database)
    database.close()


def test_head_is_the_newest_step() -> None:
    config = Config()
    config.set_main_option("script_location", str(files("app.ledger") / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_every_key_of_event_data_begins_with_the_event() -> None:
    for table in metadata.tables.values():
        assert next(iter(table.primary_key.columns)).name == "event_id", table.name
        for index in table.indexes:
            assert next(iter(index.columns)).name == "event_id", index.name
        for constraint in table.constraints:
            assert next(iter(constraint.columns)).name == "event_id", constraint.name  # type: ignore[attr-defined]


@pytest.mark.parametrize("wrong", ["mysql://x/y", "sqlite://", "nonsense", ""])
def test_wrong_url_is_one_clear_error(wrong: str) -> None:
    with pytest.raises(DatabaseUrlWrong):
        open_database(wrong)


def test_absent_server_is_unavailable_not_a_crash() -> None:
    database = open_database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(LedgerUnavailable), database.reading():
        pass
    database.close()


def test_sqlite_is_durable_at_every_commit_and_private(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "x.db"
    database = open_database(f"sqlite:///{path}")
    upgrade(database)
    with database.reading() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("synchronous", "foreign_keys")
        }
        journal = connection.execute(text("PRAGMA journal_mode")).scalar()
    database.close()
    assert (pragmas, journal) == ({"synchronous": 2, "foreign_keys": 1}, "wal")
    assert path.stat().st_mode & 0o077 == 0
