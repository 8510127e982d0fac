"""The code that a citizen gives another person: given, ended, and the appeal opened with it."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response
from wtforms import StringField

from appeals.act import Act
from appeals.cases.access import open_case
from appeals.casework.accounts import rate_limits
from appeals.casework.following import helper_codes
from appeals.casework.following.helper_codes import MAX_NAME_CHARACTERS
from appeals.domain.refusals import Refused
from appeals.web.shared import noted_accesses
from appeals.web.shared import request as edge
from appeals.web.shared.forms import add_refusal, typed_text
from appeals.web.shared.text_fields import MaxCharacters, PageForm
from appeals.web.shared.texts import gettext
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("helper_codes", __name__)


class HelperCodeForm(PageForm):
    """Who gets the code, in the citizen's word; it may stay empty."""

    name = StringField(
        _("Who is it for?"), validators=[MaxCharacters(MAX_NAME_CHARACTERS, counts_down=False)]
    )


def act_on_appeal(number: str) -> Act:
    """Return the request's act, by the helper where the code given to her opened the appeal.

    Pages that do not ask this know no helper: to them she is a stranger.
    """
    act = edge.act()
    helper = helper_codes.find_helper(act, number)
    if helper is None:
        return act
    noted_accesses.note_helper_visit(helper.code_id)
    return act.by(helper.actor)


@blueprint.post("/appeals/<number>/helper_code", endpoint="give")
def give_code(number: str) -> ResponseReturnValue:
    """Give another person a code; it is shown in this answer only."""
    act = edge.act()
    appeal = open_case(act, number)
    form = HelperCodeForm()
    if not form.validate():
        return _refused_page(appeal.number, form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        rate_limits.count_volume(act, ((rate_limits.ADDITIONS_PER_APPEAL, appeal.number),))
        code = helper_codes.give_code(act, appeal, typed_text(form.name))
    except Refused as problem:
        add_refusal(form, problem)
        return _refused_page(appeal.number, form), problem.kind.value
    return render_template(
        "citizen/helper_code.html",
        number=appeal.number,
        name=typed_text(form.name),
        code=code,
        follow_address=f"{act.base_url}{url_for('citizen.follow')}",
    )


@blueprint.post("/appeals/<number>/helper_code/end", endpoint="end")
def end_code(number: str) -> Response:
    """End the other person's code at once."""
    act = edge.act()
    appeal = open_case(act, number)
    helper_codes.end_code(act, appeal)
    flash(gettext("The code has ended: it opens your appeal no longer."))
    return redirect(url_for("citizen.show", number=appeal.number), 303)


def _refused_page(number: str, form: HelperCodeForm) -> str:
    return render_template("citizen/helper_code_refused.html", number=number, form=form)
