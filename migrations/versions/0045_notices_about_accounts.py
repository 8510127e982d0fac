"""A notice may be about an account of staff instead of an appeal.

No row is read: the CHECKs and the foreign key are added NOT VALID and validated by the next one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

KINDS = (
    "filed", "accepted", "not_accepted", "answered_on_spot", "dispatched", "assigned_work",
    "recalled", "return_refused", "extended", "extension_refused", "question", "citizen_wrote",
    "sent_back", "closed", "reopened", "rehandling_refused", "withdrawn", "reversed", "new_code",
    "contact_changed", "warned", "breached", "escalated",
)  # fmt: skip
ADDED = ("request_waits", "account_changed")
ABOUT = """
ALTER TABLE notice ADD CONSTRAINT ck_notice_about_an_appeal_or_an_account
    CHECK ((appeal_id IS NULL) <> (staff_id IS NULL)) NOT VALID;
ALTER TABLE notice ADD CONSTRAINT fk_notice_staff_id
    FOREIGN KEY (staff_id) REFERENCES staff_member (id) NOT VALID
"""


def upgrade() -> None:
    op.add_column("notice", sa.Column("staff_id", sa.BigInteger()))
    op.alter_column("notice", "appeal_id", nullable=True)
    op.execute(ABOUT)
    _allow((*KINDS, *ADDED))


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE appeal_id IS NULL")
    op.drop_constraint("ck_notice_about_an_appeal_or_an_account", "notice")
    op.drop_column("notice", "staff_id")
    op.alter_column("notice", "appeal_id", nullable=False)
    _allow(KINDS)


def _allow(kinds: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE notice DROP CONSTRAINT ck_notice_noticekind")
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(
        f"ALTER TABLE notice ADD CONSTRAINT ck_notice_noticekind "
        f"CHECK (kind IN ({allowed})) NOT VALID"
    )
