"""Restricted appeals on the pages: seen with the permission alone, and asked for when filed."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.domain.calendar import Period, month_of
from appeals.domain.people import CENTRE, DEPARTMENT, Actor, Role
from appeals.domain.states import OPEN, WITH_DEPARTMENT, Action, State
from appeals.models.appeal import Appeal
from appeals.queries import callers, live, my_day, queues, wall, work_list
from appeals.queries.queues import QUEUES
from appeals.reporting.counting import case_lists, monthly_drafts
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import Cell
from tests.cast import CAST, DISPATCHER, LEADER, OPERATOR, ROADS, SUN, SUPERVISOR, WATER, ZHAO
from tests.factories import appeal_in, later, played
from tests.restricted import CONDUCT, add_conduct, permitted, restricted_in
from tests.web.staff_browser import browser_of, count_statements, open_page

AGO = timedelta(days=3)
"""How long before a browser looks the tests' own acts lie."""
SECRET_SUBJECT = "窗口主任收礼的事"
PHONE = "13800139999"
STAFF_CASES = {
    **dict.fromkeys(CENTRE, "/centre/appeals"),
    **dict.fromkeys(DEPARTMENT, "/desk/appeals"),
    Role.ADMINISTRATOR: "/admin/reports/appeals",
}
LISTED = [
    *((person, state) for person in (OPERATOR, SUPERVISOR) for state in sorted(OPEN)),
    *((person, state) for person in (ZHAO, LEADER) for state in sorted(WITH_DEPARTMENT)),
    *((person, State.CLOSED) for person in (DISPATCHER, ZHAO)),
]


@pytest.fixture(autouse=True)
def conduct(act: Act) -> None:
    add_conduct(act)


def file_secret(act: Act, state: State) -> Appeal:
    return restricted_in(act, state, subject=SECRET_SUBJECT, contact_phone=PHONE)


@pytest.mark.parametrize("role", CAST)
def test_a_restricted_case_opens_with_the_permission_alone(
    app: Flask, act: Act, role: Role
) -> None:
    appeal = file_secret(act, State.IN_HAND)
    browser, address = browser_of(app, act, CAST[role]), f"{STAFF_CASES[role]}/{appeal.number}"
    for each in (address, f"{address}/print", f"/appeals/{appeal.number}"):
        assert browser.get(each).status_code == 404, each
    for action in ("amend", "note", "answer", "assign", "close", "show-contact", "nonsense"):
        answer = browser.post(f"{address}/{action}", data={"reason": "call", "words": "?"})
        assert answer.status_code in {404, 405}, action
        assert SECRET_SUBJECT not in answer.text
    permitted(act, CAST[role])
    act.session.commit()
    for each in (address, f"{address}/print"):
        assert (SECRET_SUBJECT in open_page(browser, each)) is (role is not Role.ADMINISTRATOR), (
            each
        )


@pytest.mark.parametrize(("person", "state"), LISTED)
def test_every_list_and_count_leaves_it_out_without_the_permission(
    act: Act, person: Actor, state: State
) -> None:
    def seen(actor: Actor) -> Mapping[str, object]:
        by = replace(act.by(actor), now=later(act, 30).now)
        own = actor.department is not None
        lists = {
            **{
                queue.name.value: len(queues.load_queue_page(by, queue).lines)
                for queue in QUEUES.values()
            },
            "sizes": queues.count_queues(by),
            "desk": len(work_list.load_desk_page(by, {}).lines) if own else 0,
            "found": len(work_list.load_desk_page(by, {"q": SECRET_SUBJECT}).lines) if own else 0,
            "counts": work_list.count_work(by).total if own else 0,
            "day": my_day.load_my_day(by).sizes if own else 0,
            "callers": len(callers.find_earlier_by_phone(by, PHONE)),
            "loads": live.count_loads(by),
            "came": live.count_dispatch_progress(by, ROADS),
            "today": live.count_today(by),
        }
        board = wall.load_wall(by)
        return {
            **lists,
            "wall": (board.received, board.closed, board.open, len(board.oldest)),
        }

    before = seen(person)
    file_secret(act, state)
    act.session.flush()
    assert seen(person) == before
    assert seen(replace(person, may_see_restricted=True)) != before
    appeal_in(act, state)
    assert seen(person) != before


def test_pages_of_the_centre_show_it_with_the_permission_alone(app: Flask, act: Act) -> None:
    appeal = file_secret(act, State.ACCEPTED)
    browser = browser_of(app, act, DISPATCHER)
    addresses = ["/centre/?queue=tray", "/centre/wall"]
    for address in addresses:
        assert appeal.number not in open_page(browser, address), address
    permitted(act, DISPATCHER)
    act.session.commit()
    for address in addresses:
        assert appeal.number in open_page(browser, address), address


def test_the_kept_live_figures_are_not_shown_to_who_lacks_the_permission(
    app: Flask, act: Act
) -> None:
    file_secret(act, State.IN_HAND)
    allowed, other = permitted(act, DISPATCHER), SUPERVISOR
    act.session.execute(
        sa.text("UPDATE staff_member SET role = 'dispatcher' WHERE id = :id"),
        {"id": other.staff_id},
    )
    shown = [open_page(browser_of(app, act, who), "/live/?lang=en") for who in (allowed, other)]
    assert ["Urban management" in each for each in shown] == [True, False]


def test_who_makes_an_appeal_restricted_is_told_that_it_was_seen_for_the_last_time(
    app: Flask, act: Act
) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    browser = browser_of(app, act, DISPATCHER)
    given = {"category": CONDUCT, "words": "反映作风", "seen": str(appeal.moves_made)}
    answer = browser.post(
        f"/centre/appeals/{appeal.number}/amend?lang=en", data=given, follow_redirects=True
    )
    assert (answer.status_code, "is restricted now" in answer.text) == (200, True)
    assert browser.get(f"/centre/appeals/{appeal.number}").status_code == 404


