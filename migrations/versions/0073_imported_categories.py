"""A category that an import made is marked, so that it is not offered to who files.

Departments and places bear the mark already: their tier. The imports so far put their categories
under one that is called as their source.
"""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

MARK = """
UPDATE category SET imported = true
WHERE EXISTS (SELECT FROM category AS root
              WHERE root.code = split_part(category.code, '.', 1) AND root.zh = root.code
                AND EXISTS (SELECT FROM appeal WHERE appeal.source = root.code))
"""


def upgrade() -> None:
    op.add_column(
        "category",
        sa.Column("imported", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute(MARK)


def downgrade() -> None:
    op.drop_column("category", "imported")
