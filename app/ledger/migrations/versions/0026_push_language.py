"""The language that a telephone wants to be spoken to in."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Adds the column; who has said nothing is spoken to in English."""
    op.add_column("push_tokens", sa.Column("language", sa.Text()))
