"""What administrators change: dated rules, successors, the campaign, and the log of it all."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE FUNCTION refuse_changed_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a recorded change never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER a_change_never_changes BEFORE UPDATE OR DELETE ON change
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_change();
"""


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_change_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    op.create_index("ix_change_of_key", "change", ["of", "key", "id"], unique=False)
    op.execute(APPEND_ONLY)
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_campaign_there_is_one_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.add_column("department", sa.Column("successor_code", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_department_successor_code"), "department", "department",
        ["successor_code"], ["code"],
    )  # fmt: skip
    op.add_column("routing_rule", sa.Column("line", sa.BigInteger(), nullable=True))
    op.add_column("routing_rule", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("routing_rule", sa.Column("valid_to", sa.Date(), nullable=True))
    op.create_foreign_key(
        op.f("fk_routing_rule_line"), "routing_rule", "routing_rule", ["line"], ["id"]
    )
    op.create_index(op.f("ix_routing_rule_line"), "routing_rule", ["line"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_routing_rule_line"), table_name="routing_rule")
    op.drop_constraint(op.f("fk_routing_rule_line"), "routing_rule", type_="foreignkey")
    for column in ("valid_to", "valid_from", "line"):
        op.drop_column("routing_rule", column)
    op.drop_constraint(op.f("fk_department_successor_code"), "department", type_="foreignkey")
    op.drop_column("department", "successor_code")
    op.drop_table("campaign")
    op.execute("DROP TRIGGER a_change_never_changes ON change")
    op.execute("DROP FUNCTION refuse_changed_change()")
    op.drop_index("ix_change_of_key", table_name="change")
    op.drop_table("change")
