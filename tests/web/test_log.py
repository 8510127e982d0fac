"""What the log tells: each answer with ids, a failure by the number its page names, no words."""

import re

from flask import Flask
from flask.testing import FlaskClient
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs


def test_each_answer_is_told_without_what_was_typed(client: FlaskClient) -> None:
    with capture_logs([merge_contextvars]) as told:
        client.post("/sign-in", data={"username": "canary", "password": "canary"})
        client.get("/appeals/QD26-0000-0000-0?number=canary")
        client.get("/health/live")
    answers = [each for each in told if each["event"] == "answered"]
    assert [(each["endpoint"], each["status"]) for each in answers] == [
        ("sign_in.sign_in", 422),
        ("citizen.show", 302),
    ]
    assert answers[1]["number"] == "QD26-0000-0000-0"
    assert len({each["request"] for each in answers}) == 2
    assert "authn_login_fail" in {each["event"] for each in told}
    assert "canary" not in str(told)


def test_a_failure_is_found_by_the_number_on_its_page(app: Flask) -> None:
    app.config["TESTING"] = False
    app.view_functions["citizen.home"] = lambda: str(1 // 0)
    with capture_logs([merge_contextvars]) as told:
        page = app.test_client().get("/?lang=en").text
    named = re.search("name this: ([0-9a-f]{16})", page)
    assert named is not None
    assert [each["status"] for each in told if each.get("request") == named[1]] == [500]
