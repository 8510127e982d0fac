"""Appeals that the supervisors watch, each with a note."""

import sqlalchemy as sa
from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watch_list_entry",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_watch_list_entry_appeal_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_watch_list_entry_staff_id")
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_watch_list_entry")),
    )
    op.create_index("ix_watch_list_entry_staff_id", "watch_list_entry", ["staff_id"])


def downgrade() -> None:
    op.drop_table("watch_list_entry")
