"""The pictures of a report with their words, as its pages show them: each beside its table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from markupsafe import Markup

from appeals.domain.calendar import Period
from appeals.models.report import Report
from appeals.reporting import charts
from appeals.reporting.chapters import overview as glance
from appeals.reporting.chapters import trend as trends
from appeals.reporting.chapters.overview import (
    HEADLINES,
    OVERVIEW_BREAKDOWNS,
    HeadlineRate,
    Overview,
    build_overview,
)
from appeals.reporting.charts import DataPoint
from appeals.reporting.charts.heat_calendar import Week
from appeals.reporting.editions.public_editions import PublicEdition
from appeals.reporting.measures.measure_shapes import Shape, divide
from appeals.reporting.tables.sections import FigureLine, MeasureSection
from appeals.web.shared import report_requests
from appeals.web.shared.request import act, language

MONTH_AT = 5
"""Where the month stands in "2026-03"."""
IN_BARS = ("department", "district", "street", "category", "kind", "channel")
BARS_MOST = 20


@dataclass(frozen=True)
class Course:
    """One headline over the months: its name, its picture, the rows of its table, its target."""

    label: str
    picture: Markup
    marks: tuple[DataPoint, ...]
    target: trends.Target | None


@dataclass(frozen=True)
class Calendar:
    """Filings day by day: the picture, and the weeks and weekdays of its table."""

    picture: Markup
    weeks: list[Week]
    weekdays: tuple[str, ...]


@dataclass(frozen=True)
class Pictured:
    """A report at a glance: its overview, the change of each headline, and every picture."""

    overview: Overview
    changes: Mapping[str, str]
    courses: tuple[Course, ...]
    tiles: Markup
    bars: Markup
    funnel: Markup
    calendar: Calendar
    spread: Markup


def pictured(edition: PublicEdition) -> Pictured:
    """Draw an edition from its published figures, and the city's of the months before."""
    report = edition.report
    seen = build_overview(report_requests.reader(), report, edition.figures(*OVERVIEW_BREAKDOWNS))
    lines = trends.load_trend(act(), report, HEADLINES)
    return Pictured(
        overview=seen,
        changes=_changes(report, lines),
        courses=tuple(_course(each, lines[each.section.name]) for each in seen.headlines),
        tiles=tiles(seen.districts),
        bars=bars(_("On time, by department"), seen.departments),
        funnel=charts.draw_funnel(_("From filed to satisfied"), glance.funnel_points(seen.funnel)),
        calendar=calendar(charts.split_into_weeks(seen.days, seen.first, seen.last)),
        spread=charts.draw_columns(_("Days to the answer"), glance.days_points(seen.spread)),
    )


def calendar(weeks: list[Week]) -> Calendar:
    """Draw the filings of some weeks."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return Calendar(charts.draw_heat_calendar(_("Filed, day by day"), weeks, names), weeks, names)


def tiles(districts: tuple[tuple[FigureLine, int], ...]) -> Markup:
    """Draw the districts by their completion, each with how many were filed."""
    title = _("Completion rate and appeals filed, by district")
    return charts.draw_tile_map(title, glance.district_points(districts), _("Jiaozhou Bay"))


def bars(title: str, lines: tuple[FigureLine, ...]) -> Markup:
    """Draw shares as bars out of the whole."""
    return charts.draw_bars(title, glance.share_points(lines), most=1.0)


def of_section(section: MeasureSection, by: str) -> Markup | None:
    """Draw one measure by one dimension: those with the most cases, the most on top.

    Withheld figures are in the table alone.
    """
    published = [line for line in section.lines if not line.is_withheld]
    if by not in IN_BARS or not published:
        return None
    lines = sorted(published, key=lambda line: -line.denominator)
    lines = [line for line in lines if line.cell[3] == section.lines[0].cell[3]][:BARS_MOST]
    if section.is_share:
        return bars(section.label, tuple(lines))
    marks = [DataPoint(line.key, line.value, line.shown) for line in lines]
    return charts.draw_bars(section.label, marks)


def _changes(report: Report, lines: trends.Trend) -> dict[str, str]:
    """Give the change of each headline on the month before, in percentage points."""
    span = Period(report.start, report.end)
    found = {}
    for name, points in lines.items() if span.is_month else ():
        if (step := trends.change_on_last_month(points, span.label)) is not None:
            found[name] = _("%(step)s points on the month before", step=_signed(step))
    return found


def _signed(points: float) -> str:
    """Give a change with its sign, a true minus."""
    return f"{points:+.2f}".replace("-", "\u2212")


def _course(headline: HeadlineRate, points: tuple[tuple[str, tuple[int, int]], ...]) -> Course:
    section = headline.section
    target = trends.TARGETS.get(section.name)
    marks = tuple(
        DataPoint(month, divide(*numbers), Shape.SHARE.show(divide(*numbers)), _of(*numbers))
        for month, numbers in points
    )
    drawn = [DataPoint(_month(m.label), m.value, m.text, m.more) for m in marks]
    aim = DataPoint(_("Target"), target.share, Shape.SHARE.show(target.share)) if target else None
    title = _("%(measure)s by month", measure=section.label)
    return Course(section.label, charts.draw_trend(title, drawn, aim), marks, target)


def _of(met: int, of: int) -> str:
    return f"{met:,} / {of:,}"


def _month(label: str) -> str:
    """Give a month's number; January with its year."""
    month = label[MONTH_AT:].lstrip("0")
    if language() == "zh":
        return f"{label[:4]}年" if month == "1" else f"{month}月"
    return label[:4] if month == "1" else f"{date(2000, int(month), 1):%b}"
