"""Programs that post a form at once, or fill what nobody sees: it comes back, with every word."""

import re
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from appeals.settings import Settings
from tests.served.own_server import (
    TOKEN,
    SiteAnswer,
    Website,
    open_form,
    own_database,
    send_request,
    website,
)
from tests.web.citizen_filing import FORM

SECONDS = 2
SIGN = re.compile(r'name="given_back" value="([^"]+)"')


@pytest.fixture(scope="module")
def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    """Provide a website that asks for two seconds, as it does unless a setting says otherwise."""
    pace = {"APPEALS_FORM_SECONDS": str(SECONDS)}
    with (
        own_database(settings, "robots") as own,
        website(own, tmp_path_factory.mktemp("robots"), pace) as running,
    ):
        yield running


def send_form(site: Website, path: str, cookie: str, **fields: str) -> SiteAnswer:
    return send_request(
        site,
        "POST",
        path,
        urlencode(fields).encode(),
        Cookie=cookie,
        Content_Type="application/x-www-form-urlencoded",
    )


def find_sign(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    assert match is not None, text
    return match[1]


def filing_fields(name: str) -> dict[str, str]:
    return {**FORM, "form_key": f"the-key-of-the-form-{name}", "contact_email": "a@example.org"}


def test_a_form_that_comes_at_once_is_given_back_and_may_be_sent_at_once(site: Website) -> None:
    token, cookie = open_form(site)
    quick = send_form(site, "/appeals/new", cookie, csrf_token=token, **filing_fields("quick"))
    assert quick.status == 422
    assert FORM["detail"] in quick.text
    assert "再提交一次" in quick.text
    again = {"csrf_token": find_sign(TOKEN, quick.text), "given_back": find_sign(SIGN, quick.text)}
    taken = send_form(
        site, "/appeals/new", quick.cookie or cookie, **again, **filing_fields("quick")
    )
    assert taken.status == 303
    forged = {**again, "given_back": again["given_back"][:-2]}
    assert (
        send_form(site, "/appeals/new", cookie, **forged, **filing_fields("forged")).status == 422
    )


def test_a_sign_of_another_browser_does_not_let_a_form_pass(site: Website) -> None:
    token, cookie = open_form(site)
    quick = send_form(site, "/appeals/new", cookie, csrf_token=token, **filing_fields("theirs"))
    sign = find_sign(SIGN, quick.text)
    token, cookie = open_form(site)
    other = {"csrf_token": token, "given_back": sign, **filing_fields("others")}
    assert send_form(site, "/appeals/new", cookie, **other).status == 422


def test_who_reads_first_is_not_asked_again(site: Website) -> None:
    token, cookie = open_form(site)
    time.sleep(SECONDS + 1)
    assert (
        send_form(site, "/appeals/new", cookie, csrf_token=token, **filing_fields("read")).status
        == 303
    )


def test_a_field_that_nobody_sees_gives_the_form_back_however_late(site: Website) -> None:
    token, cookie = open_form(site)
    time.sleep(SECONDS + 1)
    filled = filing_fields("filled")
    caught = send_form(
        site, "/appeals/new", cookie, csrf_token=token, homepage="http://x", **filled
    )
    assert caught.status == 422
    assert FORM["detail"] in caught.text
    assert "http://x" not in caught.text
    again = {
        "csrf_token": find_sign(TOKEN, caught.text),
        "given_back": find_sign(SIGN, caught.text),
    }
    assert send_form(site, "/appeals/new", cookie, **again, homepage="y", **filled).status == 422
    assert send_form(site, "/appeals/new", cookie, **again, homepage="", **filled).status == 303


def test_a_form_begun_a_moment_ago_is_not_sent_by_its_last_page(site: Website) -> None:
    token, cookie = open_form(site)
    key = {"csrf_token": token, "form_key": "the-key-of-the-form-in-steps"}
    first = send_form(site, "/appeals/new", cookie, **key, step="about", go="pick urban.noise")
    assert first.status == 303
    last = send_form(site, "/appeals/new", first.cookie, **key, step="check", go="send")
    assert last.status == 303
    said = send_request(site, "GET", "/appeals/new", Cookie=last.cookie).text
    assert "再提交一次" in said


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/appeals/follow", {"number": "QD26-0000-0000-0", "code": "AAAA-AAAA-AAAA-AAAA"}),
        ("/sign-in", {"username": "zhao", "password": "some quiet words"}),
    ],
)
def test_where_codes_and_passwords_are_typed_only_the_field_is_asked(
    site: Website, path: str, typed: dict[str, str]
) -> None:
    page = send_request(site, "GET", path)
    token = {"csrf_token": find_sign(TOKEN, page.text)}
    caught = send_form(site, path, page.cookie, **token, **typed, homepage="http://x")
    assert (caught.status, "应当留空" in caught.text) == (422, True)
    tried = send_form(site, path, page.cookie, **token, **typed)
    assert "应当留空" not in tried.text
    assert "再提交一次" not in tried.text, "a browser or a picture fills these at once"
