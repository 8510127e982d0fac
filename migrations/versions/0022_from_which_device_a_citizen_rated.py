"""A rating given in a browser keeps a mark of its device, so that reports see many from one."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rated_from",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id", "n"],
            ["rating.appeal_id", "rating.n"],
            name=op.f("fk_rated_from_appeal_id_rating"),
        ),
        sa.PrimaryKeyConstraint("appeal_id", "n", name=op.f("pk_rated_from")),
    )


def downgrade() -> None:
    op.drop_table("rated_from")
