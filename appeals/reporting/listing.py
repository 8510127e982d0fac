"""The cases behind a figure: its numerator, its denominator, and those that missed.

The rows are chosen by the same two expressions as the figure, so a list is as long as it says.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.refusals import not_valid
from appeals.domain.vocabulary import Term
from appeals.reporting.definitions import MEASURES
from appeals.reporting.monthly import Cell
from appeals.reporting.rates import CITY, Measure, Window

PAGE = 50


class Part(Term):
    """Which of a figure's cases are listed."""

    NUMERATOR = "numerator", "达标件", "Met"
    DENOMINATOR = "denominator", "全部件", "All"
    MISSED = "missed", "未达标件", "Missed"


@dataclass(frozen=True)
class Listed:
    """One case: `n` is the round or dispatch of the appeal, 0 for the appeal itself."""

    appeal_id: int
    n: int
    number: str
    filed_at: datetime
    kind: str
    category: str
    department: str | None


@dataclass(frozen=True)
class Page:
    """Some cases of a figure, and the key (`appeal_id`, `n`) after which the next page starts."""

    rows: tuple[Listed, ...]
    next: tuple[int, int] | None


def cases(
    act: Act,
    window: Window,
    cell: Cell,
    part: Part,
    after: tuple[int, int] | None = None,
) -> Page:
    """List a page of a figure's cases, by appeal and round or dispatch.

    Raises Refused (not valid) for a cell that the report does not have.
    """
    measure = _measure(cell)
    rows = measure.over(window.cut_off)
    key = sa.tuple_(rows.c.appeal_id, rows.c.n)
    names = Listed.__dataclass_fields__
    statement = (
        sa.select(*(rows.c[name] for name in names))
        .where(chosen(measure, rows, window, cell, part))
        .order_by(rows.c.appeal_id, rows.c.n)
        .limit(PAGE + 1)
    )
    if after is not None:
        statement = statement.where(key > sa.tuple_(*after))
    found = [Listed(**row) for row in act.session.execute(statement).mappings()]
    more = len(found) > PAGE
    shown = tuple(found[:PAGE])
    return Page(shown, (shown[-1].appeal_id, shown[-1].n) if more else None)


def chosen(
    measure: Measure, rows: sa.Subquery, window: Window, cell: Cell, part: Part
) -> sa.ColumnElement[bool]:
    """Give the condition that a row is one of the cell's part."""
    by, key, _, variant, _ = cell
    inside = sa.true() if by == CITY else rows.c[by] == key
    of = sa.and_(inside, measure.population(rows, window, variant))
    met = sa.func.coalesce(measure.met(rows, window), sa.false())
    return {
        Part.DENOMINATOR: of,
        Part.NUMERATOR: sa.and_(of, met),
        Part.MISSED: sa.and_(of, ~met),
    }[part]


def _measure(cell: Cell) -> Measure:
    by, _, base, variant, name = cell
    measure = MEASURES.get(name)
    if (
        measure is None
        or by not in measure.by
        or base != measure.base
        or variant not in dict(measure.variants)
    ):
        raise not_valid("measure", "报表中没有这个数字。", "The report has no such figure.")
    return measure
