"""Absences of the department's staff: one's own, and for the leader those of everybody."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appeals.casework.accounts import absences
from appeals.domain.people import DEPARTMENT
from appeals.domain.refusals import Refused
from appeals.queries import staff_pages, team
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import gettext, language

blueprint = Blueprint("absences", __name__, url_prefix="/desk/absences")
blueprint.before_request(require_roles(*DEPARTMENT))
FIELDS = ("staff", "first", "last")


@blueprint.get("")
def index() -> str:
    """List the absences that are not over, with the form for one more."""
    return _show_absences()


@blueprint.post("", endpoint="record")
def record_absence() -> tuple[str, int] | Response:
    """Record an absence; a refusal keeps what was typed."""
    typed = {name: request.form.get(name, "") for name in FIELDS}
    chosen = typed["staff"] or str(act().actor.staff_id)
    try:
        row = absences.record_absence(act(), chosen, typed["first"], typed["last"])
    except Refused as problem:
        act().session.rollback()
        return _show_absences(problem, typed), problem.kind.value
    [absence] = [each for each in team.list_absences(act()) if each.id == row.id]
    flash(
        gettext("Absence recorded: %(name)s, %(days)s.", name=absence.name, days=absence.days),
        "done",
    )
    return redirect(url_for("absences.index"), 303)


@blueprint.post("/<int:absence_id>/remove", endpoint="remove")
def remove_absence(absence_id: int) -> Response:
    """Remove an absence."""
    absences.remove_absence(act(), absence_id)
    flash(gettext("The absence is removed."), "done")
    return redirect(url_for("absences.index"), 303)


def _show_absences(problem: Refused | None = None, typed: dict[str, str] | None = None) -> str:
    """Render the absences, after a refusal with what was typed."""
    return render_template(
        "staff/desk/absences.html",
        absences=team.list_absences(act()),
        absent={each.absence.id: each.cases for each in team.list_absent_officers(act())},
        officers=staff_pages.list_colleagues(act()) if team.leads_team(act()) else [],
        problem=problem,
        sentence=problem.label(language()) if problem else "",
        typed=typed or {},
    )
