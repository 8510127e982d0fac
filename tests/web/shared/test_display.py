"""What people read is in their language: also what the libraries say, and how a date is written."""

import html
import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from appeals.web.shared.display import as_paragraph, as_written, day, moment
from tests.web.citizen_filing import FORM

WRONG = {**FORM, "kind": "nonsense", "category": "nonsense", "address": "长" * 300}
"""What no browser sends, so that WTForms itself refuses it."""
MARCH = datetime(2026, 3, 2, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("zh", ["请从列表中选择一项。", "不是有效的选择。", "最多200个字，还需删去100个字。"]),
        (
            "en",
            [
                "Choose one from the list.",
                "Not a valid choice.",
                "At most 200 characters: there are 100 too many.",
            ],
        ),
    ],
)
def test_forms_and_their_library_refuse_in_the_readers_language(
    client: FlaskClient, language: str, sentences: list[str]
) -> None:
    text = html.unescape(client.post(f"/appeals/new?lang={language}", data=WRONG).text)
    assert re.findall(r'error-message"><span[^>]*>[^<]*</span>([^<]*)</p>', text) == sentences


@pytest.mark.parametrize(
    ("language", "written"),
    [("zh", ("2026年3月2日", "2026年3月2日 09:05")), ("en", ("2 Mar 2026", "2 Mar 2026 09:05"))],
)
def test_a_date_is_written_as_the_language_does(
    app: Flask, language: str, written: tuple[str, str]
) -> None:
    with app.test_request_context(f"/?lang={language}"):
        assert (day(MARCH), moment(MARCH)) == written


@pytest.mark.parametrize(
    ("language", "words", "shown"),
    [
        ("zh", "路灯不亮 lamp", "路灯不亮 lamp"),
        ("zh", "Lamps <b>out</b>", '<span lang="en">Lamps &lt;b&gt;out&lt;/b&gt;</span>'),
        ("en", "路灯不亮", '<span lang="zh-CN">路灯不亮</span>'),
        ("en", "Lamps <b>", "Lamps &lt;b&gt;"),
        ("zh", "12345", "12345"),
    ],
)
def test_words_of_another_language_than_the_pages_say_so(
    app: Flask, language: str, words: str, shown: str
) -> None:
    with app.test_request_context(f"/?lang={language}"):
        assert escape(as_written(words)) == shown


def test_no_blank_stands_between_chinese_sentences() -> None:
    assert as_paragraph(["尚未变更。", "原因：a < b。"]) == "尚未变更。原因：a &lt; b。"
    assert as_paragraph(["Nothing yet.", "Reason: why."]) == "Nothing yet. Reason: why."


@pytest.mark.parametrize(
    "address",
    ["/appeals/new?find=路灯&page=2", "/appeals/follow", "/public/?lang=zh", "/nowhere?a=b"],
)
def test_the_other_language_is_the_same_page(client: FlaskClient, address: str) -> None:
    here = urlsplit(address)
    asked = [each for each in parse_qsl(here.query) if each[0] != "lang"]
    for other in ("en", "zh"):
        text = client.get(address).text
        (switch,) = re.findall(r'<a href="([^"]+)" lang="[^"]+" hreflang', text)
        address = html.unescape(switch)  # and from there back
        there = urlsplit(address)
        assert there.path == here.path
        assert parse_qsl(there.query) == [*asked, ("lang", other)]
