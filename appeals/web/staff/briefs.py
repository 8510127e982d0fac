"""The daily and weekly briefs for leaders and supervisors, and the cases behind their figures."""

from datetime import date

from flask import Blueprint, current_app, render_template, request

from appeals.casework.accounts.regular_mails import READERS_OF_BRIEFS, reads_briefs
from appeals.domain.messages import Message, message
from appeals.domain.people import DEPARTMENT, Role
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.text.dates import describe_period
from appeals.domain.vocabulary import NoticeKind, RegularMail
from appeals.models.report import Brief
from appeals.reporting.briefs import brief_reading, briefs
from appeals.reporting.counting import case_lists
from appeals.reporting.counting.case_lists import CasePart, CaseQuery
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import Cell
from appeals.reporting.snapshot.breakdowns import Breakdown
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.web.shared import report_requests
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import language

NO_BRIEF = Refused(RefusedKind.NOT_FOUND, message("There is no brief of these days."))
NO_FIGURE = Refused(RefusedKind.NOT_FOUND, message("The brief has no such figure."))
NAMES = {kind: NoticeKind(kind.value) for kind in briefs.BRIEF_KINDS}
"""What each kind of brief is called."""
CASE_PAGES = {
    **dict.fromkeys(DEPARTMENT, "desk.case"),
    Role.ADMINISTRATOR: "report_cases.case",
}
"""The page of a case for those who do not work in the centre."""

blueprint = Blueprint("briefs", __name__, url_prefix="/briefs")
blueprint.before_request(require_roles(*READERS_OF_BRIEFS))


@blueprint.app_context_processor
def _add_to_navigation() -> dict[str, object]:
    """Let the navigation of staff know whether the person reads briefs."""
    return {"may_read_briefs": lambda: reads_briefs(act().actor)}


@blueprint.get("/")
def index() -> str:
    """Show the newest daily brief, and the list of the others."""
    newest = briefs.list_briefs(act(), RegularMail.DAILY_BRIEF)
    return _brief_page(newest[0] if newest else None)


@blueprint.get("/<kind>/<day>", endpoint="brief")
def show_brief(kind: str, day: str) -> str:
    """Show the brief of a kind whose days begin with this one."""
    return _brief_page(_find_brief(kind, day))


@blueprint.get("/<kind>/<day>/cases", endpoint="cases")
def list_cases(kind: str, day: str) -> str:
    """List the cases behind a figure of a brief; to a leader those of her department."""
    brief, cell = _find_brief(kind, day), _read_cell()
    part = CasePart.NUMERATOR if request.args.get("part") == "numerator" else CasePart.DENOMINATOR
    window = CountWindow(brief_reading.period_of_brief(brief), brief.cut_off)
    page = case_lists.list_cases(act(), CaseQuery(window, cell, part), _page_key())
    reader = report_requests.report_reader()
    return render_template(
        "staff/brief_cases.html",
        brief=brief,
        days=_describe_days(brief),
        first_day=brief_reading.first_day,
        cell=cell,
        part=part,
        label=MEASURES[cell.measure].label.label(language()),
        key=reader.key(cell.by, cell.key),
        page=page,
        case=CASE_PAGES.get(act().actor.role, "centre.case"),
        after=f"{page.next[0]}.{page.next[1]}" if page.next else None,
    )


def _brief_page(brief: Brief | None) -> str:
    department = act().actor.department
    reader = report_requests.report_reader()
    return render_template(
        "staff/briefs.html",
        read=brief_reading.read_brief(act(), brief, reader, department) if brief else None,
        days_of=_describe_days,
        first_day=brief_reading.first_day,
        names=NAMES,
        listed={kind: briefs.list_briefs(act(), kind) for kind in briefs.BRIEF_KINDS},
        department=department,
        hour=current_app.config["SETTINGS"].regular_mail_hour,
    )


def _describe_days(brief: Brief) -> Message:
    return describe_period(brief_reading.period_of_brief(brief))


def _find_brief(kind: str, day: str) -> Brief:
    """Return the brief in the address. Raises Refused (not found)."""
    try:
        first = date.fromisoformat(day)
    except ValueError:
        raise NO_BRIEF from None
    found = None
    if kind in {each.value for each in briefs.BRIEF_KINDS}:
        found = briefs.find_brief_of_day(act(), RegularMail(kind), first)
    if found is None:
        raise NO_BRIEF
    return found


def _read_cell() -> Cell:
    """Return the figure in the address, if a brief shows it to the reader.

    Raises Refused (not found).
    """
    own = act().actor.department
    try:
        cell = Cell.from_codes(*(request.args.get(name, "") for name in Cell._fields))
    except ValueError:
        raise NO_FIGURE from None
    is_own = cell.by is Breakdown.DEPARTMENT and cell.key == own
    if not briefs.is_shown(cell) or (own is not None and not is_own):
        raise NO_FIGURE
    return cell


def _page_key() -> tuple[int, int] | None:
    """Return the key of the page asked for; the first page's for an unreadable one."""
    appeal, dot, n = request.args.get("after", "").partition(".")
    return (int(appeal), int(n)) if dot and appeal.isdecimal() and n.isdecimal() else None
