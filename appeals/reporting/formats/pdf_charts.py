"""A report's charts for its PDF: those of its pages, with titles and their stylesheet.

Colours come from `static/build/charts.css`, which the pages' stylesheet contains too. The trend
over the months is left to the page: it reads other editions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import SubElement, fromstring, tostring

from markupsafe import Markup

from appeals.domain.messages import Labelled, context_message, message
from appeals.reporting import charts
from appeals.reporting.chapters import overview
from appeals.reporting.chapters.chart_captions import FEW_NOTE
from appeals.reporting.chapters.overview import OVERVIEW_BREAKDOWNS
from appeals.reporting.tables.report_tables import Reading

STYLESHEET = Path(__file__).parents[3] / "static" / "build" / "charts.css"
GLANCE = message("At a glance")
DISTRICTS = message("Completion rate and appeals filed, by district")
FUNNEL = message("From filed to satisfied")
DEPARTMENTS = context_message("report", "On time, by department")
SPREAD = message("Days to the answer")
DAYS = message("Filed, day by day")
WATER = message("Jiaozhou Bay")
WEEKDAYS = message("Mon Tue Wed Thu Fri Sat Sun")
MAX_WEEKS = 14
"""Weeks of the longest calendar that fits on a page; a longer period has only the tables."""


@dataclass(frozen=True)
class Chart:
    """One chart: its title, its text description, the SVG, and its height at a width of 1."""

    title: str
    about: str
    svg: str
    height: float


def draw_charts(reading: Reading) -> Iterator[Chart]:
    """Yield the charts that a report has figures for."""
    shown = {
        cell: numbers for cell, numbers in reading.figures.items() if cell.by in OVERVIEW_BREAKDOWNS
    }
    seen = overview.build_overview(reading.reader, reading.report, shown)
    few_note = reading.text(FEW_NOTE)
    if seen.districts:
        marks = overview.district_points(seen.districts)
        yield _chart(
            reading, DISTRICTS, charts.draw_tile_map("", marks, reading.text(WATER), few_note)
        )
    if seen.funnel:
        marks = overview.funnel_points(seen.funnel, reading.reader.language)
        yield _chart(reading, FUNNEL, charts.draw_funnel("", marks))
    if seen.departments:
        marks = overview.share_points(seen.departments)
        yield _chart(reading, DEPARTMENTS, charts.draw_bars("", marks, 1.0, few_note))
    if seen.spread:
        yield _chart(reading, SPREAD, charts.draw_columns("", overview.days_points(seen.spread)))
    weeks = charts.split_into_weeks(seen.days, seen.first, seen.last)
    if seen.days and len(weeks) <= MAX_WEEKS:
        yield _chart(
            reading, DAYS, charts.draw_heat_calendar("", weeks, reading.text(WEEKDAYS).split())
        )


def _chart(reading: Reading, title: Labelled, drawing: Markup) -> Chart:
    """Embed the stylesheet in a chart, and remove what only a browser uses."""
    svg = fromstring(drawing)  # noqa: S314 - our own drawing
    about = svg.findtext("desc", "")
    for name in ("title", "desc"):
        for child in svg.findall(name):
            svg.remove(child)
    SubElement(svg, "style").text = _stylesheet()
    svg.set("xmlns", "http://www.w3.org/2000/svg")
    *_, width, height = map(float, svg.attrib["viewBox"].split())
    return Chart(reading.text(title), about, tostring(svg, encoding="unicode"), height / width)


@cache
def _stylesheet() -> str:
    return STYLESHEET.read_text("utf-8")
