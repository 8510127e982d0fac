"""Texts as the real server takes them: encodings, line ends, what nobody sees."""

from collections.abc import Iterator
from urllib.parse import quote_from_bytes

import pytest
import sqlalchemy as sa

from appeals.database import make_engine
from appeals.models.appeal import Statement
from appeals.settings import Settings
from tests.served.own_server import (
    SiteAnswer,
    Website,
    open_form,
    own_database,
    send_request,
    website,
)
from tests.web.citizen_filing import FORM
from tests.web.door_cases import CRLF_TEXT

PLAIN, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=xx"
TEXT = "香港中路12号的路灯已经坏了三天，晚上很黑。"


@pytest.fixture(scope="module")
def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    """Provide a website of the small city."""
    with (
        own_database(settings, "texts") as own,
        website(own, tmp_path_factory.mktemp("texts"), {"APPEALS_FORM_SECONDS": "0"}) as running,
    ):
        yield running


def send_form(
    site: Website, name: str, encoding: str, *, parts: bool = False, **more: str
) -> SiteAnswer:
    """Send the filing form with its texts in the encoding; what cannot be written is left out."""
    token, cookie = open_form(site)
    sent = {**FORM, "form_key": f"the-key-of-the-form-{name}", "csrf_token": token, **more}
    octets = {key: text.encode(encoding, "surrogateescape") for key, text in sent.items()}
    if parts:
        part = b'--xx\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        body = b"".join(part % (key.encode(), text) for key, text in octets.items()) + b"--xx--\r\n"
    else:
        body = "&".join(f"{key}={quote_from_bytes(text)}" for key, text in octets.items()).encode()
    kind = PARTS if parts else PLAIN
    return send_request(site, "POST", "/appeals/new", body, Cookie=cookie, Content_Type=kind)


def details(site: Website) -> list[str]:
    engine = make_engine(site.settings.database_url)
    with engine.connect() as connection:
        found = list(connection.scalars(sa.select(Statement.detail)))
    engine.dispose()
    return found


@pytest.mark.parametrize("parts", [True, False], ids=["parts", "plain"])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_text_is_filed_as_it_was_meant(site: Website, encoding: str, *, parts: bool) -> None:
    text = f"{TEXT}{encoding}{parts}"
    answer = send_form(site, f"{encoding}-{parts}", encoding, parts=parts, detail=text)
    assert answer.status == 303, answer.text
    assert text in details(site)


def test_an_unknown_encoding_is_given_back_with_its_text(site: Website) -> None:
    answer = send_form(site, "broken", "utf-8", parts=True, detail=f"{TEXT}\udcff")
    assert answer.status == 400
    assert TEXT in answer.text
    assert not any("�" in text for text in details(site))


def test_line_ends_of_a_browser_count_once(site: Website) -> None:
    assert send_form(site, "lines", "utf-8", detail=CRLF_TEXT).status == 303
    assert CRLF_TEXT.replace("\r\n", "\n").strip() in details(site)
    answer = send_form(site, "long", "utf-8", detail="吵" * 5012)
    assert answer.status == 422
    assert "还需删去12个字" in answer.text


def test_what_nobody_sees_is_no_subject(site: Website) -> None:
    answer = send_form(site, "invisible", "utf-8", subject="\u200b\u202e")
    assert answer.status == 422
    assert 'href="#subject"' in answer.text
