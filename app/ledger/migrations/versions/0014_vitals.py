"""How a kiosk is, by its own word."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Adds columns; a kiosk that has told nothing yet has none."""
    op.add_column("devices", sa.Column("vitals", sa.Text()))
    op.add_column("devices", sa.Column("vitals_at", sa.BigInteger()))
