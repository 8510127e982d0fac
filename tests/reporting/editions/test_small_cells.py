"""Small cells (Rules 14): which keys are withheld, and that nobody can subtract them back."""

from collections.abc import Mapping

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.sql import visitors

from appeals.domain.calendar import Period
from appeals.reporting.editions.small_cells import (
    MIN_OPINIONS,
    PublishedFigures,
    publishable_findings,
    withhold_small_cells,
)
from appeals.reporting.measures.catalogue import COLUMNS
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.measures.measure_shapes import Measure, Opinions
from appeals.reporting.snapshot.breakdowns import CITY
from appeals.reporting.snapshot.count_window import CountWindow
from tests.reporting.equations import list_equations, solve_unknowns

SAID = {"satisfaction", "solved", "reached_at", "tried_at"}
"""The columns of a measured row that say what a citizen answered, or that she was asked."""
SATISFACTION = ("handled", "all", "satisfaction")
FIRST_ROUND = ("handled", "first_round", "satisfaction")
RESOLUTION = ("handled", "all", "resolution")
CLOSED = ("handled", "all", "closed")
MARCH = CountWindow(Period.month("2026-03"), Period.month("2026-03").end)
DISTRICTS = {f"{district}{n}": district for district in "ABC" for n in range(4)}
Table = Mapping[str, tuple[int, int]]


def columns_read_by(measure: Measure, *, met: bool) -> set[str]:
    """Return the columns that a measure's population reads, or what met it."""
    rows = measure.over(MARCH)
    conditions = [
        (measure.met if met else measure.case_condition(variant)).sql(rows, MARCH)
        for variant, _ in measure.variants
    ]
    return {
        column.name
        for condition in conditions
        for column in visitors.iterate(condition)
        if isinstance(column, sa.ColumnClause) and column.table is rows
    }


@pytest.mark.parametrize("measure", COLUMNS, ids=lambda measure: measure.name)
def test_a_measure_says_whether_it_counts_opinions(measure: Measure) -> None:
    cases, met = (SAID & columns_read_by(measure, met=met) for met in (False, True))
    expected = Opinions.CASES if cases else Opinions.MET if met else Opinions.NONE
    assert measure.opinions is expected


def make_figures(by: str, column: tuple[str, str, str], table: Table) -> dict[Cell, Numbers]:
    """Return the cells of a table with its total; every key closed one more than was rated."""
    found: dict[Cell, Numbers] = {
        Cell.from_codes(by, key, *column): Numbers(*numbers)
        for key, numbers in table.items()
        if numbers[1]
    }
    found |= {
        Cell.from_codes(by, key, *CLOSED): Numbers(of + 1, of + 1) for key, (_, of) in table.items()
    }
    met, of = (sum(numbers[n] for numbers in table.values()) for n in (0, 1))
    return {**found, Cell(CITY, CITY, *column): Numbers(met, of)}


def withheld_keys(published: PublishedFigures, by: str) -> set[str]:
    return {cell.key for cell in published.withheld if cell.by == by}


def test_with_a_small_cell_the_next_smallest_of_its_table_is_withheld() -> None:
    table = {"web": (1, 2), "phone": (5, 9), "app": (7, 8), "post": (30, 40)}
    published = withhold_small_cells(make_figures("channel", SATISFACTION, table), {})
    assert withheld_keys(published, "channel") == {"web", "app"}
    assert published.figures[Cell.from_codes("channel", "phone", *SATISFACTION)] == (5, 9)


@pytest.mark.parametrize(("of", "is_published"), [(1, False), (4, False), (5, True)])
def test_from_five_ratings_on_a_cell_is_published(of: int, *, is_published: bool) -> None:
    table = {"web": (1, of), "phone": (50, 90), "app": (70, 80)}
    published = withhold_small_cells(make_figures("channel", SATISFACTION, table), {})
    assert (("channel", "web", *SATISFACTION) in published.figures) is is_published


def test_a_withheld_key_is_withheld_in_every_measure_of_opinions() -> None:
    small = {"web": (1, 2), "phone": (3, 9), "app": (7, 8)}
    large = {"web": (10, 20), "phone": (30, 90), "app": (70, 80)}
    figures = make_figures("channel", RESOLUTION, small)
    for column in (SATISFACTION, FIRST_ROUND):
        figures |= make_figures("channel", column, large)
    published = withhold_small_cells(figures, {})
    assert published.withheld == {
        ("channel", key, *column)
        for key in ("web", "app")
        for column in (SATISFACTION, FIRST_ROUND, RESOLUTION)
    }
    assert ("channel", "web", *CLOSED) in published.figures


