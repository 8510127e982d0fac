"""The cases behind a figure: its numerator, its denominator, or those that missed it.

The rows are selected by the measure's own two conditions, so a list is as long as its figure says.
For readers without the permission, restricted appeals are listed as empty lines (Rules 3).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import sees_restricted
from appeals.domain.messages import message
from appeals.domain.refusals import not_valid
from appeals.domain.vocabulary import Term
from appeals.models.appeal import Appeal
from appeals.models.handling import Dispatch, Reversal, Round
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import Cell
from appeals.reporting.measures.conditions import Condition, StampInPeriod
from appeals.reporting.measures.measure_names import MeasureVariant
from appeals.reporting.measures.measure_shapes import Measure
from appeals.reporting.snapshot.breakdowns import DIMENSIONS, Breakdown
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.reporting.snapshot.snapshot_rows import key_of

PAGE_ROWS = 50
AVOID_SORTING, ALLOW_SORTING = (
    sa.text(f"SET LOCAL enable_sort = {each}") for each in ("off", "on")
)
"""Set around the query of a page. PostgreSQL expects few rows to meet a figure's conditions, and
would collect and sort all of them for the first fifty."""
HIDDEN_CASE_COLUMNS = ("appeal_id", "n", "restricted")
"""The columns that a hidden line still has."""
EXPORT_BATCH_ROWS = 1000
"""Rows of an export that are fetched at a time."""


class CasePart(Term):
    """Which of a figure's cases to list; missed are those in the denominator alone."""

    NUMERATOR = "numerator", "Met"
    DENOMINATOR = "denominator", "All"
    MISSED = "missed", "Missed"


@dataclass(frozen=True)
class ListedCase:
    """One case: `n` numbers the appeal's round, dispatch, reversal …, 0 for the appeal itself.

    A hidden case has `appeal_id`, `n` and `restricted`; all else is None.
    """

    appeal_id: int
    n: int
    restricted: bool
    number: str | None
    filed_at: datetime | None
    kind: str | None
    channel: str | None
    category: str | None
    district: str | None
    street: str | None
    department: str | None

    @property
    def is_hidden(self) -> bool:
        """Return whether this is a restricted appeal that the reader may not see."""
        return self.number is None


@dataclass(frozen=True)
class CasePage:
    """A page of cases; `next` is the key (`appeal_id`, `n`) that the next page comes after."""

    rows: tuple[ListedCase, ...]
    next: tuple[int, int] | None


@dataclass(frozen=True)
class CaseQuery:
    """Which cases to list.

    Attributes:
        window: The period and cut-off of the figure.
        cell: The figure.
        part: Its numerator, denominator, or the missed cases.
        narrowed: Keys by dimension that the cases must have besides the cell's.
        unlike: If given, only cases that the same figure did not have with this window.
        further: More conditions on the snapshot's rows.
    """

    window: CountWindow
    cell: Cell
    part: CasePart
    narrowed: Mapping[Breakdown, str] = field(default_factory=dict)
    unlike: CountWindow | None = None
    further: tuple[Callable[[sa.Subquery], sa.ColumnElement[bool]], ...] = ()


def list_cases(act: Act, asked: CaseQuery, after: tuple[int, int] | None = None) -> CasePage:
    """List one page of a figure's cases, by time where an index allows it (`INDEX_WALKS`).

    Args:
        act: Who reads.
        asked: Which cases.
        after: `CasePage.next` of the page before; None for the first page.

    Raises:
        Refused: Not valid, for a cell that the report does not have.
    """
    statement = _select_cases(act, asked, after).limit(PAGE_ROWS + 1)
    act.session.execute(AVOID_SORTING)
    found = [_mask_hidden_case(act, row) for row in act.session.execute(statement).mappings()]
    act.session.execute(ALLOW_SORTING)
    more = len(found) > PAGE_ROWS
    shown = tuple(found[:PAGE_ROWS])
    return CasePage(shown, (shown[-1].appeal_id, shown[-1].n) if more else None)


def stream_cases(act: Act, asked: CaseQuery) -> Iterator[ListedCase]:
    """Yield all of a figure's cases, fetched in batches.

    Raises:
        Refused: Not valid, before the first case, for a cell that the report does not have.
    """
    statement = _select_cases(act, asked)
    found = act.session.execute(statement.execution_options(yield_per=EXPORT_BATCH_ROWS))
    return (_mask_hidden_case(act, row) for row in found.mappings())


def _mask_hidden_case(act: Act, row: sa.RowMapping) -> ListedCase:
    """Return the case as the actor may see it: empty where it is restricted to others."""
    if row["restricted"] and not sees_restricted(act.actor):
        nothing = dict.fromkeys(ListedCase.__dataclass_fields__)
        return ListedCase(**{**nothing, **{name: row[name] for name in HIDDEN_CASE_COLUMNS}})
    return ListedCase(**row)


