"""Photos of appeals, and what was typed into a form that is not sent yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("form_key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("source_hash", sa.LargeBinary(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("thumbnail", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=True),
        sa.Column("move_seq", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(appeal_id IS NULL) = (move_seq IS NULL)",
            name=op.f("ck_attachment_filed_with_a_move_or_not_at_all"),
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id", "move_seq"],
            ["move.appeal_id", "move.seq"],
            name=op.f("fk_attachment_appeal_id_move_seq"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("form_key_hash", "source_hash", name="one_photo_per_form_and_source"),
    )
    op.create_index("ix_attachment_appeal_id", "attachment", ["appeal_id", "move_seq"])
    op.create_index("ix_attachment_kept_at", "attachment", ["kept_at"])
    op.create_index(
        "ix_attachment_unfiled",
        "attachment",
        ["kept_at"],
        postgresql_where=sa.text("appeal_id IS NULL"),
    )
    op.create_table(
        "draft",
        sa.Column("form_key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("form_key_hash", name=op.f("pk_draft")),
    )
    op.create_index("ix_draft_saved_at", "draft", ["saved_at"])


def downgrade() -> None:
    op.drop_table("draft")
    op.drop_table("attachment")
