"""The search of staff: one box in every header, marks, chips, and look-ups that are recorded."""

import csv
import html
import io
import re
from datetime import datetime, timedelta

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.handling import filters_and_templates
from appeals.casework.search.search_index import index_marked_appeals
from appeals.domain.calendar import SHANGHAI
from appeals.domain.people import Actor
from appeals.domain.states import State
from appeals.domain.vocabulary import AccessKind
from appeals.models.access_log import AccessLogRow
from appeals.queries import search
from appeals.queries.work_list import PAGE_ROWS
from tests.cast import DISPATCHER, LEADER, OPERATOR, QIAN, SUN, SUPERVISOR, ZHAO
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


def download(browser: FlaskClient, address: str) -> bytes:
    """Return the whole of a file."""
    with browser.get(address) as answer:
        assert answer.status_code == 200, address
        data: bytes = answer.data
        return data


def test_what_was_found_is_downloaded_newest_first_and_no_cell_is_a_formula(
    app: Flask, act: Act
) -> None:
    held = appeal_in(act, State.IN_HAND, subject="=路灯不亮", street="370202001")
    later = file_appeal(act.later(timedelta(hours=1)), subject="路灯又坏了").appeal
    file_appeal(act, subject="夜间施工")
    index_marked_appeals(act)
    browser = browser_of(app, act, DISPATCHER)
    page = open_page(browser, "/search?q=路灯&kind=complaint")
    ways = re.findall(r'href="(/search/appeals\.[^"]+)"', page)
    assert [way.partition("?")[0] for way in ways] == [
        "/search/appeals.csv", "/search/appeals.xlsx",
    ]  # fmt: skip
    table, workbook = (download(browser, way) for way in ways)
    heading, *rows = csv.reader(io.StringIO(table.decode("utf-8-sig")))
    assert heading[:3] == ["编号", "标题", "状态"]
    assert [row[:2] for row in rows] == [
        [later.number, "路灯又坏了"],
        [held.number, "'=路灯不亮"],
    ]
    assert rows[1][2:10] == [
        "办理中", "投诉", "噪音", "市南区", "香港中路街道", "网站", "市城市管理局", "",
    ]  # fmt: skip
    sheet = openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0]
    cells = list(sheet.iter_rows(values_only=True))
    assert [row[:2] for row in cells[1:]] == [
        (later.number, "路灯又坏了"),
        (held.number, "=路灯不亮"),
    ]
    assert sheet["B3"].data_type == "s"
    filed_at = held.filed_at.astimezone(SHANGHAI).replace(tzinfo=None)
    assert isinstance(cells[2][10], datetime)
    assert abs(cells[2][10] - filed_at) < timedelta(seconds=1)


def test_an_export_is_in_the_access_log_and_so_is_the_person_looked_up(
    app: Flask, act: Act
) -> None:
    file_appeal(act, subject="路灯不亮", contact_phone="13800137001")
    index_marked_appeals(act)
    browser = browser_of(app, act, OPERATOR)
    entries = sa.select(AccessLogRow.kind, AccessLogRow.detail).order_by(AccessLogRow.id)
    export = (AccessKind.LIST_EXPORTED, {"list": "search", "rows": "1"})
    assert download(browser, "/search/appeals.csv?q=路灯")
    assert download(browser, "/search/appeals.xlsx?q=路灯")
    assert act.session.execute(entries).all() == [export, export]
    assert download(browser, "/search/appeals.csv?q=7001")
    looked_up = (AccessKind.PHONE_LOOKED_UP, {"found": "1"})
    newest = act.session.execute(entries).all()[2:]
    assert sorted(newest, key=str) == sorted([export, looked_up], key=str)


