"""What a citizen's browser session has opened, so that it can be ended at the server.

Cookies of the release before opened an appeal by themselves. They open nothing any more: whoever
had followed an appeal types number and code once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opened_appeal",
        sa.Column("session_hash", sa.LargeBinary(), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code_generation", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("session_hash", "appeal_id", name=op.f("pk_opened_appeal")),
    )
    op.create_index("ix_opened_appeal_opened_at", "opened_appeal", ["opened_at"])


def downgrade() -> None:
    op.drop_table("opened_appeal")
