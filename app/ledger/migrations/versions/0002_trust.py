"""Trust: root and server keys, wrapped private keys, old codes, attendees, manifests and lists, confirmed devices."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds tables and columns; what is there stays as it is, and its lists are made anew."""
    _add("installation", *(sa.Column(name, sa.LargeBinary()) for name in _ROOTS))
    _add("keys", sa.Column("public", sa.LargeBinary()), sa.Column("private", sa.LargeBinary()))
    _add("tickets", sa.Column("digest", sa.LargeBinary()))
    op.create_index("tickets_by_digest", "tickets", ["event_id", "digest"])
    _add("facts", sa.Column("digest", sa.LargeBinary()), sa.Column("gen", sa.SmallInteger()))
    is_there = sa.text("digest IS NOT NULL")
    op.create_index(
        "facts_by_digest", "facts", ["event_id", "digest"], postgresql_where=is_there, sqlite_where=is_there
    )
    is_nobodys = sa.text("refers_to IS NOT NULL AND tid IS NULL")
    of_nobody = ["event_id", "refers_to"]
    op.create_index("facts_shown_of_nobody", "facts", of_nobody, postgresql_where=is_nobodys, sqlite_where=is_nobodys)
    _add(
        "devices",
        sa.Column("profile", sa.Text(), nullable=False, server_default="mac"),
        sa.Column("sealing_key", sa.LargeBinary()),
        sa.Column("signing_key", sa.LargeBinary()),
        sa.Column("digits", sa.Text()),
        sa.Column("tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("replaces", sa.Uuid()),
        sa.Column("next_secret_sha256", sa.LargeBinary()),
        sa.Column("clock_offset_ms", sa.BigInteger()),
        sa.Column("clock_uncertainty_ms", sa.BigInteger()),
        sa.Column("clock_quality", sa.Text()),
        sa.Column("clock_at", sa.BigInteger()),
    )
    _add(
        "enrol_codes",
        sa.Column("profile", sa.Text(), nullable=False, server_default="mac"),
        sa.Column("replaces", sa.Uuid()),
        sa.Column("withdrawn_at", sa.BigInteger()),
    )
    _create_codes()
    _create_lists()


_ROOTS = ("root_public", "root_private", "server_public", "server_private")


def _add(table: str, *columns: Any) -> None:
    for column in columns:
        op.add_column(table, column)


def _create_codes() -> None:
    op.create_table(
        "adapter_keys",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "name", name=op.f("pk_adapter_keys")),
    )
    op.create_table(
        "codes",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("tid", sa.LargeBinary(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("gen", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "digest", name=op.f("pk_codes")),
    )
    op.create_index("codes_of_ticket", "codes", ["event_id", "tid"])
    op.create_table(
        "attendees",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("tid", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("order_ref", sa.Text()),
        sa.PrimaryKeyConstraint("event_id", "tid", name=op.f("pk_attendees")),
    )


def _create_lists() -> None:
    op.create_table(
        "manifests",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "version", name=op.f("pk_manifests")),
    )
    op.create_table(
        "segments",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("row", sa.Text()),
        sa.Column("marks", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("event_id", "kind", name=op.f("pk_segments")),
    )
    op.create_table(
        "segment_parts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "sha256", "part", name=op.f("pk_segment_parts")),
    )
