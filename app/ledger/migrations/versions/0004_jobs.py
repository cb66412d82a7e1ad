"""Runs of jobs; what a restore and an erasure leave behind in facts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds a table and columns; what is there stays as it is."""
    op.create_table(
        "job_runs",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("outcome", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("event_id", "name", "due_at", name=op.f("pk_job_runs")),
    )
    op.create_index("job_runs_by_start", "job_runs", ["event_id", "started_at"])
    op.add_column("installation", sa.Column("restored_at", sa.BigInteger()))
    op.add_column("facts", sa.Column("is_resent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("facts", sa.Column("erased_at", sa.BigInteger()))
