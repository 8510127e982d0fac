"""Bot detection for public forms: a honeypot field, and a least time since the page.

Neither refuses for good: the form comes back with what was typed and with a signed mark that lets
it pass the next time, however soon. So a person who is taken for a bot loses nothing.
"""

from flask import current_app, flash, g, request, session
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer

from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.messages import message
from appeals.domain.refusals import Refused, RefusedKind
from appeals.logs import SecurityEvent, log_security_event
from appeals.settings import Settings
from appeals.web.shared import request as edge
from appeals.web.shared.texts import language

TRAP_FIELD = "homepage"
"""The honeypot field, hidden from sight, keyboard, screen readers and autofill."""
SIGN_FIELD = "given_back"
"""The field with the signed mark that the form was shown again once."""
CSRF_FIELD = "csrf_token"
DAY_SECONDS = 24 * 3600
TOKEN_SALT = "wtf-csrf-token"  # noqa: S105 - by which Flask-WTF signs the token and its time
TOO_QUICK = Refused(
    RefusedKind.NOT_VALID,
    message(
        "This form was sent very quickly, so it was not taken yet. All that you typed is "
        "kept: send it once more."
    ),
)
TRAPPED = Refused(
    RefusedKind.NOT_VALID,
    message(
        "A field that stays empty was filled in, so the form was not taken yet. All else "
        "that you typed is kept: send it once more."
    ),
)


def find_doubt(begun: float | None = None, *, timed: bool = True) -> Refused | None:
    """Return why the form that was sent looks like a program's; None where it does not.

    Args:
        begun: When this form was begun, in seconds since 1970; None: when its page was made.
        timed: Whether a form may be too quick; where a code or password is typed it may not, for
            a browser or a picture fills it at once, and what is wrong is counted anyway.
    """
    doubt = None
    if request.form.get(TRAP_FIELD):
        doubt = TRAPPED
    elif timed and _is_too_quick(begun) and not _was_given_back():
        doubt = TOO_QUICK
    if doubt is not None:
        g.given_back = True
        why = "trap" if doubt is TRAPPED else "time"
        log_security_event(SecurityEvent.FORM_REFUSED, endpoint=request.endpoint, why=why)
    return doubt


def flash_doubt(begun: float | None) -> bool:
    """Flash why the form looks like a program's; return whether it does."""
    doubt = find_doubt(begun)
    if doubt is not None:
        flash(doubt.label(language()))
    return doubt is not None


def given_back_sign() -> str:
    """Return the signed mark that lets a form shown again pass, for this browser and a day."""
    return _signer().dumps(_browser()) if g.get("given_back") else ""


def _is_too_quick(begun: float | None) -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    since = begun if begun is not None else _page_made_at()
    return since is not None and edge.act().now.timestamp() - since < settings.form_seconds


def _page_made_at() -> float | None:
    """Return when the page of the form was made, from the signed time of its CSRF token."""
    tokens = URLSafeTimedSerializer(current_app.secret_key or "", salt=TOKEN_SALT)
    try:
        _, at = tokens.loads(request.form.get(CSRF_FIELD, ""), return_timestamp=True)
    except BadData:
        return None  # what is wrong with a token is said elsewhere
    return float(at.timestamp())


def _was_given_back() -> bool:
    try:
        sign: object = _signer().loads(request.form.get(SIGN_FIELD, ""), max_age=DAY_SECONDS)
    except BadData:
        return False
    return sign == _browser()


def _browser() -> str:
    generate_csrf()  # it stores the browser's random token in its session, where there is none
    return str(session[CSRF_FIELD])


def _signer() -> URLSafeTimedSerializer:
    settings: Settings = current_app.config["SETTINGS"]
    return URLSafeTimedSerializer(derive_key(settings.secret_key, KeyPurpose.FORM_GIVEN_BACK))
