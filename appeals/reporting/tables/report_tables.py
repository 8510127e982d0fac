"""The tables of a report's chapters: cells, columns, and the report that they are made from.

A `Reading` is one report with the earlier ones that it is compared with, in one reader's language.
A `TableColumn` makes the cell for a key of a breakdown, a `BreakdownTable` a table of such columns.
Pages, workbook and PDF show the same cells.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Literal

from appeals.act import Act
from appeals.domain.messages import Labelled, Message, message
from appeals.models.report import Report
from appeals.reporting.counting.case_lists import CasePart
from appeals.reporting.counting.monthly_drafts import load_figures
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import NO_NUMBERS, Cell, Numbers
from appeals.reporting.measures.measure_names import MeasureName, MeasureVariant
from appeals.reporting.measures.measure_shapes import NO_CASES, WITHHELD, Shape, divide
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.tables import comparison_basis
from appeals.reporting.tables.comparison_basis import ComparisonBasis, Figures
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.sections import PublicSeal, Reader

ALL_VARIANT = MeasureVariant.ALL
SHARE_LABEL = message("Share")
NO_NOTE = Message("")
LinkedPage = Literal["cases", "difference", "unit"]


@dataclass(frozen=True)
class CellLink:
    """The target of a cell's link: its cases, the cases that changed it, or a unit's score."""

    page: LinkedPage
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class TableCell:
    """One cell: its text, its number with a spreadsheet's format, and its link."""

    text: str
    value: float | None = None
    format: str = ""
    link: CellLink | None = None

    @property
    def is_number(self) -> bool:
        """Return whether its column is aligned as numbers are."""
        return self.value is not None or self.text in {NO_CASES, WITHHELD}


@dataclass(frozen=True)
class TableRow:
    """A row; `title` is its first cell, `key` its code, such as a department's.

    `meaning` explains a title on pages where it would be mistaken for another.
    """

    title: str
    cells: tuple[TableCell, ...]
    key: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class ReportTable:
    """A table; its header includes the first column, its note is shown below."""

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[TableRow, ...]
    note: str = ""

    @property
    def has_withheld(self) -> bool:
        """Return whether any of its cells is withheld."""
        return any(cell.text == WITHHELD for row in self.rows for cell in row.cells)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Return for each column whether it holds numbers; the first holds names."""
        columns = zip(*(row.cells for row in self.rows), strict=True)
        return (False, *(any(cell.is_number for cell in column) for column in columns))


@dataclass(frozen=True)
class Reading:
    """A report with all that its tables need, for one reader.

    Attributes:
        report: The draft or edition.
        figures: Its figures.
        basis: The comparison basis: earlier reports, groups of units, weights of the score.
        earlier: The figures of the earlier reports, without measures that were defined otherwise.
        reader: The language, and the names of keys.
        findings: Hot topics, repeat filings and devices.
        withheld: Cells that are not published, of this report (None) and of the earlier ones.
        seal: The digest of the published figures; None for administrators, who read everything.
        is_training: Whether it is a report of a training system; the PDF says so on each page.
    """

    report: Report
    figures: Figures
    basis: ComparisonBasis
    earlier: Mapping[Comparison, Figures]
    reader: Reader
    findings: Mapping[str, Any]
    withheld: Mapping[Comparison | None, AbstractSet[Cell]] = field(default_factory=dict)
    seal: PublicSeal | None = None
    is_training: bool = False

    def text(self, words: Labelled) -> str:
        """Return the text in the reader's language."""
        return words.label(self.reader.language)

    def numbers(self, cell: Cell, against: Comparison | None = None) -> Numbers | None:
        """Return the two numbers of a cell, of this report or an earlier one.

        A cell without cases is not stored; it is returned as (0, 0). None if the report does not
        have the measure, if there is no such earlier report, or if the cell is withheld.
        """
        figures = self.figures if against is None else self.earlier.get(against)
        if figures is None or self.is_withheld(cell, against):
            return None
        return figures.get(cell, NO_NUMBERS) if cell.of_city() in figures else None

    def is_withheld(self, cell: Cell, against: Comparison | None = None) -> bool:
        """Return whether the cell is not published, of this report or of an earlier one."""
        return cell in self.withheld.get(against, ())

    def keys(self, by: Breakdown) -> list[str]:
        """Return the keys of a breakdown, those with the most appeals filed first."""
        found = {cell.key for cell in self.figures if cell.by == by}
        return sorted(found, key=lambda key: (-self.count(MeasureName.FILED, by, key), key))

    def count(
        self, measure: MeasureName, by: Breakdown, key: str, against: Comparison | None = None
    ) -> int:
        """Return a cell's denominator, which for a count is the count; 0 if it has no numbers."""
        numbers = self.numbers(cell_of(measure, by, key), against)
        return numbers[1] if numbers else 0


def read_report(act: Act, report: Report, reader: Reader) -> Reading:
    """Read a report for administrators: with every cell, withheld from nobody."""
    basis = comparison_basis.find_basis(act, report)
    earlier = {
        comparison: comparison_basis.select_comparable(report, other, load_figures(act, other))
        for comparison, other in basis.earlier.items()
    }
    return Reading(
        report,
        load_figures(act, report),
        basis,
        earlier,
        reader.for_report(report),
        report.findings or {},
    )


