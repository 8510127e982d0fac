"""Signing in and out, and the own account of a member of staff."""

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from appeals.act import Act
from appeals.casework.accounts import own_account, staff_accounts
from appeals.casework.accounts.second_factor import is_app_code
from appeals.domain.people import CENTRE, DEPARTMENT, STAFF, Role, normalise_username
from appeals.domain.refusals import Refused
from appeals.logs import SecurityEvent, log_security_event
from appeals.queries.administration import accounts, staff_requests
from appeals.web.account.sign_in_forms import FactorForm, PasswordForm, SignInForm
from appeals.web.shared import citizen_session, known_browser
from appeals.web.shared import request as edge
from appeals.web.shared.forms import refuse, typed
from appeals.web.shared.robots import doubt_form

blueprint = Blueprint("sign_in", __name__)
WRONG = 422
DEMO_ACCOUNTS = "demo-accounts.json"
"""Where `appeals.demo`, which is not for the web to import, writes names and passwords."""


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Response | str | tuple[str, int]:
    """Sign in; any wrong answer gets the same page in the same time."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _shown("account/sign_in.html", form)
    if (doubt := doubt_form(timed=False)) is not None:
        refuse(form, doubt)
        return _shown("account/sign_in.html", form)
    act, username = edge.act(), normalise_username(typed(form.username))
    edge.keep_anyway()
    try:
        source = edge.source(username)
        token = staff_accounts.sign_in(act, username, typed(form.password), source, edge.browser())
    except Refused as problem:
        refuse(form, problem)
        return render_template("account/sign_in.html", form=form), problem.kind.value
    if token is None:
        log_security_event(SecurityEvent.LOGIN_FAIL, address=edge.address())
        form.form_errors.append(gettext("The username or the password is not right."))
        return render_template("account/sign_in.html", form=form), WRONG
    _end_this_session(act)
    if staff_accounts.find_awaiting_factor(act, token) is not None:
        answer = redirect(url_for("sign_in.code", next=_safe(request.args.get("next"))))
        edge.set_sid(answer, token)
        return answer
    return _signed_in(token, username, factor="none")


@blueprint.context_processor
def _demo() -> dict[str, str | None]:
    """Give the file of the demo city's accounts, where there is one, to the pages here."""
    file = current_app.config["SETTINGS"].data_dir / DEMO_ACCOUNTS
    return {"demo_accounts": str(file) if file.exists() else None}


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
def code() -> Response | str | tuple[str, int]:
    """Ask for the second factor of who has just given the right password."""
    act, token = edge.act(), request.cookies.get(edge.sid_cookie(), "")
    person = staff_accounts.find_awaiting_factor(act, token)
    if person is None:
        return redirect(url_for("sign_in.sign_in", next=_safe(request.args.get("next"))))
    form = FactorForm()
    if not form.validate_on_submit():
        return _shown("account/code.html", form)
    edge.keep_anyway()
    factor = "app" if is_app_code(typed(form.code)) else "recovery"
    try:
        browser = known_browser.id_for(person.username)
        opened = staff_accounts.finish_sign_in(act, token, typed(form.code), browser)
    except Refused as problem:
        refuse(form, problem)
        return render_template("account/code.html", form=form), problem.kind.value
    if opened is None:
        log_security_event(SecurityEvent.FACTOR_FAIL, address=edge.address(), factor=factor)
        wrong = gettext("The code is not right, or was used already. Wait for the next one.")
        form.code.errors = [*form.code.errors, wrong]
        return render_template("account/code.html", form=form), WRONG
    return _signed_in(opened, person.username, factor=factor)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session: its cookie is worth nothing from now on."""
    _end_this_session(edge.act())
    log_security_event(SecurityEvent.SIGN_OUT, staff_id=edge.act().actor.staff_id)
    answer = redirect(url_for("sign_in.sign_in"))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # pages that “back” would show
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
        return _account(form, WRONG if form.is_submitted() else 200)
    try:
        token = own_account.change_password(act, typed(form.old), typed(form.new))
    except Refused as problem:
        edge.keep_anyway()
        refuse(form, problem)
        return _account(form, problem.kind.value)
    flash(gettext("Your password was changed. Other sessions were ended."))
    answer = redirect(home_of(act.actor.role))
    edge.set_sid(answer, token)
    return answer


def _account(form: PasswordForm, status: int) -> tuple[str, int]:
    person = accounts.load_own_account(edge.act())
    token = request.cookies.get(edge.sid_cookie(), "")
    page = render_template(
        "account/account.html",
        form=form,
        person=person,
        sessions=accounts.list_open_sessions(edge.act(), person.username),
        own=staff_accounts.make_session_reference(token),
        messages=staff_requests.list_messages(edge.act()),
    )
    return page, status


def _signed_in(token: str, username: str, *, factor: str) -> Response:
    known_browser.remember_subject(username)
    seen = staff_accounts.load_session(edge.act(), token)
    role = seen.actor.role if seen else None
    who = seen.actor.staff_id if seen else None
    log_security_event(SecurityEvent.LOGIN_SUCCESS, staff_id=who, factor=factor)
    if seen and staff_requests.has_new_messages(edge.act().by(seen.actor)):
        flash(gettext("There is news about accounts: see “Your account”."))
    answer = redirect(_safe(request.args.get("next")) or home_of(role))
    edge.set_sid(answer, token)
    return answer


def _end_this_session(act: Act) -> None:
    """End what this browser was: its staff session, its form tokens, the appeals it had opened."""
    token = request.cookies.get(edge.sid_cookie())
    if token:
        staff_accounts.end_session(act, token)
    citizen_session.end_session(act)


def home_of(role: Role | None) -> str:
    """Give the first page of a role."""
    if role in DEPARTMENT:
        return "/desk/day"
    if role in CENTRE:
        return "/centre/"
    return "/admin/" if role in STAFF else url_for("sign_in.account")


def _shown(template: str, form: FlaskForm) -> str | tuple[str, int]:
    page = render_template(template, form=form)
    return (page, WRONG) if form.is_submitted() else page


def _safe(target: str | None) -> str | None:
    """Give the target if it is a path of ours, matched against the map of addresses."""
    if not target or not target.isprintable() or "\\" in target:
        return None  # browsers read a backslash as a slash, and leave tabs and line ends out
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return None
    try:
        current_app.url_map.bind("").match(parts.path, method="GET")
    except HTTPException:
        return None
    return target
