"""Findings: what a person found out about an incident, who, and what they noted."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Adds columns; incidents that are there stay open."""
    for name in ("finding", "found_by", "note"):
        op.add_column("incidents", sa.Column(name, sa.Text()))
