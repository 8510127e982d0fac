"""The provisional figures of the current month: its draft, recounted within a minute (Rules 5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from appeals.act import Act
from appeals.domain.calendar import Period, city_day, day_start, month_of
from appeals.models.report import Figure, Report
from appeals.reporting.monthly import Cell, Numbers
from appeals.reporting.rates import CITY

DAILY = {"filed": "filed_daily", "closed": "closed_daily"}
"""What is counted by day, and the measure that it is."""


@dataclass(frozen=True)
class Provisional:
    """The month so far: the newest count of it (None: nothing was counted yet) and its figures.

    `before_today` counts by name, from Monday up to yesterday, what `DAILY` names.
    """

    month: Report | None
    figures: Mapping[Cell, Numbers]
    days: Mapping[date, int]
    before_today: Mapping[str, int]


def counted(act: Act) -> list[Report]:
    """Give the newest counts of this month and of the month in which the week began."""
    today = city_day(act.now)
    monday = today - timedelta(days=today.weekday())
    return _newest(act, {month_of(act.now), monday.replace(day=1)})


def provisional(act: Act, counted: Sequence[Report], department: str | None = None) -> Provisional:
    """Give the month so far with the figures of the city, and of a department or all of them."""
    today = city_day(act.now)
    monday = today - timedelta(days=today.weekday())
    month = next((each for each in counted if each.start == day_start(today.replace(day=1))), None)
    figures: dict[Cell, Numbers] = {}
    days = {name: dict[date, int]() for name in DAILY.values()}
    for report_id, cell, numbers in _figures(act, counted, department):
        if cell[0] == "day":
            days[cell[-1]][date.fromisoformat(cell[1])] = numbers[0]
        elif month is not None and report_id == month.id:
            figures[cell] = numbers
    return Provisional(
        month,
        figures,
        {day: n for day, n in days[DAILY["filed"]].items() if day >= today.replace(day=1)},
        {
            name: sum(n for day, n in days[measure].items() if monday <= day < today)
            for name, measure in DAILY.items()
        },
    )


def _newest(act: Act, months: set[date]) -> list[Report]:
    """Give the count of each month that was made last, be it a draft or an edition."""
    spans = [Period.month(f"{month:%Y-%m}") for month in months]
    return list(
        act.session.scalars(
            sa.select(Report)
            .where(sa.tuple_(Report.start, Report.end).in_([(s.start, s.end) for s in spans]))
            .ext(distinct_on(Report.start, Report.end))
            .order_by(Report.start, Report.end, Report.compiled_at.desc())
        )
    )


def _figures(
    act: Act, counted: Sequence[Report], department: str | None
) -> list[tuple[int, Cell, Numbers]]:
    f = Figure
    units = f.key == department if department else f.measure.in_(("dispatched", "on_time"))
    wanted = sa.or_(
        f.by.in_((CITY, "district")),
        sa.and_(f.by == "day", f.measure.in_(DAILY.values())),
        sa.and_(f.by == "department", units),
    )
    rows = act.session.execute(
        sa.select(
            f.report_id, f.by, f.key, f.base, f.variant, f.measure, f.numerator, f.denominator
        ).where(f.report_id.in_([each.id for each in counted]), wanted)
    )
    return [
        (report, (by, key, base, variant, measure), (met, of))
        for report, by, key, base, variant, measure, met, of in rows
    ]
