"""The dispatcher's tray: what a message says and offers, and several dispatches at once."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.search.search_index import index_marked_appeals
from appeals.domain.lifecycle import MOVES
from appeals.domain.people import CENTRE, DEPARTMENT
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import NoticeKind
from appeals.models.appeal import Appeal, Move, RoutingReason
from appeals.queries import work_list
from appeals.queries.queues import QUEUES
from appeals.web.staff.dispatching.centre_messages import MADE
from appeals.web.staff.done_messages import DONE
from tests.casework.reading import notices
from tests.cast import DISPATCHER, OPERATOR, ROADS, SUPERVISOR, WATER
from tests.factories import appeal_in, played
from tests.web.staff_browser import browser_of, count_statements, forget_rows, open_page

A_MOVE = 24
TRAY = "/centre/?queue=tray&lang=en"
BANNER = "govuk-notification-banner__content"


def browser_in_english(app: Flask, act: Act) -> FlaskClient:
    browser = browser_of(app, act, DISPATCHER)
    open_page(browser, "/centre/?lang=en")
    return browser


def message_on(browser: FlaskClient, page: str) -> str:
    """Return the message of what was done, with the forms and links that it offers."""
    return open_page(browser, page).split(BANNER)[1].split("</main>")[0].split("<h1")[0]


def hidden_fields(form: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def dispatch(browser: FlaskClient, appeal: Appeal, **more: object) -> str:
    given = {"seen": appeal.moves_made, "department": ROADS, **more}
    answer = browser.post(f"/centre/appeals/{appeal.number}/dispatch", data=given)
    assert answer.status_code == 303, answer.text
    return answer.location


def test_the_message_names_appeal_and_department_and_offers_the_undo_and_the_next_one(
    app: Flask, act: Act
) -> None:
    appeal, following = (appeal_in(act, State.ACCEPTED) for _ in range(2))
    browser = browser_in_english(app, act)
    assert dispatch(browser, appeal, queue="tray") == "/centre/?queue=tray#queue"
    said = message_on(browser, TRAY)
    assert f"{appeal.number} is dispatched to Urban management." in said
    assert f'action="/centre/appeals/{appeal.number}/recall"' in said
    assert f'href="#case-{following.number}"' in said
    assert f'id="case-{following.number}"' in open_page(browser, TRAY)


def test_a_dispatch_is_taken_back_by_one_press_in_its_message(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    browser = browser_in_english(app, act)
    dispatch(browser, appeal, queue="tray")
    form = message_on(browser, TRAY).split("/recall")[1].split("</form>")[0]
    reason = re.search(r'name="words" maxlength="\d+" value="([^"]+)"', form)
    assert reason is not None
    given = {**hidden_fields(form), "words": reason[1]}
    answer = browser.post(f"/centre/appeals/{appeal.number}/recall", data=given)
    assert (answer.status_code, answer.location) == (303, "/centre/?queue=tray#queue")
    forget_rows(act)
    assert (appeal.state, appeal.holder) == (State.ACCEPTED, None)
    told = [each.body for each in notices(act, NoticeKind.RECALLED)]
    assert told
    assert all("Dispatched to the wrong department" in body for body in told)
    said = message_on(browser, TRAY)
    assert f"{appeal.number} is taken back from Urban management." in said
    assert "/recall" not in said


def test_what_was_signed_for_meanwhile_is_not_taken_back(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    browser = browser_in_english(app, act)
    dispatch(browser, appeal, queue="tray")
    form = message_on(browser, TRAY).split("/recall")[1].split("</form>")[0]
    forget_rows(act)
    played(act, appeal, Action.SIGN)
    act.session.commit()
    given = {**hidden_fields(form), "words": "派错单位"}
    answer = browser.post(f"/centre/appeals/{appeal.number}/recall?lang=en", data=given)
    assert answer.status_code == 409
    assert "What happened since you opened this page" in answer.text
    forget_rows(act)
    assert appeal.state is State.SIGNED


def test_a_case_opened_from_the_tray_leads_back_to_its_page_of_the_tray(
    app: Flask, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_list.load_page, "__defaults__", (None, 1))
    monkeypatch.setattr("appeals.queries.queues.PAGE_ROWS", 1)
    appeals = [appeal_in(act, State.ACCEPTED) for _ in range(2)]
    browser = browser_in_english(app, act)
    following = re.search(r'rel="next" href="([^"]+)"', open_page(browser, TRAY))
    assert following is not None
    second = open_page(browser, following[1])
    link = re.search(r'href="(/centre/appeals/[^"#]+)#do-dispatch"', second)
    assert link is not None
    assert appeals[1].number in link[1]
    case = open_page(browser, link[1])
    form = hidden_fields(case.split('id="do-dispatch"')[1].split("</form>")[0])
    assert form["queue"] == "tray"
    back = dispatch(browser, appeals[1], queue="tray", after=form["after"])
    assert back == f"{following[1]}#queue"
    assert "First page of this list" in open_page(browser, f"{following[1]}&lang=en")


def test_a_move_on_a_case_offers_the_first_of_its_queue(app: Flask, act: Act) -> None:
    appeal, following = (appeal_in(act, State.ACCEPTED) for _ in range(2))
    browser = browser_in_english(app, act)
    with count_statements(act.session) as sent:
        address = dispatch(browser, appeal)
    assert len(sent.statements) <= A_MOVE, sent.statements
    assert sent.commits == 1
    said = message_on(browser, f"{address}?lang=en")
    assert f'href="/centre/appeals/{following.number}"' in said
    assert f"/centre/appeals/{appeal.number}/recall" in said


def test_every_decision_in_a_queue_has_a_message_of_its_own() -> None:
    assert {action for queue in QUEUES.values() for action in queue.decides} <= set(MADE)


def test_every_move_of_staff_has_a_message_of_its_own() -> None:
    by_staff = [move for move in MOVES if move.start and not move.for_caller]
    assert {move.action for move in by_staff if move.by & DEPARTMENT} <= set(DONE)
    assert {move.action for move in by_staff if move.by & CENTRE} <= set(MADE) | set(DONE)


def ticks_on(page: str) -> dict[str, str]:
    """Return the values of the boxes on a page, by the number of the appeal."""
    values = re.findall(r'name="chosen" value="([^"]+)"', page)
    return {value.split(" ")[0]: value for value in values}


def test_several_appeals_are_dispatched_as_proposed_each_in_its_own_transaction(
    app: Flask, act: Act
) -> None:
    first, second, left = (appeal_in(act, State.ACCEPTED) for _ in range(3))
    act.session.get_one(RoutingReason, second.id).department = WATER
    browser = browser_in_english(app, act)
    ticks = ticks_on(open_page(browser, TRAY))
    assert set(ticks) == {first.number, second.number, left.number}
    chosen = [ticks[first.number], ticks[second.number]]
    with count_statements(act.session) as sent:
        answer = browser.post("/centre/several?lang=en", data={"chosen": chosen})
    assert answer.status_code == 200
    assert sent.commits == 3, "one for each appeal, one for the request"
    assert "2 appeals are dispatched" in answer.text
    forget_rows(act)
    assert [each.holder for each in (first, second, left)] == [ROADS, WATER, None]
    for each in (first, second):
        form = answer.text.split(f"/{each.number}/recall")[1].split("</form>")[0]
        assert hidden_fields(form)["seen"] == str(each.moves_made)


def test_what_of_several_could_not_be_dispatched_is_told_in_words(app: Flask, act: Act) -> None:
    going, moved, gone = (appeal_in(act, State.ACCEPTED) for _ in range(3))
    browser = browser_in_english(app, act)
    ticks = ticks_on(open_page(browser, TRAY))
    played(act, moved, Action.NOTE)
    act.session.commit()
    chosen = [
        ticks[going.number],
        ticks[moved.number],
        f"{gone.number} nowhere {gone.moves_made}",
        "QD26-0000-0000-0 roads 2",
        "nonsense",
        f"{gone.number} roads {'9' * 5000}",
    ]
    answer = browser.post("/centre/several?lang=en", data={"chosen": chosen})
    assert answer.status_code == 200
    refused = answer.text.split('id="refused"')[1].split("</section>")[0]
    assert "3 were not dispatched" in refused
    assert "Somebody else has just worked on this appeal." in refused
    assert refused.count("<li>") == 3
    forget_rows(act)
    assert [each.state for each in (going, moved, gone)] == [
        State.DISPATCHED, State.ACCEPTED, State.ACCEPTED,
    ]  # fmt: skip


def test_where_nothing_could_be_dispatched_nothing_is_written(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    browser = browser_of(app, act, SUPERVISOR)
    before = act.session.scalar(sa.select(sa.func.count()).select_from(Move))
    chosen = f"{appeal.number} {ROADS} {appeal.moves_made}"
    answer = browser.post("/centre/several", data={"chosen": chosen})
    assert answer.status_code == 409
    assert act.session.scalar(sa.select(sa.func.count()).select_from(Move)) == before


def test_without_a_tick_the_tray_asks_for_one(app: Flask, act: Act) -> None:
    browser = browser_in_english(app, act)
    answer = browser.post("/centre/several", data={"queue": "tray", "after": "x~1"})
    assert (answer.status_code, answer.location) == (303, "/centre/?queue=tray&after=x~1#queue")
    assert "Choose at least one appeal of the list." in open_page(browser, TRAY)


def test_an_operator_dispatches_nothing(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    browser = browser_of(app, act, OPERATOR)
    assert 'name="chosen"' not in open_page(browser, TRAY)
    chosen = f"{appeal.number} {ROADS} {appeal.moves_made}"
    assert browser.post("/centre/several", data={"chosen": chosen}).status_code == 403


def test_the_tray_shows_the_appeals_similar_to_its_first_and_to_the_one_asked_for(
    app: Flask, act: Act
) -> None:
    before = appeal_in(act, State.IN_HAND, subject="路灯不亮", detail="小区门口路灯不亮")
    first = appeal_in(act, State.ACCEPTED, detail="每天夜里挖掘机施工")
    second = appeal_in(act, State.ACCEPTED, subject="路灯不亮", detail="小区门口路灯不亮")
    while index_marked_appeals(act):
        pass
    browser = browser_in_english(app, act)
    link = re.search(r'href="([^"]*similar=[^"]*)"', item_of(browser, TRAY, second))
    assert link is not None
    assert before.number not in item_of(browser, TRAY, first)
    asked = item_of(browser, f"{link[1].partition('#')[0]}&lang=en", second)
    assert f'href="/centre/appeals/{before.number}"' in asked
    assert "words in common" in asked


def item_of(browser: FlaskClient, page: str, appeal: Appeal) -> str:
    shown = open_page(browser, page)
    return shown.split(f'data-number="{appeal.number}"')[1].split("</article>")[0]
