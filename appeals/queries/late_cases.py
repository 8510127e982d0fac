"""How many cases are red or overdue, of the city and of each department, and which they are.

Every figure of the live pages and the wall has its list here, selected by the same conditions, so
that a list is as long as its figure. What is red and what is overdue: `models/lateness.py`.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute

from appeals.act import Act
from appeals.cases.access import not_restricted_for, visible_to
from appeals.domain.calendar import city_day, day_end
from appeals.domain.clocks import whole_second
from appeals.domain.deadlines import follow_ups_since
from appeals.domain.states import OPEN
from appeals.domain.vocabulary import Card, Duty, Term
from appeals.models.appeal import Appeal, Statement
from appeals.models.handling import Deadline
from appeals.models.lateness import (
    DEPARTMENT_PROMISES,
    FIRST_PROMISE,
    is_overdue,
    is_past_due,
)
from appeals.queries.filters import card_of_case
from appeals.queries.work_list import (
    DUE_AT,
    WORK_TABLES,
    ListOrder,
    WorkListPage,
    WorkListQueries,
    load_page,
    select_undated,
)
from appeals.reference.reference_data import load_reference

Where = sa.ColumnElement[bool]


class WorkFigure(Term):
    """A figure of the work at this moment that opens the list of its cases."""

    RED = "red", "Red"
    OVERDUE = "overdue", "Overdue"
    TODAY = "today", "Due today"
    SOON = "soon", "Due soon"
    OPEN = "open", "In hand at departments"


@dataclass(frozen=True)
class LateCounts:
    """How many cases are red, and how many of them are overdue."""

    red: int = 0
    overdue: int = 0


@dataclass(frozen=True)
class FigureScope:
    """Whose cases a figure counts: a department's by its own promises, a district's, or all."""

    department: str | None = None
    district: str | None = None


def read_figure(name: str) -> WorkFigure:
    """Return the figure of that name; the red cases for an unknown one."""
    known = {figure.value: figure for figure in WorkFigure}
    return known.get(name, WorkFigure.RED)


def count_late_of_city(act: Act) -> LateCounts:
    """Count the city's red and overdue cases, by the promises of departments and the centre."""
    counts = act.session.execute(
        sa.select(*_late_columns(act)).where(
            _is_red(act, FigureScope()), not_restricted_for(act.actor, Deadline.appeal_id)
        )
    ).one()
    return LateCounts(*counts)


def count_late_by_department(act: Act, department: str | None = None) -> dict[str, LateCounts]:
    """Count each department's red and overdue cases, or those of the one given."""
    rows = act.session.execute(
        sa.select(Deadline.department, *_late_columns(act))
        .where(
            _is_of(Deadline.department, FigureScope(department)),
            Deadline.duty.in_(DEPARTMENT_PROMISES),
            is_past_due(act.now),
            not_restricted_for(act.actor, Deadline.appeal_id),
        )
        .group_by(Deadline.department)
    )
    return {str(code): LateCounts(*counts) for code, *counts in rows}


def _late_columns(act: Act) -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    cases = sa.func.count(Deadline.appeal_id.distinct())
    return cases, cases.filter(is_overdue(act.now))


def _is_red(act: Act, scope: FigureScope) -> Where:
    if scope.department is None:
        return is_past_due(act.now, follow_ups_since(load_reference(act).book.calendar, act.now))
    return sa.and_(
        Deadline.department == scope.department,
        Deadline.duty.in_(DEPARTMENT_PROMISES),
        is_past_due(act.now),
    )


def finish_conditions(act: Act) -> dict[WorkFigure, Where]:
    """Return what the figures that go by the running finish ask of it, as SQL."""
    second = whole_second(act.now)
    return {
        WorkFigure.TODAY: Deadline.due_at.between(second, day_end(city_day(act.now))),
        WorkFigure.SOON: sa.and_(Deadline.due_at >= second, Deadline.warn_at <= act.now),
        WorkFigure.OPEN: sa.true(),
    }


def list_figure_cases(
    act: Act, figure: WorkFigure, scope: FigureScope, after: str | None = None
) -> WorkListPage:
    """List one page of the cases behind a figure, the first due first."""
    found, order = _select_cases(act, figure, scope)
    return load_page(act, found, order, after)


def count_figure_cases(act: Act, figure: WorkFigure, scope: FigureScope) -> int:
    """Count the cases behind a figure."""
    found, _ = _select_cases(act, figure, scope)
    sizes = [
        sa.select(sa.func.count())
        .select_from(rows.with_only_columns(Appeal.id).subquery())
        .scalar_subquery()
        for rows in (found.dated, found.undated)
        if rows is not None
    ]
    return sum(act.session.execute(sa.select(*sizes)).one())


def _select_cases(
    act: Act, figure: WorkFigure, scope: FigureScope
) -> tuple[WorkListQueries, ListOrder]:
    in_place = [visible_to(act.actor)]
    if scope.district is not None:
        in_place.append(Appeal.district == scope.district)
    if figure in {WorkFigure.RED, WorkFigure.OVERDUE}:
        return _select_late(act, figure, scope, in_place)
    held = [_is_of(Deadline.department, scope), Deadline.duty == Duty.FINISH, Deadline.is_running()]
    first = FIRST_PROMISE.c
    dated = (
        sa.select(Appeal, Statement.subject, DUE_AT, card_of_case(act), first.duty, first.due_at)
        .select_from(WORK_TABLES)
        .outerjoin(FIRST_PROMISE, sa.true())
        .where(*held, finish_conditions(act)[figure], *in_place)
    )
    undated = None
    if figure is WorkFigure.OPEN:
        open_here = [_is_of(Appeal.holder, scope), Appeal.state.in_(OPEN)]
        undated = select_undated(act, Duty.FINISH).where(*open_here, *in_place)
    return WorkListQueries(dated, undated), ListOrder(DUE_AT)


def _select_late(
    act: Act, figure: WorkFigure, scope: FigureScope, in_place: list[Where]
) -> tuple[WorkListQueries, ListOrder]:
    """Select the late cases, each with its promise that has been late for the longest."""
    worst = select_worst_promises(act, scope, figure)
    due_at = sa.type_coerce(worst.c.due_at, sa.DateTime(timezone=True))
    red = sa.literal(Card.RED.value)
    rows = (
        sa.select(
            Appeal,
            Statement.subject,
            due_at,
            red,
            worst.c.duty,
            worst.c.due_at.label("promised_at"),
        )
        .join_from(worst, Appeal, Appeal.id == worst.c.appeal_id)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(*in_place)
    )
    return WorkListQueries(rows), ListOrder(due_at)


def select_worst_promises(
    act: Act, scope: FigureScope, figure: WorkFigure = WorkFigure.RED
) -> sa.Subquery:
    """Select of each late case the promise that has been late for the longest."""
    late = sa.select(Deadline.appeal_id, Deadline.duty, Deadline.due_at).where(_is_red(act, scope))
    if figure is WorkFigure.OVERDUE:
        late = late.where(is_overdue(act.now))
    longest_first = late.order_by(Deadline.appeal_id, Deadline.due_at, Deadline.n)
    return longest_first.ext(distinct_on(Deadline.appeal_id)).subquery("worst")


def _is_of(department: InstrumentedAttribute[str | None], scope: FigureScope) -> Where:
    if scope.department is None:
        return department.is_not(None)
    return department == scope.department
