"""One-time codes by which a citizen opens the appeals of her telephone."""

import sqlalchemy as sa
from alembic import op

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "telephone_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("session_hash", sa.LargeBinary(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("sendings", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephone_code")),
    )
    op.create_index("one_code_per_session", "telephone_code", ["session_hash"], unique=True)
    op.create_index("ix_telephone_code_expires_at", "telephone_code", ["expires_at"])
    op.create_index(
        "ix_telephone_code_next_try_at",
        "telephone_code",
        ["next_try_at"],
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("telephone_code")
