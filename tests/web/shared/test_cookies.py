"""The cookies of the website: for the server alone, and only with answers that hold."""

import pytest
from flask import Flask, Response

from appeals.web.shared.cookies import Cookie

COOKIE = Cookie("sample", 60, "Strict")


def cookie_set_with(status: int, *, secure: bool) -> str:
    """Return the Set-Cookie header of an answer with that status; empty without one."""
    app = Flask(__name__)
    app.config["SESSION_COOKIE_SECURE"] = secure
    with app.test_request_context():
        COOKIE.set_with_answer("value")
        return app.process_response(Response(status=status)).headers.get("Set-Cookie", "")


def test_a_cookie_is_not_for_scripts_and_lives_as_long_as_it_says() -> None:
    shown = cookie_set_with(200, secure=False)
    assert shown.startswith("sample=value; ")
    for part in ("Max-Age=60", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in shown
    assert "Secure" not in shown


def test_over_https_it_is_bound_to_the_host() -> None:
    shown = cookie_set_with(303, secure=True)
    assert shown.startswith("__Host-sample=value; ")
    assert "Secure" in shown


@pytest.mark.parametrize("status", [422, 500])
def test_an_error_page_sets_none(status: int) -> None:
    assert cookie_set_with(status, secure=False) == ""
