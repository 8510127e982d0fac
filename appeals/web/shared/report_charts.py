"""A report's charts with their captions, and the values of the table beside each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from markupsafe import Markup

from appeals.domain.calendar import Period
from appeals.domain.messages import Labelled, context_message
from appeals.domain.text.dates import name_month
from appeals.models.report import Report
from appeals.reporting import charts
from appeals.reporting.chapters import chart_captions
from appeals.reporting.chapters import overview as glance
from appeals.reporting.chapters import trend as trends
from appeals.reporting.chapters.chart_captions import FEW_NOTE
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
from appeals.reporting.tables.sections import FEW_CASES, FigureLine, MeasureSection
from appeals.web.shared import report_requests
from appeals.web.shared.display import period_name
from appeals.web.shared.request import act
from appeals.web.shared.texts import gettext as _
from appeals.web.shared.texts import language

MONTH_OFFSET = 5
"""Where the month begins in "2026-03"."""
MAX_BARS = 20


@dataclass(frozen=True)
class TrendChart:
    """One headline rate over the months: label, chart, caption, rows of its table, target."""

    label: str
    picture: Markup
    caption: Labelled | None
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
    """A report at a glance: its overview, each headline's change, and every chart.

    `axis_start` is where the axis of the charts of months begins, as displayed; `captions` have
    what is to be seen in the other charts, by the chart's name.
    """

    overview: Overview
    changes: Mapping[str, str]
    courses: tuple[TrendChart, ...]
    axis_start: str
    captions: Mapping[str, Labelled | None]
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
    low = _axis_start(lines)
    return ReportCharts(
        overview=seen,
        changes=_headline_changes(report, lines),
        courses=tuple(_draw_trend(each, lines[each.section.name], low) for each in seen.headlines),
        axis_start=f"{low:.0%}",
        captions=_write_captions(seen),
        tiles=draw_tiles(seen.districts),
        bars=draw_bars(_("On time, by department"), seen.departments),
        funnel=charts.draw_funnel(
            _("From filed to satisfied"), glance.funnel_points(seen.funnel, language())
        ),
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
    return charts.draw_tile_map(
        title, glance.district_points(districts), _("Jiaozhou Bay"), FEW_NOTE.label(language())
    )


def draw_bars(title: str, lines: tuple[FigureLine, ...]) -> Markup:
    """Draw shares as bars out of the whole."""
    few_note = FEW_NOTE.label(language())
    return charts.draw_bars(title, glance.share_points(lines), most=1.0, few_note=few_note)


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


def _axis_start(lines: trends.Trend) -> float:
    """Return where the axis begins that all headline rates and their targets share."""
    rates = [divide(*numbers) for points in lines.values() for _month, numbers in points]
    return charts.axis_start([*rates, *(target.share for target in trends.TARGETS.values())])


def _write_captions(seen: Overview) -> dict[str, Labelled | None]:
    return {
        "districts": chart_captions.caption_shares([line for line, _filed in seen.districts]),
        "departments": chart_captions.caption_shares(seen.departments),
        "funnel": chart_captions.caption_funnel(seen.funnel) if seen.funnel else None,
        "calendar": chart_captions.caption_calendar(seen.days, seen.first, seen.last),
        "spread": chart_captions.caption_days(seen.spread),
    }


def _draw_trend(
    headline: HeadlineRate, points: tuple[tuple[str, tuple[int, int]], ...], low: float
) -> TrendChart:
    section = headline.section
    target = trends.TARGETS.get(section.name)
    marks = tuple(
        DataPoint(
            month,
            divide(*numbers),
            Shape.SHARE.show(divide(*numbers)),
            _fraction(*numbers),
            is_few=numbers[1] < FEW_CASES,
        )
        for month, numbers in points
    )
    drawn = [replace(mark, label=_month_label(mark.label)) for mark in marks]
    aim = DataPoint(_("Target"), target.share, Shape.SHARE.show(target.share)) if target else None
    title = _("%(measure)s by month", measure=section.label)
    return TrendChart(
        section.label,
        charts.draw_trend(title, drawn, aim, low),
        chart_captions.caption_trend(
            [replace(mark, label=period_name(mark.label)) for mark in marks]
        ),
        marks,
        target,
    )


def _fraction(met: int, of: int) -> str:
    return f"{met:,} / {of:,}"


def _month_label(label: str) -> str:
    """Return the axis label of "2026-03": the month, or for January the year."""
    month = label[MONTH_OFFSET:].lstrip("0")
    if month == "1":
        return context_message("axis of a chart", "%(year)s", year=label[:4]).label(language())
    named = name_month(date(2000, int(month), 1))
    return context_message("axis of a chart", "%(month)s", month=named).label(language())
