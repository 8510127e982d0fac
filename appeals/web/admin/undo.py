"""A recorded change taken back, after a preview."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length

from appeals.casework.configuration import undo
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.web.shared.forms import MAX_LINE_CHARACTERS, add_refusal, typed_text
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import gettext
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("admin_undo", __name__, url_prefix="/admin/changes")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))


class UndoForm(PageForm):
    """Why a change is taken back."""

    why = StringField(
        _("Why"), validators=[Required(_("Say why.")), Length(max=MAX_LINE_CHARACTERS)]
    )


@blueprint.route("/<int:change_id>/undo", methods=["GET", "POST"])
def undo_change(change_id: int) -> ResponseReturnValue:
    """Show what would be changed back; change it back, with the reason."""
    form = UndoForm()
    planned = undo.plan_undo(act(), change_id)
    status = 200
    if form.validate_on_submit():
        try:
            undo.undo_change(act(), change_id, typed_text(form.why))
        except Refused as problem:
            act().session.rollback()
            add_refusal(form, problem)
            status = problem.kind.value
        else:
            flash(gettext("The change was taken back; the history keeps both."))
            return redirect(url_for("admin_city.row", name=planned[0].of, key=planned[0].key), 303)
    elif request.method == "POST":
        status = 422
    return render_template("admin/city/undo.html", planned=planned, form=form), status
