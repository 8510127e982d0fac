"""Two-person requests: those waiting, those decided, and the decision."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField
from wtforms.validators import Length

from appeals.casework.accounts import staff_requests
from appeals.casework.configuration import request_effects
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, not_found
from appeals.domain.staff_requests import request_kinds_of
from appeals.queries.administration import staff_requests as asked
from appeals.web.admin.row_form import request_title
from appeals.web.shared.forms import MAX_LINE_CHARACTERS, add_refusal, typed_text
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.text_fields import PageForm
from appeals.web.shared.texts import gettext, language
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("staff_requests", __name__, url_prefix="/admin/requests")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))
MAX_REQUEST_ID_DIGITS = 18
DECISION_MESSAGES = {
    "grant": _("You agreed: %(kind)s (%(about)s). It has taken effect."),
    "refuse": _(
        "You did not agree: %(kind)s (%(about)s). Nothing was changed; %(asker)s was told."
    ),
    "withdraw": _("You took the request back: %(kind)s (%(about)s)."),
}


class DecisionForm(PageForm):
    """The second person's answer, required for a refusal."""

    answer = TextAreaField(
        _("Your reason (needed if you do not agree)"),
        validators=[Length(max=MAX_LINE_CHARACTERS)],
    )


@blueprint.get("")
def index() -> str:
    """List the requests that the actor's role may ask or decide, the newest first."""
    text = request.args.get("before", "")
    before = int(text) if text.isdecimal() and len(text) <= MAX_REQUEST_ID_DIGITS else None
    listed, after = asked.list_requests(act(), request_kinds_of(act().actor.role), before)
    return render_template("admin/requests.html", listed=listed, after=after)


@blueprint.get("/<int:request_id>", endpoint="show")
def show_request(request_id: int) -> str:
    """Show one request, with the form where the actor may decide it."""
    return _request_page(request_id, DecisionForm())


@blueprint.post("/<int:request_id>/<step>", endpoint="decide")
def decide_request(request_id: int, step: str) -> ResponseReturnValue:
    """Grant, refuse or withdraw a request; a one-time password is shown to who granted it."""
    form = DecisionForm()
    if step not in DECISION_MESSAGES:
        raise not_found()
    if not form.validate():
        return _request_page(request_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    written = None
    try:
        if step == "withdraw":
            staff_requests.withdraw_request(act(), request_id)
        else:
            is_granted, answer = step == "grant", typed_text(form.answer)
            written = request_effects.decide_and_apply(
                act(), request_id, is_granted=is_granted, answer=answer
            )
    except Refused as problem:
        act().session.rollback()
        add_refusal(form, problem)
        return _request_page(request_id, form), problem.kind.value
    if written is not None and written.once:
        return render_template("admin/password.html", written=written)
    flash(_decision_message(request_id, step))
    return redirect(url_for("staff_requests.index"), 303)


def _decision_message(request_id: int, step: str) -> str:
    """Return the message on what was decided, about what, and who was told."""
    listed = asked.get_request(act(), request_id, request_kinds_of(act().actor.role))
    said = {
        "kind": listed.row.kind.label(language()),
        "about": request_title(listed),
        "asker": listed.asker,
    }
    sentence = str(DECISION_MESSAGES[step]) % said
    if step == "grant" and listed.row.staff_id is not None:
        told = gettext("%(person)s was told.", person=listed.person)
        sentence = f"{sentence}{' ' if language() == 'en' else ''}{told}"
    return sentence


def _request_page(request_id: int, form: DecisionForm) -> str:
    listed = asked.get_request(act(), request_id, request_kinds_of(act().actor.role))
    agree = request_effects.list_possible_deciders(act(), listed.row) if not listed.outcome else []
    return render_template(
        "admin/request.html",
        listed=listed,
        form=form,
        change=request_effects.find_requested_change(act(), listed.row),
        who_may_agree=[each.name for each in agree],
        may_agree=act().actor.staff_id in {each.id for each in agree},
        may_decide=staff_requests.may_decide(act(), listed.row),
        may_withdraw=listed.outcome is None and listed.row.asked_by == act().actor.staff_id,
    )
