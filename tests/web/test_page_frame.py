"""The frame of every page: elder mode, the footer's facts, what other sites and telephones read."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.settings import Settings
from tests.cast import ZHAO
from tests.web.citizen_filing import ENGLISH
from tests.web.staff_browser import browser_of, open_page

PUBLIC_PAGES = (
    *("/", "/appeals/new", "/appeals/follow", "/public/", "/privacy", "/accessibility"),
    *("/offline", "/sign-in"),
)
ELDER = re.compile(r'<html [^>]*class="govuk-template elder"')
FACTS = {
    "organiser_zh": "青岛市人民政府办公厅",
    "operator_en": "Citizens' Appeals Centre",
    "site_code": "3702000000",
    "icp_number": "鲁ICP备00000000号-1",
    "police_number": "鲁公网安备 37020202000000号",
    "telephone": "0532-12345",
}


def read_footer(browser: FlaskClient) -> str:
    return open_page(browser, "/").split('<footer class="site-footer"')[1]


@pytest.mark.parametrize("address", [*PUBLIC_PAGES, "/nowhere"])
def test_every_public_page_offers_the_elder_mode_by_a_link(
    client: FlaskClient, address: str
) -> None:
    page = client.get(address).text
    assert not ELDER.search(page)
    assert f'href="{address}?view=elder"' in page


def test_the_elder_mode_is_remembered_until_the_standard_view_is_chosen(
    client: FlaskClient,
) -> None:
    assert ELDER.search(client.get("/?view=elder").text)
    for address in PUBLIC_PAGES:
        page = client.get(address).text
        assert ELDER.search(page), address
        assert f'href="{address}?view=standard"' in page
    assert not ELDER.search(client.get("/?view=standard").text)
    assert not ELDER.search(client.get("/").text)


def test_the_switch_keeps_what_the_address_asks_for(client: FlaskClient) -> None:
    page = open_page(client, "/appeals/new?find=qqqq&view=standard&lang=en")
    assert 'href="/appeals/new?find=qqqq&lang=en&view=elder"' in page
    assert 'href="/appeals/new?find=qqqq&view=standard&lang=zh"' in page


def test_a_view_that_there_is_not_is_not_remembered(client: FlaskClient) -> None:
    answer = client.get("/?view=huge")
    assert not ELDER.search(answer.text)
    assert "view" not in answer.headers.get("Set-Cookie", "")


def test_the_home_page_has_fewer_words_in_the_elder_mode(client: FlaskClient) -> None:
    sentence = "You file. At once you get a number and a query code"
    assert sentence in client.get("/", headers=ENGLISH).text
    elder = client.get("/?view=elder", headers=ENGLISH).text
    assert sentence not in elder
    assert "You file" in elder


def test_staff_keep_their_layout_on_a_computer_with_the_elder_mode(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, ZHAO)
    browser.set_cookie("view", "elder")
    for address in ("/desk/", "/"):
        page = open_page(browser, address)
        assert not ELDER.search(page)
        assert "view=elder" not in page
        assert "service-worker" not in page


def test_the_footer_has_no_fact_that_is_not_set(client: FlaskClient) -> None:
    footer = read_footer(client)
    assert "<dl" not in footer
    assert "beian" not in footer


def test_the_footer_has_every_fact_that_is_set(app: Flask, settings: Settings) -> None:
    app.config["SETTINGS"] = settings.model_copy(update=FACTS)
    footer = read_footer(app.test_client())
    names = re.findall(r"<dt>([^<]+)</dt>", footer)
    assert names == ["主办单位", "承办单位", "网站标识码", "ICP备案", "公安备案", "联系电话"]
    for value in FACTS.values():
        assert value in footer
    assert 'href="https://beian.miit.gov.cn/"' in footer
    assert "webSearch?code=37020202000000" in footer
    assert 'href="tel:053212345"' in footer


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_of_the_footer_stands_there_alone_where_no_other_is_set(
    app: Flask, settings: Settings, name: str
) -> None:
    app.config["SETTINGS"] = settings.model_copy(update={name: FACTS[name]})
    footer = read_footer(app.test_client())
    assert footer.count("<dt>") == 1
    assert FACTS[name] in footer


def test_other_sites_read_a_whole_address_of_the_picture(app: Flask, settings: Settings) -> None:
    app.config["SETTINGS"] = settings.model_copy(update={"base_url": "https://a.example"})
    page = app.test_client().get("/").text
    found = re.search(r'property="og:image" content="https://a.example(/[^"]+\.png)"', page)
    assert found
    assert app.test_client().get(found[1], buffered=True).mimetype == "image/png"
