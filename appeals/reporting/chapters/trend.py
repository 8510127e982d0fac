"""The trend of rates over the published months, and the targets that they are compared with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from appeals.act import Act
from appeals.domain.calendar import Period, month_of
from appeals.domain.messages import Labelled, context_message
from appeals.models.report import Figure, Report
from appeals.reporting.measures.cells import Numbers
from appeals.reporting.measures.measure_names import MeasureName, MeasureVariant
from appeals.reporting.measures.measure_shapes import divide
from appeals.reporting.snapshot.breakdowns import CITY

TREND_SPAN = timedelta(days=397)
"""Thirteen months, so that the same month of the year before is there."""
LONGEST_MONTH = timedelta(days=31)


@dataclass(frozen=True)
class Target:
    """The share that a rate should reach; `version` rises when it changes."""

    measure: MeasureName
    version: int
    share: float
    source: Labelled


TARGETS: dict[str, Target] = {
    target.measure: target
    for target in (
        Target(
            MeasureName.COMPLETION, 1, 0.9929,
            context_message("completion rate", "as published for the campaign's first year"),
        ),
        Target(
            MeasureName.SATISFACTION, 1, 0.9543,
            context_message("satisfaction rate", "as published for the campaign's first year"),
        ),
    )
}  # fmt: skip
"""The rates of the campaign's published first year (Rules 7); a target is no promise."""
Trend = Mapping[str, tuple[tuple[str, Numbers], ...]]
"""For each measure its city figures by month ("2026-03"), in order."""


def load_trend(act: Act, report: Report, measures: Iterable[MeasureName]) -> Trend:
    """Load the city's figures of the newest edition of each month, up to the report's end."""
    months = (
        sa.select(Report.id, Report.start, Report.end)
        .where(
            Report.edition.is_not(None),
            Report.start < report.end,
            Report.start >= report.end - TREND_SPAN,
            Report.end - Report.start <= LONGEST_MONTH,
        )
        .ext(distinct_on(Report.start, Report.end))
        .order_by(Report.start, Report.end, Report.edition.desc())
        .subquery("months")
    )
    f, names = Figure, list(measures)
    rows = act.session.execute(
        sa.select(months.c.start, months.c.end, f.measure, f.numerator, f.denominator)
        .join(f, f.report_id == months.c.id)
        .where(f.by == CITY.value, f.variant == MeasureVariant.ALL.value, f.measure.in_(names))
        .order_by(months.c.start)
    )
    lines: dict[str, list[tuple[str, Numbers]]] = {name: [] for name in names}
    for start, end, name, met, of in rows:
        if (span := Period(start, end)).is_month:
            lines[name].append((span.label, Numbers(met, of)))
    return {name: tuple(points) for name, points in lines.items()}


def change_on_last_month(points: Iterable[tuple[str, Numbers]], month: str) -> float | None:
    """Return a rate's change since the month before, in percentage points; None without both."""
    rates = {label: divide(*numbers) for label, numbers in points}
    day_before = Period.parse(month).start - LONGEST_MONTH / 2
    now, before = rates.get(month), rates.get(f"{month_of(day_before):%Y-%m}")
    return None if now is None or before is None else 100 * (now - before)