def cell_of(
    measure: MeasureName,
    by: Breakdown = CITY,
    key: str = CITY.value,
    variant: MeasureVariant = ALL_VARIANT,
) -> Cell:
    """Return a measure's cell, by default the whole city's."""
    return Cell(by, key, MEASURES[measure].base, variant, measure)


@dataclass(frozen=True)
class TableColumn:
    """One column: `label` makes its heading, `shown` its cell from breakdown and key."""

    label: Callable[[Reading], str]
    shown: Callable[[Reading, Breakdown, str], TableCell]


def figure_column(measure: MeasureName, variant: MeasureVariant = ALL_VARIANT) -> TableColumn:
    """Return the column of a measure; it links to a rate's met cases, of others to all cases."""

    def shown(reading: Reading, by: Breakdown, key: str) -> TableCell:
        return figure_cell(reading, cell_of(measure, by, key, variant))

    return TableColumn(lambda reading: measure_name(reading, measure, variant), shown)


def cases_column(measure: MeasureName, variant: MeasureVariant = ALL_VARIANT) -> TableColumn:
    """Return the column of the number of cases behind a measure, its denominator."""

    def shown(reading: Reading, by: Breakdown, key: str) -> TableCell:
        cell = cell_of(measure, by, key, variant)
        if reading.is_withheld(cell):
            return TableCell(WITHHELD)
        numbers = reading.numbers(cell)
        of = numbers[1] if numbers else 0
        return TableCell(
            str(of),
            of,
            Shape.COUNT.value,
            link_to_cases(cell, CasePart.DENOMINATOR) if of else None,
        )

    return TableColumn(
        lambda reading: reading.text(
            message("%(measure)s: cases", measure=measure_name(reading, measure))
        ),
        shown,
    )


def missed_column(measure: MeasureName, label: Labelled) -> TableColumn:
    """Return the column of how many of a rate's cases missed it."""

    def shown(reading: Reading, by: Breakdown, key: str) -> TableCell:
        cell = cell_of(measure, by, key)
        if reading.is_withheld(cell):
            return TableCell(WITHHELD)
        n = (reading.numbers(cell) or NO_NUMBERS).missed
        return TableCell(
            str(n), n, Shape.COUNT.value, link_to_cases(cell, CasePart.MISSED) if n else None
        )

    return TableColumn(lambda reading: reading.text(label), shown)


def share_column(measure: MeasureName) -> TableColumn:
    """Return the column of a key's share of the whole city's count."""

    def shown(reading: Reading, by: Breakdown, key: str) -> TableCell:
        of = divide(reading.count(measure, by, key), reading.count(measure, CITY, CITY))
        return TableCell(Shape.SHARE.show(of), of, Shape.SHARE.value)

    return TableColumn(lambda reading: reading.text(SHARE_LABEL), shown)


def figure_cell(reading: Reading, cell: Cell) -> TableCell:
    """Return the cell that shows a figure."""
    if reading.is_withheld(cell):
        return TableCell(WITHHELD)
    measure, numbers = MEASURES[cell.measure], reading.numbers(cell)
    if numbers is None:
        return TableCell(NO_CASES)
    part = CasePart.NUMERATOR if measure.shape is Shape.SHARE else CasePart.DENOMINATOR
    return TableCell(
        measure.show(*numbers),
        measure.value(*numbers),
        measure.shape.value,
        link_to_cases(cell, part) if numbers[1] else None,
    )


def link_to_cases(cell: Cell, part: CasePart) -> CellLink:
    """Return the link to the cases behind a figure."""
    return CellLink("cases", {**cell_parameters(cell), "part": part.value})


def cell_parameters(cell: Cell) -> dict[str, str]:
    """Return a cell as URL parameters."""
    return {name: str(code) for name, code in cell._asdict().items()}


def measure_name(
    reading: Reading, measure: MeasureName, variant: MeasureVariant = ALL_VARIANT
) -> str:
    """Return the measure's label, with the variant's unless that is all cases."""
    label = reading.text(MEASURES[measure].label)
    if variant == ALL_VARIANT:
        return label
    return f"{label} · {reading.text(variant)}"


def base_name(reading: Reading, measure: MeasureName) -> str:
    """Return the label of the measure's base."""
    return reading.text(MEASURES[measure].base)


@dataclass(frozen=True)
class BreakdownTable:
    """A table with a row for each key of a breakdown; `keys` chooses and sorts them."""

    name: str
    title: Labelled
    by: Breakdown
    columns: tuple[TableColumn, ...]
    keys: Callable[[Reading], Iterable[str]] | None = None
    note: Labelled = NO_NOTE

    def tables(self, reading: Reading) -> list[ReportTable]:
        """Return the table; an empty list if it would have no rows."""
        keys = reading.keys(self.by) if self.keys is None else list(self.keys(reading))
        if not keys:
            return []
        rows = (
            TableRow(
                reading.reader.key(self.by, key),
                tuple(column.shown(reading, self.by, key) for column in self.columns),
                key,
            )
            for key in keys
        )
        header = (
            reading.reader.dimension(self.by),
            *(column.label(reading) for column in self.columns),
        )
        return [
            ReportTable(
                self.name, reading.text(self.title), header, tuple(rows), reading.text(self.note)
            )
        ]