def test_withheld_cells_together_hold_at_least_five_ratings() -> None:
    table = {"web": (1, 1), "app": (0, 2), "phone": (3, 9), "post": (30, 40)}
    published = withhold_small_cells(make_figures("channel", SATISFACTION, table), {})
    assert withheld_keys(published, "channel") == {"web", "app", "phone"}


def test_withheld_cells_together_do_not_all_say_the_same() -> None:
    table = {"web": (3, 3), "app": (5, 5), "phone": (8, 9), "post": (30, 40)}
    published = withhold_small_cells(make_figures("channel", SATISFACTION, table), {})
    assert withheld_keys(published, "channel") == {"web", "app", "phone"}


def test_with_the_only_rated_cell_of_a_total_an_unrated_one_is_withheld() -> None:
    table = {"web": (2, 3), "app": (0, 0), "phone": (0, 0)}
    published = withhold_small_cells(make_figures("channel", SATISFACTION, table), {})
    assert withheld_keys(published, "channel") == {"web", "app"}
    unclosed = {cell: n for cell, n in make_figures("channel", SATISFACTION, table).items()
                if cell[:2] != ("channel", "app")}  # fmt: skip
    assert withheld_keys(withhold_small_cells(unclosed, {}), "channel") == {"web", "phone"}


def test_consultations_are_not_withheld_to_hide_a_resolution_rate() -> None:
    table = {"complaint": (1, 3), "consultation": (0, 0), "help": (5, 8)}
    published = withhold_small_cells(make_figures("kind", RESOLUTION, table), {})
    assert withheld_keys(published, "kind") == {"complaint", "help"}


def test_a_withheld_district_cannot_be_summed_from_its_streets() -> None:
    streets = {"A0": (1, 2), "B0": (5, 9), "B1": (4, 8), "C0": (20, 40), "C1": (30, 40)}
    districts = {"A": (1, 2), "B": (9, 17), "C": (50, 80)}
    figures = make_figures("street", SATISFACTION, streets)
    figures |= make_figures("district", SATISFACTION, districts)
    published = withhold_small_cells(figures, DISTRICTS)
    assert withheld_keys(published, "district") == {"A", "B"}
    assert withheld_keys(published, "street") == {"A0", "B1"}


def test_in_a_published_district_at_least_two_streets_are_withheld() -> None:
    streets = {"A0": (1, 2), "A1": (5, 9), "A2": (9, 19), "B0": (20, 40), "B1": (6, 7)}
    districts = {"A": (15, 30), "B": (26, 47)}
    figures = make_figures("street", SATISFACTION, streets)
    figures |= make_figures("district", SATISFACTION, districts)
    published = withhold_small_cells(figures, DISTRICTS)
    assert withheld_keys(published, "district") == set()
    assert withheld_keys(published, "street") == {"A0", "A1"}


def test_ratings_of_few_repeats_are_withheld_with_those_of_all_others() -> None:
    found = {"topics": [], "repeated": {"repeated": 3, "satisfied": [1, 4], "others": [50, 60]}}
    repeated = {"repeated": 3, "satisfied": None, "others": None}
    assert publishable_findings(found) == {"topics": [], "repeated": repeated}
    found["repeated"] = {"repeated": 3, "satisfied": [1, 5], "others": [50, 60]}
    assert publishable_findings(found) == found


numbers = st.integers(0, 12).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
tables = st.dictionaries(st.sampled_from(sorted(DISTRICTS)), numbers, min_size=2)


@given(
    st.dictionaries(
        st.sampled_from([SATISFACTION, FIRST_ROUND, RESOLUTION]), tables, min_size=1, max_size=3
    )
)
def test_no_withheld_cell_can_be_worked_out(by_column: dict[tuple[str, str, str], Table]) -> None:
    streets = {key for table in by_column.values() for key in table}
    figures = dict[Cell, Numbers]()
    for column, given_ in by_column.items():
        table = {key: given_.get(key, (0, 0)) for key in streets}
        districts = {
            district: tuple(
                sum(table[street][n] for street in streets if DISTRICTS[street] == district)
                for n in (0, 1)
            )
            for district in {DISTRICTS[street] for street in streets}
        }
        figures |= make_figures("street", column, table)
        figures |= make_figures("district", column, districts)  # type: ignore[arg-type]
    published = withhold_small_cells(figures, DISTRICTS)
    assert not [
        cell
        for cell, (_, of) in published.figures.items()
        if cell.by != CITY and cell[2:] in by_column and 0 < of < MIN_OPINIONS
    ]
    known = solve_unknowns(list_equations(published.figures, published.withheld, DISTRICTS))
    hidden = {cell for cell in published.withheld if figures.get(cell, (0, 0))[1]}
    if len({DISTRICTS[street] for street in streets}) > 1:
        assert {cell for cell, _ in known} & hidden == set()
