"""Drafts: the figures of a period as of a cut-off, counted from the measured rows (Rules 4, 5)."""

from datetime import date, datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import Period, month_of
from appeals.domain.refusals import not_now, not_valid
from appeals.models.appeal import IMPORTED_ROWS
from appeals.models.report import DirtyMonth, Figure, Report
from appeals.models.tasks import FailedItem
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting.breakdown_counts import counted
from appeals.reporting.measures.catalogue import COLUMNS
from appeals.reporting.measures.measure_shapes import Window

Cell = tuple[str, str, str, str, str]
"""What a figure is of: by, key, base, variant, measure."""
Numbers = tuple[int, int]


def compile(act: Act, period: Period, cut_off: datetime | None = None) -> Report:  # noqa: A001 - the field's word
    """Count the period as of `cut_off` (aware; default: now) and replace its earlier draft.

    A draft with a cut-off of its own does not follow the rows.
    Raises Refused: not valid for a cut-off in the future, not now for a period begun after it.
    """
    held, cut_off = cut_off is not None, cut_off or act.now
    if cut_off > act.now:
        raise not_valid(
            "cut_off", "截止时间不能晚于现在。", "The cut-off cannot lie in the future."
        )
    if period.start > cut_off:
        raise not_now(
            "这一期到截止时间尚未开始。",
            "The period begins after the cut-off: nothing can be counted.",
        )
    of_period = sa.and_(
        Report.start == period.start, Report.end == period.end, Report.edition.is_(None)
    )
    _lock_draft(act, period)
    act.session.execute(sa.delete(Report).where(of_period))
    draft = Report(
        start=period.start,
        end=period.end,
        cut_off=cut_off,
        compiled_at=act.now,
        calendar_version=load_reference(act).book.calendar.version,
        definitions=[measure.definition for measure in COLUMNS],
        held=held,
    )
    act.session.add(draft)
    act.session.flush()  # the figures name the report
    figures = [
        dict(zip(("by", "key", "base", "variant", "measure"), cell, strict=True))
        | {"report_id": draft.id, "numerator": met, "denominator": of}
        for cell, (met, of) in count(act, Window(period, cut_off)).items()
    ]
    act.session.execute(sa.insert(Figure), figures)
    return draft


def _lock_draft(act: Act, period: Period) -> None:
    """Wait for another compilation of the period, and for an import's batch on its way."""
    key = sa.func.hashtextextended(f"report {period.label}", 0)
    act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    act.session.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(IMPORTED_ROWS)))


def count(act: Act, window: Window) -> dict[Cell, Numbers]:
    """Count every cell, in one statement for each kind of measured row.

    The city's cells are there even where they are nothing over nothing, other cells are not.
    """
    sources = dict.fromkeys(measure.over for measure in COLUMNS)
    return {
        (by, key, measure.base, variant, measure.name): numbers
        for over in sources
        for by, key, measure, variant, numbers in counted(act, over, window)
    }


def refresh(act: Act) -> list[Report]:
    """Recompile each dirty month once."""
    made = [refresh_month(act, month) for month in dirty_months(act)]
    return [report for report in made if report]


def dirty_months(act: Act) -> list[date]:
    """List the months to recount, the oldest first; marks of a month to come wait till it begins.

    A month that could not be counted is left out until its next try.
    """
    key = sa.func.to_char(DirtyMonth.month, "YYYY-MM")
    query = sa.select(DirtyMonth.month).where(
        DirtyMonth.month <= month_of(act.now), ~FailedItem.is_waiting("compile", key, act.now)
    )
    return list(act.session.scalars(query.distinct().order_by(DirtyMonth.month)))


def refresh_month(act: Act, month: date) -> Report | None:
    """Recompile a month and take its marks; None where another worker does or its draft is held."""
    marks = sa.select(DirtyMonth.id).where(DirtyMonth.month == month)
    taken = act.session.execute(
        sa.delete(DirtyMonth)
        .where(DirtyMonth.id.in_(marks.with_for_update(skip_locked=True)))
        .returning(DirtyMonth.id)
    ).all()
    period = Period.month(f"{month:%Y-%m}")
    return compile(act, period) if taken and not _is_held(act, period) else None


def _is_held(act: Act, period: Period) -> bool:
    draft = draft_of(act, period)
    return draft is not None and draft.held


def draft_of(act: Act, period: Period, *, lock: bool = False) -> Report | None:
    """Return the period's draft; a `lock` keeps it from being counted anew until the commit."""
    query = sa.select(Report).where(
        Report.start == period.start, Report.end == period.end, Report.edition.is_(None)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return act.session.scalar(query)


def edition_of(act: Act, period: Period, number: int | None = None) -> Report | None:
    """Find an edition of the period: the newest, or that of a number."""
    query = sa.select(Report).where(
        Report.start == period.start, Report.end == period.end, Report.edition.is_not(None)
    )
    if number is not None:
        query = query.where(Report.edition == number)
    return act.session.scalar(query.order_by(Report.edition.desc()).limit(1))


def figures_of(act: Act, report: Report, *only: str) -> dict[Cell, Numbers]:
    """Give the stored figures of a report, all or only those by some dimensions."""
    f = Figure
    stored = sa.select(f.by, f.key, f.base, f.variant, f.measure, f.numerator, f.denominator)
    stored = stored.where(f.report_id == report.id)
    if only:
        stored = stored.where(f.by.in_(only))
    return {
        (by, key, base, variant, measure): (met, of)
        for by, key, base, variant, measure, met, of in act.session.execute(stored)
    }
