"""The department's desk: one's day, its list of work, and the case page."""

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from appeals.casework.handling import filters_and_templates
from appeals.casework.handling.bulk_actions import make_move_on_each
from appeals.domain.moves.needs import Input, Need
from appeals.domain.people import DEPARTMENT, Role
from appeals.domain.refusals import Refused, RefusedKind, not_allowed, not_found
from appeals.queries import filters, staff_pages, work_list
from appeals.queries import my_day as days
from appeals.reference.reference_data import load_reference
from appeals.web.shared.forms import Choices, term_choices
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import gettext as _
from appeals.web.shared.texts import language
from appeals.web.staff import case_page, case_sheet, draft_saving

BULK_ACTIONS = ("sign", "assign")
"""The moves that can be made on several appeals of the list at once."""

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
blueprint.before_request(require_roles(*DEPARTMENT))


@blueprint.get("/day", endpoint="day")
def show_day() -> str:
    """Show an officer's day: due today and tomorrow, overdue, and what came back."""
    return render_template("staff/desk/day.html", day=days.load_my_day(act()))


@blueprint.get("/")
def index() -> str:
    """List the department's work, first due on top."""
    asked = request.args
    narrowed = filters.effective_filters(asked)
    order = work_list.order_of(asked)
    return render_template(
        "staff/desk/index.html",
        listed=work_list.load_desk_page(act(), asked),
        counts=work_list.count_work(act()),
        filters=[(each.need, _filter_choices(each.need)) for each in filters.FILTERS.values()],
        named={
            Input.CATEGORY: _suggested_names(Input.CATEGORY),
            Input.STREET: _suggested_names(Input.STREET),
        },
        kept=narrowed,
        order=order,
        asked={**narrowed, "sort": order} if order != work_list.BY_DUE else narrowed,
        saved=work_list.list_saved_filters(act()),
        officers={each.id: each.name for each in staff_pages.list_colleagues(act())},
        several=[case_page.MOVE_BY_NAME[name] for name in BULK_ACTIONS],
    )


@blueprint.post("/several/<action>", endpoint="several")
def make_bulk_move(action: str) -> str | tuple[str, int] | Response:
    """Make one move on all the chosen appeals; list by number what was refused."""
    if action not in BULK_ACTIONS:
        raise not_found()
    move = case_page.MOVE_BY_NAME[action]
    if act().actor.role not in move.by:
        raise not_allowed()
    numbers = request.form.getlist("number")[: work_list.PAGE_ROWS]
    back = url_for("desk.index") + "?" + request.form.get("back", "")
    if not numbers:
        flash(_("Choose at least one appeal of the list."))
        return redirect(back, 303)
    given = {need.name: request.form.get(need.name, "") for need in move.fields}
    outcomes = make_move_on_each(act(), numbers, move.action, given)
    made = [each for each in outcomes if each.refused is None]
    refused = [each for each in outcomes if each.refused is not None]
    shown = render_template(
        "staff/desk/several.html", move=move, made=made, refused=refused, back=back
    )
    return shown if made else (shown, RefusedKind.NOT_NOW.value)


@blueprint.post("/filters", endpoint="keep_filter")
def save_filter() -> Response:
    """Save the list's filters and order under a name."""
    asked = {name: request.form.get(name, "") for name in (*filters.FILTERS, "sort")}
    query = urlencode({name: value for name, value in asked.items() if value})
    filters_and_templates.save_filter(act(), request.form.get("name", ""), query)
    return redirect(f"{url_for('desk.index')}?{query}", 303)


@blueprint.post("/filters/<int:filter_id>/drop", endpoint="drop_filter")
def delete_filter(filter_id: int) -> Response:
    """Delete a saved filter."""
    filters_and_templates.delete_filter(act(), filter_id)
    return redirect(url_for("desk.index"), 303)


@blueprint.get("/templates", endpoint="templates")
def list_templates() -> str:
    """List the department's reply templates, which its leaders change here."""
    return _templates_page()


@blueprint.post("/templates", endpoint="keep_template")
def save_template() -> tuple[str, int] | Response:
    """Save a reply template; one of the same name is replaced."""
    name, words = request.form.get("name", ""), request.form.get("words", "")
    try:
        filters_and_templates.save_template(act(), name, words)
    except Refused as problem:
        if problem.field is None:
            raise
        return _templates_page(problem, name, words), problem.kind.value
    flash(_("The template is kept."), "done")
    return redirect(url_for("desk.templates"), 303)


@blueprint.post("/templates/drop", endpoint="drop_template")
def delete_template() -> Response:
    """Delete a reply template."""
    filters_and_templates.delete_template(act(), request.form.get("name", ""))
    flash(_("The template is removed."), "done")
    return redirect(url_for("desk.templates"), 303)


def _templates_page(problem: Refused | None = None, name: str = "", words: str = "") -> str:
    """Render the reply templates, after a refusal with what was typed."""
    return render_template(
        "staff/desk/templates.html",
        templates=staff_pages.list_reply_templates(act()),
        uses=staff_pages.count_template_uses(act()),
        may_change=act().actor.role is Role.LEADER,
        problem=problem,
        typed={"name": name, "words": words},
        most={
            "name": filters_and_templates.MAX_NAME_CHARACTERS,
            "words": filters_and_templates.MAX_TEMPLATE_CHARACTERS,
        },
    )


@blueprint.get("/appeals/<number>", endpoint="case")
def show_case(number: str) -> str:
    """Show one appeal."""
    return case_page.show_case_with_held_form(number)


@blueprint.get("/appeals/<number>/print", endpoint="case_sheet")
def show_case_sheet(number: str) -> str:
    """Show one appeal as a sheet to print."""
    return case_sheet.show_sheet(number)


@blueprint.post("/appeals/<number>/print", endpoint="contact_sheet")
def show_contact_sheet(number: str) -> ResponseReturnValue:
    """Show the sheet with the citizen's contact, for a reason that is recorded."""
    return case_sheet.show_sheet_with_contact(number)


@blueprint.post("/appeals/<number>/show-contact", endpoint="contact")
def show_contact(number: str) -> ResponseReturnValue:
    """Show the citizen's contact in this answer, for a reason that is recorded."""
    return case_page.show_contact(number)


@blueprint.post("/appeals/<number>/answer/draft", endpoint="answer_draft")
def save_draft(number: str) -> ResponseReturnValue:
    """Save the draft of an answer."""
    return draft_saving.save_draft(number)


@blueprint.post("/appeals/<number>/<action>", endpoint="move")
def make_move(number: str, action: str) -> ResponseReturnValue:
    """Make any move that the rules allow this person now."""
    return case_page.make_move(number, action)


def _filter_choices(need: Need) -> Choices:
    """Return the choices of a filter; none where it is typed."""
    return term_choices(need.choices) if need.choices is not None else []


def _suggested_names(rows: Input) -> list[str]:
    """Return the names suggested while a category or a place is typed."""
    city = load_reference(act())
    named = city.categories if rows is Input.CATEGORY else city.areas
    return list(dict.fromkeys(row.label(language()) for row in named.values()))
