"""A notice tells a member of staff that a note mentions her.

No notice is locked while it is read for the widened CHECK: it is added NOT VALID and then
validated, which can be repeated if it was interrupted.
"""

from alembic import op

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None

NOTICES = (
    "filed", "accepted", "not_accepted", "answered_on_spot", "dispatched", "assigned_work",
    "recalled", "return_refused", "extended", "extension_refused", "question", "citizen_wrote",
    "urged", "sent_back", "closed", "reopened", "rehandling_refused", "withdrawn", "reversed",
    "new_code", "contact_changed", "warned", "breached", "escalated", "request_waits",
    "account_changed", "unusual_access", "mail_link", "work_waits", "daily_brief", "weekly_brief",
)  # fmt: skip
CHECK = "ck_notice_noticekind"


def upgrade() -> None:
    _allow((*NOTICES, "mentioned"))
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE notice VALIDATE CONSTRAINT {CHECK}")


def downgrade() -> None:
    op.execute(
        "DELETE FROM notice_read USING notice WHERE notice.id = notice_id AND kind = 'mentioned'"
    )
    op.execute("DELETE FROM notice WHERE kind = 'mentioned'")
    _allow(NOTICES)


def _allow(terms: tuple[str, ...]) -> None:
    op.execute(f"ALTER TABLE notice DROP CONSTRAINT {CHECK}")
    allowed = ", ".join(f"'{term}'" for term in terms)
    op.execute(f"ALTER TABLE notice ADD CONSTRAINT {CHECK} CHECK (kind IN ({allowed})) NOT VALID")
