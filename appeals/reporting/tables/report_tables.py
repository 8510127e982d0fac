"""The tables of a report's chapters: what is shown in a cell, and what it opens.

A `Reading` is one report with what it is compared with, in one reader's language. A `TableColumn`
makes the cell of a key. Pages, workbook and PDF show the same cells.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Literal

from appeals.act import Act
from appeals.models.report import Report
from appeals.reporting.counting.case_lists import CasePart
from appeals.reporting.counting.monthly_drafts import Cell, Numbers, load_figures
from appeals.reporting.measures.catalogue import BASES, MEASURES, VARIANTS
from appeals.reporting.measures.measure_shapes import CITY, NO_CASES, WITHHELD, Shape, Words, divide
from appeals.reporting.tables import comparison_basis
from appeals.reporting.tables.comparison_basis import ComparisonBasis, Figures
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.sections import PublicSeal, Reader

ALL_VARIANT = "all"
CASES_LABEL = Words("{measure}基数", "{measure}: cases")
SHARE_LABEL = Words("占比", "Share")
VARIANT_LABEL = Words("{measure} · {variant}", "{measure} · {variant}")
LinkedPage = Literal["cases", "difference", "unit"]


@dataclass(frozen=True)
class CellLink:
    """Where a cell leads: the cases of a figure, a difference, or a unit's score explained."""

    page: LinkedPage
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class TableCell:
    """One cell: its text, the number behind it with a spreadsheet's format, and what it opens."""

    text: str
    value: float | None = None
    format: str = ""
    link: CellLink | None = None

    @property
    def is_number(self) -> bool:
        """Tell whether the cell is one of numbers, which stand under each other."""
        return self.value is not None or self.text in {NO_CASES, WITHHELD}


@dataclass(frozen=True)
class TableRow:
    """A line of a table; `key` is the code of what it is about."""

    title: str
    cells: tuple[TableCell, ...]
    key: str = ""


@dataclass(frozen=True)
class ReportTable:
    """A table with its header, the first column's name leading, and a note under it."""

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[TableRow, ...]
    note: str = ""

    @property
    def has_withheld(self) -> bool:
        """Tell whether a cell is withheld."""
        return any(cell.text == WITHHELD for row in self.rows for cell in row.cells)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Tell which columns are of numbers; the first is of names."""
        columns = zip(*(row.cells for row in self.rows), strict=True)
        return (False, *(any(cell.is_number for cell in column) for column in columns))


@dataclass(frozen=True)
class Reading:
    """A report as it is read: its figures, and those of what it stands beside.

    `withheld` are cells that are not among the figures because they are not published, here (None)
    and in each earlier report; `seal` is that of a published edition, None for administrators.
    """

    report: Report
    figures: Figures
    basis: ComparisonBasis
    earlier: Mapping[Comparison, Figures]
    reader: Reader
    findings: Mapping[str, Any]
    withheld: Mapping[Comparison | None, AbstractSet[Cell]] = field(default_factory=dict)
    seal: PublicSeal | None = None

    def text(self, words: Words) -> str:
        """Give a text in the reader's language."""
        return words.label(self.reader.language)

    def numbers(self, cell: Cell, against: Comparison | None = None) -> Numbers | None:
        """Give the two numbers of a cell, here or in an earlier report; None where it has none.

        A cell of which nothing was counted is not stored: it is nothing over nothing. One that is
        withheld has none.
        """
        figures = self.figures if against is None else self.earlier.get(against)
        if figures is None or self.is_withheld(cell, against):
            return None
        measured = (CITY, CITY, *cell[2:]) in figures
        return figures.get(cell, (0, 0)) if measured else None

    def is_withheld(self, cell: Cell, against: Comparison | None = None) -> bool:
        """Tell whether a cell is not published, here or in an earlier report."""
        return cell in self.withheld.get(against, ())

    def keys(self, by: str) -> list[str]:
        """Give the keys of a breakdown, those with the most filed first."""
        found = {cell[1] for cell in self.figures if cell[0] == by}
        return sorted(found, key=lambda key: (-self.count("filed", by, key), key))

    def count(self, measure: str, by: str, key: str, against: Comparison | None = None) -> int:
        """Give how many a count or a base has."""
        numbers = self.numbers(cell_of(measure, by, key), against)
        return numbers[1] if numbers else 0


