"""The way back to a receipt: a signed cookie with the form's key, for one hour (Rules 3)."""

from flask import current_app, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from appeals.casework import filing
from appeals.web import request as edge

COOKIE = "receipt"
AN_HOUR = 3600


def opened() -> filing.Receipt | None:
    """Give the receipt that this browser may see again, if there is one."""
    try:
        key: str = _signer().loads(request.cookies.get(COOKIE, ""), max_age=AN_HOUR)
    except BadSignature:
        return None
    return filing.receipt_again(edge.act(), key)


def lead_to(key: str) -> Response:
    """Go to the receipt of the form with this key, which the browser may then see for an hour."""
    answer = redirect(url_for("filing.receipt"), 303)
    answer.set_cookie(
        COOKIE,
        _signer().dumps(key),
        max_age=AN_HOUR,
        path=url_for("filing.receipt"),
        secure=edge.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return answer


def forget(answer: Response) -> None:
    """Let the browser see no receipt any more."""
    answer.delete_cookie(COOKIE, path=url_for("filing.receipt"), secure=edge.is_secure())


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or b"", salt="receipt")
