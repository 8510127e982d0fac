"""A round knows its last effective rating, so that a count need not look for it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SOLVED = sa.Enum("yes", "no", name="solved", native_enum=False, create_constraint=True)
SATISFACTION = sa.Enum(
    "5", "4", "3", "2", "1", name="satisfaction", native_enum=False, create_constraint=True
)
LAST = """
UPDATE round
SET rated_at = rating.rated_at, solved = rating.solved, satisfaction = rating.satisfaction
FROM rating
WHERE rating.appeal_id = round.appeal_id AND rating.round_n = round.n AND rating.until_at IS NULL
"""


def upgrade() -> None:
    op.add_column("round", sa.Column("rated_at", sa.DateTime(timezone=True)))
    op.add_column("round", sa.Column("solved", SOLVED))
    op.add_column("round", sa.Column("satisfaction", SATISFACTION))
    op.execute(LAST)
    op.create_index(
        "ix_rating_replaced",
        "rating",
        ["until_at"],
        postgresql_where=sa.text("until_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_rating_replaced", "rating")
    for name in ("satisfaction", "solved", "rated_at"):
        op.drop_column("round", name)
