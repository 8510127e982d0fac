"""`CHAPTERS`: the monthly report as an office prints it, section by section (Domain 4).

Each chapter is a title and what gives its tables from a reading of stored figures; nothing is
counted here. To add a table, add a line.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from appeals.domain.calendar import ONE_DAY
from appeals.domain.vocabulary import Tier
from appeals.reporting.chapters.scores import GROUPS, scores
from appeals.reporting.findings.anomalies import WATCHED, below_thresholds, nobody_sent
from appeals.reporting.findings.report_findings import device_table, repeated_tables, topic_table
from appeals.reporting.measures.measure_shapes import CITY, Shape, Words
from appeals.reporting.tables.changes import change, changed
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.report_tables import (
    Listing,
    Reading,
    Row,
    Shown,
    Table,
    base_of,
    cases_of,
    cell_of,
    figure,
    missed,
    name_of,
    share,
    value,
)

LAST, YEAR = Comparison.LAST, Comparison.YEAR
TEN, FIVE, TWENTY = 10, 5, 20
BY, DEPARTMENT = "category", "department"
LATE = Words("本期未按期", "Late in the period")
LEAST = 30
"""Filings, in one period or the other, below which a category neither rises nor falls."""
PER_DAY = Words("日均提交量", "Filed per day")
HEADLINES = (
    ("filed", "all"), ("valid", "all"), ("accepted", "all"), ("answered_on_spot", "all"),
    ("dispatched", "all"), ("closed", "all"), ("completion", "all"), ("completion", "dispatched"),
    ("completion_of_due", "all"), ("on_time", "all"), ("on_time_original", "all"),
    ("reversed", "all"), ("closed_untimed", "all"), ("overdue", "all"), ("reached", "all"),
    ("resolution", "all"),
    ("satisfaction", "all"), ("satisfaction", "first_round"), ("satisfaction_strict", "all"),
)  # fmt: skip
DUTIES = (
    ("signed_in_time", "all"), ("claimed", "all"), ("contacted_in_time", "all"),
    ("feedback", "all"), ("returned", "all"), ("extended", "all"), ("rehandled", "all"),
    ("followed_up", "all"),
)  # fmt: skip
TIMES = (
    ("working_days_mean", "all"), ("working_days_median", "all"),
    ("days_to_answer_mean", "all"), ("days_to_answer_median", "all"),
)  # fmt: skip
LOAD = (
    ("carried_in", "all"), ("dispatched", "all"), ("finished", "all"), ("carried_out", "all"),
)  # fmt: skip
Measured = tuple[tuple[str, str], ...]
Give = Callable[[Reading], Iterable[Table]]


@dataclass(frozen=True)
class Chapter:
    """One section of the report."""

    name: str
    title: Words
    parts: tuple[Give, ...]

    def tables(self, book: Reading) -> list[Table]:
        """Give its tables, in order."""
        return [table for part in self.parts for table in part(book)]


def of_city(name: str, title: Words, measures: Measured) -> Give:
    """Give the table of the whole city: a measure a line, with its base and its changes."""

    def tables(book: Reading) -> Iterable[Table]:
        header = tuple(map(book.said, CITY_HEADER)) + tuple(
            each.label(book.reader.language) for each in Comparison
        )
        rows = [_city_row(book, *each) for each in measures]
        if name == "overview":
            rows.insert(1, _per_day(book))
        yield Table(name, book.said(title), header, tuple(rows))

    return tables


CITY_HEADER = (
    Words("指标", "Measure"),
    Words("口径", "Base"),
    Words("结果", "Figure"),
    Words("基数", "Cases"),
)


def _city_row(book: Reading, measure: str, variant: str) -> Row:
    cell = cell_of(measure, variant=variant)
    return Row(
        name_of(book, measure, variant),
        (
            Shown(base_of(book, measure)),
            value(book, cell),
            cases_of(measure, variant).shown(book, CITY, CITY),
            *(changed(book, cell, against) for against in Comparison),
        ),
        measure,
    )


def _per_day(book: Reading) -> Row:
    """Give the filings per day of the period, as far as it lay before the cut-off."""
    report = book.report
    days = max(1, -((report.start - min(report.end, report.cut_off)) // ONE_DAY))
    filed = book.count("filed", CITY, CITY) / days
    cells = (Shown(""), Shown(f"{filed:.2f}", filed, Shape.DAYS.value), Shown(str(days), days))
    return Row(book.said(PER_DAY), (*cells, Shown(""), Shown("")))


def top(by: str, most: int) -> Callable[[Reading], Iterable[str]]:
    """Give the keys of a breakdown with the most filed."""
    return lambda book: book.keys(by)[:most]


def moved(*, up: bool) -> Callable[[Reading], Iterable[str]]:
    """Give the five categories whose filings rose or fell most against the period before."""

    def keys(book: Reading) -> Iterable[str]:
        if LAST not in book.earlier:
            return []
        steps: dict[str, float] = {}
        for key in {cell[1] for cell in (*book.figures, *book.earlier[LAST]) if cell[0] == BY}:
            now, then = (book.count("filed", BY, key, against) for against in (None, LAST))
            if max(now, then) >= LEAST and then and now != then and (now > then) is up:
                steps[key] = now / then
        return sorted(steps, key=lambda key: (steps[key], key), reverse=up)[:FIVE]

    return keys


VOLUMES = (figure("filed"), share("filed"), change("filed", LAST), change("filed", YEAR))
USUAL = (*VOLUMES, figure("completion"), figure("resolution"), figure("satisfaction"))
PLACES = (
    figure("valid"), cases_of("completion_of_due"), figure("completion_of_due"), figure("on_time"),
    figure("overdue"), figure("returned"), figure("rehandled"), figure("extended"),
    figure("resolution"), figure("satisfaction"),
)  # fmt: skip


WORKED = (
    figure("dispatched"), cases_of("completion_of_due"), figure("closed"), figure("on_time"),
    figure("overdue"), figure("returned"), figure("rehandled"), figure("extended"),
    figure("resolution"), figure("satisfaction"),
)  # fmt: skip


def overdue(book: Reading) -> Iterable[str]:
    """Give the departments that have overdue rounds, the most first."""
    late = {key: book.count("overdue", DEPARTMENT, key) for key in book.keys(DEPARTMENT)}
    return sorted((key for key in late if late[key]), key=lambda key: (-late[key], key))


def units(tier: Tier) -> Callable[[Reading], list[str]]:
    """Give the units of a group that have cases, those with the most sent to them first."""

    def keys(book: Reading) -> list[str]:
        found = [key for key in book.beside.groups[tier] if book.count("feedback", DEPARTMENT, key)]
        return sorted(found, key=lambda key: (-book.count("feedback", DEPARTMENT, key), key))

    return keys


def worked(tier: Tier, group: Words) -> Give:
    """Give the table of what the units of a group did with their cases."""
    title = Words(f"{group.zh}办理情况", f"{group.en}: what was done")
    return Listing(f"worked_{tier}", title, DEPARTMENT, WORKED, keys=units(tier)).tables


def slowest(book: Reading) -> list[str]:
    """Give the departments with enough closed, the slowest first."""
    days = {
        key: numbers
        for key in book.keys(DEPARTMENT)
        if (numbers := book.numbers(cell_of("working_days_mean", DEPARTMENT, key)))
        and numbers[1] >= LEAST
    }
    return sorted(days, key=lambda key: (-days[key][0] / days[key][1], key))[:TEN]


CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        "overview", Words("总体情况", "Overview"),
        (
            of_city("overview", Words("主要指标", "Main figures"), HEADLINES),
            of_city("duties", Words("办理各环节", "The steps of handling"), DUTIES),
        ),
    ),
    Chapter(
        "channels", Words("渠道与性质", "Channels and kinds"),
        (
            Listing("channel", Words("按渠道", "By channel"), "channel", USUAL).tables,
            Listing("kind", Words("按性质", "By kind"), "kind", USUAL).tables,
        ),
    ),
    Chapter(
        "categories", Words("诉求类别", "Categories"),
        (
            Listing(
                "category", Words("数量前十的类别", "The ten largest categories"), BY,
                USUAL, keys=top(BY, TEN),
            ).tables,
            Listing(
                "risers", Words("环比上升最快", "The fastest risers"), BY, VOLUMES,
                keys=moved(up=True),
            ).tables,
            Listing(
                "fallers", Words("环比下降最快", "The fastest fallers"), BY, VOLUMES,
                keys=moved(up=False),
            ).tables,
        ),
    ),
    Chapter(
        "places", Words("区市与街道", "Districts and streets"),
        (
            Listing("district", Words("按区市", "By district"), "district", PLACES).tables,
            Listing(
                "street", Words("数量前二十的街道（镇）", "The twenty streets and towns with most"),
                "street", PLACES, keys=top("street", TWENTY),
            ).tables,
        ),
    ),
    Chapter(
        "groups", Words("各组单位", "Departments by group"),
        (scores, *(worked(tier, group) for tier, group in GROUPS.items())),
    ),
    Chapter(
        "exceptions", Words("异常情况", "Exceptions"),
        (
            Listing(
                "overdue", Words("超期未办结", "Overdue"), DEPARTMENT,
                (figure("overdue"), figure("carried_out"), missed("on_time", LATE)), keys=overdue,
            ).tables,
            below_thresholds,
            nobody_sent,
        ),
    ),
    Chapter(
        "times", Words("办理时长", "Handling times"),
        (
            of_city("times", Words("全市办理时长", "The whole city"), TIMES),
            Listing(
                "times_kind", Words("按性质", "By kind"), "kind",
                (*(figure(name) for name, _ in TIMES), cases_of("working_days_mean")),
            ).tables,
            Listing(
                "times_department", Words("办理最慢的单位", "The slowest units"), DEPARTMENT,
                (
                    figure("working_days_mean"), figure("working_days_median"),
                    cases_of("working_days_mean"),
                ),
                keys=slowest,
                note=Words(
                    "办结不足30件的单位不列。", "Units with fewer than 30 closed are not listed."
                ),
            ).tables,
        ),
    ),
    Chapter(
        "load", Words("结转", "Carried over"),
        (
            of_city(
                "load",
                Words(
                    "上期结转＋派单＝办毕＋结转下期",
                    "Carried in + dispatched = finished + carried out",
                ),
                LOAD,
            ),
            Listing(
                "load_district", Words("按区市", "By district"), "district",
                tuple(figure(name) for name, _ in LOAD),
            ).tables,
        ),
    ),
    Chapter(
        "words", Words("热点与重复件", "Hot topics and repeats"), (topic_table, repeated_tables)
    ),
    Chapter("watched", Words("数据质量核查", "To be looked into"), (*WATCHED, device_table)),
)  # fmt: skip


def chapters(book: Reading) -> Iterable[tuple[Chapter, list[Table]]]:
    """Give the chapters that have something to show, with their tables."""
    for chapter in CHAPTERS:
        if tables := chapter.tables(book):
            yield chapter, tables
