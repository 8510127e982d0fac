"""An edition's digest gets a salt, so that figures withheld from the public cannot be tried."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("salt", sa.Text()))


def downgrade() -> None:
    op.drop_column("report", "salt")