def test_a_dispatcher_is_offered_neither_whom_it_is_about_nor_left_without_a_warning(
    app: Flask, act: Act
) -> None:
    appeal = file_secret(act, State.ACCEPTED)
    permitted(act, DISPATCHER)
    browser = browser_of(app, act, DISPATCHER)
    form = open_page(browser, f"/centre/appeals/{appeal.number}?lang=en")
    chooses = form[form.index('id="do-dispatch"') :].partition("</select>")[0]
    assert f'value="{WATER}"' not in chooses
    assert "Urban management (nobody with the permission)" in chooses
    address = f"/centre/appeals/{appeal.number}/dispatch?lang=en"
    sent = {"seen": str(appeal.moves_made), "department": WATER}
    refused = browser.post(address, data=sent)
    assert (refused.status_code, "cannot be sent there" in refused.text) == (422, True)
    made = browser.post(address, data={**sent, "department": ROADS}, follow_redirects=True)
    assert "Nobody at Urban management may see restricted appeals" in made.text
    permitted(act, ZHAO)
    act.session.commit()
    other = file_secret(act, State.ACCEPTED)
    act.session.commit()
    made = browser.post(
        f"/centre/appeals/{other.number}/dispatch?lang=en",
        data={"seen": str(other.moves_made), "department": ROADS},
        follow_redirects=True,
    )
    assert made.status_code == 200
    assert "Nobody at" not in made.text


def test_a_suggestion_that_names_whom_it_is_about_is_not_shown(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.ACCEPTED)  # its rule names the roads department
    permitted(act, DISPATCHER)
    browser = browser_of(app, act, DISPATCHER)
    pages = [f"/centre/appeals/{appeal.number}?lang=en", "/centre/?queue=tray&lang=en"]
    assert ["“City”" in open_page(browser, each) for each in pages] == [True, True]
    played(later(act, 3), appeal, Action.AMEND, category=CONDUCT, complained_department=ROADS)
    act.session.commit()
    assert ["“City”" in open_page(browser, each) for each in pages] == [False, False]


@pytest.mark.parametrize("facts", [{"confidential": True}, {"category": CONDUCT}, {}])
def test_an_administrator_reads_no_words_of_confidential_or_restricted_appeals(
    app: Flask, act: Act, facts: dict[str, object]
) -> None:
    said = {"subject": SECRET_SUBJECT, "detail": "细节如下", "address": "八号", **facts}
    appeal = appeal_in(act, State.FILED, 1, **said)
    played(later(act, 1), appeal, Action.ADD, words="补充的话")
    permitted(act, SUN)
    words = (SECRET_SUBJECT, "细节如下", "八号", "补充的话")
    open_to_all = not facts
    for address in (f"/admin/reports/appeals/{appeal.number}", f"/appeals/{appeal.number}"):
        shown = open_page(browser_of(app, act, SUN), address)
        assert [each in shown for each in words] == [open_to_all] * 4, address
        assert appeal.number in shown
        if address.startswith("/admin"):
            assert ('id="withheld"' in shown) is not open_to_all
    read_by_others = open_page(
        browser_of(app, act, permitted(act, OPERATOR)), f"/centre/appeals/{appeal.number}"
    )
    assert all(each in read_by_others for each in words)


@pytest.mark.parametrize("measure", ["filed", "satisfaction"])
def test_figure_and_list_have_one_length_and_the_hidden_line_says_nothing(
    app: Flask, act: Act, monkeypatch: pytest.MonkeyPatch, measure: str
) -> None:
    monkeypatch.setattr(case_lists, "PAGE_ROWS", 2)
    hidden = [file_secret(act, State.CLOSED), file_secret(act, State.CLOSED)]
    plain = [appeal_in(act, State.CLOSED), appeal_in(act, State.CLOSED)]
    for appeal in (*hidden, *plain):
        played(later(act, 20), appeal, Action.RATE, solved="yes", satisfaction="5")
    act.session.flush()
    now = later(act, 24)
    period = Period.month(f"{month_of(now.now):%Y-%m}")
    draft = monthly_drafts.compile_draft(now, period)
    figures = monthly_drafts.load_figures(act, draft)
    cell = Cell.from_codes("city", "city", MEASURES[measure].base, "all", measure)
    asked = urlencode(dict(zip(("by", "key", "base", "variant", "measure"), cell, strict=True)))
    browser = browser_of(app, act, SUN)
    at = f"/admin/reports/{period.label}/cases"

    def listed() -> list[str]:
        found, address = [], f"{at}?{asked}"
        while address:
            text = open_page(browser, address)
            found += text.split('<tr class="govuk-table__row"')[2:]
            link = text.rpartition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
            address = link if 'rel="next"' in text else ""
        return found

    rows = listed()
    assert len(rows) == figures[cell][1] == 4
    assert sum("data-hidden" in row for row in rows) == 2
    assert not any(appeal.number in row for row in rows for appeal in hidden)
    text = browser.get(f"{at}.csv?{asked}", buffered=True).text
    lines = [*csv.reader(io.StringIO(text))]
    assert [line[1:] for line in lines if line[0] in {"限制件", "Restricted"}] == [[""] * 8] * 2
    assert len(lines) == 1 + 4
    permitted(act, SUN)
    act.session.commit()
    assert all(any(appeal.number in row for row in listed()) for appeal in (*hidden, *plain))


def test_a_case_page_takes_no_more_statements_for_the_permission(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    with count_statements(act.session) as seen:
        open_page(browser, f"/desk/appeals/{appeal.number}")
    assert [each for each in seen.statements if "FROM restricted_permission" in each[:60]] == []
