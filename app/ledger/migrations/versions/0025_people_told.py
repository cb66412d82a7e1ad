"""People are told: an account has a mail address, wants daily reports; what was said of a full house is remembered."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Adds the column and both tables."""
    op.add_column("accounts", sa.Column("email", sa.Text()))
    op.create_table(
        "report_wishes",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("at_min", sa.SmallInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "account", name=op.f("pk_report_wishes")),
    )
    op.create_table(
        "capacity_watches",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("told", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_capacity_watches")),
    )
