"""Briefs 日报 and 周报: which days they cover, and their figures, counted once and stored.

They have the measures of the reports (`reporting/measures/catalogue.py`), as of the end of the last
day. A daily brief covers the days from the working day before to yesterday, a weekly one the week
before, Monday to Sunday.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import load_only

from appeals.act import Act
from appeals.domain.calendar import Calendar, Period, day_start
from appeals.domain.vocabulary import RegularMail
from appeals.models.report import Brief
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting.monthly_drafts import count_cells
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.measures.measure_names import MeasureName as M
from appeals.reporting.measures.measure_names import MeasureVariant
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.snapshot.count_window import CountWindow

BRIEF_KINDS = (RegularMail.DAILY_BRIEF, RegularMail.WEEKLY_BRIEF)
DEPARTMENT_MEASURES = (
    M.DISPATCHED,
    M.CLOSED,
    M.ON_TIME,
    M.SIGNED_IN_TIME,
    M.CONTACTED_IN_TIME,
    M.RETURNED,
    M.URGED,
    M.CARRIED_OUT,
    M.OVERDUE,
)
"""The measures of a department, in the order of the brief."""
CITY_MEASURES = (
    M.FILED,
    M.ACCEPTED,
    M.ANSWERED_ON_SPOT,
    *DEPARTMENT_MEASURES,
    M.ENQUIRED,
    M.FOLLOWED_UP,
    M.RESOLUTION,
    M.SATISFACTION,
)
MEASURES_OF: Mapping[Breakdown, Sequence[M]] = {
    CITY: CITY_MEASURES,
    Breakdown.DEPARTMENT: DEPARTMENT_MEASURES,
}
WEEK = timedelta(days=7)
LISTED_BRIEFS = 14
"""How many briefs of a kind the page offers."""


def period_of(kind: RegularMail, day: date, calendar: Calendar) -> Period:
    """Return the days that the brief of a day covers; a weekly one's day is the week's Monday."""
    first = day - WEEK if kind is RegularMail.WEEKLY_BRIEF else calendar.previous_working(day)
    return Period.days(first, day)


def compile_brief(act: Act, kind: RegularMail, day: date) -> Brief:
    """Count the brief of a day and store it, unless it is there already; return it."""
    city = load_reference(act)
    period = period_of(kind, day, city.book.calendar)
    if (known := find_brief(act, kind, period.start)) is not None:
        return known
    figures = count_cells(act, CountWindow(period, period.end))
    row = {
        "kind": kind,
        "start": period.start,
        "end": period.end,
        "cut_off": period.end,
        "compiled_at": act.now,
        "calendar_version": city.book.calendar.version,
        "definitions": [MEASURES[name].definition for name in CITY_MEASURES],
        "figures": [[*cell, *numbers] for cell, numbers in figures.items() if is_shown(cell)],
    }
    act.session.execute(insert(Brief).values(row).on_conflict_do_nothing())
    return act.session.get_one(Brief, (kind, period.start))


def is_shown(cell: Cell) -> bool:
    """Return whether a brief shows this figure."""
    return cell.measure in MEASURES_OF.get(cell.by, ()) and cell.variant == MeasureVariant.ALL


def find_brief(act: Act, kind: RegularMail, start: datetime) -> Brief | None:
    """Return the brief of a kind whose days begin at `start`; None if it was not counted."""
    return act.session.get(Brief, (kind, start))


def find_brief_of_day(act: Act, kind: RegularMail, first: date) -> Brief | None:
    """Return the brief of a kind that covers the days from `first` on."""
    return find_brief(act, kind, day_start(first))


def find_brief_before(act: Act, brief: Brief) -> Brief | None:
    """Return the brief of the same kind that covers the days just before."""
    return act.session.scalar(
        sa.select(Brief).where(Brief.kind == brief.kind, Brief.end == brief.start)
    )


def list_briefs(act: Act, kind: RegularMail) -> Sequence[Brief]:
    """Return the newest briefs of a kind, without reading their figures."""
    return act.session.scalars(
        sa.select(Brief)
        .options(load_only(Brief.kind, Brief.start, Brief.end))
        .where(Brief.kind == kind)
        .order_by(Brief.start.desc())
        .limit(LISTED_BRIEFS)
    ).all()


def figures_of(brief: Brief | None) -> dict[Cell, Numbers]:
    """Return the figures of a brief; none for none."""
    rows = brief.figures if brief is not None else []
    return {Cell.from_codes(*codes): Numbers(met, of) for *codes, met, of in rows}
