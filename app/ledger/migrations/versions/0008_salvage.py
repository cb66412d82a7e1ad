"""When a device lost its rights, so that its unsent facts may come for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Adds the column; devices that were revoked before have no such time, and bring what they have by file."""
    op.add_column("devices", sa.Column("revoked_at", sa.BigInteger()))
