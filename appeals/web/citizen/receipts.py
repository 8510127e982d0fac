"""The way back to a receipt, for one hour in the browser that filed.

A cookie of its own, signed under a key of its own, carries the form's key, from which the query
code is derived. It opens nothing without the session that filed
(`casework/handling/citizen_sessions.py`): the form's key alone, a cookie copied before “forget”,
and either of them an hour later show no receipt.
"""

from flask import current_app, flash, redirect, session, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from appeals.casework.handling import filing
from appeals.casework.handling.citizen_sessions import RECEIPT_LIFETIME
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.web.shared import citizen_session
from appeals.web.shared import request as edge
from appeals.web.shared.cookies import Cookie
from appeals.web.shared.texts import gettext

SHOWN_SECONDS = int(RECEIPT_LIFETIME.total_seconds())
COOKIE = Cookie("receipt", SHOWN_SECONDS)
RELEASE_BEFORE_KEY = "receipt"
"""The item of the release before's session cookie with the form's key and its expiry."""


def find_receipt() -> filing.Receipt | None:
    """Return the receipt that this browser may still see, if any (Rules 3)."""
    act = edge.act()
    try:
        key: str = _serializer().loads(COOKIE.read_value(), SHOWN_SECONDS)
    except BadSignature:
        key, until = session.get(RELEASE_BEFORE_KEY, ("", 0))
        return (
            filing.find_receipt_of_release_before(act, key) if act.now.timestamp() < until else None
        )
    return filing.find_receipt(act.by(citizen_session.current_citizen(act.now)), key)


def redirect_to_receipt(key: str) -> Response:
    """Redirect to the receipt of a form, which this browser may then see for an hour."""
    answer = redirect(url_for("filing.receipt"), 303)
    COOKIE.set_in(answer, _serializer().dumps(key))
    return answer


def redirect_to_earlier_receipt(key: str) -> Response:
    """Redirect to the receipt of a form sent before, if it is this browser's and still shown."""
    act = edge.act()
    receipt = filing.find_receipt(act.by(citizen_session.current_citizen(act.now)), key)
    if receipt is None:
        return redirect_to_follow()
    citizen_session.renew_after_filing(act, receipt)
    return redirect_to_receipt(key)


def redirect_to_follow() -> Response:
    """Redirect to the page for number and code: the receipt is not shown to this browser."""
    flash(gettext("This form was sent already. Your receipt has the number and the query code."))
    return redirect(url_for("citizen.follow"), 303)


def _serializer() -> URLSafeTimedSerializer:
    secret: bytes = current_app.extensions["appeals_secret"]
    return URLSafeTimedSerializer(derive_key(secret, KeyPurpose.RECEIPT), salt="receipt")
