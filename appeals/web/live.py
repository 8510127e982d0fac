"""Live figures for the centre and for each department: now, today, this week, this month."""

from flask import Blueprint, render_template
from markupsafe import Markup

from appeals import pictures
from appeals.domain.calendar import city_day
from appeals.domain.people import CENTRE, DEPARTMENT, Role
from appeals.domain.refusals import Refused, RefusedKind
from appeals.queries import live, queues
from appeals.reference import reference
from appeals.reporting.overview import districts
from appeals.reporting.provisional import Provisional, provisional
from appeals.reporting.rates import CITY
from appeals.reporting.sections import Line
from appeals.web import figures, pictured
from appeals.web.request import act, audience

NO_DEPARTMENT = Refused(
    RefusedKind.NOT_FOUND, "没有这个单位。", "There is no such department here."
)
OF_CITY = ("filed", "accepted", "dispatched", "closed", "completion", "on_time", "resolution",
           "satisfaction")  # fmt: skip
OF_DEPARTMENT = ("dispatched", "closed", "signed_in_time", "contacted_in_time", "returned",
                 "completion", "on_time", "resolution", "satisfaction")  # fmt: skip

blueprint = Blueprint("live", __name__, url_prefix="/live")
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
    month = provisional(act())
    loads = live.loads(act())
    sent = _lines(month, "department", "dispatched")
    on_time = {line.cell[1]: line for line in _lines(month, "department", "on_time")}
    known = reference(act()).departments
    rows: dict[str, Line | None] = dict.fromkeys(code for code in loads if code in known)
    rows |= {line.cell[1]: line for line in sent if line.cell[1] in known}
    return render_template(
        "live/city.html",
        now=live.together(loads),
        loads_of=loads,
        queues=queues.QUEUES,
        sizes=queues.sizes(act()),
        today=live.today(act()),
        month=month,
        measures=[line for name in OF_CITY for line in _lines(month, CITY, name)[:1]],
        labels=_labels(month),
        calendar=_calendar(month),
        tiles=_tiles(month),
        districts=districts(figures.reader(), month.month, month.figures) if month.month else (),
        departments=rows,
        on_time=on_time,
    )


def _department(code: str) -> str:
    month = provisional(act(), code)
    today, week = live.came(act(), code)
    return render_template(
        "live/department.html",
        code=code,
        now=live.together(live.loads(act(), code)),
        today=today,
        week=week,
        month=month,
        labels=_labels(month),
        own={name: _first(month, "department", name) for name in OF_DEPARTMENT},
        city={name: _first(month, CITY, name) for name in OF_DEPARTMENT},
    )


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


def _tiles(month: Provisional) -> Markup | None:
    if month.month is None:
        return None
    return pictured.tiles(districts(figures.reader(), month.month, month.figures))


def _calendar(month: Provisional) -> pictured.Calendar:
    """Draw the month's days up to today."""
    today = city_day(act().now)
    return pictured.calendar(pictures.weeks(month.days, today.replace(day=1), today))
