"""The department's desk: one's day, its list of work, and the case page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from appeals.casework.handling import bulk_actions, filters_and_templates
from appeals.domain.moves.needs import Input, Need
from appeals.domain.people import DEPARTMENT, Role
from appeals.domain.refusals import Refused, RefusedKind, not_allowed, not_found
from appeals.models.staff import StaffMember
from appeals.queries import filters, staff_pages, team, work_list
from appeals.queries import my_day as days
from appeals.reference.reference_data import load_reference
from appeals.web.shared.forms import Choices, term_choices
from appeals.web.shared.request import act, end_each_transaction, require_roles
from appeals.web.shared.return_page import find_held_form, held_fields
from appeals.web.shared.texts import gettext as _
from appeals.web.shared.texts import language
from appeals.web.staff import case_page, case_sheet, draft_saving
from appeals.web.staff.calls import first_contact
from appeals.web.staff.calls.call_page import show_with_contact
from appeals.web.staff.department.bulk_form import BulkForm, find_missing_field, read_bulk_form
from appeals.web.staff.done_messages import describe_bulk_done, warn_of_absence
from appeals.web.staff.list_place import BACK_TO_DAY, day_place, line_places, list_arguments

BULK_PATH = "/desk/several/"
"""The beginning of the addresses that take bulk actions."""
BLANK_BULK_FORM = BulkForm()

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
blueprint.before_request(require_roles(*DEPARTMENT))


@blueprint.get("/day", endpoint="day")
def show_day() -> str:
    """Show an officer's day: due today and tomorrow, overdue, and what came back."""
    return _show_day()


def _show_day(sent: BulkForm = BLANK_BULK_FORM) -> str:
    """Render the day, with what was chosen in a bulk form."""
    return render_template(
        "staff/desk/day.html",
        day=days.load_my_day(act()),
        place_of=day_place,
        back=BACK_TO_DAY,
        may_choose=lambda appeal: bulk_actions.can_be_chosen(act(), appeal),
        **_bulk_bar(sent),
    )


def _bulk_bar(sent: BulkForm) -> dict[str, object]:
    """Return what the bar with the bulk actions shows, and who is absent."""
    return {
        "bulk_sent": sent,
        "several": bulk_actions.list_bulk_moves(act().actor.role),
        "assignable": team.list_assignable(act()),
        "absent": team.list_absent_officers(act()),
        "leads_team": team.leads_team(act()),
    }


@blueprint.get("/")
def index() -> str:
    """List the department's work, first due on top; with a bulk form held over a sign-in."""
    held = find_held_form(act(), BULK_PATH)
    if held is not None:
        return _show_bulk_form(read_bulk_form(held_fields(held)))
    return _show_list(request.args)


def _show_bulk_form(sent: BulkForm) -> str:
    """Show the page from which a bulk form was sent, with what was chosen in it."""
    place = sent.place
    if place is not None and place.is_day:
        return _show_day(sent)
    return _show_list(place.asked if place else {}, sent)


def _show_list(asked: Mapping[str, str], sent: BulkForm = BLANK_BULK_FORM, **more: object) -> str:
    """Render the list at the place that is asked for, with what was chosen in a bulk form."""
    narrowed = filters.effective_filters(asked)
    order = work_list.order_of(asked)
    colleagues = staff_pages.list_colleagues(act())
    return render_template(
        "staff/desk/index.html",
        listed=work_list.load_desk_page(act(), asked),
        counts=work_list.count_work(act()),
        filters=[
            (each.need, _filter_choices(each.need, colleagues)) for each in filters.FILTERS.values()
        ],
        named={
            Input.CATEGORY: _suggested_names(Input.CATEGORY),
            Input.STREET: _suggested_names(Input.STREET),
        },
        kept=narrowed,
        order=order,
        asked={**narrowed, "sort": order} if order != work_list.BY_DUE else narrowed,
        is_later_page="after" in asked,
        back=urlencode(list_arguments(asked)),
        place_of=line_places(asked),
        saved=work_list.list_saved_filters(act()),
        officers={each.id: each.name for each in colleagues},
        **_bulk_bar(sent),
        **more,
    )


