"""Why an account is refused stands with how its endpoint fares."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Adds a column; what is there stays as it is: nobody is refused until an answer says so."""
    op.add_column("endpoints", sa.Column("trouble", sa.Text()))
