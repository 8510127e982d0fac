"""In a language with a catalogue of its own no page shows the program's Chinese or English.

What stays is data: names of the city's rows (their English column), of people and of files, and
what people typed, which is marked with its own language.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.domain.people import Role
from appeals.models.appeal import Appeal, RoutingReason, Statement
from appeals.models.organisation import Area, CalendarDay, Category, Department
from appeals.models.report import Report
from appeals.models.staff import StaffMember, StaffRequest
from tests.made_up_language import made_up_language
from tests.web.test_allowed_pages import ELSEWHERE, WITH_ARGUMENTS, facts
from tests.web.test_authorisation import PEOPLE, browser_of, may

__all__ = ["made_up_language"]
SHOWN_ATTRIBUTES = ("alt", "title", "aria-label", "placeholder", "content")
NOT_READ = ("script", "style", "code", "svg")
WORD = re.compile("(?:[A-Za-z]{2}|[\u4e00-\u9fff])[A-Za-z0-9\u4e00-\u9fff.@_’-]*")
NAMES = (
    (Department.code, Department.zh, Department.en),
    (Area.en,),
    (Category.code, Category.en),
    (CalendarDay.name,),
    (RoutingReason.en,),
    (StaffMember.name, StaffMember.username),
    (Appeal.number,),
    (Report.calendar_version,),
    (StaffRequest.reason,),
    (Statement.subject, Statement.detail, Statement.address),
    (
        Statement.contact_name,
        Statement.contact_email,
        sa.func.split_part(Statement.contact_email, "@", 2),
    ),
)
"""Columns whose texts are shown as they are, in English where there are two."""
DIGEST = re.compile("[0-9a-f]{32,}")
VOID = ("meta", "link", "input", "br", "img", "hr", "wbr", "col", "path", "circle", "rect", "use")


class PageWords(HTMLParser):
    """Collects the words of a page outside of what is marked with another language."""

    def __init__(self) -> None:
        """Begin outside of every element."""
        super().__init__()
        self.hidden: list[bool] = []
        self.words: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element; the words of its attributes are shown too."""
        told = dict(attrs)
        marked = tag != "html" and "lang" in told
        if not any(self.hidden) and not marked and tag != "meta":
            for name in SHOWN_ATTRIBUTES:
                self.handle_data(told.get(name) or "")
        if tag not in VOID:
            self.hidden.append(marked or tag in NOT_READ)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if tag not in VOID and self.hidden:
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        """Note the words that are read."""
        if not any(self.hidden):
            self.words.update(find_words(DIGEST.sub("", data)))


LANGUAGES_OWN_NAMES = "中文 English"
SAMPLES = "a@example.org b@example.org"
"""On the page of components."""
FORMATS = "CSV JSON PDF XLSX sha256"


def data_words(app: Flask, session: Session) -> set[str]:
    """Return the words of the data: the city's rows, people, appeals, settings."""
    settings = app.config["SETTINGS"]
    texts: list[str | None] = [LANGUAGES_OWN_NAMES, SAMPLES, FORMATS, settings.campaign_name_en]
    for columns in NAMES:
        texts += [text for row in session.execute(sa.select(*columns)) for text in row]
    return {word for text in texts if text for word in find_words(text)}


def find_words(text: str) -> Iterator[str]:
    """Yield the Latin and Chinese words of a text, without the full stop behind one."""
    return (word.rstrip(".") for word in WORD.findall(text))


PUBLIC = re.compile("^(/en)?/public/")
"""The public pages have an address for each language."""


@pytest.mark.parametrize("role", PEOPLE)
def test_no_page_shows_chinese_or_english_of_the_program(
    app: Flask, act: Act, role: Role, made_up_language: str
) -> None:
    known = facts(act)
    data = data_words(app, act.session)
    left: dict[str, set[str]] = {}
    opened = 0
    with browser_of(app, act, role) as browser:
        browser.set_cookie("lang", made_up_language)
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or set()) or not may(rule.endpoint, role):
                continue
            if rule.endpoint in ELSEWHERE:
                continue
            for shape in WITH_ARGUMENTS.get(rule.endpoint, (rule.rule,)):
                address = PUBLIC.sub(f"/{made_up_language}/public/", shape.format(**known))
                answer = browser.get(address, buffered=True)
                if answer.mimetype != "text/html":
                    continue
                opened += 1
                assert 'lang="xx"' in answer.text
                page = PageWords()
                page.feed(answer.text)
                if words := page.words - data:
                    left[shape] = words
    assert opened >= 9
    assert left == {}
