"""A forgotten password: a link by mail, and the page where a new one is chosen.

The answer is the same for every name, so nobody learns whether an account exists.
"""

from http import HTTPStatus

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import Length

from appeals.casework.accounts import mail_links
from appeals.domain.refusals import Refused, not_found
from appeals.web.shared import request as edge
from appeals.web.shared.bot_detection import find_doubt
from appeals.web.shared.forms import add_refusal, typed_text
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import gettext
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("forgot_password", __name__, url_prefix="/sign-in")


class ForgotPasswordForm(PageForm):
    """Whose password is forgotten."""

    username = StringField(
        _("Username"),
        validators=[Required(_("Enter your username.")), Length(max=100)],
    )


class NewPasswordForm(PageForm):
    """A new password, by the link that was sent."""

    token = HiddenField()
    new = PasswordField(
        _("New password"),
        validators=[Required(_("Enter a new password.")), Length(max=128)],
    )


@blueprint.app_context_processor
def _add_mail_setting() -> dict[str, bool]:
    """Let templates know whether mail is set up, without which no link is sent."""
    return {"can_mail": can_mail()}


def can_mail() -> bool:
    """Return whether this installation sends mail."""
    return current_app.config["SETTINGS"].smtp_url is not None


@blueprint.route("/forgot", methods=["GET", "POST"], endpoint="forgot")
def request_reset_link() -> ResponseReturnValue:
    """Mail a reset link; the answer is the same for every name."""
    form = ForgotPasswordForm()
    if request.method == "GET" or not can_mail():
        return render_template("account/forgot.html", form=form, is_sent=False)
    if form.validate() and (doubt := find_doubt()) is not None:
        add_refusal(form, doubt)
    if form.errors:
        return render_template(
            "account/forgot.html", form=form, is_sent=False
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    edge.commit_even_if_refused()
    try:
        mail_links.ask_password_link(edge.act(), typed_text(form.username), edge.client_address())
    except Refused as problem:
        add_refusal(form, problem)
        page = render_template("account/forgot.html", form=form, is_sent=False)
        return page, problem.kind.value
    return render_template("account/forgot.html", form=form, is_sent=True)


@blueprint.route("/reset", methods=["GET", "POST"], endpoint="reset")
def reset_password() -> ResponseReturnValue:
    """Show the form behind a link and set the new password; signing in asks for the factor."""
    form = NewPasswordForm()
    if not can_mail():
        raise not_found()
    if request.method == "GET":
        form.token.data = request.args.get("token", "")
        mail_links.check_password_link(edge.act(), typed_text(form.token))
        return render_template("account/reset.html", form=form)
    if not form.validate():
        return render_template("account/reset.html", form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        mail_links.reset_by_link(edge.act(), typed_text(form.token), typed_text(form.new))
    except Refused as problem:
        if problem.field is None:
            raise
        add_refusal(form, problem)
        return render_template("account/reset.html", form=form), problem.kind.value
    flash(gettext("Your password was changed and all sessions were ended. Sign in with it."))
    return redirect(url_for("sign_in.sign_in"), 303)
