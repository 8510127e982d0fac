"""A draft is reviewed with comments; an edition keeps what it stands beside."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "report", sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.alter_column("report", "held", server_default=None)
    op.add_column("report", sa.Column("reviewed_at", sa.DateTime(timezone=True)))
    op.add_column("report", sa.Column("reviewed_by", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_report_reviewed_by"), "report", "staff_member", ["reviewed_by"], ["id"]
    )
    op.add_column("report", sa.Column("beside", JSONB()))
    op.create_table(
        "report_comment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_report_comment_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_comment")),
    )
    op.create_index("ix_report_comment_period", "report_comment", ["start", "end", "edition"])


def downgrade() -> None:
    op.drop_table("report_comment")
    op.drop_column("report", "beside")
    op.drop_constraint(op.f("fk_report_reviewed_by"), "report")
    op.drop_column("report", "reviewed_by")
    op.drop_column("report", "reviewed_at")
    op.drop_column("report", "held")
