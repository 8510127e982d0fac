"""Live figures for the centre and for each department: now, today, this week, this month."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, render_template, request
from markupsafe import Markup

from appeals.cases.access import may_read_words, sees_restricted
from appeals.domain.calendar import city_day
from appeals.domain.messages import message
from appeals.domain.people import CENTRE, DEPARTMENT, Role
from appeals.domain.refusals import Refused, RefusedKind
from appeals.queries import late_cases, live, queues
from appeals.queries.late_cases import FigureScope
from appeals.reference.reference_data import load_reference
from appeals.reporting import charts
from appeals.reporting.chapters.overview import DistrictCompletion, list_districts
from appeals.reporting.counting import provisional_figures
from appeals.reporting.counting.provisional_figures import ProvisionalFigures
from appeals.reporting.snapshot.breakdowns import CITY
from appeals.reporting.tables.sections import MEASURE_CONTEXT, FigureLine
from appeals.web.shared import report_charts, report_requests
from appeals.web.shared.page_cache import PageCache
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import language

NO_DEPARTMENT = Refused(RefusedKind.NOT_FOUND, message("There is no such department here."))
CITY_MEASURES = ("filed", "accepted", "dispatched", "closed", "completion", "on_time", "resolution",
           "satisfaction")  # fmt: skip
DEPARTMENT_MEASURES = ("dispatched", "closed", "signed_in_time", "contacted_in_time", "returned",
                 "completion", "on_time", "resolution", "satisfaction")  # fmt: skip

TemplateValues = dict[str, Any]
"""What a template shows, by name."""
MonthView = Callable[..., TemplateValues]
MonthCache = Callable[[MonthView], TemplateValues]
"""Returns a view's values of the month, from the cache where it has them."""
CACHE_SECONDS = 10
"""How long live counts are cached in each process; a page says as of when they are."""
CASE_PAGES = {
    **dict.fromkeys(DEPARTMENT, "desk.case"),
    Role.ADMINISTRATOR: "report_cases.case",
}
"""The page of a case for those who do not work in the centre."""
LIVE_CACHE, MAX_CACHED_PAGES = "live_figures", 128
"""The cache of whole pages, which expire, and of drawn months."""

blueprint = Blueprint("live", __name__, url_prefix="/live")
blueprint.record(
    lambda setup: setup.app.extensions.update(
        {LIVE_CACHE: PageCache[TemplateValues](MAX_CACHED_PAGES)}
    )
)
blueprint.before_request(require_roles(*CENTRE, *DEPARTMENT, Role.ADMINISTRATOR))


@blueprint.get("/")
def index() -> str:
    """Show the whole city; to a department its own figures."""
    own = act().actor.department
    return _department_page(own) if own else _city_page()


@blueprint.get("/cases", endpoint="cases")
def list_cases() -> str:
    """List the cases behind a figure of this moment; to a department its own."""
    asked = request.args
    own = act().actor.department
    known = load_reference(act())
    scope = FigureScope(own or asked.get("department") or None, asked.get("district") or None)
    figure = late_cases.read_figure(asked.get("figure", ""))
    if (
        scope.department not in {None, *known.departments}
        or asked.get("department", own) != scope.department
    ):
        raise NO_DEPARTMENT
    return render_template(
        "staff/live/cases.html",
        figure=figure,
        scope=scope,
        total=late_cases.count_figure_cases(act(), figure, scope),
        listed=late_cases.list_figure_cases(act(), figure, scope, asked.get("after")),
        case=CASE_PAGES.get(act().actor.role, "centre.case"),
        may_read=lambda appeal: may_read_words(act().actor, appeal),
    )


@blueprint.get("/<code>", endpoint="department")
def show_department(code: str) -> str:
    """Show one department: to the centre and administrators any, to a department its own."""
    own = act().actor.department
    if own not in {None, code} or code not in load_reference(act()).departments:
        raise NO_DEPARTMENT
    return _department_page(code)


def _city_page() -> str:
    return _cached_page(_city_values)


def _department_page(code: str) -> str:
    return _cached_page(_department_values, code)


