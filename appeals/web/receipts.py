"""The way back to a receipt: this browser's signed cookie bears the form's key for one hour."""

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from appeals.casework import filing
from appeals.web import request as edge

KEPT = "receipt"
AN_HOUR = 3600


def opened() -> filing.Receipt | None:
    """Give the receipt that this browser may see again, if there is one (Rules 3)."""
    key, until = session.get(KEPT, ("", 0))
    act = edge.act()
    return filing.receipt_again(act, key) if act.now.timestamp() < until else None


def lead_to(key: str) -> Response:
    """Go to the receipt of the form with this key, which the browser may then see for an hour."""
    session[KEPT] = key, int(edge.act().now.timestamp()) + AN_HOUR
    return redirect(url_for("filing.receipt"), 303)
