"""One log of what staff open, look up and export: added to, never changed.

Looks at a contact that earlier releases recorded stay in `contact_view`; an index finds those of
one person.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

ROLES = (
    "citizen",
    "operator",
    "dispatcher",
    "officer",
    "leader",
    "supervisor",
    "administrator",
    "system",
)
KINDS = (
    "case_viewed",
    "photo_viewed",
    "contact_shown",
    "phone_looked_up",
    "person_looked_up",
    "list_exported",
    "printed",
    "log_read",
)
GUARD = """
CREATE FUNCTION refuse_changed_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of the access log never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER an_access_never_changes BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_access();
CREATE TRIGGER accesses_are_never_emptied BEFORE TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changed_access();
"""


def closed_list(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=None)


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("role", closed_list("role", ROLES), nullable=False),
        sa.Column("kind", closed_list("accesskind", KINDS), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "month = date_trunc('month', at AT TIME ZONE 'UTC')::date",
            name=op.f("ck_access_log_month_of_its_moment"),
        ),
        sa.CheckConstraint(
            "octet_length(detail::text) <= 4000", name=op.f("ck_access_log_detail_is_short")
        ),
        sa.PrimaryKeyConstraint("month", "id", name=op.f("pk_access_log")),
    )
    op.create_index(
        "ix_access_log_appeal_id_at_id",
        "access_log",
        ["appeal_id", "at", "id"],
        postgresql_where=sa.text("appeal_id IS NOT NULL"),
    )
    op.create_index("ix_access_log_staff_id_at_id", "access_log", ["staff_id", "at", "id"])
    op.create_index("ix_access_log_at", "access_log", ["at"], postgresql_using="brin")
    op.execute(GUARD)


def downgrade() -> None:
    op.drop_table("access_log")
    op.execute("DROP FUNCTION refuse_changed_access()")
