"""The own mail address of a member of staff: changed with the password, confirmed by a link."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import Length

from appeals.casework.accounts import mail_links
from appeals.domain.people import STAFF
from appeals.domain.refusals import Refused, not_found
from appeals.queries.administration import accounts
from appeals.web.account.forgot_password import can_mail
from appeals.web.shared.forms import MAX_LINE_CHARACTERS, add_refusal, typed_text
from appeals.web.shared.request import act, commit_even_if_refused, require_roles
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import gettext
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("own_address", __name__, url_prefix="/account/address")
blueprint.before_request(require_roles(*STAFF))


class AddressForm(PageForm):
    """The own mail address, and the password."""

    email = StringField(
        _("E-mail"),
        validators=[Required(_("Enter your e-mail address.")), Length(max=MAX_LINE_CHARACTERS)],
    )
    password = PasswordField(
        _("Your password"),
        validators=[Required(_("Enter your password.")), Length(max=128)],
    )


class ConfirmForm(PageForm):
    """The token of the link that was sent."""

    token = HiddenField()


@blueprint.route("", methods=["GET", "POST"], endpoint="change")
def change_address() -> ResponseReturnValue:
    """Show the address, and send a link that confirms it or another one."""
    if not can_mail():
        raise not_found()
    person = accounts.load_own_account(act())
    form = AddressForm(data={"email": person.email})
    if request.method == "GET":
        return render_template("account/address.html", form=form, person=person)
    if not form.validate():
        return render_template(
            "account/address.html", form=form, person=person
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    commit_even_if_refused()
    try:
        mail_links.ask_address_link(act(), typed_text(form.email), typed_text(form.password))
    except Refused as problem:
        add_refusal(form, problem)
        page = render_template("account/address.html", form=form, person=person)
        return page, problem.kind.value
    flash(gettext("A link was sent to %(email)s. Open it within 30 minutes.", email=person.email))
    return redirect(url_for("sign_in.account"), 303)


@blueprint.route("/confirm", methods=["GET", "POST"], endpoint="confirm")
def confirm_address() -> ResponseReturnValue:
    """Show a button for the link that was sent, and confirm the address with it."""
    form = ConfirmForm()
    if request.method == "GET":
        form.token.data = request.args.get("token", "")
        return render_template("account/address_confirm.html", form=form)
    if not form.validate():
        return render_template(
            "account/address_confirm.html", form=form
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    mail_links.confirm_address(act(), typed_text(form.token))
    flash(gettext("Your mail address is confirmed."))
    return redirect(url_for("sign_in.account"), 303)
