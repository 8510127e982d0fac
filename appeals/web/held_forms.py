"""The form that was sent when the session had ended: shown after the sign-in, sent by pressing."""

from dataclasses import dataclass

from flask import Blueprint, current_app, flash, redirect, render_template
from flask_babel import LazyString, gettext
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from appeals.casework.accounts import held_forms
from appeals.domain.lifecycle import Move
from appeals.domain.needs import Input
from appeals.domain.people import STAFF
from appeals.web import casepage, intake
from appeals.web.request import act, audience, language
from appeals.web.sign_in import home_of

blueprint = Blueprint("held_forms", __name__, url_prefix="/account/held-forms")
blueprint.before_request(audience(*STAFF))
SHOWN = frozenset({Input.WORDS, Input.LINE})


@dataclass(frozen=True)
class HeldField:
    """A field of a held form; one without a label is sent on unseen."""

    name: str
    text: str
    label: str | LazyString = ""


@blueprint.get("/<int:form_id>")
def held_form(form_id: int) -> Response | str:
    """Show a form to the account that typed it; another is told that nothing is kept for it."""
    held = held_forms.find_form(act(), form_id)
    if held is None:
        flash(gettext("Nothing is kept here for your account."))
        return redirect(home_of(act().actor.role))
    endpoint, values = _match_path(held.path)
    move = casepage.BY_NAME.get(values.get("action", ""))
    labels = _find_labels(endpoint, move)
    return render_template(
        "account/held_form.html",
        held=held,
        move=move,
        number=values.get("number", ""),
        fields=[HeldField(name, text, labels.get(name, "")) for name, text in held.fields],
    )


@blueprint.post("/<int:form_id>/drop")
def drop_held_form(form_id: int) -> Response:
    """Forget a form that is not wanted any more."""
    held_forms.drop_form(act(), form_id)
    return redirect(home_of(act().actor.role))


def _match_path(path: str) -> tuple[str, dict[str, str]]:
    """Return the endpoint that takes a form, and the values in its address; empty if it is gone."""
    try:
        endpoint, values = current_app.url_map.bind("").match(path.partition("?")[0], "POST")
    except HTTPException:
        return "", {}
    return endpoint, {name: str(value) for name, value in values.items()}


def _find_labels(endpoint: str, move: Move | None) -> dict[str, str | LazyString]:
    """Return the labels of the typed fields of a move or of the intake, by name."""
    if move is not None:
        return {need.name: need.label(language()) for need in move.fields if need.input in SHOWN}
    return dict(intake.TYPED) if endpoint == "centre.new" else {}
