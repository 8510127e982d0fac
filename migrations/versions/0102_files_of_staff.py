"""Photos and documents that staff put with answers and notes.

No logged access is locked while the table is read for the widened CHECK: it is added NOT VALID and
then validated, which can be repeated if it was interrupted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None

KINDS = (
    "case_viewed", "queue_shown", "list_shown", "photo_viewed", "contact_shown", "phone_looked_up",
    "person_looked_up", "list_exported", "printed", "log_read",
)  # fmt: skip
GUARD = "an_access_never_changes"
CHECK = "ck_access_log_accesskind"
SHOWS = "shows IN ('before', 'after', 'other')"


def upgrade() -> None:
    op.execute("DROP TABLE IF EXISTS staff_file")
    op.create_table(
        "staff_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("move_seq", sa.BigInteger()),
        sa.Column("shows", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("octets", sa.BigInteger(), nullable=False),
        sa.Column("source_hash", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.Text()),
        sa.Column("image", sa.Text()),
        sa.Column("thumbnail", sa.Text()),
        sa.Column("original", sa.Text()),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(SHOWS, name=op.f("ck_staff_file_shows")),
        sa.CheckConstraint(
            "(document IS NULL) = (image IS NOT NULL AND thumbnail IS NOT NULL)",
            name=op.f("ck_staff_file_a_photo_or_a_document"),
        ),
        sa.CheckConstraint(
            "action IN ('answer', 'note')", name=op.f("ck_staff_file_with_an_answer_or_a_note")
        ),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_staff_file_appeal_id")),
        sa.ForeignKeyConstraint(
            ["appeal_id", "move_seq"],
            ["move.appeal_id", "move.seq"],
            name=op.f("fk_staff_file_appeal_id_move_seq"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_staff_file_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_file")),
    )
    op.create_index("ix_staff_file_appeal_id", "staff_file", ["appeal_id", "move_seq"])
    op.create_index("ix_staff_file_staff_id", "staff_file", ["staff_id"])
    op.create_index("ix_staff_file_stored_at", "staff_file", ["stored_at"])
    op.create_index(
        "one_unfiled_file_per_source",
        "staff_file",
        ["appeal_id", "staff_id", "action", "source_hash"],
        unique=True,
        postgresql_where=sa.text("move_seq IS NULL"),
    )
    _allow((*KINDS, "file_opened"))
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE access_log VALIDATE CONSTRAINT {CHECK}")


def downgrade() -> None:
    op.execute(f"ALTER TABLE access_log DISABLE TRIGGER {GUARD}")
    op.execute("DELETE FROM access_log WHERE kind = 'file_opened'")
    op.execute(f"ALTER TABLE access_log ENABLE TRIGGER {GUARD}")
    _allow(KINDS)
    op.drop_table("staff_file")


def _allow(terms: tuple[str, ...]) -> None:
    op.execute(f"ALTER TABLE access_log DROP CONSTRAINT {CHECK}")
    allowed = ", ".join(f"'{term}'" for term in terms)
    op.execute(
        f"ALTER TABLE access_log ADD CONSTRAINT {CHECK} CHECK (kind IN ({allowed})) NOT VALID"
    )
