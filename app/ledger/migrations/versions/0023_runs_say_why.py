"""A run of a job says why it ran, and of one job one run goes on at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Adds the column and the index; of several runs that a job has going on, the newest alone is taken over."""
    op.add_column("job_runs", sa.Column("cause", sa.Text()))
    op.execute(
        "UPDATE job_runs SET state = 'lost', ended_at = started_at, error = 'a newer run went on' "
        "WHERE state = 'running' AND EXISTS (SELECT 1 FROM job_runs AS newer WHERE newer.event_id = job_runs.event_id "
        "AND newer.name = job_runs.name AND newer.state = 'running' AND newer.due_at > job_runs.due_at)"
    )
    goes_on = sa.text("state = 'running'")
    op.create_index(
        "job_runs_going_on",
        "job_runs",
        ["event_id", "name"],
        unique=True,
        postgresql_where=goes_on,
        sqlite_where=goes_on,
    )
