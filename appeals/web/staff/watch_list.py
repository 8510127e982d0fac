"""The supervisors' watch list, and the forms that put a case on it or take it off."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from appeals.cases.access import open_case
from appeals.casework.handling import watch_list
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.queries import watch_list as watched
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import gettext as _

blueprint = Blueprint("watch_list", __name__, url_prefix="/centre/watched")
blueprint.before_request(require_roles(Role.SUPERVISOR))


@blueprint.get("")
def index() -> str:
    """List the watched cases, the longest late first."""
    return render_template("staff/centre/watched.html", lines=watched.list_watched(act()))


@blueprint.post("/<number>", endpoint="watch")
def watch_case(number: str) -> ResponseReturnValue:
    """Put a case on the list with a note, or change the note; a refusal keeps the note."""
    appeal = open_case(act(), number)
    note = request.form.get("note", "")
    try:
        watch_list.watch_case(act(), appeal, note)
    except Refused as problem:
        shown = render_template(
            "staff/centre/watch_note.html", number=appeal.number, note=note, problem=problem
        )
        return shown, problem.kind.value
    flash(_("%(number)s is on the watch list.", number=appeal.number), "done")
    return redirect(url_for("centre.case", number=appeal.number), 303)


@blueprint.post("/<number>/end", endpoint="unwatch")
def stop_watching(number: str) -> Response:
    """Take a case off the list."""
    appeal = open_case(act(), number)
    watch_list.stop_watching(act(), appeal)
    flash(_("%(number)s is no longer on the watch list.", number=appeal.number), "done")
    return redirect(url_for("watch_list.index"), 303)
