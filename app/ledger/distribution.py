"""The SQL that spreads the ledger over the machines of a Citus cluster: printed, never run by this program.

Owns which tables are spread, and by what. All of them lie together by their event, so that a redemption touches one
machine alone; rows that belong to no event share the nil event's place.
"""

from collections.abc import Iterator

from app.ledger.schema import metadata

_FIRST = "events"
"""The table whose places the others share."""


def distribution_sql() -> str:
    """A script for psql: run once on the coordinator, after the first start and before the first event."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "-- Doorlight on Citus: run on the coordinator, as the database's owner, while no server runs."
    yield "CREATE EXTENSION IF NOT EXISTS citus;"
    yield "-- The bounds of each transaction (lock_timeout and others) have to reach the machines that hold the locks."
    yield "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET citus.propagate_set_commands = ''local''',"
    yield "  current_database()); END $$;"
    yield "BEGIN;"
    yield f"SELECT create_distributed_table('{_FIRST}', 'event_id', colocate_with => 'none');"
    for name in sorted(metadata.tables.keys() - {_FIRST}):
        yield f"SELECT create_distributed_table('{name}', 'event_id', colocate_with => '{_FIRST}');"
    yield "COMMIT;"
    yield "-- alembic_version and upgrade_turn stay on the coordinator: start a newer program there first."
