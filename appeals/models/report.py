"""Reports: drafts that follow the rows, editions that never change, months to count again."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, enum_type
from appeals.domain.vocabulary import RegularMail


class Report(Base):
    """The figures of one period as of one cut-off: a draft or, with an `edition`, an edition.

    Attributes:
        held: A draft whose cut-off was set by hand or that was reviewed; it does not follow rows.
        comparison_basis: The earlier editions, groups and weights at publication
            (`reporting/tables/comparison_basis.py`).
        findings: Findings in texts and contacts (`reporting/findings/report_findings.py`).
        names: What the keys of the figures were called, by breakdown, key and language.
        reviewer_name: The reviewer's name at publication; `publisher_name` likewise.
        salt: Part of the digest, never published: otherwise a few withheld figures could be found
            by trying all values (`reporting/editions/report_document.py`).
    """

    __tablename__ = "report"
    __table_args__ = (
        sa.CheckConstraint('"start" < "end"', name="a_period_has_days"),
        sa.CheckConstraint(
            "(edition IS NULL) = (published_at IS NULL) AND (edition IS NULL) = (digest IS NULL)",
            name="an_edition_is_published_and_sealed",
        ),
        sa.CheckConstraint(  # NOT VALID in the database: older editions may violate it
            "edition IS NULL OR (reviewed_at IS NOT NULL AND reviewed_by IS NOT NULL"
            " AND published_by IS NOT NULL)",
            name="an_edition_was_reviewed",
        ),
        sa.UniqueConstraint("start", "end", "edition", name="editions_are_numbered"),
        sa.Index(
            "one_draft_per_period",
            "start",
            "end",
            unique=True,
            postgresql_where=sa.text("edition IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    start: Mapped[datetime]
    end: Mapped[datetime]
    cut_off: Mapped[datetime]
    compiled_at: Mapped[datetime]
    calendar_version: Mapped[str]
    definitions: Mapped[list[dict[str, object]]] = mapped_column(JSONB())
    held: Mapped[bool] = mapped_column(default=False)
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    reviewer_name: Mapped[str | None]
    comparison_basis: Mapped[dict[str, dict[str, Any]] | None] = mapped_column(
        "beside", JSONB(none_as_null=True)
    )
    findings: Mapped[dict[str, Any] | None] = mapped_column("found", JSONB(none_as_null=True))
    names: Mapped[dict[str, dict[str, dict[str, str]]] | None] = mapped_column(
        JSONB(none_as_null=True)
    )
    edition: Mapped[int | None]
    published_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    publisher_name: Mapped[str | None]
    reason: Mapped[str | None]
    digest: Mapped[str | None]
    salt: Mapped[str | None]


class Figure(Base):
    """One cell of a report: numerator and denominator as whole numbers, with their keys."""

    __tablename__ = "figure"
    __table_args__ = (sa.CheckConstraint("denominator >= 0", name="a_base_is_a_count"),)

    report_id: Mapped[int] = mapped_column(
        sa.ForeignKey("report.id", ondelete="CASCADE"), primary_key=True
    )
    by: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    base: Mapped[str] = mapped_column(primary_key=True)
    variant: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    numerator: Mapped[int]
    denominator: Mapped[int]


class Brief(Base):
    """The figures of a daily or weekly brief, counted once (`reporting/briefs/`).

    `figures` are cells with their two numbers, in the order of `Cell` and `Numbers`.
    """

    __tablename__ = "brief"
    __table_args__ = (sa.CheckConstraint('"start" < "end"', name="a_brief_has_days"),)

    kind: Mapped[RegularMail] = mapped_column(enum_type(RegularMail), primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    end: Mapped[datetime]
    cut_off: Mapped[datetime]
    compiled_at: Mapped[datetime]
    calendar_version: Mapped[str]
    definitions: Mapped[list[dict[str, object]]] = mapped_column(JSONB())
    figures: Mapped[list[list[Any]]] = mapped_column(JSONB())


class EditionFile(Base):
    """A file of an edition in one format and language ("" if it is the same in every language).

    It is in the data folder once `made_at` is set; `problem` says why the last try failed. `make`
    is the version of the writer that made it (`reporting/formats/edition_files.py: FILE_VERSION`).
    """

    __tablename__ = "edition_file"
    __table_args__ = (
        sa.CheckConstraint("made_at IS NULL OR problem IS NULL", name="what_is_made_is_well"),
    )

    report_id: Mapped[int] = mapped_column(sa.ForeignKey("report.id"), primary_key=True)
    form: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    make: Mapped[int] = mapped_column(default=1, server_default="1")
    problem: Mapped[str | None]


class ReportComment(Base):
    """A comment on a draft, by the number that its edition would have; append-only."""

    __tablename__ = "report_comment"
    __table_args__ = (sa.Index("ix_report_comment_period", "start", "end", "edition"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    start: Mapped[datetime]
    end: Mapped[datetime]
    edition: Mapped[int]
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"))
    at: Mapped[datetime]
    words: Mapped[str]


class RecountRequest(Base):
    """An administrator's request to count a period again, carried out by the worker.

    Attributes:
        cut_off: The cut-off that was typed; None for the moment of counting.
        step: How many steps are done (`reporting/editions/recounts.py`).
        tries: How often a worker began it; one that dies leaves it to the next.
        problem: Why it failed: the kind of error and its place in the code, never any data.
    """

    __tablename__ = "recount_request"
    __table_args__ = (
        sa.CheckConstraint('"start" < "end"', name="a_recount_has_days"),
        sa.CheckConstraint(
            "problem IS NULL OR finished_at IS NOT NULL", name="what_failed_is_finished"
        ),
        sa.Index(
            "one_running_recount_per_period",
            "start",
            "end",
            unique=True,
            postgresql_where=sa.text("finished_at IS NULL"),
        ),
        sa.Index("ix_recount_request_period", "start", "end", "id"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    start: Mapped[datetime]
    end: Mapped[datetime]
    cut_off: Mapped[datetime | None]
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    step: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    problem: Mapped[str | None]


class DirtyMonth(Base):
    """A month whose draft must be counted again; marks are only inserted: no move waits here."""

    __tablename__ = "dirty_month"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    month: Mapped[date] = mapped_column(index=True)
    marked_at: Mapped[datetime]
