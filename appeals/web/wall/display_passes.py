"""Display passes: supervisors and administrators make them, list them and end them."""

from http import HTTPStatus

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length

from appeals.casework.accounts import display_passes
from appeals.domain.refusals import Refused
from appeals.queries.administration.display_passes import list_passes
from appeals.settings import Settings
from appeals.web.shared.forms import add_refusal, typed_text
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import gettext
from appeals.web.shared.texts import lazy_gettext as _
from appeals.web.wall.screens import CODE_ARGUMENT

MAX_NAME_CHARACTERS = 60
USUAL_DAYS = 90

blueprint = Blueprint("display_passes", __name__, url_prefix="/wall/passes")
blueprint.before_request(require_roles(*display_passes.MANAGERS))


class NewPassForm(PageForm):
    """The screen that a pass is for, and how long it is good."""

    name = StringField(
        _("Screen"),
        validators=[
            Required(_("Say which screen it is for.")),
            Length(max=MAX_NAME_CHARACTERS),
        ],
    )
    days = IntegerField(
        _("Days"),
        default=USUAL_DAYS,
        validators=[InputRequired(_("Enter how many days it is good."))],
    )


@blueprint.get("", endpoint="index")
def list_display_passes() -> str:
    """List the passes, those in force first, with the form for a new one."""
    return _passes_page(NewPassForm())


@blueprint.post("", endpoint="make")
def make_pass() -> ResponseReturnValue:
    """Make a pass; its code is shown in this answer only."""
    form = NewPassForm()
    if not form.validate():
        return _passes_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        code = display_passes.make_pass(act(), typed_text(form.name), form.days.data or 0)
    except Refused as problem:
        act().session.rollback()
        add_refusal(form, problem)
        return _passes_page(form), problem.kind.value
    settings: Settings = current_app.config["SETTINGS"]
    screen = f"{settings.base_url}{url_for('screens.wall')}"
    return render_template(
        "wall/new_pass.html",
        name=typed_text(form.name),
        days=form.days.data,
        code=code,
        screen=screen,
        address=f"{screen}?{CODE_ARGUMENT}={code}",
    )


@blueprint.post("/<int:pass_id>/end", endpoint="end")
def end_pass(pass_id: int) -> ResponseReturnValue:
    """End a pass at once."""
    ended = display_passes.end_pass(act(), pass_id)
    flash(
        gettext(
            "The pass of “%(name)s” has ended: its screen no longer shows the wall.",
            name=ended.name,
        )
    )
    return redirect(url_for("display_passes.index"), 303)


def _passes_page(form: NewPassForm) -> str:
    listed = list_passes(act())
    return render_template(
        "wall/passes.html",
        form=form,
        in_force=[each for each in listed if each.row.is_in_force(act().now)],
        ended=[each for each in listed if not each.row.is_in_force(act().now)],
        most=display_passes.MAX_PASSES,
    )
