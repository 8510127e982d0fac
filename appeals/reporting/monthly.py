"""Drafts: the figures of a period as of a cut-off, counted from the measured rows (Rules 4, 5)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.refusals import not_valid
from appeals.models.report import DirtyMonth, Figure, Report
from appeals.reference import reference
from appeals.reporting.asof import DIMENSIONS, TIMES, Source
from appeals.reporting.definitions import COLUMNS
from appeals.reporting.rates import CITY, Measure, Median, Window

Cell = tuple[str, str, str, str, str]
"""What a figure is of: by, key, base, variant, measure."""
Numbers = tuple[int, int]
NONE = sa.cast(sa.null(), sa.BigInteger)
IN_MEMORY = sa.text("SET LOCAL work_mem = '64MB'")
"""So much for what a month's rows are sorted and hashed in; with less they go over the disk."""


def compile(act: Act, period: Period, cut_off: datetime | None = None) -> Report:  # noqa: A001 - the field's word
    """Count the period as of `cut_off` (aware; default: now) and replace its earlier draft.

    A draft with a cut-off of its own does not follow the rows.
    Raises Refused (not valid) for a cut-off in the future.
    """
    held, cut_off = cut_off is not None, cut_off or act.now
    if cut_off > act.now:
        raise not_valid(
            "cut_off", "截止时间不能晚于现在。", "The cut-off cannot lie in the future."
        )
    of_period = sa.and_(
        Report.start == period.start, Report.end == period.end, Report.edition.is_(None)
    )
    key = sa.func.hashtextextended(f"report {period.label}", 0)
    act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    act.session.execute(sa.delete(Report).where(of_period))
    draft = Report(
        start=period.start,
        end=period.end,
        cut_off=cut_off,
        compiled_at=act.now,
        calendar_version=reference(act).book.calendar.version,
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


def count(act: Act, window: Window) -> dict[Cell, Numbers]:
    """Count every cell: one statement for each kind of measured row, and for each count by time.

    The city's cells are there even where they are nothing over nothing, other cells are not.
    """
    act.session.execute(IN_MEMORY)
    sources = dict.fromkeys(measure.over for measure in COLUMNS)
    figures = {cell: numbers for over in sources for cell, numbers in _count(act, over, window)}
    for measure in COLUMNS:
        for by in filter(TIMES.__contains__, measure.by):
            figures |= _by_time(act, measure, by, window)
    return figures


def refresh(act: Act) -> list[Report]:
    """Recompile each dirty month once and take its marks; what another worker holds is left.

    A draft that is held is left as it is.
    """
    marks = sa.select(DirtyMonth.id).with_for_update(skip_locked=True)
    months = act.session.scalars(
        sa.delete(DirtyMonth).where(DirtyMonth.id.in_(marks)).returning(DirtyMonth.month)
    )
    periods = [Period.month(f"{month:%Y-%m}") for month in sorted(set(months))]
    return [compile(act, each) for each in periods if not _is_held(act, each)]


def _is_held(act: Act, period: Period) -> bool:
    draft = draft_of(act, period)
    return draft is not None and draft.held


def draft_of(act: Act, period: Period) -> Report | None:
    """Find the draft of the period."""
    return act.session.scalar(
        sa.select(Report).where(
            Report.start == period.start, Report.end == period.end, Report.edition.is_(None)
        )
    )


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


def _count(act: Act, over: Source, window: Window) -> Iterator[tuple[Cell, Numbers]]:
    """Mark each row once, for every measure, then count the marks in every breakdown.

    Medians are taken from the same rows by themselves: what has to sort them cannot count them
    by hashing.
    """
    rows = over(window.period, window.cut_off)
    measures = [measure for measure in COLUMNS if measure.over is over]
    asked = [(measure, variant) for measure in measures for variant, _ in measure.variants]
    marks = [measure.marks(rows, window, variant) for measure, variant in asked]
    marked = (
        sa.select(
            *(rows.c[name] for name in DIMENSIONS),
            *(mark.label(f"mark_{n}") for n, mark in enumerate(chain.from_iterable(marks))),
        )
        .cte("marked")
        .prefix_with("MATERIALIZED")
    )
    width = len(DIMENSIONS)
    for row in act.session.execute(_numbers(marked, [measure for measure, _ in asked])):
        by, key = _key(tuple(row[:width]), tuple(row[width : 2 * width]))
        if key is None:
            continue
        found = row[2 * width :]
        for (measure, variant), met, of in zip(asked, found[::2], found[1::2], strict=True):
            if by in measure.by and (of or (of is not None and by == CITY)):
                yield _cell(by, key, measure, variant), (met, of)


def _numbers(marked: sa.CTE, measures: Sequence[Measure]) -> sa.CompoundSelect[Any]:
    """Count the marks in every breakdown; the medians are rows of their own."""
    dimensions = [marked.c[name] for name in DIMENSIONS]
    sets = sa.func.grouping_sets(sa.tuple_(), *(sa.tuple_(column) for column in dimensions))
    numbers = [
        measure.numbers(marked.c[f"mark_{2 * n}"], marked.c[f"mark_{2 * n + 1}"])
        for n, measure in enumerate(measures)
    ]
    parts = [
        [
            pair if isinstance(each, Median) is apart else (NONE, NONE)
            for each, pair in zip(measures, numbers, strict=True)
        ]
        for apart in {isinstance(each, Median) for each in measures}
    ]
    return sa.union_all(
        *(
            sa.select(
                *(sa.func.grouping(column) for column in dimensions),
                *dimensions,
                *chain.from_iterable(part),
            ).group_by(sets)
            for part in parts
        )
    )


def _by_time(act: Act, measure: Measure, by: str, window: Window) -> dict[Cell, Numbers]:
    """Count a measure by day or days, over its own rows alone, which an index finds."""
    rows = measure.over(window.period, window.cut_off)
    figures: dict[Cell, Numbers] = {}
    for variant, _ in measure.variants:
        statement = (
            sa.select(rows.c[by], *measure.numbers(*measure.marks(rows, window, variant)))
            .where(measure.population(rows, window, variant))
            .group_by(rows.c[by])
        )
        for key, met, of in act.session.execute(statement):
            figures[_cell(by, key, measure, variant)] = met, of
    return figures


def _key(left_out: tuple[int, ...], keys: tuple[str | None, ...]) -> tuple[str, str | None]:
    """Tell which dimension a group is of, by the one that grouping did not leave out."""
    if 0 not in left_out:
        return CITY, CITY
    place = left_out.index(0)
    return DIMENSIONS[place], keys[place]


def _cell(by: str, key: str, measure: Measure, variant: str) -> Cell:
    return by, key, measure.base, variant, measure.name
