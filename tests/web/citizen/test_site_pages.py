"""Pages about the site: accessibility, the page without a network, the web manifest."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from appeals.operations.built_files import ROOT
from appeals.settings import Settings
from tests.web.staff_browser import open_page


@pytest.mark.parametrize(("language", "tag"), [("zh", "zh-CN"), ("en", "en")])
def test_the_manifest_names_the_campaign_and_icons_of_their_sizes(
    client: FlaskClient, language: str, tag: str
) -> None:
    page = client.get(f"/?lang={language}").text
    found = re.search(r'rel="manifest" href="([^"]+)"', page)
    assert found
    answer = client.get(found[1])
    assert answer.mimetype == "application/manifest+json"
    assert answer.json is not None
    assert answer.json["lang"] == tag
    assert answer.json["name"] == {"zh": "市民诉求", "en": "Citizen appeals"}[language]
    for icon in answer.json["icons"]:
        picture = Image.open(io.BytesIO(client.get(icon["src"], buffered=True).data))
        assert "x".join(map(str, picture.size)) == icon["sizes"]
    for shortcut in answer.json["shortcuts"]:
        assert client.get(shortcut["url"]).status_code == 200


def test_the_page_without_a_network_is_of_nobody(client: FlaskClient) -> None:
    page = open_page(client, "/offline?lang=en")
    assert 'href="tel:12345"' in page
    assert "csrf" not in page
    assert re.findall(r'<a[^>]+href="([^"]*)"[^>]*class="govuk-button"', page) == []
    assert '<a class="govuk-button" href=""' in page  # loads the page that did not come


def test_the_service_worker_acts_for_the_whole_site_and_stores_one_page_and_its_style(
    client: FlaskClient,
) -> None:
    page = client.get("/").text
    worker = re.search(r'data-worker="([^"]+)"', page)
    style = re.search(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert worker
    assert style
    answer = client.get(worker[1], buffered=True)
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert worker[1].endswith("?lang=zh")
    assert f'"{style[1]}"' in answer.text
    assert re.findall(r"\.(addAll|add|put)\(", answer.text) == ["addAll"]
    assert "[page, style]" in answer.text
    assert "Service-Worker-Allowed" not in client.get(style[1], buffered=True).headers


def test_the_browser_may_load_worker_and_manifest_from_here_alone(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"].split("; ")
    assert {"manifest-src 'self'", "worker-src 'self'", "default-src 'none'"} <= set(policy)


def test_the_accessibility_statement_names_the_telephone_that_is_set(
    app: Flask, settings: Settings
) -> None:
    calls = re.compile(r'<main.*href="tel:(\d+)"', re.DOTALL)
    found = calls.search(app.test_client().get("/accessibility").text)
    assert found
    assert found[1] == "12345"
    app.config["SETTINGS"] = settings.model_copy(update={"telephone": "0532-8591 0000"})
    found = calls.search(app.test_client().get("/accessibility").text.split("<footer")[0])
    assert found
    assert found[1] == "053285910000"


def test_the_worker_leaves_forms_to_the_browser() -> None:
    source = (ROOT / "static" / "service-worker.js").read_text("utf-8")
    assert 'if (request.method !== "GET") return;' in source
