"""The provisional figures of the current month, read from its newest report (Rules 5).

That is the month's draft, which the worker compiles again within a minute of a change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from appeals.act import Act
from appeals.domain.calendar import Period, city_day, day_start, month_of
from appeals.models.report import Figure, Report
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.measures.measure_names import MeasureName
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown

DAILY_MEASURES = {"filed": MeasureName.FILED_DAILY, "closed": MeasureName.CLOSED_DAILY}
"""The measures that are counted by day, by the names that the page uses."""
NEWEST_COUNTS_QUERY = (
    sa.select(Report.start, Report.id)
    .where(sa.tuple_(Report.start, Report.end).in_(sa.bindparam("spans", expanding=True)))
    .ext(distinct_on(Report.start, Report.end))
    .order_by(Report.start, Report.end, Report.compiled_at.desc())
)
"""The newest report of each period, draft or edition; run on every view of the live page."""


@dataclass(frozen=True)
class ProvisionalFigures:
    """The current month so far.

    Attributes:
        month: Its newest report; None if it was not counted yet.
        figures: The report's figures.
        days: How many appeals were filed on each day of the month.
        before_today: The counts of `DAILY_MEASURES` from Monday to yesterday, by their names.
    """

    month: Report | None
    figures: Mapping[Cell, Numbers]
    days: Mapping[date, int]
    before_today: Mapping[str, int]


def find_newest_counts(act: Act) -> dict[datetime, int]:
    """Return the newest reports of this month and of the month in which this week began.

    The keys are the months' starts, the values ids of reports.
    """
    today = city_day(act.now)
    monday = today - timedelta(days=today.weekday())
    months = {month_of(act.now), monday.replace(day=1)}
    spans = [Period.month(f"{month:%Y-%m}") for month in months]
    known = {"spans": [(span.start, span.end) for span in spans]}
    return dict(act.session.execute(NEWEST_COUNTS_QUERY, known).all())


def load_provisional_figures(
    act: Act, newest_counts: Mapping[datetime, int], department: str | None = None
) -> ProvisionalFigures:
    """Return the current month's figures of the city, and of one department or all of them.

    `newest_counts` is the result of `find_newest_counts`.
    """
    today = city_day(act.now)
    monday = today - timedelta(days=today.weekday())
    month_id = newest_counts.get(day_start(today.replace(day=1)))
    month = act.session.get(Report, month_id) if month_id is not None else None
    figures: dict[Cell, Numbers] = {}
    days: dict[str, dict[date, int]] = {name: {} for name in DAILY_MEASURES.values()}
    for report_id, cell, numbers in _load_figures(act, newest_counts, department):
        if cell.by is Breakdown.DAY:
            days[cell.measure][date.fromisoformat(cell.key)] = numbers[0]
        elif report_id == month_id:
            figures[cell] = numbers
    return ProvisionalFigures(
        month,
        figures,
        {
            day: n
            for day, n in days[DAILY_MEASURES[MeasureName.FILED]].items()
            if day >= today.replace(day=1)
        },
        {
            name: sum(n for day, n in days[measure].items() if monday <= day < today)
            for name, measure in DAILY_MEASURES.items()
        },
    )


def _load_figures(
    act: Act, newest_counts: Mapping[datetime, int], department: str | None
) -> list[tuple[int, Cell, Numbers]]:
    f = Figure
    units = (
        f.key == department
        if department
        else f.measure.in_((MeasureName.DISPATCHED, MeasureName.ON_TIME))
    )
    wanted = sa.or_(
        f.by.in_((CITY, Breakdown.DISTRICT)),
        sa.and_(f.by == Breakdown.DAY, f.measure.in_(DAILY_MEASURES.values())),
        sa.and_(f.by == Breakdown.DEPARTMENT, units),
    )
    rows = act.session.execute(
        sa.select(
            f.report_id, f.by, f.key, f.base, f.variant, f.measure, f.numerator, f.denominator
        ).where(f.report_id.in_(newest_counts.values()), wanted)
    )
    return [
        (report, Cell.from_codes(*codes), Numbers(numerator, denominator))
        for report, *codes, numerator, denominator in rows
    ]