@blueprint.post("/several/<action>", endpoint="several")
def make_bulk_move(action: str) -> str | tuple[str, int] | Response:
    """Make one move on each of the chosen appeals, and go back; say by number what was refused.

    Where something is missing, the page is shown again with what was ticked and chosen.
    """
    if action not in bulk_actions.BULK_ACTIONS:
        raise not_found()
    move = case_page.MOVE_BY_NAME[action]
    if act().actor.role not in move.by:
        raise not_allowed()
    form = read_bulk_form(request.form)
    back = form.place.address if form.place else url_for("desk.index")
    numbers, given = form.find_numbers(), {need.name: form.given[need.name] for need in move.fields}
    if lacks := find_missing_field(move, numbers, given):
        return _show_bulk_form(replace(form, lacks=lacks)), HTTPStatus.UNPROCESSABLE_ENTITY
    outcomes = end_each_transaction(
        bulk_actions.make_move_on_each(act(), numbers, move.action, given)
    )
    made = [each for each in outcomes if each.refused is None]
    refused = [each for each in outcomes if each.refused is not None]
    if not refused:
        officer = given.get("officer", "")
        flash(describe_bulk_done(move.action, [each.number for each in made], officer), "done")
        warn_of_absence(officer)
        return redirect(back, 303)
    shown = render_template(
        "staff/desk/several.html", move=move, made=made, refused=refused, back=back
    )
    return shown if made else (shown, RefusedKind.NOT_NOW.value)


@blueprint.post("/filters", endpoint="keep_filter")
def save_filter() -> tuple[str, int] | Response:
    """Save the list's filters and order under a name; a refusal keeps the name."""
    sent = {name: request.form.get(name, "") for name in (*filters.FILTERS, "sort")}
    asked = {name: value for name, value in sent.items() if value}
    query, name = urlencode(asked), request.form.get("name", "")
    try:
        filters_and_templates.save_filter(act(), name, query)
    except Refused as problem:
        return _show_list(asked, filter_name=name, filter_problem=problem), problem.kind.value
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
    return show_with_contact(number, case_sheet.show_sheet)


@blueprint.post("/appeals/<number>/show-contact", endpoint="contact")
def show_contact(number: str) -> ResponseReturnValue:
    """Show the citizen's contact in this answer, for a reason that is recorded."""
    return show_with_contact(number, case_page.show_case)


@blueprint.post("/appeals/<number>/answer/draft", endpoint="answer_draft")
def save_draft(number: str) -> ResponseReturnValue:
    """Save the draft of an answer."""
    return draft_saving.save_draft(number)


@blueprint.get("/appeals/<number>/first-contact", endpoint="first_contact")
def show_first_contact(number: str) -> str:
    """Show whom to call for the first contact, and the form that records it."""
    return first_contact.show_first_contact(number)


@blueprint.post("/appeals/<number>/first-contact", endpoint="take_first_contact")
def take_first_contact(number: str) -> ResponseReturnValue:
    """Show the number for the first contact, or record what came of the call."""
    return first_contact.take_first_contact(number)


@blueprint.post("/appeals/<number>/<action>", endpoint="move")
def make_move(number: str, action: str) -> ResponseReturnValue:
    """Make any move that the rules allow this person now."""
    return case_page.make_move(number, action)


def _filter_choices(need: Need, colleagues: Sequence[StaffMember]) -> Choices:
    """Return the choices of a filter; none where it is typed."""
    if need.input is Input.OFFICER:
        return [(str(each.id), each.name) for each in colleagues]
    return term_choices(need.choices) if need.choices is not None else []


def _suggested_names(rows: Input) -> list[str]:
    """Return the names suggested while a category or a place is typed."""
    city = load_reference(act())
    named = city.categories if rows is Input.CATEGORY else city.areas
    return list(dict.fromkeys(row.label(language()) for row in named.values()))
