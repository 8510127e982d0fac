"""Passes by which a screen shows the wall."""

import sqlalchemy as sa
from alembic import op

revision = "0107"
down_revision = "0106"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "display_pass",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("opened_at", moment, nullable=True),
        sa.Column("seen_at", moment, nullable=True),
        sa.Column("browser", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_display_pass_a_pass_lasts")),
        sa.CheckConstraint(
            "(token_hash IS NULL) = (opened_at IS NULL)",
            name=op.f("ck_display_pass_an_open_pass_has_a_token"),
        ),
        sa.CheckConstraint(
            "(ended_by IS NULL) = (ended_at IS NULL)",
            name=op.f("ck_display_pass_ended_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["staff_member.id"], name=op.f("fk_display_pass_made_by")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["staff_member.id"], name=op.f("fk_display_pass_ended_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_display_pass")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_display_pass_code_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_display_pass_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("display_pass")
