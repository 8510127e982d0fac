"""Drafts: the figures of a period as of a cut-off, counted and stored (Rules 4, 5).

A draft is a `Report` without an edition number, with one `Figure` row for each cell. There is at
most one for a period; compiling replaces it. A draft follows the appeals: a change of an appeal
inserts a `DirtyMonth` row for each month whose figures it may change, and the worker recompiles
dirty months every minute. A held draft does not follow: one that was reviewed, or compiled as of a
cut-off that somebody chose.

Editions are published drafts; they are stored in the same tables (`editions/editions.py`).
"""

from collections.abc import Callable
from datetime import date, datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import Period, month_of
from appeals.domain.messages import message
from appeals.domain.refusals import not_now, not_valid
from appeals.models.appeal import IMPORTED_ROWS
from appeals.models.report import DirtyMonth, Figure, Report
from appeals.models.tasks import FailedItem
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting.breakdown_counts import count_breakdowns
from appeals.reporting.measures.catalogue import COLUMNS
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.snapshot.count_window import CountWindow

COUNTED_SOURCES = tuple(dict.fromkeys(measure.over for measure in COLUMNS))
"""The kinds of snapshot rows that are counted, one after another."""
NoteStep = Callable[[int], None]
"""What is told how many steps of a count are done: the sources counted, then the figures stored."""


def note_no_step(done: int) -> None:
    """Ignore the steps of a count that nobody waits for."""
    del done


def compile_draft(
    act: Act,
    period: Period,
    cut_off: datetime | None = None,
    *,
    note_step: NoteStep = note_no_step,
) -> Report:
    """Count a period as of a cut-off, and store the figures as its draft.

    Args:
        act: Who compiles; the draft says when.
        period: A month or any other period.
        cut_off: The cut-off, aware; the draft is then held. None for now: the draft then follows
            the appeals.
        note_step: Told how many steps are done, before each one.

    Raises:
        Refused: As `check_cut_off` does.
    """
    is_held = cut_off is not None
    cut_off = check_cut_off(act, period, cut_off)
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
        held=is_held,
    )
    act.session.add(draft)
    act.session.flush()  # the figures name the report
    _count_figures(act, draft, CountWindow(period, cut_off), note_step)
    return draft


def check_cut_off(act: Act, period: Period, cut_off: datetime | None) -> datetime:
    """Return the cut-off to count as of, now where none is given.

    Raises:
        Refused: Not valid for a cut-off in the future; not now for a period that begins after it.
    """
    cut_off = cut_off or act.now
    if cut_off > act.now:
        raise not_valid("cut_off", message("The cut-off cannot lie in the future."))
    if period.start > cut_off:
        raise not_now(message("The period begins after the cut-off: nothing can be counted."))
    return cut_off


def _count_figures(act: Act, draft: Report, window: CountWindow, note_step: NoteStep) -> None:
    figures = count_cells(act, window, note_step)
    note_step(len(COUNTED_SOURCES))
    rows = [
        {"report_id": draft.id, **cell._asdict(), **numbers._asdict()}
        for cell, numbers in figures.items()
    ]
    act.session.execute(sa.insert(Figure), rows)


def _lock_draft(act: Act, period: Period) -> None:
    """Wait until no other process compiles the period or imports a batch."""
    act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_draft_key(period))))
    act.session.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(IMPORTED_ROWS)))


def _try_lock_draft(act: Act, period: Period) -> bool:
    """Lock the period's draft unless another process compiles it; return whether it is locked."""
    locked = sa.select(sa.func.pg_try_advisory_xact_lock(_draft_key(period)))
    return bool(act.session.scalar(locked))


def _draft_key(period: Period) -> sa.Function[int]:
    return sa.func.hashtextextended(f"report {period.label}", 0)


def count_cells(
    act: Act, window: CountWindow, note_step: NoteStep = note_no_step
) -> dict[Cell, Numbers]:
    """Count every measure in every breakdown, in one statement for each kind of snapshot row.

    Cells without cases are left out, except those of the whole city.
    """
    figures: dict[Cell, Numbers] = {}
    for done, over in enumerate(COUNTED_SOURCES):
        note_step(done)
        figures.update(count_breakdowns(act, over, window))
    return figures


def recompile_dirty_months(act: Act) -> list[Report]:
    """Compile each dirty month again; returns the new drafts."""
    made = [recompile_month(act, month) for month in list_dirty_months(act)]
    return [report for report in made if report]


def list_dirty_months(act: Act) -> list[date]:
    """List the dirty months by their first days, the oldest first.

    Months that have not begun are left out, as are those that failed, until their next attempt.
    """
    key = sa.func.to_char(DirtyMonth.month, "YYYY-MM")
    query = sa.select(DirtyMonth.month).where(
        DirtyMonth.month <= month_of(act.now), ~FailedItem.is_waiting("compile", key, act.now)
    )
    return list(act.session.scalars(query.distinct().order_by(DirtyMonth.month)))


def recompile_month(act: Act, month: date) -> Report | None:
    """Compile a dirty month again and delete its marks.

    Returns None if another process is compiling it, or if the draft is held. A recount takes
    minutes: the marks stay for the next run then, which sees whether its draft is held.
    """
    period = Period.month(f"{month:%Y-%m}")
    if not _try_lock_draft(act, period):
        return None
    marks = sa.select(DirtyMonth.id).where(DirtyMonth.month == month)
    taken = act.session.execute(
        sa.delete(DirtyMonth)
        .where(DirtyMonth.id.in_(marks.with_for_update(skip_locked=True)))
        .returning(DirtyMonth.id)
    ).all()
    return compile_draft(act, period) if taken and not _is_held(act, period) else None


def _is_held(act: Act, period: Period) -> bool:
    draft = find_draft(act, period)
    return draft is not None and draft.held


def find_draft(act: Act, period: Period, *, lock: bool = False) -> Report | None:
    """Return the period's draft; with `lock` nobody else can compile it again until the commit."""
    query = sa.select(Report).where(
        Report.start == period.start, Report.end == period.end, Report.edition.is_(None)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return act.session.scalar(query)


def find_edition(act: Act, period: Period, number: int | None = None) -> Report | None:
    """Return the edition of that number; without a number the period's newest."""
    query = sa.select(Report).where(
        Report.start == period.start, Report.end == period.end, Report.edition.is_not(None)
    )
    if number is not None:
        query = query.where(Report.edition == number)
    return act.session.scalar(query.order_by(Report.edition.desc()).limit(1))


def load_figures(act: Act, report: Report, *breakdowns: str) -> dict[Cell, Numbers]:
    """Return the stored figures of a report: all, or only those of some breakdowns."""
    f = Figure
    stored = sa.select(f.by, f.key, f.base, f.variant, f.measure, f.numerator, f.denominator)
    stored = stored.where(f.report_id == report.id)
    if breakdowns:
        stored = stored.where(f.by.in_(breakdowns))
    return {
        Cell.from_codes(*codes): Numbers(numerator, denominator)
        for *codes, numerator, denominator in act.session.execute(stored)
    }
