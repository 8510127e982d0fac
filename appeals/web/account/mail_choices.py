"""Which regular mails a member of staff has, and in which language: her own choice."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from appeals.casework.accounts import regular_mails
from appeals.domain.messages import offered_languages
from appeals.domain.people import STAFF
from appeals.queries.administration import accounts
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import gettext

blueprint = Blueprint("mail_choices", __name__, url_prefix="/account/mails")
blueprint.before_request(require_roles(*STAFF))


@blueprint.route("", methods=["GET", "POST"], endpoint="choose")
def choose_mails() -> ResponseReturnValue:
    """Show what the person has chosen, and change it."""
    if request.method == "POST":
        wanted = request.form.getlist("mail")
        regular_mails.choose_mails(act(), wanted, request.form.get("language", ""))
        flash(gettext("Your choice of mails is saved."), "done")
        return redirect(url_for("mail_choices.choose"), 303)
    person = accounts.load_own_account(act())
    return render_template(
        "account/mails.html",
        person=person,
        choices=regular_mails.load_choices(act()),
        languages=offered_languages(),
        chosen_language=regular_mails.language_of(person),
    )
