"""What a reader can work out by adding and subtracting: exact linear equations, no rounding."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from fractions import Fraction

from appeals.reporting.monthly import Cell, Numbers
from appeals.reporting.rates import CITY

Unknown = tuple[Cell, int]
"""A withheld cell, and which of its two numbers."""
Equation = tuple[dict[Unknown, Fraction], Fraction]
"""The coefficients of the unknowns, and what they come to."""
DISTRICT, STREET = "district", "street"


def determined(equations: Iterable[Equation]) -> dict[Unknown, Fraction]:
    """Return the unknowns that the equations leave one value, by Gauss and Jordan."""
    rows = list[Equation]()
    for given, total in equations:
        row, value = dict(given), total
        for pivots, known in rows:
            row, value = _without(row, value, next(iter(pivots)), pivots, known)
        if not row:
            assert value == 0, "the printed numbers contradict each other"
            continue
        pivot = next(iter(row))
        row, value = {name: c / row[pivot] for name, c in row.items()}, value / row[pivot]
        rows = [(*_without(one, known, pivot, row, value),) for one, known in rows]
        rows.append(({pivot: row.pop(pivot), **row}, value))
    return {next(iter(row)): value for row, value in rows if len(row) == 1}


def _without(
    row: dict[Unknown, Fraction],
    value: Fraction,
    pivot: Unknown,
    other: Mapping[Unknown, Fraction],
    known: Fraction,
) -> Equation:
    """Take a pivot out of a row by subtracting another row, which has it once."""
    times = row.get(pivot, Fraction())
    if not times:
        return row, value
    names = [*row, *(name for name in other if name not in row)]
    left = {name: row.get(name, Fraction()) - times * other.get(name, Fraction()) for name in names}
    return {name: c for name, c in left.items() if c}, value - times * known


def totals(
    printed: Mapping[Cell, Numbers],
    withheld: AbstractSet[Cell],
    districts: Mapping[str, str | None],
) -> list[Equation]:
    """Return every sum that a reader knows: each table is the city's, streets are a district's.

    An unknown is a withheld cell with which of its two numbers it is. What is printed nowhere has
    no cases.
    """
    found = list[Equation]()
    for by in {cell[0] for cell in (*printed, *withheld)} - {CITY}:
        for column in {cell[2:] for cell in withheld if cell[0] == by}:
            of_table = {c for c in (*printed, *withheld) if c[0] == by and c[2:] == column}
            parts = [((CITY, CITY, *column), of_table)]
            if by == STREET:
                above = {districts[cell[1]] for cell in of_table}
                parts += [
                    (
                        (DISTRICT, str(code), *column),
                        {cell for cell in of_table if districts[cell[1]] == code},
                    )
                    for code in above
                ]
            for total, cells in parts:
                found += [_sum(printed, withheld, total, cells, n) for n in (0, 1)]
    return found


def _sum(
    printed: Mapping[Cell, Numbers],
    withheld: AbstractSet[Cell],
    total: Cell,
    cells: Iterable[Cell],
    n: int,
) -> Equation:
    unknown, known = dict[Unknown, Fraction](), Fraction()
    if total in withheld:
        unknown[total, n] = Fraction(-1)
    else:
        known = Fraction(printed.get(total, (0, 0))[n])
    for cell in cells:
        if cell in withheld:
            unknown[cell, n] = Fraction(1)
        else:
            known -= printed[cell][n]
    return unknown, known
