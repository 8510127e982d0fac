"""The way back to a receipt: for one hour, in the browser that filed.

A cookie of its own, signed under a key of its own, carries the form's key, from which the query
code is derived. It is worth nothing without the session that filed (`casework/citizen_sessions`):
the form's key alone, a copied cookie after “forget”, or either an hour later, show no receipt.
"""

from flask import current_app, flash, redirect, request, session, url_for
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from appeals.casework.handling import filing
from appeals.casework.handling.citizen_sessions import RECEIPT_LIFETIME
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.web.shared import citizen_session
from appeals.web.shared import request as edge

SHOWN_SECONDS = int(RECEIPT_LIFETIME.total_seconds())
OF_RELEASE_BEFORE = "receipt"
"""Where the session cookie of the release before keeps the form's key, and until when."""


def opened() -> filing.Receipt | None:
    """Return the receipt that this browser may see again, if there is one (Rules 3)."""
    act = edge.act()
    try:
        key: str = _serializer().loads(request.cookies.get(_name(), ""), SHOWN_SECONDS)
    except BadSignature:
        key, until = session.get(OF_RELEASE_BEFORE, ("", 0))
        return (
            filing.find_receipt_of_release_before(act, key) if act.now.timestamp() < until else None
        )
    return filing.find_receipt(act.by(citizen_session.citizen(act.now)), key)


def lead_to(key: str) -> Response:
    """Go to the receipt of the form with this key, which the browser may then see for an hour."""
    answer = redirect(url_for("filing.receipt"), 303)
    answer.set_cookie(
        _name(),
        _serializer().dumps(key),
        SHOWN_SECONDS,
        secure=edge.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return answer


def lead_again(key: str) -> Response:
    """Go to the receipt of a form that was sent before, if it is this browser's and still shown."""
    act = edge.act()
    receipt = filing.find_receipt(act.by(citizen_session.citizen(act.now)), key)
    if receipt is None:
        return lead_to_follow()
    citizen_session.renew_after_filing(act, receipt)
    return lead_to(key)


def lead_to_follow() -> Response:
    """Say that the form was sent, and ask for number and code: its receipt is not shown here."""
    flash(gettext("This form was sent already. Your receipt has the number and the query code."))
    return redirect(url_for("citizen.follow"), 303)


def delete_cookie(answer: Response) -> None:
    """Take the cookie away."""
    answer.delete_cookie(_name(), secure=edge.is_secure(), httponly=True, samesite="Lax")


def _serializer() -> URLSafeTimedSerializer:
    secret: bytes = current_app.extensions["appeals_secret"]
    return URLSafeTimedSerializer(derive_key(secret, KeyPurpose.RECEIPT), salt="receipt")


def _name() -> str:
    return "__Host-receipt" if edge.is_secure() else "receipt"
