"""What a reader can work out by adding and subtracting: exact linear equations, no rounding."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from fractions import Fraction

from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown

Unknown = tuple[Cell, int]
"""A withheld cell, and which of its two numbers."""
Equation = tuple[dict[Unknown, Fraction], Fraction]
"""The coefficients of the unknowns, and what they come to."""
DISTRICT, STREET = Breakdown.DISTRICT, Breakdown.STREET


def solve_unknowns(equations: Iterable[Equation]) -> dict[Unknown, Fraction]:
    """Return the unknowns that the equations leave one value, by Gauss and Jordan.

    Each row that is kept says one unknown by others that no kept row says: `users` names the rows
    in which such another stands, so that no row is looked at in vain.
    """
    solved = dict[Unknown, Equation]()
    users = defaultdict[Unknown, set[Unknown]](set)
    for given, total in equations:
        row, value = dict(given), total
        for name in [name for name in row if name in solved]:
            value = _subtract(row, value, row.pop(name), solved[name])
        if not row:
            assert value == 0, "the printed numbers contradict each other"
            continue
        pivot, first = next(iter(row.items()))
        rest = {name: c / first for name, c in row.items() if name != pivot}, value / first
        for user in users.pop(pivot, set()):
            others, known = solved[user]
            before = set(others)
            known = _subtract(others, known, others.pop(pivot), rest)
            solved[user] = others, known
            for name in before ^ others.keys():
                (users[name].add if name in others else users[name].discard)(user)
        solved[pivot] = rest
        for name in rest[0]:
            users[name].add(pivot)
    return {pivot: value for pivot, (rest, value) in solved.items() if not rest}


def _subtract(
    row: dict[Unknown, Fraction], value: Fraction, times: Fraction, other: Equation
) -> Fraction:
    """Subtract so many times another row from a row in place; return the value it then has."""
    for name, coefficient in other[0].items():
        left = row.get(name, 0) - times * coefficient
        if left:
            row[name] = left
        else:
            row.pop(name, None)
    return value - times * other[1]


def list_equations(
    printed: Mapping[Cell, Numbers],
    withheld: AbstractSet[Cell],
    districts: Mapping[str, str | None],
) -> list[Equation]:
    """Return every sum that a reader knows: each table is the city's, streets are a district's.

    An unknown is a withheld cell with which of its two numbers it is. What is printed nowhere has
    no cases.
    """
    found = list[Equation]()
    for by in {cell.by for cell in (*printed, *withheld)} - {CITY}:
        for column in {cell[2:] for cell in withheld if cell.by == by}:
            of_table = {c for c in (*printed, *withheld) if c[0] == by and c[2:] == column}
            parts: list[tuple[Cell, set[Cell]]] = [(Cell(CITY, CITY, *column), of_table)]
            if by == STREET:
                above = {districts[cell.key] for cell in of_table}
                parts += [
                    (
                        Cell(DISTRICT, str(code), *column),
                        {cell for cell in of_table if districts[cell.key] == code},
                    )
                    for code in above
                ]
            for total, cells in parts:
                found += [_sum_equation(printed, withheld, total, cells, n) for n in (0, 1)]
    return found


def _sum_equation(
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
