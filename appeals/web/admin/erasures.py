"""Erasure of personal data: requested by number, carried out when a second person agrees."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from appeals.casework.accounts.staff_requests import would_be_alone
from appeals.casework.configuration import request_effects
from appeals.casework.erasure import erasure, retention
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.domain.staff_requests import RequestKind
from appeals.queries.administration import erasures as asked
from appeals.web.shared.forms import MAX_LINE_CHARACTERS, add_refusal, typed_text
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import gettext
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("erasures", __name__, url_prefix="/admin/erasures")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))
MAX_NUMBERS_CHARACTERS = 4000
MAX_DUE_LISTED = 1000
"""How many appeals due for erasure the page counts; `appeals erase --by-rule --dry-run` counts
all."""


class ErasureForm(PageForm):
    """Which appeals lose their personal data, and why."""

    numbers = TextAreaField(
        _("Numbers of the appeals"),
        validators=[
            Required(_("Enter the numbers of the appeals.")),
            Length(max=MAX_NUMBERS_CHARACTERS),
        ],
    )
    why = StringField(
        _("Why"),
        validators=[Required(_("Say why.")), Length(max=MAX_LINE_CHARACTERS)],
    )


@blueprint.route("", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """List the erasures; request one, after a preview of what is erased and what stays."""
    form = ErasureForm()
    if request.method == "GET" or "again" in request.form:
        return _erasures_page(form)
    if not form.validate():
        return _erasures_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    numbers = typed_text(form.numbers).replace(",", " ").replace("，", " ").split()
    try:
        if "confirmed" not in request.form:
            found = erasure.find_erasable(act(), numbers)
            alone = would_be_alone(act(), RequestKind.ERASURE)
            return render_template(
                "admin/erasure_preview.html", form=form, found=found, is_alone=alone
            )
        made = request_effects.ask_erasure(act(), numbers, typed_text(form.why))
    except Refused as problem:
        act().session.rollback()
        add_refusal(form, problem)
        return _erasures_page(form), problem.kind.value
    if made.outcome is None:
        flash(gettext("Nothing is erased yet: a second administrator has to agree, and was told."))
        return redirect(url_for("staff_requests.show", request_id=made.id), 303)
    flash(gettext("The personal data is erased."))
    return redirect(url_for("erasures.index"), 303)


def _erasures_page(form: ErasureForm) -> str:
    page = max(1, request.args.get("page", 1, type=int))
    listed, more = asked.list_erasures(act(), page)
    return render_template(
        "admin/erasures.html",
        form=form,
        listed=listed,
        page=page,
        more=more,
        due=retention.count_due_up_to(act(), MAX_DUE_LISTED + 1),
        due_most=MAX_DUE_LISTED,
    )