def test_a_file_holds_what_one_may_see_and_says_where_it_was_cut(
    app: Flask, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MAX_EXPORT_ROWS", 2)
    held = [appeal_in(act, State.IN_HAND, subject="路灯不亮").number for _ in range(2)]
    file_appeal(act, subject="路灯不亮")
    while index_marked_appeals(act):
        pass
    for person, rows in ((ZHAO, held[::-1]), (QIAN, [])):
        text = download(browser_of(app, act, person), "/search/appeals.csv?q=路灯").decode()
        assert [line.partition(",")[0] for line in text.splitlines()[1:]] == rows, person.name
    whole = download(browser_of(app, act, DISPATCHER), "/search/appeals.csv?q=路灯")
    cut = whole.decode().splitlines()
    assert len(cut) == 1 + 2 + 1
    assert "此处仅为最新的2件" in cut[-1]


def test_a_file_has_no_subject_that_its_reader_may_not_read(app: Flask, act: Act) -> None:
    secret = appeal_in(act, State.CLOSED, confidential=True, subject="只给中心看的标题")
    way = f"/search/appeals.csv?q={secret.number}&state=closed"
    shown = {
        person: "只给中心看的标题" in download(browser_of(app, act, person), way).decode()
        for person in (DISPATCHER, SUN)
    }
    assert shown == {DISPATCHER: True, SUN: False}


def test_nothing_asked_for_is_no_file(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, DISPATCHER)
    assert browser.get("/search/appeals.csv").location == "/search"
    refused = browser.get("/search/appeals.xlsx?q=灯")
    assert (refused.status_code, refused.mimetype) == (422, "text/html")


def test_a_card_narrows_the_search_and_is_a_chip(app: Flask, act: Act) -> None:
    waiting = appeal_in(act.later(-timedelta(days=30)), State.DISPATCHED, subject="路灯不亮")
    appeal_in(act.later(-timedelta(days=30)), State.CLOSED, subject="路灯不亮")
    while index_marked_appeals(act):
        pass
    page = open_page(browser_of(app, act, DISPATCHER), "/search?q=路灯&card=red")
    assert re.findall(r'rows__number"><a[^>]*>([^<]*)</a>', page) == [waiting.number]
    assert [chip.strip() for chip in CHIP.findall(page)] == ["时限：红牌"]


def saved_searches(page: str) -> list[tuple[str, str]]:
    """Return the saved searches that a page lists: address and name."""
    part = page.partition('aria-label="常用搜索"')[2].partition("</nav>")[0]
    return re.findall(r'href="([^"]+)">([^<]+)</a>', part)


def test_a_search_is_saved_under_a_name_for_its_person_and_deleted(app: Flask, act: Act) -> None:
    file_appeal(act, subject="路灯不亮")
    index_marked_appeals(act)
    browser = browser_of(app, act, DISPATCHER)
    assert 'action="/search/saved"' in open_page(browser, "/search?q=路灯&state=filed")
    assert 'action="/search/saved"' not in open_page(browser, "/search")
    sent = {"q": " 路灯 ", "state": "filed", "kind": "nonsense", "name": "待派路灯"}
    answer = browser.post("/search/saved", data=sent)
    where = "/search?q=%E8%B7%AF%E7%81%AF&state=filed"
    assert (answer.status_code, answer.location) == (303, where)
    page = open_page(browser, where)
    assert "已保存为常用搜索“待派路灯”。" in page
    assert "共1件" in page
    assert saved_searches(page) == [(where, "待派路灯")]
    assert saved_searches(open_page(browser_of(app, act, OPERATOR), "/search")) == []
    (own,) = search.list_saved_searches(act.by(DISPATCHER))
    browser_of(app, act, OPERATOR).post(f"/search/saved/{own.id}/delete")
    assert saved_searches(open_page(browser, "/search")) == [(where, "待派路灯")]
    assert browser.post(f"/search/saved/{own.id}/delete").location == "/search"
    assert saved_searches(open_page(browser, "/search")) == []


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"q": "路灯", "name": " "}, "请填写名称"),
        ({"q": "路灯", "name": "x" * 31}, "请填写名称"),
        ({"q": "7001", "name": "她的"}, "按编号或电话进行的搜索不能保存。"),
        ({"q": "138 0013 7001", "name": "她的"}, "按编号或电话进行的搜索不能保存。"),
        ({"q": "", "name": "空的"}, "请先搜索，再保存搜索。"),
        ({"q": "灯", "name": "短的"}, "请输入至少两个汉字"),
    ],
    ids=["no name", "long name", "last digits", "telephone", "nothing", "no search"],
)
def test_what_cannot_be_saved_is_said_and_stays_in_the_form(
    app: Flask, act: Act, sent: dict[str, str], sentence: str
) -> None:
    answer = browser_of(app, act, DISPATCHER).post("/search/saved", data=sent)
    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)
    assert not sent["q"] or f'value="{sent["q"]}"' in answer.text
    assert search.list_saved_searches(act.by(DISPATCHER)) == []


def test_one_person_saves_a_dozen_searches(app: Flask, act: Act) -> None:
    seeker = act.by(DISPATCHER)
    for n in range(filters_and_templates.MAX_FILTERS):
        filters_and_templates.save_search(seeker, f"search {n}", "q=a")
    browser = browser_of(app, act, DISPATCHER)
    again = browser.post("/search/saved", data={"q": "路灯", "name": "search 0"})
    assert again.status_code == 303
    more = browser.post("/search/saved", data={"q": "路灯", "name": "one more"})
    assert more.status_code == 409
    assert "最多保存12个搜索" in more.text
    assert len(search.list_saved_searches(seeker)) == filters_and_templates.MAX_FILTERS
