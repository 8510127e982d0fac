"""A report's charts with their captions, and the values of the table beside each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from appeals.domain.calendar import Period
from appeals.domain.messages import context_message
from appeals.domain.text.dates import name_month
from appeals.models.report import Report
from appeals.reporting import charts
from appeals.reporting.chapters import overview as glance
from appeals.reporting.chapters import trend as trends
from appeals.reporting.chapters.overview import (
    HEADLINES,
    OVERVIEW_BREAKDOWNS,
    DistrictCompletion,
    HeadlineRate,
    Overview,
    build_overview,
)
from appeals.reporting.charts import DataPoint
from appeals.reporting.charts.heat_calendar import Week
from appeals.reporting.editions.public_editions import PublicEdition
from appeals.reporting.measures.measure_shapes import Shape, divide
from appeals.reporting.snapshot.breakdowns import DIMENSIONS
from appeals.reporting.tables.sections import FigureLine, MeasureSection
from appeals.web.shared import report_requests
from appeals.web.shared.request import act
from appeals.web.shared.texts import gettext as _
from appeals.web.shared.texts import language

MONTH_OFFSET = 5
"""Where the month begins in "2026-03"."""
MAX_BARS = 20


@dataclass(frozen=True)
class TrendChart:
    """One headline rate over the months: label, chart, rows of its table, target."""

    label: str
    picture: Markup
    marks: tuple[DataPoint, ...]
    target: trends.Target | None


@dataclass(frozen=True)
class CalendarChart:
    """Filings day by day: the chart, and the weeks and weekdays of its table."""

    picture: Markup
    weeks: list[Week]
    weekdays: tuple[str, ...]


@dataclass(frozen=True)
class ReportCharts:
    """A report at a glance: its overview, each headline's change, and every chart."""

    overview: Overview
    changes: Mapping[str, str]
    courses: tuple[TrendChart, ...]
    tiles: Markup
    bars: Markup
    funnel: Markup
    calendar: CalendarChart
    spread: Markup


def draw_report(edition: PublicEdition) -> ReportCharts:
    """Draw an edition's charts from its published figures and the city's earlier months."""
    report = edition.report
    seen = build_overview(
        report_requests.report_reader(), report, edition.figures(*OVERVIEW_BREAKDOWNS)
    )
    lines = trends.load_trend(act(), report, HEADLINES)
    return ReportCharts(
        overview=seen,
        changes=_headline_changes(report, lines),
        courses=tuple(_draw_trend(each, lines[each.section.name]) for each in seen.headlines),
        tiles=draw_tiles(seen.districts),
        bars=draw_bars(_("On time, by department"), seen.departments),
        funnel=charts.draw_funnel(_("From filed to satisfied"), glance.funnel_points(seen.funnel)),
        calendar=draw_calendar(charts.split_into_weeks(seen.days, seen.first, seen.last)),
        spread=charts.draw_columns(_("Days to the answer"), glance.days_points(seen.spread)),
    )


def draw_calendar(weeks: list[Week]) -> CalendarChart:
    """Draw the filings of some weeks."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return CalendarChart(
        charts.draw_heat_calendar(_("Filed, day by day"), weeks, names), weeks, names
    )


def draw_tiles(districts: tuple[DistrictCompletion, ...]) -> Markup:
    """Draw the districts by their completion, each with how many were filed."""
    title = _("Completion rate and appeals filed, by district")
    return charts.draw_tile_map(title, glance.district_points(districts), _("Jiaozhou Bay"))


def draw_bars(title: str, lines: tuple[FigureLine, ...]) -> Markup:
    """Draw shares as bars out of the whole."""
    return charts.draw_bars(title, glance.share_points(lines), most=1.0)


def draw_section(section: MeasureSection, by: str) -> Markup | None:
    """Draw one measure by one dimension as bars, the most cases on top.

    Withheld figures are not drawn; the table marks them.
    """
    published = [line for line in section.lines if not line.is_withheld]
    if by not in DIMENSIONS or not published:
        return None
    lines = sorted(published, key=lambda line: -line.denominator)
    lines = [line for line in lines if line.cell.variant == section.lines[0].cell.variant][
        :MAX_BARS
    ]
    if section.is_share:
        return draw_bars(section.label, tuple(lines))
    marks = [DataPoint(line.key, line.value, line.shown) for line in lines]
    return charts.draw_bars(section.label, marks)


def _headline_changes(report: Report, lines: trends.Trend) -> dict[str, str]:
    """Return each headline's change on the month before, in percentage points."""
    span = Period(report.start, report.end)
    found = {}
    for name, points in lines.items() if span.is_month else ():
        if (step := trends.change_on_last_month(points, span.label)) is not None:
            found[name] = _("%(step)s points on the month before", step=_signed_points(step))
    return found


def _signed_points(points: float) -> str:
    """Return a change with its sign; the minus is U+2212."""
    return f"{points:+.2f}".replace("-", "\u2212")


def _draw_trend(
    headline: HeadlineRate, points: tuple[tuple[str, tuple[int, int]], ...]
) -> TrendChart:
    section = headline.section
    target = trends.TARGETS.get(section.name)
    marks = tuple(
        DataPoint(month, divide(*numbers), Shape.SHARE.show(divide(*numbers)), _fraction(*numbers))
        for month, numbers in points
    )
    drawn = [DataPoint(_month_label(m.label), m.value, m.text, m.more) for m in marks]
    aim = DataPoint(_("Target"), target.share, Shape.SHARE.show(target.share)) if target else None
    title = _("%(measure)s by month", measure=section.label)
    return TrendChart(section.label, charts.draw_trend(title, drawn, aim), marks, target)


def _fraction(met: int, of: int) -> str:
    return f"{met:,} / {of:,}"


def _month_label(label: str) -> str:
    """Return the axis label of "2026-03": the month, or for January the year."""
    month = label[MONTH_OFFSET:].lstrip("0")
    if month == "1":
        return context_message("axis of a chart", "%(year)s", year=label[:4]).label(language())
    named = name_month(date(2000, int(month), 1))
    return context_message("axis of a chart", "%(month)s", month=named).label(language())
