"""The installation's own certificate authority."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Adds columns; an installation has no authority until its server speaks TLS."""
    op.add_column("installation", sa.Column("ca_certificate", sa.LargeBinary()))
    op.add_column("installation", sa.Column("ca_private", sa.LargeBinary()))
    op.add_column("installation", sa.Column("ca_is_used", sa.Boolean()))
