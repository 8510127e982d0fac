"""The own second factor and the own sessions of a member of staff."""

import io
from http import HTTPStatus

import segno
from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from appeals.casework.accounts import second_factor, staff_accounts
from appeals.casework.accounts.own_account import FACTOR_ACTIONS, change_factor
from appeals.casework.accounts.second_factor import is_factor_demanded
from appeals.domain.people import STAFF
from appeals.domain.refusals import Refused, not_found
from appeals.logs import SecurityEvent, log_security_event
from appeals.queries.administration import accounts
from appeals.web.account.sign_in_forms import FactorStepForm
from appeals.web.shared.display import campaign_name
from appeals.web.shared.forms import add_refusal, typed_text
from appeals.web.shared.request import STAFF_COOKIE, act, commit_even_if_refused, require_roles
from appeals.web.shared.texts import gettext

blueprint = Blueprint("second_factor", __name__, url_prefix="/account")
blueprint.before_request(require_roles(*STAFF))
SCALE = 6
"""Pixels for one module of the QR code."""


@blueprint.get("/factor", endpoint="factor")
def show_factor() -> str:
    """Show whether the factor is on, and what can be done about it."""
    return _factor_page(FactorStepForm())


@blueprint.get("/factor/picture.svg", endpoint="picture")
def show_qr_code() -> Response:
    """Send the secret as a QR code, while the first code is awaited."""
    address = second_factor.make_provisioning_uri(act(), campaign_name())
    if address is None:
        raise not_found()
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=SCALE, xmldecl=False)
    return Response(
        drawn.getvalue(), mimetype="image/svg+xml", headers={"Cache-Control": "private, no-store"}
    )


@blueprint.post("/factor/begin")
def begin_setup() -> AnyResponse:
    """Make a new secret and show it."""
    second_factor.begin_setup(act())
    return redirect(url_for("second_factor.factor"), 303)


@blueprint.post("/factor/<step>", endpoint="step")
def take_step(step: str) -> ResponseReturnValue:
    """Confirm the factor, renew its recovery codes (both are shown once), or switch it off."""
    form = FactorStepForm()
    if step not in FACTOR_ACTIONS:
        raise not_found()
    if not form.validate():
        return _factor_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    commit_even_if_refused()
    token = STAFF_COOKIE.read_value()
    try:
        codes = change_factor(act(), step, typed_text(form.password), typed_text(form.code), token)
    except Refused as problem:
        add_refusal(form, problem)
        return _factor_page(form), problem.kind.value
    if codes:
        return render_template("account/recovery.html", codes=codes)
    flash(gettext("The second factor is switched off."))
    return redirect(url_for("second_factor.factor"), 303)


@blueprint.post("/sessions/<listed>/end")
def end_session(listed: str) -> AnyResponse:
    """End one of the own sessions; its browser is signed out at its next request."""
    own = act().actor.staff_id or 0
    staff_accounts.end_session_by_reference(act(), own, listed)
    log_security_event(SecurityEvent.SESSION_ENDED, staff_id=own, by=own)
    flash(gettext("The session was ended."))
    return redirect(url_for("sign_in.account"), 303)


def _factor_page(form: FactorStepForm) -> str:
    return render_template(
        "account/factor.html",
        form=form,
        person=accounts.load_own_account(act()),
        secret=second_factor.find_pending_secret(act()),
        left=second_factor.count_recovery_codes(act()),
        is_demanded=is_factor_demanded(act(), act().actor.role),
    )
