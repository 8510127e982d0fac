"""The department's desk: one's day, its list of work, and the case page."""

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from appeals.casework.handling import filters_and_templates
from appeals.casework.handling.bulk_actions import make_each
from appeals.domain.moves.needs import Input, Need
from appeals.domain.people import DEPARTMENT, Role
from appeals.domain.refusals import Refused, RefusedKind, not_allowed, not_found
from appeals.queries import filters, staff_pages, work_list
from appeals.queries import my_day as days
from appeals.reference.reference_data import reference
from appeals.web.shared.forms import Choices, terms
from appeals.web.shared.request import act, audience, language
from appeals.web.staff import case_page

SEVERAL = ("sign", "assign")
"""The moves that can be made on several appeals of the list at once."""

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
blueprint.before_request(audience(*DEPARTMENT))


@blueprint.get("/day")
def day() -> str:
    """Show what is owed today and tomorrow, what is overdue, and what came back."""
    return render_template("staff/desk/day.html", day=days.load_my_day(act()))


@blueprint.get("/")
def index() -> str:
    """Show the department's work, the first due on top."""
    asked = request.args
    narrowed = filters.effective_filters(asked)
    order = work_list.order_of(asked)
    return render_template(
        "staff/desk/index.html",
        listed=work_list.load_desk_page(act(), asked),
        counts=work_list.count_work(act()),
        filters=[(each.need, _choices(each.need)) for each in filters.FILTERS.values()],
        named={Input.CATEGORY: _called(Input.CATEGORY), Input.STREET: _called(Input.STREET)},
        kept=narrowed,
        order=order,
        asked={**narrowed, "sort": order} if order != work_list.BY_DUE else narrowed,
        saved=work_list.list_saved_filters(act()),
        officers={each.id: each.name for each in staff_pages.list_colleagues(act())},
        several=[case_page.BY_NAME[name] for name in SEVERAL],
    )


@blueprint.post("/several/<action>")
def several(action: str) -> str | tuple[str, int] | Response:
    """Make one move on all the chosen appeals; tell by number what was refused."""
    if action not in SEVERAL:
        raise not_found()
    move = case_page.BY_NAME[action]
    if act().actor.role not in move.by:
        raise not_allowed()
    numbers = request.form.getlist("number")[: work_list.PAGE_ROWS]
    back = url_for("desk.index") + "?" + request.form.get("back", "")
    if not numbers:
        flash(_("Choose at least one appeal of the list."))
        return redirect(back, 303)
    given = {need.name: request.form.get(need.name, "") for need in move.fields}
    outcomes = make_each(act(), numbers, move.action, given)
    made = [each for each in outcomes if each.refused is None]
    refused = [each for each in outcomes if each.refused is not None]
    shown = render_template(
        "staff/desk/several.html", move=move, made=made, refused=refused, back=back
    )
    return shown if made else (shown, RefusedKind.NOT_NOW.value)


@blueprint.post("/filters")
def keep_filter() -> Response:
    """Keep the list as it is narrowed and sorted under a name."""
    asked = {name: request.form.get(name, "") for name in (*filters.FILTERS, "sort")}
    query = urlencode({name: value for name, value in asked.items() if value})
    filters_and_templates.keep_filter(act(), request.form.get("name", ""), query)
    return redirect(f"{url_for('desk.index')}?{query}", 303)


@blueprint.post("/filters/<int:filter_id>/drop")
def drop_filter(filter_id: int) -> Response:
    """Forget a filter that was kept."""
    filters_and_templates.drop_filter(act(), filter_id)
    return redirect(url_for("desk.index"), 303)


@blueprint.get("/templates")
def templates() -> str:
    """Show the department's wordings for answers; its leaders change them here."""
    return _templates()


@blueprint.post("/templates")
def keep_template() -> tuple[str, int] | Response:
    """Keep a wording; one of the same name is replaced."""
    name, words = request.form.get("name", ""), request.form.get("words", "")
    try:
        filters_and_templates.keep_template(act(), name, words)
    except Refused as problem:
        if problem.field is None:
            raise
        return _templates(problem, name, words), problem.kind.value
    flash(_("The template is kept."), "done")
    return redirect(url_for("desk.templates"), 303)


@blueprint.post("/templates/drop")
def drop_template() -> Response:
    """Forget a wording."""
    filters_and_templates.drop_template(act(), request.form.get("name", ""))
    flash(_("The template is removed."), "done")
    return redirect(url_for("desk.templates"), 303)


def _templates(problem: Refused | None = None, name: str = "", words: str = "") -> str:
    """Give the page of the wordings, after a refusal with what was typed."""
    return render_template(
        "staff/desk/templates.html",
        templates=staff_pages.list_reply_templates(act()),
        may_change=act().actor.role is Role.LEADER,
        problem=problem,
        typed={"name": name, "words": words},
        most={
            "name": filters_and_templates.NAME_MOST,
            "words": filters_and_templates.TEMPLATE_MOST,
        },
    )


@blueprint.get("/appeals/<number>")
def case(number: str) -> str:
    """Show one appeal."""
    return case_page.shown_with_held_form(number)


@blueprint.get("/appeals/<number>/print")
def case_sheet(number: str) -> str:
    """Show one appeal as a sheet to print."""
    return case_page.sheet_to_print(number)


@blueprint.post("/appeals/<number>/show-contact")
def contact(number: str) -> case_page.Shown:
    """Show the citizen's contact in this answer, for a reason that is recorded."""
    return case_page.looked(number)


@blueprint.post("/appeals/<number>/<action>")
def move(number: str, action: str) -> case_page.Shown:
    """Make any move that the rules allow this person now."""
    return case_page.moved(number, action)


def _choices(need: Need) -> Choices:
    """Give what the list can be narrowed to; nothing where it is typed."""
    return terms(need.choices) if need.choices is not None else []


def _called(rows: Input) -> list[str]:
    """Give the names that are offered while a category or a place is typed."""
    city = reference(act())
    named = city.categories if rows is Input.CATEGORY else city.areas
    return list(dict.fromkeys(row.label(language()) for row in named.values()))
