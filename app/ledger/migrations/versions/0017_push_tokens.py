"""Push tokens: where an account's telephones are reached."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Adds a table; what is there stays as it is."""
    op.create_table(
        "push_tokens",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("session_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("refreshed_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ending", sa.Text()),
        sa.PrimaryKeyConstraint("event_id", "token_sha256", name=op.f("pk_push_tokens")),
    )
    op.create_index("push_tokens_of_account", "push_tokens", ["event_id", "account"])
