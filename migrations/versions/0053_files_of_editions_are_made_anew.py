"""A row says in which way the file of an edition was made, so that older files are made anew.

A process of the release before makes them in way 1, which is what the column says then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("make", sa.BigInteger(), server_default="1", nullable=False)
    op.add_column("edition_file", column)


def downgrade() -> None:
    op.drop_column("edition_file", "make")
