"""Live figures for the centre and for each department: now, today, this week, this month."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, render_template
from markupsafe import Markup

from appeals import pictures
from appeals.domain.calendar import city_day
from appeals.domain.people import CENTRE, DEPARTMENT, Role
from appeals.domain.refusals import Refused, RefusedKind
from appeals.queries import live, queues
from appeals.reference import reference
from appeals.reporting import provisional
from appeals.reporting.overview import districts
from appeals.reporting.provisional import Provisional
from appeals.reporting.rates import CITY
from appeals.reporting.sections import Line
from appeals.web import figures, pictured
from appeals.web.kept import Kept
from appeals.web.request import act, audience, language

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
SECONDS = 10
"""How long what is counted now is shown, in each process; a page says from when it is."""
KEPT, KEPT_MOST = "live_figures", 64

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
    now, month = _kept(_now_in_city), _kept_month(_city_month)
    sent: tuple[Line, ...] = month["sent"]
    known = reference(act()).departments
    rows: dict[str, Line | None] = dict.fromkeys(code for code in now["loads_of"] if code in known)
    rows |= {line.cell[1]: line for line in sent if line.cell[1] in known}
    return render_template("live/city.html", queues=queues.QUEUES, departments=rows, **now, **month)


def _department(code: str) -> str:
    now, month = _kept(_now_in_department, code), _kept_month(_department_month, code)
    return render_template("live/department.html", code=code, **now, **month)


def _kept(count: Count, *of: str) -> Shown:
    """Count what is so now; for some seconds it is what was counted then."""
    kept: Kept[Shown] = current_app.extensions[KEPT]
    span = act().now.timestamp() // SECONDS
    return kept.get((count, *of, act().actor.role, span), lambda: count(*of))


def _kept_month(draw: Callable[..., Shown], *of: str) -> Shown:
    """Draw the month so far; counted anew, it is another row and is drawn again."""
    kept: Kept[Shown] = current_app.extensions[KEPT]
    counted = provisional.counted(act())
    made_of = (city_day(act().now), language(), reference(act()).version)
    key = (draw, *of, *made_of, *(each.id for each in counted))
    return kept.get(key, lambda: draw(provisional.provisional(act(), counted, *of), *of))


def _now_in_city() -> Shown:
    loads = live.loads(act())
    return {
        "at": act().now,
        "now": live.together(loads),
        "loads_of": loads,
        "sizes": queues.sizes(act()),
        "today": live.today(act()),
    }


def _now_in_department(code: str) -> Shown:
    today, week = live.came(act(), code)
    loads = live.loads(act(), code)
    return {"at": act().now, "now": live.together(loads), "today": today, "week": week}


def _city_month(month: Provisional) -> Shown:
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


def _department_month(month: Provisional, code: str) -> Shown:
    del code  # its figures are in the month
    return {
        "month": month,
        "labels": _labels(month),
        "own": {name: _first(month, "department", name) for name in OF_DEPARTMENT},
        "city": {name: _first(month, CITY, name) for name in OF_DEPARTMENT},
    }


def _lines(month: Provisional, by: str, measure: str) -> tuple[Line, ...]:
    """Give the lines of one measure of the month so far."""
    if month.month is None:
        return ()
    chosen = {c: n for c, n in month.figures.items() if (c[0], c[-1]) == (by, measure)}
    return next((s.lines for s in figures.reader().sections(month.month, chosen, by)), ())


def _first(month: Provisional, by: str, measure: str) -> Line | None:
    return next(iter(_lines(month, by, measure)), None)


def _labels(month: Provisional) -> dict[str, str]:
    """Give the names of the measures."""
    reader = figures.reader()
    known = month.month.definitions if month.month else ()
    return {str(each["name"]): reader.said(each["label"]) for each in known}


def _districts(month: Provisional) -> tuple[tuple[Line, int], ...]:
    return districts(figures.reader(), month.month, month.figures) if month.month else ()


def _tiles(month: Provisional) -> Markup | None:
    return pictured.tiles(_districts(month)) if month.month else None


def _calendar(month: Provisional) -> pictured.Calendar:
    """Draw the month's days up to today."""
    today = city_day(act().now)
    return pictured.calendar(pictures.weeks(month.days, today.replace(day=1), today))