def _cached_page(show: MonthView, *of: str) -> str:
    """Answer with the live counts, cached for `CACHE_SECONDS`, and the month's draft.

    A recompiled month is another row, so it is shown at once.
    """
    kept: PageCache[TemplateValues] = current_app.extensions[LIVE_CACHE]
    counted = provisional_figures.find_newest_counts(act())
    month = (
        city_day(act().now),
        language(),
        load_reference(act()).version,
        *sorted(counted.values()),
    )
    seen = sees_restricted(act().actor)
    reader = (act().actor.role, seen, request.path, act().now.timestamp() // CACHE_SECONDS)

    def drawn(draw: MonthView) -> TemplateValues:
        of_month = (draw, *of, *month)
        return kept.get(
            of_month,
            lambda: draw(provisional_figures.load_provisional_figures(act(), counted, *of), *of),
        )

    shown = kept.get((show, *of, *reader, *month), lambda: show(drawn, *of))
    return render_template("staff/live/page.html", **shown)


def _city_values(drawn: MonthCache) -> TemplateValues:
    now, month = _count_city_now(), drawn(_city_month)
    sent: tuple[FigureLine, ...] = month["sent"]
    known = load_reference(act()).departments
    loads: dict[str, live.DepartmentLoad] = now["loads_of"]
    rows: dict[str, FigureLine | None] = dict.fromkeys(code for code in loads if code in known)
    rows |= {line.cell.key: line for line in sent if line.cell.key in known}
    none = live.DepartmentLoad()
    rows = dict(sorted(rows.items(), key=lambda row: -loads.get(row[0], none).red))
    return _render_body(
        "staff/live/city.html", queues=queues.QUEUES, departments=rows, no_load=none, **now, **month
    )


def _department_values(drawn: MonthCache, code: str) -> TemplateValues:
    now, month = _count_department_now(code), drawn(_department_month)
    return _render_body("staff/live/department.html", code=code, **now, **month)


def _render_body(template: str, **shown: object) -> TemplateValues:
    return {"body": Markup(render_template(template, **shown))}  # noqa: S704 - a rendered template


def _count_city_now() -> TemplateValues:
    loads = live.count_loads(act())
    return {
        "at": act().now,
        "now": live.count_city_load(act(), loads),
        "loads_of": loads,
        "sizes": queues.count_queues(act()),
        "today": live.count_today(act()),
    }


def _count_department_now(code: str) -> TemplateValues:
    today, week = live.count_dispatch_progress(act(), code)
    now = live.count_loads(act(), code).get(code, live.DepartmentLoad())
    return {"at": act().now, "now": now, "today": today, "week": week}


def _city_month(month: ProvisionalFigures) -> TemplateValues:
    return {
        "month": month,
        "measures": [
            line for name in CITY_MEASURES for line in _measure_lines(month, CITY, name)[:1]
        ],
        "labels": _measure_labels(month),
        "calendar": _draw_calendar(month),
        "tiles": _draw_tiles(month),
        "districts": _district_lines(month),
        "sent": _measure_lines(month, "department", "dispatched"),
        "on_time": {line.cell.key: line for line in _measure_lines(month, "department", "on_time")},
    }


def _department_month(month: ProvisionalFigures, code: str) -> TemplateValues:
    del code  # the month holds its figures alone
    return {
        "month": month,
        "labels": _measure_labels(month),
        "own": {name: _first_line(month, "department", name) for name in DEPARTMENT_MEASURES},
        "city": {name: _first_line(month, CITY, name) for name in DEPARTMENT_MEASURES},
    }


def _measure_lines(month: ProvisionalFigures, by: str, measure: str) -> tuple[FigureLine, ...]:
    """Return the lines of one measure of the month so far."""
    if month.month is None:
        return ()
    chosen = {c: n for c, n in month.figures.items() if (c[0], c[-1]) == (by, measure)}
    return next(
        (s.lines for s in report_requests.report_reader().sections(month.month, chosen, by)), ()
    )


def _first_line(month: ProvisionalFigures, by: str, measure: str) -> FigureLine | None:
    return next(iter(_measure_lines(month, by, measure)), None)


def _measure_labels(month: ProvisionalFigures) -> dict[str, str]:
    """Return the labels of the measures by name."""
    reader = report_requests.report_reader()
    known = month.month.definitions if month.month else ()
    return {str(each["name"]): reader.stored_text(each["label"], MEASURE_CONTEXT) for each in known}


def _district_lines(month: ProvisionalFigures) -> tuple[DistrictCompletion, ...]:
    return (
        list_districts(report_requests.report_reader(), month.month, month.figures)
        if month.month
        else ()
    )


def _draw_tiles(month: ProvisionalFigures) -> Markup | None:
    return report_charts.draw_tiles(_district_lines(month)) if month.month else None


def _draw_calendar(month: ProvisionalFigures) -> report_charts.CalendarChart:
    """Draw the month's days up to today."""
    today = city_day(act().now)
    return report_charts.draw_calendar(
        charts.split_into_weeks(month.days, today.replace(day=1), today)
    )
