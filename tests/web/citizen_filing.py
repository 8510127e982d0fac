"""A citizen who has filed: her receipt, her number and code."""

import re

import sqlalchemy as sa
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.states import State
from appeals.models.appeal import Appeal
from tests.factories import path_to, played

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


def text_marked(text: str, mark: str) -> str:
    found = re.search(rf"{mark}>([^<]+)<", text)
    assert found is not None
    return found[1]


def file_as_citizen(client: FlaskClient, **more: str) -> tuple[str, str]:
    answer = client.post("/appeals/new", data={**FORM, **more}, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return text_marked(answer.text, "data-appeal-number"), text_marked(
        answer.text, "data-query-code"
    )


def file_as_citizen_and_close(client: FlaskClient, act: Act) -> Appeal:
    """File in this browser and let staff handle the appeal until it is closed."""
    number, _ = file_as_citizen(client)
    appeal = act.session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()
    for move in path_to(State.CLOSED):
        played(act, appeal, move.action)
    act.session.commit()
    return appeal