def read_report(act: Act, report: Report, reader: Reader) -> Reading:
    """Read a report with what it stands beside, every cell of both: for administrators."""
    stands = comparison_basis.find_basis(act, report)
    earlier = {
        comparison: comparison_basis.select_comparable(report, other, load_figures(act, other))
        for comparison, other in stands.earlier.items()
    }
    return Reading(
        report,
        load_figures(act, report),
        stands,
        earlier,
        reader.for_report(report),
        report.found or {},
    )


def cell_of(measure: str, by: str = CITY, key: str = CITY, variant: str = ALL_VARIANT) -> Cell:
    """Give the cell of a measure."""
    return by, key, MEASURES[measure].base, variant, measure


@dataclass(frozen=True)
class TableColumn:
    """One column: what it is called, and its cell for a key of a breakdown."""

    label: Callable[[Reading], str]
    shown: Callable[[Reading, str, str], TableCell]


def figure_column(measure: str, variant: str = ALL_VARIANT) -> TableColumn:
    """Give the column of a measure; a rate opens what met it, a count or a span its cases."""

    def shown(reading: Reading, by: str, key: str) -> TableCell:
        return figure_cell(reading, cell_of(measure, by, key, variant))

    return TableColumn(lambda reading: measure_name(reading, measure, variant), shown)


def cases_column(measure: str, variant: str = ALL_VARIANT) -> TableColumn:
    """Give the column of how many cases a rate or a span is of."""

    def shown(reading: Reading, by: str, key: str) -> TableCell:
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
        lambda reading: reading.text(CASES_LABEL).format(measure=measure_name(reading, measure)),
        shown,
    )


def missed_column(measure: str, label: Words) -> TableColumn:
    """Give the column of how many cases of a rate missed it."""

    def shown(reading: Reading, by: str, key: str) -> TableCell:
        cell = cell_of(measure, by, key)
        if reading.is_withheld(cell):
            return TableCell(WITHHELD)
        met, of = reading.numbers(cell) or (0, 0)
        n = of - met
        return TableCell(
            str(n), n, Shape.COUNT.value, link_to_cases(cell, CasePart.MISSED) if n else None
        )

    return TableColumn(lambda reading: reading.text(label), shown)


def share_column(measure: str) -> TableColumn:
    """Give the column of a count's share of the whole city's."""

    def shown(reading: Reading, by: str, key: str) -> TableCell:
        of = divide(reading.count(measure, by, key), reading.count(measure, CITY, CITY))
        return TableCell(Shape.SHARE.show(of), of, Shape.SHARE.value)

    return TableColumn(lambda reading: reading.text(SHARE_LABEL), shown)


def figure_cell(reading: Reading, cell: Cell) -> TableCell:
    """Show a figure."""
    if reading.is_withheld(cell):
        return TableCell(WITHHELD)
    measure, numbers = MEASURES[cell[-1]], reading.numbers(cell)
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
    """Lead to the cases of a figure."""
    return CellLink("cases", {**cell_parameters(cell), "part": part.value})


def cell_parameters(cell: Cell) -> dict[str, str]:
    """Give a cell as a page is asked for it."""
    return dict(zip(("by", "key", "base", "variant", "measure"), cell, strict=True))


def measure_name(reading: Reading, measure: str, variant: str = ALL_VARIANT) -> str:
    """Give what a measure is called, with its variant where it has more than one."""
    label = reading.text(MEASURES[measure].label)
    if variant == ALL_VARIANT:
        return label
    return reading.text(VARIANT_LABEL).format(
        measure=label, variant=reading.text(VARIANTS[variant])
    )


def base_name(reading: Reading, measure: str) -> str:
    """Give what the base of a measure is called."""
    return reading.text(BASES[MEASURES[measure].base])


@dataclass(frozen=True)
class BreakdownTable:
    """A table with a line for each key of a breakdown."""

    name: str
    title: Words
    by: str
    columns: tuple[TableColumn, ...]
    keys: Callable[[Reading], Iterable[str]] | None = None
    note: Words = field(default_factory=lambda: Words("", ""))

    def tables(self, reading: Reading) -> list[ReportTable]:
        """Give the table, or none where it would be empty."""
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
