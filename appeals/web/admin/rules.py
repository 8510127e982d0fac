"""All routing rules of a department, a district or a category sent elsewhere, after a preview."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from appeals.casework.configuration import rule_reassignment
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.domain.vocabulary import AccessKind
from appeals.queries.administration import consequences
from appeals.web.admin import row_form
from appeals.web.admin.row_form import RowForm
from appeals.web.shared import noted_accesses
from appeals.web.shared.forms import add_refusal
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import gettext

blueprint = Blueprint("admin_rules", __name__, url_prefix="/admin/rules")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))
PREFILLED = tuple(need.name for need in rule_reassignment.CHOSEN_BY)


@blueprint.route("/reassign", methods=["GET", "POST"])
def reassign() -> ResponseReturnValue:
    """Show the form, then the rules and appeals that it concerns, then change the rules."""
    seen = rule_reassignment.find_last_rule_change_id(act())
    asked = {name: request.args.get(name, "") for name in PREFILLED}
    form = row_form.build_row_form(rule_reassignment.FORM, asked, seen)
    if request.method == "GET" or "again" in request.form:
        return _form_page(form)
    if not form.validate():
        return _form_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        if "confirmed" not in request.form:
            return _preview_page(form)
        count = rule_reassignment.reassign_chosen_rules(
            act(), form.typed_values(), form.seen_number
        )
    except Refused as problem:
        act().session.rollback()
        add_refusal(form, problem)
        return _form_page(form), problem.kind.value
    flash(gettext("Changed and recorded: %(count)s routing rules.", count=count))
    return redirect(url_for("admin_city.table", name="rules"), 303)


def _preview_page(form: RowForm) -> str:
    planned = rule_reassignment.plan_reassignment(act(), form.typed_values())
    follows = consequences.find_consequences(act(), planned)
    if follows.trial and follows.trial.shown:
        rows = str(len(follows.trial.shown))
        noted_accesses.note_access(AccessKind.LIST_SHOWN, list="dry_run", rows=rows)
    return render_template(
        "admin/city/reassign_preview.html", form=form, planned=planned, follows=follows
    )


def _form_page(form: RowForm) -> str:
    return render_template("admin/city/reassign.html", form=form, asked=rule_reassignment.FORM)
