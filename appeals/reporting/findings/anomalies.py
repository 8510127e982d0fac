"""Anomalies: figures that look too good or not good enough, and may be false (Domain 4).

None of them is a verdict; each leads to the cases to look into.
"""

from collections.abc import Callable, Iterable

from appeals.domain.messages import Labelled, context_message, message
from appeals.domain.vocabulary import Tier
from appeals.reporting.measures.measure_names import MeasureName
from appeals.reporting.snapshot.breakdowns import Breakdown
from appeals.reporting.tables.report_tables import (
    BreakdownTable,
    Reading,
    ReportTable,
    TableCell,
    TableColumn,
    TableRow,
    cases_column,
    cell_of,
    figure_cell,
    figure_column,
    measure_name,
    missed_column,
)

DEPARTMENT = Breakdown.DEPARTMENT
MIN_CASES, NAMES_PER_LINE = 30, 12
RATE_THRESHOLDS_PERCENT = ((MeasureName.FEEDBACK, 92), (MeasureName.SATISFACTION, 85))
"""Rates in per cent below which a unit is listed (Domain 4 [S83])."""
MIN_CONTRADICTORY_SATISFACTION_PERCENT, MAX_CONTRADICTORY_RESOLUTION_PERCENT = 98, 80
"""A satisfaction from the first and a resolution below the second contradict each other (D)."""
MIN_HABIT_PERCENT = 20
"""Per cent of a unit's cases from which a practice counts as a habit (D)."""
UNIT_LABELS = context_message("report", "Number"), message("Which")
BELOW = message("Units under a threshold")
THRESHOLD = message("Threshold")
HEADER = (message("Unit"), message("Measure"), context_message("report", "Figure"))
GROUP = message("Group")
NOT_SENT = message("Units that nothing was sent to")
Keys = Callable[[Reading], Iterable[str]]


def rate_percent(reading: Reading, measure: MeasureName, key: str) -> float | None:
    """Return a department's rate in per cent; None for fewer than 30 cases."""
    met, of = reading.numbers(cell_of(measure, DEPARTMENT, key)) or (0, 0)
    return 100 * met / of if of >= MIN_CASES else None


def departments_with_habit(measure: MeasureName, *, missed: bool = False) -> Keys:
    """Return a function that yields the departments with a high rate of `measure`, or of misses."""

    def keys(reading: Reading) -> Iterable[str]:
        for key in reading.keys(DEPARTMENT):
            found = rate_percent(reading, measure, key)
            if found is not None and (100 - found if missed else found) >= MIN_HABIT_PERCENT:
                yield key

    return keys


def contradictory_departments(reading: Reading) -> Iterable[str]:
    """Yield the departments with high satisfaction but low resolution."""
    for key in reading.keys(DEPARTMENT):
        content, solved = (
            rate_percent(reading, name, key)
            for name in (MeasureName.SATISFACTION, MeasureName.RESOLUTION)
        )
        if (
            content is not None
            and solved is not None
            and content
            >= MIN_CONTRADICTORY_SATISFACTION_PERCENT
            > MAX_CONTRADICTORY_RESOLUTION_PERCENT
            > solved
        ):
            yield key


def anomaly_table(
    name: str, title: Labelled, keys: Keys, *columns: TableColumn
) -> Callable[[Reading], list[ReportTable]]:
    """Return the function that makes an anomaly's table, if any department shows it."""
    return BreakdownTable(name, title, DEPARTMENT, columns, keys).tables


ANOMALY_TABLES = (
    anomaly_table(
        "last_hour",
        message("Often answered in the last hour"),
        departments_with_habit(MeasureName.LAST_HOUR),
        figure_column(MeasureName.LAST_HOUR),
        cases_column(MeasureName.LAST_HOUR),
    ),
    anomaly_table(
        "unreachable",
        message("Closed, and the citizen often not reached"),
        departments_with_habit(MeasureName.REACHED, missed=True),
        missed_column(MeasureName.REACHED, message("Not reached")),
        cases_column(MeasureName.REACHED),
        figure_column(MeasureName.REACHED),
    ),
    anomaly_table(
        "last_day",
        message("Often returned on the last day"),
        departments_with_habit(MeasureName.RETURNED_ON_LAST_DAY),
        figure_column(MeasureName.RETURNED_ON_LAST_DAY),
        cases_column(MeasureName.RETURNED_ON_LAST_DAY),
    ),
    anomaly_table(
        "contradictory",
        message("Very high satisfaction beside low resolution"),
        contradictory_departments,
        figure_column(MeasureName.SATISFACTION),
        cases_column(MeasureName.SATISFACTION),
        figure_column(MeasureName.RESOLUTION),
        cases_column(MeasureName.RESOLUTION),
    ),
)


def units_below_thresholds(reading: Reading) -> Iterable[ReportTable]:
    """Yield a table of the departments with a rate below its threshold, on at least 30 cases."""
    rows = []
    for measure, least in RATE_THRESHOLDS_PERCENT:
        for key in reading.keys(DEPARTMENT):
            found = rate_percent(reading, measure, key)
            if found is not None and found < least:
                cell = cell_of(measure, DEPARTMENT, key)
                named = measure_name(reading, measure), f"{least}%"
                cells = (
                    *map(TableCell, named),
                    figure_cell(reading, cell),
                    cases_column(measure).shown(reading, DEPARTMENT, key),
                )
                rows.append(TableRow(reading.reader.key(DEPARTMENT, key), cells, key))
    if rows:
        header = (
            HEADER[0],
            HEADER[1],
            THRESHOLD,
            HEADER[2],
            context_message("the denominator of a rate", "Cases"),
        )
        yield ReportTable(
            "thresholds", reading.text(BELOW), tuple(map(reading.text, header)), tuple(rows)
        )


def units_without_dispatches(reading: Reading) -> Iterable[ReportTable]:
    """Yield a table of the units, by group, that had no dispatch in the period."""
    rows: list[TableRow] = []
    for tier, units in reading.basis.groups.items():
        idle = [key for key in units if not reading.count(MeasureName.FEEDBACK, DEPARTMENT, key)]
        rows += _list_unit_names(reading, tier, idle)
    if rows:
        header = (reading.text(GROUP), *map(reading.text, UNIT_LABELS))
        yield ReportTable("not_sent", reading.text(NOT_SENT), header, tuple(rows))


def _list_unit_names(reading: Reading, tier: Tier, units: list[str]) -> Iterable[TableRow]:
    """Yield the names of a group's units, as many to a row as fit on a page."""
    comma = reading.text(context_message("report", ", "))
    for start in range(0, len(units), NAMES_PER_LINE):
        named = comma.join(
            reading.reader.key(DEPARTMENT, key) for key in units[start : start + NAMES_PER_LINE]
        )
        n = TableCell(str(len(units)), len(units)) if start == 0 else TableCell("")
        yield TableRow(tier.label(reading.reader.language), (n, TableCell(named)), tier.value)
