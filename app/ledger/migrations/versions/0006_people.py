"""People and programs: the audit log, accounts with their roles and sessions, API keys."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds tables; what is there stays as it is."""
    _audit()
    _accounts()
    op.create_table(
        "api_keys",
        _event(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.Column("of_events", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("used_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_api_keys")),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        _event(),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "audit_heads",
        _event(),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_heads")),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        _event(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("is_one_time", sa.Boolean(), nullable=False),
        sa.Column("password_until", sa.BigInteger()),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_accounts_event_id_name")),
    )
    op.create_table(
        "account_roles",
        _event(),
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("of_event", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "account", "of_event", name=op.f("pk_account_roles")),
    )
    op.create_table(
        "sessions",
        _event(),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "token_sha256", name=op.f("pk_sessions")),
    )
    op.create_index("sessions_of_account", "sessions", ["event_id", "account"])
    op.create_table(
        "log_in_tries",
        _event(),
        sa.Column("name_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "name_sha256", name=op.f("pk_log_in_tries")),
    )
    op.create_index("log_in_tries_by_age", "log_in_tries", ["event_id", "since"])


def _event() -> sa.Column[object]:
    return sa.Column("event_id", sa.Uuid(), nullable=False)