def _select_cases(
    act: Act, asked: CaseQuery, after: tuple[int, int] | None = None
) -> sa.Select[*tuple[object, ...]]:
    measure = _measure_of(asked.cell)
    rows = measure.over(asked.window)
    key = sa.tuple_(rows.c.appeal_id, rows.c.n)
    narrowed = [
        rows.c[name] == asked.narrowed[name] for name in DIMENSIONS if name in asked.narrowed
    ]
    statement = sa.select(*(rows.c[name] for name in ListedCase.__dataclass_fields__)).where(
        is_case_of(measure, rows, asked.window, asked.cell, asked.part), *narrowed
    )
    statement = statement.where(*(holds(rows) for holds in asked.further))
    if asked.unlike is not None:
        other = measure.over(asked.unlike)
        then = is_case_of(measure, other, asked.unlike, asked.cell, asked.part)
        statement = statement.where(key.not_in(sa.select(other.c.appeal_id, other.c.n).where(then)))
    return _order_by_walk(asked.window, rows, statement, _choose_index_walk(act, asked), after)


def _choose_index_walk(act: Act, asked: CaseQuery) -> "IndexWalk | None":
    """Return the index by whose order the cases can be read, if there is one with all of them.

    The index of closings cannot be used if closings were taken back since the cut-off: it no longer
    has them.
    """
    conditions = _measure_of(asked.cell).case_condition(MeasureVariant(asked.cell.variant)).parts
    found = next((walk for condition, walk in INDEX_WALKS.items() if condition in conditions), None)
    since = sa.select(Reversal.appeal_id).where(Reversal.reversed_at > asked.window.cut_off)
    if found is INDEX_WALKS[StampInPeriod("closed_at")] and act.session.scalar(
        sa.select(since.exists())
    ):
        return None
    return found


def _order_by_walk(
    window: CountWindow,
    rows: sa.Subquery,
    statement: sa.Select[*tuple[object, ...]],
    walk: "IndexWalk | None",
    after: tuple[int, int] | None,
) -> sa.Select[*tuple[object, ...]]:
    """Sort the cases by the indexed stamp, then by appeal and `n`, and start after the key `after`.

    So a page is one short index scan: it starts at the period's start or after the last case of the
    page before.
    """
    order, begun = [rows.c.appeal_id, rows.c.n], list[object](after or ())
    if walk is not None:
        stamp = rows.c[walk.column]
        order = [stamp, *order]
        statement = statement.where(window.holds(stamp))
        if after is not None:
            reached = walk.reached(*after).scalar_subquery()
            begun = [reached, *begun]
            statement = statement.where(stamp >= reached)
    if after is not None:
        statement = statement.where(sa.tuple_(*order) > sa.tuple_(*begun))
    return statement.order_by(*order)


@dataclass(frozen=True)
class IndexWalk:
    """An indexed stamp of the snapshot's rows, and the query for that stamp of one case."""

    column: str
    reached: Callable[[int, int], sa.Select[*tuple[object, ...]]]


INDEX_WALKS: Mapping[Condition, IndexWalk] = {
    StampInPeriod("filed_at"): IndexWalk(
        "filed_at", lambda appeal, _: sa.select(Appeal.filed_at).where(Appeal.id == appeal)
    ),
    StampInPeriod("closed_at"): IndexWalk(
        "ever_closed_at",
        lambda appeal, n: sa.select(Round.closed_at).where(Round.appeal_id == appeal, Round.n == n),
    ),
    StampInPeriod("sent_at"): IndexWalk(
        "sent_at",
        lambda appeal, n: sa.select(Dispatch.sent_at).where(
            Dispatch.appeal_id == appeal, Dispatch.n == n
        ),
    ),
}
"""The indexed stamp by which cases are listed, for measures that have this condition."""


def is_case_of(
    measure: Measure, rows: sa.Subquery, window: CountWindow, cell: Cell, part: CasePart
) -> sa.ColumnElement[bool]:
    """Return the SQL expression that a row belongs to the part of the cell."""
    by, key, _, variant, _ = cell
    of = sa.and_(
        key_of(rows, by) == key, measure.case_condition(MeasureVariant(variant)).sql(rows, window)
    )
    met = sa.func.coalesce(measure.met.sql(rows, window), sa.false())
    return {
        CasePart.DENOMINATOR: of,
        CasePart.NUMERATOR: sa.and_(of, met),
        CasePart.MISSED: sa.and_(of, ~met),
    }[part]


def _measure_of(cell: Cell) -> Measure:
    by, _, base, variant, name = cell
    measure = MEASURES.get(name)
    if (
        measure is None
        or by not in measure.by
        or base != measure.base
        or variant not in dict(measure.variants)
    ):
        raise not_valid("measure", message("The report has no such figure."))
    return measure
