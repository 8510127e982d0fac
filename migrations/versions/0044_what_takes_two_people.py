"""Two-person requests: one member of staff asks, another decides, and none of it is rewritten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

KINDS = (
    "account", "role", "password_reset", "second_factor_reset", "factor_not_demanded", "restricted",
    "erasure",
)  # fmt: skip
OUTCOMES = ("granted", "refused", "withdrawn", "expired", "alone")
DECIDED_ONCE = """
CREATE FUNCTION refuse_changed_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.outcome IS NULL
        AND to_jsonb(OLD) - '{outcome,decided_by,decided_at,answer}'::text[]
          = to_jsonb(NEW) - '{outcome,decided_by,decided_at,answer}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a request is decided once and never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER a_request_is_decided_once BEFORE UPDATE OR DELETE ON staff_request
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_request();
"""


def upgrade() -> None:
    op.create_table(
        "staff_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", _terms("requestkind", KINDS), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger()),
        sa.Column("wanted", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", _terms("requestoutcome", OUTCOMES)),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("answer", sa.Text()),
        sa.CheckConstraint(
            "decided_by IS NULL"
            " OR (decided_by <> asked_by AND decided_by IS DISTINCT FROM staff_id)",
            name=op.f("ck_staff_request_another_person_decides"),
        ),
        sa.CheckConstraint(
            "asked_by IS DISTINCT FROM staff_id",
            name=op.f("ck_staff_request_nobody_asks_for_oneself"),
        ),
        sa.CheckConstraint(
            "(coalesce(outcome, '') IN ('granted', 'refused')) = (decided_by IS NOT NULL)",
            name=op.f("ck_staff_request_somebody_decided"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_staff_request_an_outcome_has_its_time"),
        ),
        sa.CheckConstraint(
            "outcome IS DISTINCT FROM 'granted' OR decided_at < expires_at",
            name=op.f("ck_staff_request_granted_before_it_expired"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["staff_member.id"], name=op.f(f"fk_staff_request_{column}")
            )
            for column in ("staff_id", "asked_by", "decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_request")),
    )
    op.create_index(op.f("ix_staff_request_staff_id"), "staff_request", ["staff_id"])
    op.create_index(
        "ix_staff_request_open",
        "staff_request",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.execute(DECIDED_ONCE)
    op.add_column("change", sa.Column("request_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_change_request_id"), "change", "staff_request", ["request_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_column("change", "request_id")
    op.execute("DROP TRIGGER a_request_is_decided_once ON staff_request")
    op.execute("DROP FUNCTION refuse_changed_request()")
    op.drop_table("staff_request")


def _terms(name: str, terms: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*terms, name=name, native_enum=False, create_constraint=True, length=None)
