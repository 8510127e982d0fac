"""The search of staff: one box in every header, marks, chips, and look-ups that are recorded."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.casework.search.search_index import index_marked_appeals
from appeals.domain.people import Actor
from appeals.domain.states import State
from appeals.domain.vocabulary import AccessKind
from appeals.models.access_log import AccessLogRow
from appeals.queries.work_list import PAGE_ROWS
from tests.cast import DISPATCHER, LEADER, OPERATOR, SUN, SUPERVISOR, ZHAO
from tests.factories import appeal_in, file_appeal
from tests.web.staff_browser import browser_of, count_statements, open_page

A_SEARCH = 6
"""The statements of a search, apart from the reader's session and the access log (issue 16)."""
CHIP = re.compile(r'<li class="chip">(.*?)\n')


@pytest.mark.parametrize(
    ("person", "address"),
    [(ZHAO, "/desk/"), (LEADER, "/desk/day"), (OPERATOR, "/centre/new"), (SUPERVISOR, "/centre/")],
)
def test_every_page_of_staff_has_the_search_box(
    app: Flask, act: Act, person: Actor, address: str
) -> None:
    assert 'action="/search"' in open_page(browser_of(app, act, person), address)


def test_words_find_a_closed_case_and_say_where_they_stand(app: Flask, act: Act) -> None:
    closed = appeal_in(act, State.CLOSED, subject="路灯不亮", detail="楼下的灯坏了三天。")
    file_appeal(act, subject="夜间施工")
    index_marked_appeals(act)
    page = open_page(browser_of(app, act, DISPATCHER), "/search?q=路灯 楼下")
    assert re.findall(r'rows__number"><a[^>]*>([^<]*)</a>', page) == [closed.number]
    assert "共1件" in page
    assert "标题、内容" in page


def test_a_number_in_any_spelling_opens_its_case(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    for person, home in ((ZHAO, "desk"), (OPERATOR, "centre")):
        browser = browser_of(app, act, person)
        answer = browser.get("/search", query_string={"q": appeal.number.lower().replace("-", "")})
        assert answer.location == f"/{home}/appeals/{appeal.number}"


def test_a_chip_narrows_and_is_taken_off_alone(app: Flask, act: Act) -> None:
    appeal_in(act, State.CLOSED, subject="路灯不亮")
    waiting = file_appeal(act, subject="路灯又坏了").appeal
    index_marked_appeals(act)
    browser = browser_of(app, act, DISPATCHER)
    page = open_page(browser, "/search?q=路灯&state=filed&from=2026-01-01")
    assert re.findall(r'rows__number"><a[^>]*>([^<]*)</a>', page) == [waiting.number]
    assert [chip.strip() for chip in CHIP.findall(page)] == [
        "状态：已提交", "提交日期从：2026-01-01",
    ]  # fmt: skip
    assert "/search?q=%E8%B7%AF%E7%81%AF&from=2026-01-01" in page
    assert "/search?q=%E8%B7%AF%E7%81%AF&state=filed" in page


def test_filters_alone_list_what_fits_and_a_wrong_day_is_ignored(app: Flask, act: Act) -> None:
    closed = appeal_in(act, State.CLOSED)
    file_appeal(act)
    browser = browser_of(app, act, DISPATCHER)
    page = open_page(browser, "/search?state=closed&from=yesterday")
    assert re.findall(r'rows__number"><a[^>]*>([^<]*)</a>', page) == [closed.number]


def test_filters_list_no_confidential_appeal_for_whoever_may_not_read_it(
    app: Flask, act: Act
) -> None:
    secret = appeal_in(act, State.CLOSED, confidential=True)
    open_to_all = appeal_in(act, State.CLOSED)
    for person, found in (
        (DISPATCHER, [open_to_all.number, secret.number]),
        (SUN, [open_to_all.number]),
    ):
        page = open_page(browser_of(app, act, person), "/search?state=closed")
        assert re.findall(r'rows__number"><a[^>]*>([^<]*)</a>', page) == found


@pytest.mark.parametrize("typed", ["灯", "' \" & | !", "x" * 101, "灯" * 2000])
def test_what_is_no_search_is_said_in_words_and_stays_in_the_box(
    app: Flask, act: Act, typed: str
) -> None:
    answer = browser_of(app, act, DISPATCHER).get("/search", query_string={"q": typed})
    assert answer.status_code == 422
    assert "govuk-error-message" in answer.text


def test_a_look_up_by_telephone_is_in_the_access_log_and_words_are_not(
    app: Flask, act: Act
) -> None:
    file_appeal(act, subject="路灯不亮", contact_phone="13800137001")
    index_marked_appeals(act)
    browser = browser_of(app, act, OPERATOR)
    entries = sa.select(AccessLogRow.kind, AccessLogRow.detail)
    open_page(browser, "/search?q=路灯")
    assert act.session.execute(entries).all() == []
    open_page(browser, "/search?q=7001")
    assert act.session.execute(entries).all() == [(AccessKind.PHONE_LOOKED_UP, {"found": "1"})]


def test_a_search_takes_the_same_few_statements_for_one_row_and_for_fifty(
    app: Flask, act: Act
) -> None:
    file_appeal(act, subject="路灯不亮")
    index_marked_appeals(act)
    browser = browser_of(app, act, DISPATCHER)
    open_page(browser, "/search?q=路灯")
    with count_statements(act.session) as one:
        open_page(browser, "/search?q=路灯")
    for _ in range(PAGE_ROWS):
        file_appeal(act, subject="路灯不亮")
    index_marked_appeals(act)
    act.session.commit()
    with count_statements(act.session) as fifty:
        page = open_page(browser, "/search?q=路灯")
    assert page.count('rows__number"') == PAGE_ROWS
    assert "下一页" in page
    assert len(fifty.statements) == len(one.statements)
    assert len(one.statements) <= A_SEARCH + 2, one.statements
