"""The charts of a report for its PDF: those of its pages, with titles and colours of their own.

A PDF does not see the pages' stylesheet (`static/_pictures.scss`), so `CHART_STYLE` repeats its
colours. The trend over the months is left out: it needs other editions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from markupsafe import Markup

from appeals.reporting import charts
from appeals.reporting.chapters import overview
from appeals.reporting.chapters.overview import OVERVIEW_BREAKDOWNS
from appeals.reporting.measures.measure_shapes import Words
from appeals.reporting.tables.report_tables import Reading

GLANCE = Words("一览", "At a glance")
DISTRICTS = Words("各区市办结率和提交量", "Completion rate and appeals filed, by district")
FUNNEL = Words("从提交到满意", "From filed to satisfied")
DEPARTMENTS = Words("各部门按期办结率", "On time, by department")
SPREAD = Words("答复用时", "Days to the answer")
DAYS = Words("每日提交量", "Filed, day by day")
WATER = Words("胶州湾", "Jiaozhou Bay")
WEEKDAYS = Words("一 二 三 四 五 六 日", "Mon Tue Wed Thu Fri Sat Sun")
MAX_CALENDAR_WEEKS = 14
"""Of a longer period the calendar is higher than a page, and left to the tables."""
FONT = "chinese"
"""What the document calls its letters."""
CHART_STYLE = f"""
.pic__text {{ fill: #17262b; font-family: {FONT}; font-size: 13px }}
.pic__small {{ font-size: 12px }}
.pic__tiny {{ font-size: 10.5px }}
.pic__middle {{ text-anchor: middle }}
.pic__end {{ text-anchor: end }}
.pic__water, .pic__bar {{ fill: #0b6074 }}
.pic__ground {{ fill: #dcebee }}
.pic__axis {{ fill: none; stroke: #8aa3a9; stroke-width: 1 }}
.pic__none {{ fill: #ffffff }}
.pic__shade-0 {{ fill: #eef6f7 }}
.pic__shade-1 {{ fill: #d0e7eb }}
.pic__shade-2 {{ fill: #a8d2d9 }}
.pic__shade-3 {{ fill: #7fbdc8 }}
.pic__shade-4 {{ fill: #58a9b7 }}
.pic__tile {{ stroke: #074a5a; stroke-width: 1 }}
"""


@dataclass(frozen=True)
class PdfChart:
    """One picture: its title, what it says in words, the SVG, and its height at a width of 1."""

    title: str
    about: str
    svg: bytes
    tall: float


def draw_charts(reading: Reading) -> Iterator[PdfChart]:
    """Draw what there is to draw of a report, from its stored figures."""
    shown = {
        cell: numbers for cell, numbers in reading.figures.items() if cell[0] in OVERVIEW_BREAKDOWNS
    }
    seen = overview.build_overview(reading.reader, reading.report, shown)
    if seen.districts:
        marks = overview.district_points(seen.districts)
        yield _prepare_chart(
            reading, DISTRICTS, charts.draw_tile_map("", marks, reading.text(WATER))
        )
    if seen.funnel:
        yield _prepare_chart(
            reading, FUNNEL, charts.draw_funnel("", overview.funnel_points(seen.funnel))
        )
    if seen.departments:
        marks = overview.share_points(seen.departments)
        yield _prepare_chart(reading, DEPARTMENTS, charts.draw_bars("", marks, most=1.0))
    if seen.spread:
        yield _prepare_chart(
            reading, SPREAD, charts.draw_columns("", overview.days_points(seen.spread))
        )
    weeks = charts.split_into_weeks(seen.days, seen.first, seen.last)
    if seen.days and len(weeks) <= MAX_CALENDAR_WEEKS:
        yield _prepare_chart(
            reading, DAYS, charts.draw_heat_calendar("", weeks, reading.text(WEEKDAYS).split())
        )


def _prepare_chart(reading: Reading, title: Words, picture: Markup) -> PdfChart:
    """Put the colours into a picture, and take out what is for a browser alone."""
    svg = fromstring(picture)  # noqa: S314 - our own picture
    about = svg.findtext("desc", "")
    for name in ("title", "desc"):
        svg.remove(_find_child(svg, name))
    style = SubElement(svg, "style")
    style.text = CHART_STYLE
    svg.set("xmlns", "http://www.w3.org/2000/svg")
    *_, wide, tall = map(float, svg.attrib["viewBox"].split())
    return PdfChart(reading.text(title), about, tostring(svg), tall / wide)


def _find_child(svg: Element, name: str) -> Element:
    found = svg.find(name)
    assert found is not None
    return found
