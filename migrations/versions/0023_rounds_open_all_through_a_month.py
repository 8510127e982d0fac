"""Rounds in hand all through a month are found by the index of their closing."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

OF_DISPATCH, OF_CLOSING = "first_dispatched_at", "closed_at"


def upgrade() -> None:
    op.create_index("ix_round_first_dispatched_at", "round", [OF_DISPATCH])
    op.create_index("ix_round_closed_at_first_dispatched_at", "round", [OF_CLOSING, OF_DISPATCH])
    op.drop_index("ix_round_first_dispatched_at_closed_at", "round")
    op.drop_index("ix_round_closed_at", "round")


def downgrade() -> None:
    op.create_index("ix_round_closed_at", "round", [OF_CLOSING])
    op.create_index("ix_round_first_dispatched_at_closed_at", "round", [OF_DISPATCH, OF_CLOSING])
    op.drop_index("ix_round_closed_at_first_dispatched_at", "round")
    op.drop_index("ix_round_first_dispatched_at", "round")
