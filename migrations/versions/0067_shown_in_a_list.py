"""The access log records that a list of appeals was shown, once for all of them.

The table was made by this release, so its CHECK is replaced at once.
"""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

KINDS = (
    "case_viewed", "photo_viewed", "contact_shown", "phone_looked_up", "person_looked_up",
    "list_exported", "printed", "log_read", "queue_shown",
)  # fmt: skip
ADDED = "list_shown"
GUARD = "an_access_never_changes"


def upgrade() -> None:
    _allow((*KINDS, ADDED))


def downgrade() -> None:
    op.execute(f"ALTER TABLE access_log DISABLE TRIGGER {GUARD}")
    op.execute(f"DELETE FROM access_log WHERE kind = '{ADDED}'")  # noqa: S608 - a word of ours
    op.execute(f"ALTER TABLE access_log ENABLE TRIGGER {GUARD}")
    _allow(KINDS)


def _allow(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_access_log_accesskind"), "access_log")
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(
        op.f("ck_access_log_accesskind"), "access_log", f"kind IN ({allowed})"
    )
