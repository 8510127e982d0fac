"""How a figure changed against an earlier report: per cent, percentage points, or days."""

from appeals.reporting.counting.monthly_drafts import Cell
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.measure_shapes import NO_CASES, WITHHELD, Shape, Words
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.report_tables import (
    ALL_VARIANT,
    CellLink,
    Reading,
    TableCell,
    TableColumn,
    cell_of,
    cell_parameters,
    measure_name,
)

HUNDRED = 100
POINTS = Words(" 个百分点", " pp")
CHANGE_FORMAT = {Shape.SHARE: '+0.00" pp";-0.00" pp"', Shape.COUNT: "+0.00%;-0.00%"}
"""How a spreadsheet shows a change: of a rate in points, of a volume in per cent."""


def change_column(
    measure: str, against: Comparison, variant: str = ALL_VARIANT, *, named: bool = False
) -> TableColumn:
    """Give the column of a measure's change; `named` where more than one measure changes."""

    def shown(reading: Reading, by: str, key: str) -> TableCell:
        return change_cell(reading, cell_of(measure, by, key, variant), against)

    def label(reading: Reading) -> str:
        against_ = against.label(reading.reader.language)
        return f"{measure_name(reading, measure, variant)} · {against_}" if named else against_

    return TableColumn(label, shown)


def change_cell(reading: Reading, cell: Cell, against: Comparison) -> TableCell:
    """Show a figure's change: a volume's in per cent, a rate's in points, a span's in days."""
    if reading.is_withheld(cell) or reading.is_withheld(cell, against):
        return TableCell(WITHHELD)
    numbers, before = reading.numbers(cell), reading.numbers(cell, against)
    measure = MEASURES[cell[-1]]
    if numbers is None or before is None:
        return TableCell(NO_CASES)
    now, then = measure.value(*numbers), measure.value(*before)
    step = compute_change(measure.shape, now, then)
    if step is None:
        return TableCell(NO_CASES)
    unit = {Shape.SHARE: reading.text(POINTS), Shape.COUNT: "%"}.get(measure.shape, "")
    number = step / HUNDRED if measure.shape is Shape.COUNT else step
    return TableCell(
        f"{step:+.2f}{unit}",
        number,
        CHANGE_FORMAT.get(measure.shape, "+0.00;-0.00"),
        CellLink("difference", {**cell_parameters(cell), "against": against.value}),
    )


def compute_change(shape: Shape, now: float | None, then: float | None) -> float | None:
    """Give how a figure changed: per cent of a count, points of a rate, days of a span.

    None where either is nothing over nothing, or a count grew from none.
    """
    if now is None or then is None:
        return None
    if shape is Shape.COUNT:
        return HUNDRED * (now - then) / then if then else None
    return HUNDRED * (now - then) if shape is Shape.SHARE else now - then
