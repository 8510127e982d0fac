"""Who looked at a citizen's contact, when and why: added to, never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE FUNCTION refuse_changed_view() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a recorded look at a contact never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER a_contact_view_never_changes BEFORE UPDATE OR DELETE ON contact_view
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_view();
"""


def upgrade() -> None:
    op.create_table(
        "contact_view",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "call",
                "verify",
                "other",
                name="contactreason",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_contact_view_appeal_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_contact_view_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_view")),
    )
    op.create_index(op.f("ix_contact_view_appeal_id"), "contact_view", ["appeal_id"], unique=False)
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    op.drop_table("contact_view")
    op.execute("DROP FUNCTION refuse_changed_view()")
