"""Signing in and out, and the own account of a member of staff."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from appeals.casework import staff
from appeals.domain.people import CENTRE, DEPARTMENT, STAFF, Role
from appeals.domain.refusals import Refused
from appeals.web import request as edge
from appeals.web.forms import PasswordForm, SignInForm, refuse, typed

blueprint = Blueprint("sign_in", __name__)
WRONG = 422


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Response | str | tuple[str, int]:
    """Sign in; any wrong answer gets the same page in the same time."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _shown("account/sign_in.html", form)
    act = edge.act()
    edge.keep_anyway()
    try:
        token = staff.sign_in(act, typed(form.username), typed(form.password), edge.address())
    except Refused as problem:
        refuse(form, problem)
        return render_template("account/sign_in.html", form=form), problem.kind.value
    if token is None:
        form.form_errors.append(gettext("The username or the password is not right."))
        return render_template("account/sign_in.html", form=form), WRONG
    seen = staff.session_of(act, token)
    role = seen.actor.role if seen else None
    answer = redirect(_safe(request.args.get("next")) or home_of(role))
    edge.set_sid(answer, token)
    return answer


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session: its cookie is worth nothing from now on."""
    token = request.cookies.get(edge.sid_cookie())
    if token:
        staff.end_session(edge.act(), token)
    answer = redirect(url_for("sign_in.sign_in"))
    edge.set_sid(answer, None)
    return answer


@blueprint.route("/account", methods=["GET", "POST"])
def account() -> Response | str | tuple[str, int]:
    """Show the own account and change the password."""
    act = edge.act()
    if act.actor.staff_id is None:
        return redirect(url_for("sign_in.sign_in", next=url_for("sign_in.account")))
    form = PasswordForm()
    if not form.validate_on_submit():
        return _shown("account/account.html", form)
    try:
        token = staff.change_password(act, typed(form.old), typed(form.new))
    except Refused as problem:
        edge.keep_anyway()
        refuse(form, problem)
        return render_template("account/account.html", form=form), problem.kind.value
    flash(gettext("Your password was changed. Other sessions were ended."))
    answer = redirect(home_of(act.actor.role))
    edge.set_sid(answer, token)
    return answer


def home_of(role: Role | None) -> str:
    """Give the first page of a role."""
    if role in DEPARTMENT:
        return "/desk/"
    if role in CENTRE:
        return "/centre/"
    return "/admin/" if role in STAFF else url_for("sign_in.account")


def _shown(template: str, form: SignInForm | PasswordForm) -> str | tuple[str, int]:
    page = render_template(template, form=form)
    return (page, WRONG) if form.is_submitted() else page


def _safe(target: str | None) -> str | None:
    """Give the target if it is a path of ours, matched against the map of addresses."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    try:
        current_app.url_map.bind("").match(urlsplit(target).path, method="GET")
    except HTTPException:
        return None
    return target
