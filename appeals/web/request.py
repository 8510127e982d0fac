"""The edge of a request: its act, its language, who may come in, and the one commit.

A request that is answered below 400 is committed, any other rolled back, so that a form that is
shown again writes nothing. The exception is an attempt at a password or a code (`keep_anyway`).
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from appeals.act import Act
from appeals.casework import staff
from appeals.domain.people import STRANGER, Actor, Role
from appeals.domain.refusals import not_allowed

LANGUAGES = ("zh", "en")
LANGUAGE_COOKIE = "lang"
A_YEAR = 365 * 24 * 3600
NUMBERS = "numbers"
MOST_NUMBERS = 20
FIRST_ERROR = 400
BROWSER_MOST = 300
Sessions = Callable[[], Session]
Guard = Callable[[], AnyResponse | None]
GUARDS: set[Guard] = set()


def act() -> Act:
    """Give the request's act: one session, one actor, one moment (aware UTC)."""
    if "act" not in g:
        opened: Session = current_app.extensions["appeals_sessions"]()
        g.database = opened
        nobody = Act(opened, STRANGER, datetime.now(UTC), current_app.extensions["appeals_secret"])
        g.act = nobody.by(_staff(nobody) or _citizen())
    found: Act = g.act
    return found


def language() -> str:
    """Give "zh" or "en": as switched (`?lang=`), as remembered, else as the browser prefers."""
    if "language" not in g:  # a page asks for it hundreds of times
        g.language = _chosen_language()
    found: str = g.language
    return found


def _chosen_language() -> str:
    chosen = request.args.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES, default="zh") or "zh"


def keep_anyway() -> None:
    """Commit this request even if it is refused: a wrong password or code must be counted."""
    g.keep = True


def address() -> str:
    """Give the address that the request comes from, as the counted attempts know it."""
    return request.remote_addr or "unknown"


def browser() -> str:
    """Give the name that the browser gives itself, as a session is listed by it."""
    return request.user_agent.string[:BROWSER_MOST]


def audience(*roles: Role) -> Guard:
    """Give the guard that a staff blueprint runs before every view.

    Nobody signed in goes to the sign-in page; a one-time password must be changed first; another
    role is refused.
    """

    def guard() -> AnyResponse | None:
        actor = act().actor
        if actor.staff_id is None:
            back = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("sign_in.sign_in", next=back))
        if g.must_change_password:
            return redirect(url_for("sign_in.account"))
        if actor.role not in roles:
            raise not_allowed()
        return None

    GUARDS.add(guard)
    return guard


def open_number(number: str) -> None:
    """Let this browser session open the appeal of that number; its code was shown."""
    kept = [each for each in session.get(NUMBERS, []) if each != number]
    session[NUMBERS] = [*kept, number][-MOST_NUMBERS:]


def sid_cookie() -> str:
    """Give the name of the staff session's cookie; the prefix is allowed over https only."""
    return "__Host-sid" if is_secure() else "sid"


def is_secure() -> bool:
    """Tell whether browsers reach the system over https, as the setting of its address says."""
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def set_sid(response: AnyResponse, token: str | None) -> None:
    """Put the staff session's cookie, or take it away (None)."""
    secure = is_secure()
    if token is None:
        response.delete_cookie(sid_cookie(), secure=secure, httponly=True, samesite="Lax")
    else:
        response.set_cookie(sid_cookie(), token, secure=secure, httponly=True, samesite="Lax")


def install(app: Flask, sessions: Sessions, secret: bytes) -> None:
    """Let the app open one transaction per request, and end it."""
    app.extensions["appeals_sessions"] = sessions
    app.extensions["appeals_secret"] = secret
    app.secret_key = hmac.digest(secret, b"cookies", hashlib.sha256)
    app.before_request(_begin)
    app.after_request(_finish)
    app.after_request(_remember_language)
    app.teardown_request(_close)


def _begin() -> None:
    structlog.contextvars.clear_contextvars()
    g.must_change_password = False


def _staff(nobody: Act) -> Actor | None:
    token = request.cookies.get(sid_cookie())
    seen = staff.session_of(nobody, token) if token else None
    if seen is None:
        return None
    g.must_change_password = seen.must_change_password
    structlog.contextvars.bind_contextvars(staff=seen.actor.staff_id)
    return seen.actor


def _citizen() -> Actor:
    return Actor(Role.CITIZEN, numbers=frozenset(session.get(NUMBERS, ())))


def _finish(response: Response) -> Response:
    opened: Session | None = g.get("database")
    if opened is not None:
        if response.status_code < FIRST_ERROR or g.pop("keep", None):
            opened.commit()
        else:
            opened.rollback()
    return response


def _remember_language(response: Response) -> Response:
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=A_YEAR,
            secure=is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


def _close(problem: BaseException | None) -> None:
    del problem
    opened: Session | None = g.pop("database", None)
    if opened is not None:
        opened.close()
