"""The SQL that spreads the ledger over the machines of a Citus cluster: printed, never run by this program.

Owns which tables are spread, and by what. All of them lie together by their event, so that a redemption touches one
machine alone; rows that belong to no event share the nil event's place.
"""

from collections.abc import Iterator

from app.ledger.schema import metadata

_FIRST = "events"
"""The table whose places the others share."""


def distribution_sql() -> str:
    """A script for psql: run on the coordinator after the first start and after each upgrade; again changes nothing."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "-- Doorlight on Citus: run on the coordinator, as the database's owner, while no server runs;"
    yield "-- after the first start, and again after each upgrade, for the tables that are new."
    yield "CREATE EXTENSION IF NOT EXISTS citus;"
    yield "-- The bounds of each transaction (lock_timeout and others) have to reach the machines that hold the locks."
    yield "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET citus.propagate_set_commands = %L',"
    yield "  current_database(), 'local'); END $$;"
    yield "BEGIN;"
    yield _spread(_FIRST, "none")
    for name in sorted(metadata.tables.keys() - {_FIRST}):
        yield _spread(name, _FIRST)
    yield "COMMIT;"
    yield "-- alembic_version and upgrade_turn stay on the coordinator: start a newer program there first."


def _spread(name: str, beside: str) -> str:
    is_new = f"NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = '{name}'::regclass)"
    return f"SELECT create_distributed_table('{name}', 'event_id', colocate_with => '{beside}') WHERE {is_new};"
