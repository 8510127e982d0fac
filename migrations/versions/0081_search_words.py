"""The words of each appeal, by which staff find it, and the marks of those to be indexed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_words",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_search_words_appeal_id")
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_search_words")),
        postgresql_with={"toast_tuple_target": 128},
    )
    op.create_index("ix_search_words_words", "search_words", ["words"], postgresql_using="gin")
    op.create_table(
        "search_mark",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_mark")),
    )


def downgrade() -> None:
    op.drop_table("search_mark")
    op.drop_table("search_words")
