"""Changes of figures against an earlier report: in per cent, percentage points, or days."""

from appeals.domain.messages import message
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import Cell
from appeals.reporting.measures.measure_names import MeasureName, MeasureVariant
from appeals.reporting.measures.measure_shapes import NO_CASES, WITHHELD, Shape
from appeals.reporting.snapshot.breakdowns import Breakdown
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
POINTS = message(" pp")


def change_column(
    measure: MeasureName,
    against: Comparison,
    variant: MeasureVariant = ALL_VARIANT,
    *,
    named: bool = False,
) -> TableColumn:
    """Return the column of a measure's change; `named` puts the measure into its heading."""

    def shown(reading: Reading, by: Breakdown, key: str) -> TableCell:
        return change_cell(reading, cell_of(measure, by, key, variant), against)

    def label(reading: Reading) -> str:
        against_ = against.label(reading.reader.language)
        return f"{measure_name(reading, measure, variant)} · {against_}" if named else against_

    return TableColumn(label, shown)


def change_cell(reading: Reading, cell: Cell, against: Comparison) -> TableCell:
    """Return the cell of a figure's change, which links to the cases behind it."""
    if reading.is_withheld(cell) or reading.is_withheld(cell, against):
        return TableCell(WITHHELD)
    numbers, before = reading.numbers(cell), reading.numbers(cell, against)
    measure = MEASURES[cell.measure]
    if numbers is None or before is None:
        return TableCell(NO_CASES)
    now, then = measure.value(*numbers), measure.value(*before)
    step = compute_change(measure.shape, now, then)
    if step is None:
        return TableCell(NO_CASES)
    points = reading.text(POINTS)
    unit = {Shape.SHARE: points, Shape.COUNT: "%"}.get(measure.shape, "")
    formats = {Shape.SHARE: f'+0.00"{points}";-0.00"{points}"', Shape.COUNT: "+0.00%;-0.00%"}
    number = step / HUNDRED if measure.shape is Shape.COUNT else step
    return TableCell(
        f"{step:+.2f}{unit}",
        number,
        formats.get(measure.shape, "+0.00;-0.00"),
        CellLink("difference", {**cell_parameters(cell), "against": against.value}),
    )


def compute_change(shape: Shape, now: float | None, then: float | None) -> float | None:
    """Return the change: of a count in per cent, of a rate in points, of a duration in days.

    None if either figure has no cases, or if the count was 0 before.
    """
    if now is None or then is None:
        return None
    if shape is Shape.COUNT:
        return HUNDRED * (now - then) / then if then else None
    return HUNDRED * (now - then) if shape is Shape.SHARE else now - then
