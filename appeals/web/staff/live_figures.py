"""Live figures for the centre and for each department: now, today, this week, this month."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, render_template, request
from markupsafe import Markup

from appeals.cases.access import sees_restricted
from appeals.domain.calendar import city_day
from appeals.domain.people import CENTRE, DEPARTMENT, Role
from appeals.domain.refusals import Refused, RefusedKind
from appeals.queries import live, queues
from appeals.reference.reference_data import reference
from appeals.reporting import charts
from appeals.reporting.chapters.overview import list_districts
from appeals.reporting.counting import provisional_figures
from appeals.reporting.counting.provisional_figures import ProvisionalFigures
from appeals.reporting.measures.measure_shapes import CITY
from appeals.reporting.tables.sections import FigureLine
from appeals.web.shared import chart_captions, report_requests
from appeals.web.shared.page_cache import Kept
from appeals.web.shared.request import act, audience, language

NO_DEPARTMENT = Refused(
    RefusedKind.NOT_FOUND, "没有这个单位。", "There is no such department here."
)
OF_CITY = ("filed", "accepted", "dispatched", "closed", "completion", "on_time", "resolution",
           "satisfaction")  # fmt: skip
OF_DEPARTMENT = ("dispatched", "closed", "signed_in_time", "contacted_in_time", "returned",
                 "completion", "on_time", "resolution", "satisfaction")  # fmt: skip

Shown = dict[str, Any]
"""What a template shows, by name."""
Count = Callable[..., Shown]
Drawn = Callable[[Count], Shown]
"""Gives the month as it is drawn so, from what is kept if it was."""
SECONDS = 10
"""How long what is counted now is shown, in each process; a page says from when it is."""
KEPT, KEPT_MOST = "live_figures", 128
"""Pages as they are shown, which go with their seconds, and months as they are drawn."""

blueprint = Blueprint("live", __name__, url_prefix="/live")
blueprint.record(lambda setup: setup.app.extensions.update({KEPT: Kept[Shown](KEPT_MOST)}))
blueprint.before_request(audience(*CENTRE, *DEPARTMENT, Role.ADMINISTRATOR))


@blueprint.get("/")
def index() -> str:
    """Show the whole city; to a department its own figures."""
    own = act().actor.department
    return _department(own) if own else _city()


@blueprint.get("/<code>")
def department(code: str) -> str:
    """Show one department: to the centre and administrators any, to a department its own."""
    own = act().actor.department
    if own not in {None, code} or code not in reference(act()).departments:
        raise NO_DEPARTMENT
    return _department(code)


def _city() -> str:
    return _page(_city_shown)


def _department(code: str) -> str:
    return _page(_department_shown, code)


def _page(show: Count, *of: str) -> str:
    """Answer with what is so now, which for some seconds is what was counted then, and the month.

    A month counted anew is another row, and is shown at once.
    """
    kept: Kept[Shown] = current_app.extensions[KEPT]
    counted = provisional_figures.find_newest_counts(act())
    month = (city_day(act().now), language(), reference(act()).version, *sorted(counted.values()))
    seen = sees_restricted(act().actor)
    reader = (act().actor.role, seen, request.path, act().now.timestamp() // SECONDS)

    def drawn(draw: Count) -> Shown:
        of_month = (draw, *of, *month)
        return kept.get(
            of_month,
            lambda: draw(provisional_figures.load_provisional_figures(act(), counted, *of), *of),
        )

    shown = kept.get((show, *of, *reader, *month), lambda: show(drawn, *of))
    return render_template("staff/live/page.html", **shown)


def _city_shown(drawn: Drawn) -> Shown:
    now, month = _now_in_city(), drawn(_city_month)
    sent: tuple[FigureLine, ...] = month["sent"]
    known = reference(act()).departments
    rows: dict[str, FigureLine | None] = dict.fromkeys(
        code for code in now["loads_of"] if code in known
    )
    rows |= {line.cell[1]: line for line in sent if line.cell[1] in known}
    return _body("staff/live/city.html", queues=queues.QUEUES, departments=rows, **now, **month)


def _department_shown(drawn: Drawn, code: str) -> Shown:
    now, month = _now_in_department(code), drawn(_department_month)
    return _body("staff/live/department.html", code=code, **now, **month)


def _body(template: str, **shown: object) -> Shown:
    return {"body": Markup(render_template(template, **shown))}  # noqa: S704 - a rendered template


def _now_in_city() -> Shown:
    loads = live.count_loads(act())
    return {
        "at": act().now,
        "now": live.add_loads(loads),
        "loads_of": loads,
        "sizes": queues.count_queues(act()),
        "today": live.count_today(act()),
    }


def _now_in_department(code: str) -> Shown:
    today, week = live.count_dispatch_progress(act(), code)
    loads = live.count_loads(act(), code)
    return {"at": act().now, "now": live.add_loads(loads), "today": today, "week": week}


def _city_month(month: ProvisionalFigures) -> Shown:
    return {
        "month": month,
        "measures": [line for name in OF_CITY for line in _lines(month, CITY, name)[:1]],
        "labels": _labels(month),
        "calendar": _calendar(month),
        "tiles": _tiles(month),
        "districts": _districts(month),
        "sent": _lines(month, "department", "dispatched"),
        "on_time": {line.cell[1]: line for line in _lines(month, "department", "on_time")},
    }


def _department_month(month: ProvisionalFigures, code: str) -> Shown:
    del code  # its figures are in the month
    return {
        "month": month,
        "labels": _labels(month),
        "own": {name: _first(month, "department", name) for name in OF_DEPARTMENT},
        "city": {name: _first(month, CITY, name) for name in OF_DEPARTMENT},
    }


def _lines(month: ProvisionalFigures, by: str, measure: str) -> tuple[FigureLine, ...]:
    """Give the lines of one measure of the month so far."""
    if month.month is None:
        return ()
    chosen = {c: n for c, n in month.figures.items() if (c[0], c[-1]) == (by, measure)}
    return next((s.lines for s in report_requests.reader().sections(month.month, chosen, by)), ())


def _first(month: ProvisionalFigures, by: str, measure: str) -> FigureLine | None:
    return next(iter(_lines(month, by, measure)), None)


def _labels(month: ProvisionalFigures) -> dict[str, str]:
    """Give the names of the measures."""
    reader = report_requests.reader()
    known = month.month.definitions if month.month else ()
    return {str(each["name"]): reader.stored_text(each["label"]) for each in known}


def _districts(month: ProvisionalFigures) -> tuple[tuple[FigureLine, int], ...]:
    return (
        list_districts(report_requests.reader(), month.month, month.figures) if month.month else ()
    )


def _tiles(month: ProvisionalFigures) -> Markup | None:
    return chart_captions.tiles(_districts(month)) if month.month else None


def _calendar(month: ProvisionalFigures) -> chart_captions.Calendar:
    """Draw the month's days up to today."""
    today = city_day(act().now)
    return chart_captions.calendar(charts.split_into_weeks(month.days, today.replace(day=1), today))
