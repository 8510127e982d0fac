"""`CHAPTERS`: the monthly report in the layout of an office, chapter by chapter (Domain 4).

A chapter is a title and functions that make its tables from stored figures; nothing is counted
here. To add a table, add a line.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from appeals.domain.calendar import ONE_DAY
from appeals.domain.vocabulary import Tier
from appeals.reporting.chapters.score_tables import GROUPS, score_tables
from appeals.reporting.findings.anomalies import (
    ANOMALY_TABLES,
    units_below_thresholds,
    units_without_dispatches,
)
from appeals.reporting.findings.report_findings import device_table, repeat_tables, topic_table
from appeals.reporting.measures.measure_names import MeasureName, MeasureVariant
from appeals.reporting.measures.measure_shapes import Shape, Words
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
TEN, FIVE, TWENTY = 10, 5, 20
CATEGORY, DEPARTMENT = Breakdown.CATEGORY, Breakdown.DEPARTMENT
LATE = Words("本期未按期", "Late in the period")
MIN_CASES = 30
"""The fewest cases of a listed row: a category's filings in either period, a unit's closings."""
PER_DAY = Words("日均提交量", "Filed per day")
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
    (MeasureName.SIGNED_IN_TIME, ALL),
    (MeasureName.CLAIMED, ALL),
    (MeasureName.CONTACTED_IN_TIME, ALL),
    (MeasureName.FEEDBACK, ALL),
    (MeasureName.RETURNED, ALL),
    (MeasureName.EXTENDED, ALL),
    (MeasureName.REHANDLED, ALL),
    (MeasureName.FOLLOWED_UP, ALL),
)
TIME_MEASURES = (
    (MeasureName.WORKING_DAYS_MEAN, ALL),
    (MeasureName.WORKING_DAYS_MEDIAN, ALL),
    (MeasureName.DAYS_TO_ANSWER_MEAN, ALL),
    (MeasureName.DAYS_TO_ANSWER_MEDIAN, ALL),
)
CARRY_OVER_MEASURES = (
    (MeasureName.CARRIED_IN, ALL),
    (MeasureName.DISPATCHED, ALL),
    (MeasureName.FINISHED, ALL),
    (MeasureName.CARRIED_OUT, ALL),
)
VariantNames = tuple[tuple[MeasureName, MeasureVariant], ...]
TableMaker = Callable[[Reading], Iterable[ReportTable]]


@dataclass(frozen=True)
class Chapter:
    """One chapter of the report: its code, its title, and the functions that make its tables."""

    name: str
    title: Words
    parts: tuple[TableMaker, ...]

    def tables(self, reading: Reading) -> list[ReportTable]:
        """Return its tables, in order."""
        return [table for part in self.parts for table in part(reading)]


def city_table(name: str, title: Words, measures: VariantNames) -> TableMaker:
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
    Words("指标", "Measure"),
    Words("口径", "Base"),
    Words("结果", "Figure"),
    Words("基数", "Cases"),
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


def largest_keys(by: Breakdown, most: int) -> Callable[[Reading], Iterable[str]]:
    """Choose the keys of a breakdown with the most appeals filed."""
    return lambda reading: reading.keys(by)[:most]


def most_changed_categories(*, up: bool) -> Callable[[Reading], Iterable[str]]:
    """Choose the five categories whose filings rose, or fell, most since the period before."""

    def keys(reading: Reading) -> Iterable[str]:
        if LAST not in reading.earlier:
            return []
        steps: dict[str, float] = {}
        for key in {
            cell.key for cell in (*reading.figures, *reading.earlier[LAST]) if cell.by == CATEGORY
        }:
            now, then = (
                reading.count(MeasureName.FILED, CATEGORY, key, against) for against in (None, LAST)
            )
            if max(now, then) >= MIN_CASES and then and now != then and (now > then) is up:
                steps[key] = now / then
        return sorted(steps, key=lambda key: (steps[key], key), reverse=up)[:FIVE]

    return keys


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


def departments_with_overdue(reading: Reading) -> Iterable[str]:
    """Return the departments with overdue rounds, those with the most first."""
    late = {
        key: reading.count(MeasureName.OVERDUE, DEPARTMENT, key) for key in reading.keys(DEPARTMENT)
    }
    return sorted((key for key in late if late[key]), key=lambda key: (-late[key], key))


def busiest_units(tier: Tier) -> Callable[[Reading], list[str]]:
    """Choose the units of a group with cases, those with the most dispatches first."""

    def keys(reading: Reading) -> list[str]:
        found = [
            key
            for key in reading.basis.groups[tier]
            if reading.count(MeasureName.FEEDBACK, DEPARTMENT, key)
        ]
        return sorted(
            found, key=lambda key: (-reading.count(MeasureName.FEEDBACK, DEPARTMENT, key), key)
        )

    return keys


def handling_table(tier: Tier, group: Words) -> TableMaker:
    """Return the maker of the table of how the units of a group handled their cases."""
    title = Words(f"{group.zh}办理情况", f"{group.en}: what was done")
    return BreakdownTable(
        f"worked_{tier}", title, DEPARTMENT, HANDLING_COLUMNS, keys=busiest_units(tier)
    ).tables


def slowest_departments(reading: Reading) -> list[str]:
    """Return the ten slowest departments, by mean working days, among those with enough closed."""
    days = {
        key: numbers
        for key in reading.keys(DEPARTMENT)
        if (numbers := reading.numbers(cell_of(MeasureName.WORKING_DAYS_MEAN, DEPARTMENT, key)))
        and numbers[1] >= MIN_CASES
    }
    return sorted(days, key=lambda key: (-days[key][0] / days[key][1], key))[:TEN]


CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        "overview",
        Words("总体情况", "Overview"),
        (
            city_table("overview", Words("主要指标", "Main figures"), MAIN_MEASURES),
            city_table("duties", Words("办理各环节", "The steps of handling"), DUTY_MEASURES),
        ),
    ),
    Chapter(
        "channels",
        Words("渠道与性质", "Channels and kinds"),
        (
            BreakdownTable(
                "channel", Words("按渠道", "By channel"), Breakdown.CHANNEL, STANDARD_COLUMNS
            ).tables,
            BreakdownTable(
                "kind", Words("按性质", "By kind"), Breakdown.KIND, STANDARD_COLUMNS
            ).tables,
        ),
    ),
    Chapter(
        "categories",
        Words("诉求类别", "Categories"),
        (
            BreakdownTable(
                "category",
                Words("数量前十的类别", "The ten largest categories"),
                CATEGORY,
                STANDARD_COLUMNS,
                keys=largest_keys(CATEGORY, TEN),
            ).tables,
            BreakdownTable(
                "risers",
                Words("环比上升最快", "The fastest risers"),
                CATEGORY,
                VOLUME_COLUMNS,
                keys=most_changed_categories(up=True),
            ).tables,
            BreakdownTable(
                "fallers",
                Words("环比下降最快", "The fastest fallers"),
                CATEGORY,
                VOLUME_COLUMNS,
                keys=most_changed_categories(up=False),
            ).tables,
        ),
    ),
    Chapter(
        "places",
        Words("区市与街道", "Districts and streets"),
        (
            BreakdownTable(
                "district", Words("按区市", "By district"), Breakdown.DISTRICT, PLACE_COLUMNS
            ).tables,
            BreakdownTable(
                "street",
                Words("数量前二十的街道（镇）", "The twenty streets and towns with most"),
                Breakdown.STREET,
                PLACE_COLUMNS,
                keys=largest_keys(Breakdown.STREET, TWENTY),
            ).tables,
        ),
    ),
    Chapter(
        "groups",
        Words("各组单位", "Departments by group"),
        (score_tables, *(handling_table(tier, group) for tier, group in GROUPS.items())),
    ),
    Chapter(
        "exceptions",
        Words("异常情况", "Exceptions"),
        (
            BreakdownTable(
                "overdue",
                Words("超期未办结", "Overdue"),
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
        Words("办理时长", "Handling times"),
        (
            city_table("times", Words("全市办理时长", "The whole city"), TIME_MEASURES),
            BreakdownTable(
                "times_kind",
                Words("按性质", "By kind"),
                Breakdown.KIND,
                (
                    *(figure_column(name) for name, _ in TIME_MEASURES),
                    cases_column(MeasureName.WORKING_DAYS_MEAN),
                ),
            ).tables,
            BreakdownTable(
                "times_department",
                Words("办理最慢的单位", "The slowest units"),
                DEPARTMENT,
                (
                    figure_column(MeasureName.WORKING_DAYS_MEAN),
                    figure_column(MeasureName.WORKING_DAYS_MEDIAN),
                    cases_column(MeasureName.WORKING_DAYS_MEAN),
                ),
                keys=slowest_departments,
                note=Words(
                    "办结不足30件的单位不列。", "Units with fewer than 30 closed are not listed."
                ),
            ).tables,
        ),
    ),
    Chapter(
        "load",
        Words("结转", "Carried over"),
        (
            city_table(
                "load",
                Words(
                    "上期结转＋派单＝办毕＋结转下期",
                    "Carried in + dispatched = finished + carried out",
                ),
                CARRY_OVER_MEASURES,
            ),
            BreakdownTable(
                "load_district",
                Words("按区市", "By district"),
                Breakdown.DISTRICT,
                tuple(figure_column(name) for name, _ in CARRY_OVER_MEASURES),
            ).tables,
        ),
    ),
    Chapter("words", Words("热点与重复件", "Hot topics and repeats"), (topic_table, repeat_tables)),
    Chapter("watched", Words("数据质量核查", "To be looked into"), (*ANOMALY_TABLES, device_table)),
)


def list_chapters(reading: Reading) -> Iterable[tuple[Chapter, list[ReportTable]]]:
    """Yield the chapters that have tables, with these."""
    for chapter in CHAPTERS:
        if tables := chapter.tables(reading):
            yield chapter, tables
