"""Signing in and out, and the own account of a member of staff."""

from http import HTTPStatus
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
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from appeals.act import Act
from appeals.casework.accounts import own_account, staff_accounts
from appeals.casework.accounts.second_factor import is_app_code
from appeals.domain.people import CENTRE, DEPARTMENT, STAFF, Role, normalise_username
from appeals.domain.refusals import Refused
from appeals.logs import SecurityEvent, log_security_event
from appeals.operations.city_preparation import DEMO_ACCOUNTS_FILE
from appeals.queries.administration import accounts, staff_requests
from appeals.web.account.sign_in_forms import FactorForm, PasswordForm, SignInForm
from appeals.web.shared import citizen_session, known_browser
from appeals.web.shared import request as edge
from appeals.web.shared.bot_detection import find_doubt
from appeals.web.shared.forms import add_refusal, typed_text
from appeals.web.shared.texts import gettext

blueprint = Blueprint("sign_in", __name__)


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Sign in; every wrong name or password gets the same page in the same time."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _render_form("account/sign_in.html", form)
    if (doubt := find_doubt(timed=False)) is not None:
        add_refusal(form, doubt)
        return _render_form("account/sign_in.html", form)
    act, username = edge.act(), normalise_username(typed_text(form.username))
    edge.commit_even_if_refused()
    try:
        source = edge.attempt_source(username)
        token = staff_accounts.sign_in(
            act, username, typed_text(form.password), source, edge.user_agent()
        )
    except Refused as problem:
        add_refusal(form, problem)
        return render_template("account/sign_in.html", form=form), problem.kind.value
    if token is None:
        log_security_event(SecurityEvent.LOGIN_FAIL, address=edge.client_address())
        form.form_errors.append(gettext("The username or the password is not right."))
        return render_template("account/sign_in.html", form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    _end_this_session(act)
    if staff_accounts.find_awaiting_factor(act, token) is not None:
        answer = redirect(url_for("sign_in.code", next=_own_path(request.args.get("next"))))
        edge.STAFF_COOKIE.set_in(answer, token)
        return answer
    return _complete_sign_in(token, username, factor="none")


@blueprint.context_processor
def _add_demo_accounts() -> dict[str, str | None]:
    """Show the pages here where the demo city's accounts are listed, if there is one."""
    file = current_app.config["SETTINGS"].data_dir / DEMO_ACCOUNTS_FILE
    return {"demo_accounts": str(file) if file.exists() else None}


@blueprint.route("/sign-in/code", methods=["GET", "POST"], endpoint="code")
def enter_code() -> ResponseReturnValue:
    """Ask for the second factor after the right password."""
    act, token = edge.act(), edge.STAFF_COOKIE.read_value()
    person = staff_accounts.find_awaiting_factor(act, token)
    if person is None:
        return redirect(url_for("sign_in.sign_in", next=_own_path(request.args.get("next"))))
    form = FactorForm()
    if not form.validate_on_submit():
        return _render_form("account/code.html", form)
    edge.commit_even_if_refused()
    factor = "app" if is_app_code(typed_text(form.code)) else "recovery"
    try:
        browser = known_browser.browser_id_for(person.username)
        opened = staff_accounts.finish_sign_in(act, token, typed_text(form.code), browser)
    except Refused as problem:
        add_refusal(form, problem)
        return render_template("account/code.html", form=form), problem.kind.value
    if opened is None:
        log_security_event(SecurityEvent.FACTOR_FAIL, address=edge.client_address(), factor=factor)
        wrong = gettext("The code is not right, or was used already. Wait for the next one.")
        form.code.errors = [*form.code.errors, wrong]
        return render_template("account/code.html", form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    return _complete_sign_in(opened, person.username, factor=factor)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session; its cookie opens nothing from now on."""
    _end_this_session(edge.act())
    log_security_event(SecurityEvent.SIGN_OUT, staff_id=edge.act().actor.staff_id)
    answer = redirect(url_for("sign_in.sign_in"))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # cached pages that “back” would show
    edge.STAFF_COOKIE.delete_in(answer)
    return answer


@blueprint.route("/account", methods=["GET", "POST"])
def account() -> ResponseReturnValue:
    """Show the own account and change the password."""
    act = edge.act()
    if act.actor.staff_id is None:
        return redirect(url_for("sign_in.sign_in", next=url_for("sign_in.account")))
    form = PasswordForm()
    if not form.validate_on_submit():
        return _account_page(form, HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else 200)
    try:
        token = own_account.change_password(act, typed_text(form.old), typed_text(form.new))
    except Refused as problem:
        edge.commit_even_if_refused()
        add_refusal(form, problem)
        return _account_page(form, problem.kind.value)
    flash(gettext("Your password was changed. Other sessions were ended."))
    answer = redirect(home_page_of(act.actor.role))
    edge.STAFF_COOKIE.set_in(answer, token)
    return answer


def _account_page(form: PasswordForm, status: int) -> tuple[str, int]:
    person = accounts.load_own_account(edge.act())
    token = edge.STAFF_COOKIE.read_value()
    page = render_template(
        "account/account.html",
        form=form,
        person=person,
        sessions=accounts.list_open_sessions(edge.act(), person.username),
        own=staff_accounts.make_session_reference(token),
        messages=staff_requests.list_messages(edge.act()),
    )
    return page, status


def _complete_sign_in(token: str, username: str, *, factor: str) -> Response:
    known_browser.remember_subject(username)
    seen = staff_accounts.load_session(edge.act(), token)
    role = seen.actor.role if seen else None
    who = seen.actor.staff_id if seen else None
    log_security_event(SecurityEvent.LOGIN_SUCCESS, staff_id=who, factor=factor)
    if seen and staff_requests.has_new_messages(edge.act().by(seen.actor)):
        flash(gettext("There is news about accounts: see “Your account”."))
    answer = redirect(_own_path(request.args.get("next")) or home_page_of(role))
    edge.STAFF_COOKIE.set_in(answer, token)
    return answer


def _end_this_session(act: Act) -> None:
    """End this browser's staff session, its CSRF tokens and its citizen session."""
    token = edge.STAFF_COOKIE.read_value()
    if token:
        staff_accounts.end_session(act, token)
    citizen_session.end_session(act)


def home_page_of(role: Role | None) -> str:
    """Return the address of a role's first page."""
    if role in DEPARTMENT:
        return "/desk/day"
    if role in CENTRE:
        return "/centre/"
    return "/admin/" if role in STAFF else url_for("sign_in.account")


def _render_form(template: str, form: FlaskForm) -> str | tuple[str, int]:
    page = render_template(template, form=form)
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if form.is_submitted() else page


def _own_path(target: str | None) -> str | None:
    """Return the target if it is a path that the URL map knows, else None."""
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
