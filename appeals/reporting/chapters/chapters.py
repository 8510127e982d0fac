"""`CHAPTERS`: the monthly report in the layout of an office, chapter by chapter (Domain 4).

A chapter is a title and functions that make its tables from stored figures; nothing is counted
here. To add a table, add a line.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from appeals.domain.calendar import ONE_DAY
from appeals.domain.messages import Labelled, context_message, message
from appeals.domain.vocabulary import Tier
from appeals.reporting.chapters.listed_keys import (
    busiest_units,
    departments_with_overdue,
    largest_keys,
    most_changed_categories,
    slowest_departments,
)
from appeals.reporting.chapters.score_tables import GROUPS, score_tables
from appeals.reporting.findings.anomalies import (
    ANOMALY_TABLES,
    units_below_thresholds,
    units_without_dispatches,
)
from appeals.reporting.findings.report_findings import device_table, repeat_tables, topic_table
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.measure_names import MeasureName, MeasureVariant
from appeals.reporting.measures.measure_shapes import Shape
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.tables.change_columns import change_cell, change_column
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.report_tables import (
    BreakdownTable,
    Reading,
    ReportTable,
    TableCell,
    TableRow,
    base_name,
    cases_column,
    cell_of,
    figure_cell,
    figure_column,
    measure_name,
    missed_column,
    share_column,
)

LAST, YEAR = Comparison.LAST, Comparison.YEAR
TEN, TWENTY = 10, 20
CATEGORY, DEPARTMENT = Breakdown.CATEGORY, Breakdown.DEPARTMENT
LATE = message("Late in the period")
PER_DAY = message("Filed per day")
ALL = MeasureVariant.ALL
MAIN_MEASURES = (
    (MeasureName.FILED, ALL),
    (MeasureName.VALID, ALL),
    (MeasureName.ACCEPTED, ALL),
    (MeasureName.ANSWERED_ON_SPOT, ALL),
    (MeasureName.DISPATCHED, ALL),
    (MeasureName.CLOSED, ALL),
    (MeasureName.COMPLETION, ALL),
    (MeasureName.COMPLETION, MeasureVariant.DISPATCHED),
    (MeasureName.COMPLETION_OF_DUE, ALL),
    (MeasureName.ON_TIME, ALL),
    (MeasureName.ON_TIME_ORIGINAL, ALL),
    (MeasureName.REVERSED, ALL),
    (MeasureName.CLOSED_UNTIMED, ALL),
    (MeasureName.OVERDUE, ALL),
    (MeasureName.REACHED, ALL),
    (MeasureName.RESOLUTION, ALL),
    (MeasureName.SATISFACTION, ALL),
    (MeasureName.SATISFACTION, MeasureVariant.FIRST_ROUND),
    (MeasureName.SATISFACTION_STRICT, ALL),
)
DUTY_MEASURES = (
    MeasureName.SIGNED_IN_TIME,
    MeasureName.CLAIMED,
    MeasureName.CONTACTED_IN_TIME,
    MeasureName.FEEDBACK,
    MeasureName.RETURNED,
    MeasureName.RETURN_DECIDED_IN_TIME,
    MeasureName.EXTENDED,
    MeasureName.REHANDLED,
    MeasureName.FOLLOWED_UP,
    MeasureName.URGED,
    MeasureName.ENQUIRED,
)
TIME_MEASURES = (
    MeasureName.WORKING_DAYS_MEAN,
    MeasureName.WORKING_DAYS_MEDIAN,
    MeasureName.DAYS_TO_ANSWER_MEAN,
    MeasureName.DAYS_TO_ANSWER_MEDIAN,
)
CARRY_OVER_MEASURES = (
    MeasureName.CARRIED_IN,
    MeasureName.DISPATCHED,
    MeasureName.FINISHED,
    MeasureName.CARRIED_OUT,
)
EXPLAINED_MEASURES = {
    MeasureName.CLOSED,
    MeasureName.FINISHED,
    MeasureName.FEEDBACK,
    MeasureName.CLAIMED,
}
"""Measures whose names are easily mistaken for others: pages explain them where they stand."""
VariantNames = tuple[tuple[MeasureName, MeasureVariant], ...]
TableMaker = Callable[[Reading], Iterable[ReportTable]]


@dataclass(frozen=True)
class Chapter:
    """One chapter of the report: its code, its title, and the functions that make its tables."""

    name: str
    title: Labelled
    parts: tuple[TableMaker, ...]

    def tables(self, reading: Reading) -> list[ReportTable]:
        """Return its tables, in order."""
        return [table for part in self.parts for table in part(reading)]


def in_all_cases(names: Iterable[MeasureName]) -> VariantNames:
    """Return the measures in the variant of all cases."""
    return tuple((name, ALL) for name in names)


def city_table(name: str, title: Labelled, measures: VariantNames) -> TableMaker:
    """Return the maker of a table of the whole city: a row for each measure, with its changes."""

    def tables(reading: Reading) -> Iterable[ReportTable]:
        header = tuple(map(reading.text, CITY_HEADER)) + tuple(
            each.label(reading.reader.language) for each in Comparison
        )
        rows = [_city_row(reading, *each) for each in measures]
        if name == "overview":
            rows.insert(1, _filed_per_day_row(reading))
        yield ReportTable(name, reading.text(title), header, tuple(rows))

    return tables


CITY_HEADER = (
    message("Measure"),
    message("Base"),
    context_message("report", "Figure"),
    context_message("the denominator of a rate", "Cases"),
)


def _city_row(reading: Reading, measure: MeasureName, variant: MeasureVariant) -> TableRow:
    cell = cell_of(measure, variant=variant)
    return TableRow(
        measure_name(reading, measure, variant),
        (
            TableCell(base_name(reading, measure)),
            figure_cell(reading, cell),
            cases_column(measure, variant).shown(reading, CITY, CITY),
            *(change_cell(reading, cell, against) for against in Comparison),
        ),
        measure,
        reading.text(MEASURES[measure].meaning) if measure in EXPLAINED_MEASURES else "",
    )


def _filed_per_day_row(reading: Reading) -> TableRow:
    """Return the row of filings per day, over the days of the period that began by the cut-off."""
    report = reading.report
    days = max(1, -((report.start - min(report.end, report.cut_off)) // ONE_DAY))
    filed = reading.count(MeasureName.FILED, CITY, CITY) / days
    cells = (
        TableCell(""),
        TableCell(f"{filed:.2f}", filed, Shape.DAYS.value),
        TableCell(str(days), days),
    )
    return TableRow(reading.text(PER_DAY), (*cells, TableCell(""), TableCell("")))


VOLUME_COLUMNS = (
    figure_column(MeasureName.FILED),
    share_column(MeasureName.FILED),
    change_column(MeasureName.FILED, LAST),
    change_column(MeasureName.FILED, YEAR),
)
STANDARD_COLUMNS = (
    *VOLUME_COLUMNS,
    figure_column(MeasureName.COMPLETION),
    figure_column(MeasureName.RESOLUTION),
    figure_column(MeasureName.SATISFACTION),
)
PLACE_COLUMNS = (
    figure_column(MeasureName.VALID),
    cases_column(MeasureName.COMPLETION_OF_DUE),
    figure_column(MeasureName.COMPLETION_OF_DUE),
    figure_column(MeasureName.ON_TIME),
    figure_column(MeasureName.OVERDUE),
    figure_column(MeasureName.RETURNED),
    figure_column(MeasureName.REHANDLED),
    figure_column(MeasureName.EXTENDED),
    figure_column(MeasureName.RESOLUTION),
    figure_column(MeasureName.SATISFACTION),
)


HANDLING_COLUMNS = (
    figure_column(MeasureName.DISPATCHED),
    cases_column(MeasureName.COMPLETION_OF_DUE),
    figure_column(MeasureName.CLOSED),
    figure_column(MeasureName.ON_TIME),
    figure_column(MeasureName.OVERDUE),
    figure_column(MeasureName.RETURNED),
    figure_column(MeasureName.REHANDLED),
    figure_column(MeasureName.EXTENDED),
    figure_column(MeasureName.RESOLUTION),
    figure_column(MeasureName.SATISFACTION),
)


def handling_table(tier: Tier, group: Labelled) -> TableMaker:
    """Return the maker of the table of how the units of a group handled their cases."""
    title = message("%(group)s: what was done", group=group)
    return BreakdownTable(
        f"worked_{tier}", title, DEPARTMENT, HANDLING_COLUMNS, keys=busiest_units(tier)
    ).tables


CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        "overview",
        message("Overview"),
        (
            city_table("overview", message("Main figures"), MAIN_MEASURES),
            city_table("duties", message("The steps of handling"), in_all_cases(DUTY_MEASURES)),
        ),
    ),
    Chapter(
        "channels",
        message("Channels and kinds"),
        (
            BreakdownTable(
                "channel", message("By channel"), Breakdown.CHANNEL, STANDARD_COLUMNS
            ).tables,
            BreakdownTable("kind", message("By kind"), Breakdown.KIND, STANDARD_COLUMNS).tables,
        ),
    ),
    Chapter(
        "categories",
        message("Categories"),
        (
            BreakdownTable(
                "category",
                message("The ten largest categories"),
                CATEGORY,
                STANDARD_COLUMNS,
                keys=largest_keys(CATEGORY, TEN),
            ).tables,
            BreakdownTable(
                "risers",
                message("The fastest risers"),
                CATEGORY,
                VOLUME_COLUMNS,
                keys=most_changed_categories(up=True),
            ).tables,
            BreakdownTable(
                "fallers",
                message("The fastest fallers"),
                CATEGORY,
                VOLUME_COLUMNS,
                keys=most_changed_categories(up=False),
            ).tables,
        ),
    ),
    Chapter(
        "places",
        message("Districts and streets"),
        (
            BreakdownTable(
                "district",
                context_message("report", "By district"),
                Breakdown.DISTRICT,
                PLACE_COLUMNS,
            ).tables,
            BreakdownTable(
                "street",
                message("The twenty streets and towns with most"),
                Breakdown.STREET,
                PLACE_COLUMNS,
                keys=largest_keys(Breakdown.STREET, TWENTY),
            ).tables,
        ),
    ),
    Chapter(
        "groups",
        message("Departments by group"),
        (score_tables, *(handling_table(tier, group) for tier, group in GROUPS.items())),
    ),
    Chapter(
        "exceptions",
        message("Exceptions"),
        (
            BreakdownTable(
                "overdue",
                context_message("report", "Overdue"),
                DEPARTMENT,
                (
                    figure_column(MeasureName.OVERDUE),
                    figure_column(MeasureName.CARRIED_OUT),
                    missed_column(MeasureName.ON_TIME, LATE),
                ),
                keys=departments_with_overdue,
            ).tables,
            units_below_thresholds,
            units_without_dispatches,
        ),
    ),
    Chapter(
        "times",
        message("Handling times"),
        (
            city_table("times", message("The whole city"), in_all_cases(TIME_MEASURES)),
            BreakdownTable(
                "times_kind",
                message("By kind"),
                Breakdown.KIND,
                (
                    *(figure_column(name) for name in TIME_MEASURES),
                    cases_column(MeasureName.WORKING_DAYS_MEAN),
                ),
            ).tables,
            BreakdownTable(
                "times_department",
                message("The slowest units"),
                DEPARTMENT,
                (
                    figure_column(MeasureName.WORKING_DAYS_MEAN),
                    figure_column(MeasureName.WORKING_DAYS_MEDIAN),
                    cases_column(MeasureName.WORKING_DAYS_MEAN),
                ),
                keys=slowest_departments,
                note=message("Units with fewer than 30 closed are not listed."),
            ).tables,
        ),
    ),
    Chapter(
        "load",
        message("Carried over"),
        (
            city_table(
                "load",
                message("Carried in + dispatched = finished + carried out"),
                in_all_cases(CARRY_OVER_MEASURES),
            ),
            BreakdownTable(
                "load_district",
                context_message("report", "By district"),
                Breakdown.DISTRICT,
                tuple(figure_column(name) for name in CARRY_OVER_MEASURES),
            ).tables,
        ),
    ),
    Chapter("words", message("Hot topics and repeats"), (topic_table, repeat_tables)),
    Chapter("watched", message("To be looked into"), (*ANOMALY_TABLES, device_table)),
)


def list_chapters(reading: Reading) -> Iterable[tuple[Chapter, list[ReportTable]]]:
    """Yield the chapters that have tables, with these."""
    for chapter in CHAPTERS:
        if tables := chapter.tables(reading):
            yield chapter, tables
