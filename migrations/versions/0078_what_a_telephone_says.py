"""What a telephone says stands beside it as it was typed: number and extension.

Rows that are there, and those of the release before, have NULL: the worker fills them in.
"""

import sqlalchemy as sa
from alembic import op

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

TABLES = ("statement", "contact_version")
COLUMNS = ("phone_number", "phone_extension")


def upgrade() -> None:
    for table in TABLES:
        for column in COLUMNS:
            op.add_column(table, sa.Column(column, sa.Text()))


def downgrade() -> None:
    for table in TABLES:
        for column in COLUMNS:
            op.drop_column(table, column)
