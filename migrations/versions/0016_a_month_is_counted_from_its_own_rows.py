"""Indexes by which a report passes over the rows of other months."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_appeal_accepted_at", "appeal", ["accepted_at"])
    op.create_index(
        "ix_round_first_dispatched_at_closed_at", "round", ["first_dispatched_at", "closed_at"]
    )
    op.drop_index("ix_round_first_dispatched_at", "round")


def downgrade() -> None:
    op.create_index("ix_round_first_dispatched_at", "round", ["first_dispatched_at"])
    op.drop_index("ix_round_first_dispatched_at_closed_at", "round")
    op.drop_index("ix_appeal_accepted_at", "appeal")
