"""The live figures of this moment, today and this week, each by a scan of an index of its own.

They count what the reader may see: restricted appeals are left out without permission.

Measures of a month come from its draft (`reporting/counting/provisional_figures.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import not_restricted_for, visible_to
from appeals.domain.calendar import city_day, day_start
from appeals.domain.states import OPEN
from appeals.domain.vocabulary import DispatchEnd, Duty
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline, Dispatch, Round
from appeals.queries.filters import lacks_promise
from appeals.queries.late_cases import (
    WorkFigure,
    count_late_by_department,
    count_late_of_city,
    finish_conditions,
)


@dataclass(frozen=True)
class DepartmentLoad:
    """The open work of one department, or of all, at this moment; `soon` are yellow cards."""

    open: int = 0
    today: int = 0
    soon: int = 0
    red: int = 0
    overdue: int = 0


@dataclass(frozen=True)
class DispatchProgress:
    """The progress of the dispatches sent to a department since a moment."""

    sent: int
    signed: int
    answered: int
    returned: int


def count_loads(act: Act, department: str | None = None) -> dict[str, DepartmentLoad]:
    """Count the open work of each department, or of the one given, dated and undated."""
    by_finish = finish_conditions(act)
    counts = [
        sa.func.count().filter(by_finish[figure])
        for figure in (WorkFigure.OPEN, WorkFigure.TODAY, WorkFigure.SOON)
    ]
    rows = sa.select(Deadline.department, *counts).where(
        Deadline.duty == Duty.FINISH,
        Deadline.is_running(),
        Deadline.department.is_not(None),
        not_restricted_for(act.actor, Deadline.appeal_id),
    )
    if department is not None:
        rows = rows.where(Deadline.department == department)
    found = act.session.execute(rows.group_by(Deadline.department))
    loads = {str(code): DepartmentLoad(*counted) for code, *counted in found}
    for code, count in _count_undated(act, department):
        load = loads.get(code, DepartmentLoad())
        loads[code] = replace(load, open=load.open + count)
    for code, late in count_late_by_department(act, department).items():
        load = loads.get(code, DepartmentLoad())
        loads[code] = replace(load, red=late.red, overdue=late.overdue)
    return loads


def _count_undated(act: Act, department: str | None) -> list[tuple[str, int]]:
    """Count each department's open appeals that were imported without a date."""
    rows = sa.select(Appeal.holder, sa.func.count()).where(
        Appeal.holder.is_not(None),
        Appeal.state.in_(OPEN),
        lacks_promise(Duty.FINISH),
        not_restricted_for(act.actor, Appeal.id),
    )
    if department is not None:
        rows = rows.where(Appeal.holder == department)
    return [(str(code), n) for code, n in act.session.execute(rows.group_by(Appeal.holder))]


def count_city_load(act: Act, each: Mapping[str, DepartmentLoad]) -> DepartmentLoad:
    """Add up what the departments have in hand; red and overdue are those of the whole city.

    A case can be red for the centre and for a department, and one that was recalled is in no
    department's hands: so these two are counted by themselves.
    """
    rows = each.values()
    late = count_late_of_city(act)
    return DepartmentLoad(
        sum(one.open for one in rows),
        sum(one.today for one in rows),
        sum(one.soon for one in rows),
        late.red,
        late.overdue,
    )


def count_today(act: Act) -> dict[str, int]:
    """Count the appeals filed, dispatched and closed in the city today."""
    start = day_start(city_day(act.now))
    of_round = not_restricted_for(act.actor, Round.appeal_id)
    counted = {
        "filed": sa.and_(Appeal.filed_at >= start, visible_to(act.actor)),
        "dispatched": sa.and_(Round.first_dispatched_at >= start, of_round),
        "closed": sa.and_(Round.closed_at >= start, of_round),
    }
    counts = [
        sa.select(sa.func.count()).where(rows).scalar_subquery().label(name)
        for name, rows in counted.items()
    ]
    return dict(act.session.execute(sa.select(*counts)).mappings().one())


def count_dispatch_progress(act: Act, department: str) -> tuple[DispatchProgress, DispatchProgress]:
    """Count a department's dispatches of today, and of this week from Monday on."""
    day = city_day(act.now)
    monday = day_start(day - timedelta(days=day.weekday()))
    counts = [count for since in (day_start(day), monday) for count in _progress_columns(since)]
    row = act.session.execute(
        sa.select(*counts).where(
            Dispatch.department == department,
            Dispatch.sent_at >= monday,
            not_restricted_for(act.actor, Dispatch.appeal_id),
        )
    ).one()
    half = len(row) // 2
    return DispatchProgress(*row[:half]), DispatchProgress(*row[half:])


def _progress_columns(since: datetime) -> list[sa.ColumnElement[int]]:
    returned = Dispatch.how_ended == DispatchEnd.RETURNED
    conditions = (
        sa.true(),
        Dispatch.signed_at.is_not(None),
        Dispatch.answered_at.is_not(None),
        returned,
    )
    return [sa.func.count().filter(Dispatch.sent_at >= since, each) for each in conditions]
