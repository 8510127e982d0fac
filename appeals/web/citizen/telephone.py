"""For citizens: the appeals of one's telephone, opened with a one-time code by text message.

Only where a gateway for text messages is set. Whether a telephone is known is not looked up before
its code was given, so no answer tells it.
"""

from http import HTTPStatus

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, TelField
from wtforms.validators import Length

from appeals.act import Act
from appeals.casework.accounts import rate_limits
from appeals.casework.following import device_list, telephone_codes
from appeals.domain.refusals import Refused
from appeals.logs import SecurityEvent, log_security_event
from appeals.queries.staff_pages import mask_phone
from appeals.web.shared import citizen_session, known_browser
from appeals.web.shared import request as edge
from appeals.web.shared.bot_detection import find_doubt
from appeals.web.shared.forms import MAX_LINE_CHARACTERS, add_refusal, typed_text
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import language
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("telephone", __name__)
LISTED = _("Here are the appeals of the number %(number)s, for twelve hours on this device.")
NOTHING_LISTED = _("There is no appeal of the number %(number)s that opens this way.")


class TelephoneForm(PageForm):
    """The telephone whose appeals are asked for."""

    telephone = TelField(
        _("Your mobile number"),
        validators=[Required(_("Enter your mobile number.")), Length(max=MAX_LINE_CHARACTERS)],
    )


class TextCodeForm(PageForm):
    """The code of the text message."""

    code = StringField(
        _("Code of the text message"),
        validators=[Required(_("Enter the code of the text message.")), Length(max=50)],
        render_kw={"inputmode": "numeric"},
    )


def is_offered() -> bool:
    """Return whether codes can be sent here."""
    return current_app.config["SETTINGS"].sms_url is not None


@blueprint.before_request
def require_gateway() -> None:
    """Answer as if these pages did not exist where no gateway is set."""
    if not is_offered():
        abort(HTTPStatus.NOT_FOUND)


@blueprint.route("/appeals/mine/telephone", methods=["GET", "POST"], endpoint="ask")
def ask_telephone() -> ResponseReturnValue:
    """Ask for the telephone, and have a code sent to it if it has appeals."""
    form = TelephoneForm()
    if not form.is_submitted():
        return render_template("citizen/telephone.html", form=form)
    if form.validate() and (doubt := find_doubt()) is not None:
        add_refusal(form, doubt)
    if form.errors:
        return render_template("citizen/telephone.html", form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    edge.commit_even_if_refused()
    try:
        _ask_code(typed_text(form.telephone))
    except Refused as problem:
        add_refusal(form, problem)
        return render_template("citizen/telephone.html", form=form), problem.kind.value
    return redirect(url_for("telephone.enter"), 303)


@blueprint.route("/appeals/mine/code", methods=["GET", "POST"], endpoint="enter")
def enter_code() -> ResponseReturnValue:
    """Ask for the code; the right one opens the appeals of its telephone on this device."""
    act = edge.act()
    act = act.by(citizen_session.current_citizen(act.now))
    telephone = telephone_codes.find_asked_telephone(act)
    if telephone is None:
        return redirect(url_for("telephone.ask"))
    form, masked = TextCodeForm(), mask_phone(telephone)
    status = HTTPStatus.OK.value
    if form.is_submitted() and not form.validate():
        status = HTTPStatus.UNPROCESSABLE_ENTITY.value
    elif form.is_submitted():
        edge.commit_even_if_refused()
        try:
            _open_list(act, telephone, typed_text(form.code))
            return redirect(url_for("device_list.index"), 303)
        except Refused as problem:
            add_refusal(form, problem)
            status = problem.kind.value
    return render_template("citizen/telephone_code.html", form=form, masked=masked), status


def _ask_code(typed: str) -> None:
    """Have a code sent. Raises Refused for what is no mobile number, and for too many."""
    act = edge.act()
    telephone = telephone_codes.read_mobile_number(act, typed)
    source = edge.attempt_source(telephone.number)
    rate_limits.count_try(act, rate_limits.text_limits(source, telephone.number))
    citizen = citizen_session.begin_session(act.now)
    telephone_codes.ask_code(act.by(citizen), telephone, language())


def _open_list(act: Act, telephone: str, code: str) -> None:
    """Put the appeals of a telephone on the device's list. Raises Refused for a wrong code."""
    limits = rate_limits.text_code_limits(edge.attempt_source(telephone), telephone)
    rate_limits.count_try(act, limits)
    try:
        telephone_codes.check_code(act, code)
    except Refused:
        log_security_event(SecurityEvent.TELEPHONE_CODE_FAIL, address=edge.client_address())
        raise
    rate_limits.forget_try(act, limits)
    device = citizen_session.renew_device(act.actor, act.now, telephone)
    appeals = telephone_codes.find_appeals(act, telephone)
    device_list.add_appeals(act, device, appeals, telephone_codes.LIST_LIFETIME)
    known_browser.remember_subject(telephone)
    told = LISTED if appeals else NOTHING_LISTED
    flash(str(told) % {"number": mask_phone(telephone)})
