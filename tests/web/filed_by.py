"""A citizen who has filed: her receipt, her number and code."""

import re

from flask.testing import FlaskClient

ENGLISH = {"Accept-Language": "en"}

FORM = {
    "form_key": "a-key-that-only-this-form-has",
    "kind": "complaint",
    "category": "urban.noise",
    "subject": "夜间施工噪音",
    "detail": "工地每天夜里十一点以后还在施工。",
    "district": "370202",
    "street": "370202001",
}


def shown(text: str, mark: str) -> str:
    found = re.search(rf"{mark}>([^<]+)<", text)
    assert found is not None
    return found[1]


def filed(client: FlaskClient, **more: str) -> tuple[str, str]:
    answer = client.post("/appeals/new", data={**FORM, **more}, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return shown(answer.text, "data-appeal-number"), shown(answer.text, "data-query-code")
