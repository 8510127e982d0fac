"""The page of all components, and every error page by itself."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from appeals.domain.states import State
from appeals.operations.answer_headers import HEADERS
from appeals.reporting.charts.colours import load_colours
from appeals.web.admin.components import DRAWINGS
from appeals.web.shared.error_pages import STATUSES_WITH_PAGE
from tests.web.staff_browser import open_page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_component_stands_on_one_page(sun: FlaskClient, language: str) -> None:
    text = open_page(sun, f"/admin/components?lang={language}")
    assert {state.label(language) for state in State} <= {
        each.split("<")[0] for each in text.split(">")
    }
    assert text.count('<svg class="pic') == 6
    assert text.count("<svg") == 6 + len(DRAWINGS)
    assert re.findall(r'class="swatch swatch--([^"]+)"', text) == list(load_colours())
    assert text.count("govuk-error-message") == 7


@pytest.mark.parametrize("status", STATUSES_WITH_PAGE)
def test_every_error_page_can_be_seen(app: Flask, sun: FlaskClient, status: int) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = sun.get(f"/admin/components/{status}")
    assert answer.status_code == status
    assert set(HEADERS) <= set(answer.headers.keys())
    assert "/admin/components" not in answer.text.split("<main", 1)[1]
    assert 'href="/"' in answer.text.split("<main", 1)[1]


def test_there_is_no_page_of_a_status_that_we_never_answer(sun: FlaskClient) -> None:
    assert sun.get("/admin/components/418").status_code == 404
