"""The outbox, the runs of the tasks, reports with their figures, and the months to recount."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "filed",
                "accepted",
                "not_accepted",
                "answered_on_spot",
                "dispatched",
                "assigned_work",
                "recalled",
                "return_refused",
                "extended",
                "extension_refused",
                "question",
                "citizen_wrote",
                "sent_back",
                "closed",
                "reopened",
                "rehandling_refused",
                "withdrawn",
                "new_code",
                "warned",
                "breached",
                "escalated",
                name="noticekind",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "sms",
                "desk",
                name="noticechannel",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_notice_appeal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("cause", "kind", "recipient", name="one_notice_per_cause"),
    )
    op.create_index(op.f("ix_notice_appeal_id"), "notice", ["appeal_id"], unique=False)
    op.create_index(
        "ix_notice_due",
        "notice",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL AND parked_at IS NULL"),
    )
    op.create_table(
        "task_run",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_task_run")),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cut_off", sa.DateTime(timezone=True), nullable=False),
        sa.Column("compiled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calendar_version", sa.Text(), nullable=False),
        sa.Column("definitions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.CheckConstraint('"start" < "end"', name=op.f("ck_report_a_period_has_days")),
        sa.CheckConstraint(
            "(edition IS NULL) = (published_at IS NULL) AND (edition IS NULL) = (digest IS NULL)",
            name=op.f("ck_report_an_edition_is_published_and_sealed"),
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["staff_member.id"], name=op.f("fk_report_published_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("start", "end", "edition", name="editions_are_numbered"),
    )
    op.create_index(
        "one_draft_per_period",
        "report",
        ["start", "end"],
        unique=True,
        postgresql_where=sa.text("edition IS NULL"),
    )
    op.create_table(
        "figure",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("denominator >= 0", name=op.f("ck_figure_a_base_is_a_count")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_figure_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "report_id", "by", "key", "base", "variant", "measure", name=op.f("pk_figure")
        ),
    )
    op.create_table(
        "dirty_month",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dirty_month")),
    )
    op.create_index(op.f("ix_dirty_month_month"), "dirty_month", ["month"], unique=False)


def downgrade() -> None:
    op.drop_table("dirty_month")
    op.drop_table("figure")
    op.drop_table("report")
    op.drop_table("task_run")
    op.drop_table("notice")
