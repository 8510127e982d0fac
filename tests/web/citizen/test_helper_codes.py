"""A citizen's helper at her own browser: what she sees and does with the code given to her."""

import html
import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.accounts.rate_limits import CODES_PER_APPEAL
from appeals.casework.following.helper_codes import MAX_NAME_CHARACTERS
from appeals.casework.handling import query_codes
from appeals.domain.lifecycle import MOVES
from appeals.domain.people import Role
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal
from appeals.models.citizen import HelperCode, HelperVisit, OpenedAppeal
from tests.cast import ZHAO
from tests.factories import path_to, played
from tests.photos import jpeg
from tests.web.citizen.test_receipts import copy_of
from tests.web.citizen_filing import FORM, file_as_citizen, text_marked
from tests.web.staff_browser import browser_of, count_statements, open_page

AGO = timedelta(days=1)
NAME, PHONE, MAIL = "Canaria Wang", "13900007777", "canary@example.org"
CONTACT = {"contact_name": NAME, "contact_phone": PHONE, "contact_email": MAIL}
SUBJECT = FORM["subject"]
BY_CITIZEN = {m.action.value for m in MOVES if Role.CITIZEN in m.by and m.start}
BY_HELPER = {"add", "answer_question", "urge"}
SEEN_WITH = "您正在凭市民提供的亲友查询码查看该诉求"


def give_code(client: FlaskClient, number: str, name: str = "女儿") -> str:
    """Give a helper a code at the citizen's browser; return it."""
    answer = client.post(f"/appeals/{number}/helper_code", data={"name": name})
    assert answer.status_code == 200, answer.text
    return text_marked(answer.text, "data-helper-code")


def file_and_give(client: FlaskClient, **more: str) -> tuple[str, str]:
    """File in this browser and give a helper a code; return number and code."""
    number, _code = file_as_citizen(client, **CONTACT, **more)
    return number, give_code(client, number)


def enter(browser: FlaskClient, number: str, code: str) -> FlaskClient:
    """Enter number and code as everybody does."""
    answer = browser.post("/appeals/follow", data={"number": number, "code": code})
    assert answer.location == f"/appeals/{number}", answer.text
    return browser


def find_appeal(act: Act, number: str) -> Appeal:
    act.session.expire_all()
    return act.session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()


def bring_to(act: Act, number: str, state: State) -> Appeal:
    appeal = find_appeal(act, number)
    for move in path_to(state):
        played(act, appeal, move.action)
    act.session.commit()
    return appeal


def test_the_code_is_shown_once_and_only_its_hash_is_stored(client: FlaskClient, act: Act) -> None:
    number, code = file_and_give(client)
    page = client.get(f"/appeals/{number}").text
    assert "女儿持有亲友查询码" in page
    assert "尚未使用" in page
    assert code not in page
    row = act.session.scalars(sa.select(HelperCode)).one()
    assert code.encode() not in row.code_hash


def test_the_helper_reads_the_appeal_and_nothing_of_the_contact(
    app: Flask, client: FlaskClient
) -> None:
    number, code = file_and_give(client)
    own = client.get(f"/appeals/{number}").text
    assert all(each in own for each in (SUBJECT, NAME, PHONE, MAIL))
    page = enter(app.test_client(), number, code).get(f"/appeals/{number}").text
    assert SEEN_WITH in page
    assert SUBJECT in page
    assert not [each for each in (NAME, PHONE, MAIL) if each in page]
    assert "女儿" not in page


@pytest.mark.parametrize("state", [State.FILED, State.IN_HAND, State.CLOSED])
def test_the_page_offers_the_helper_adding_answering_and_urging_alone(
    app: Flask, client: FlaskClient, act: Act, state: State
) -> None:
    number, code = file_and_give(client)
    appeal = bring_to(act, number, state)
    if state is State.IN_HAND:
        played(act, appeal, Action.ASK_CITIZEN, words="哪一处工地？")
        act.session.commit()
    offered = {State.FILED: {"add"}, State.IN_HAND: BY_HELPER, State.CLOSED: set[str]()}[state]
    page = enter(app.test_client(), number, code).get(f"/appeals/{number}").text
    forms = set(re.findall(rf'action="/appeals/{number}/(\w+)', page))
    assert forms == offered
    own = client.get(f"/appeals/{number}").text
    others = {"change_contact", "helper_code", "keep"}
    assert others <= set(re.findall(rf'action="/appeals/{number}/(\w+)', own))


def test_the_citizens_other_moves_are_refused_to_the_helper(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    number, code = file_and_give(client)
    bring_to(act, number, State.CLOSED)
    helper = enter(app.test_client(), number, code)
    sent = {"words": "没有解决", "solved": "no", "satisfaction": "1", "confidential": "y"}
    answers = {
        action: helper.post(f"/appeals/{number}/{action}", data=sent).status_code
        for action in (*BY_CITIZEN, "keep", "helper_code", "helper_code/end")
    }
    closed_to_helpers = dict.fromkeys(
        ("change_contact", "keep", "helper_code", "helper_code/end"), 404
    )
    not_now = dict.fromkeys(BY_HELPER, 409)  # they are hers, but the appeal is closed
    refused = dict.fromkeys(BY_CITIZEN - BY_HELPER - {"change_contact"}, 403)
    assert answers == {**closed_to_helpers, **not_now, **refused}
    appeal = find_appeal(act, number)
    assert (appeal.state, appeal.moves_made) == (State.CLOSED, len(path_to(State.CLOSED)) + 1)
    assert act.session.scalars(sa.select(HelperCode.ended_at)).all() == [None]


def test_what_the_helper_does_is_told_to_citizen_and_staff_as_hers(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    number, code = file_and_give(client)
    bring_to(act, number, State.IN_HAND)
    helper = enter(app.test_client(), number, code)
    assert helper.post(f"/appeals/{number}/urge", data={"words": ""}).status_code == 303
    photo = {
        "words": "昨晚也是",
        "form_key": "k" * 43,
        "attachments": (io.BytesIO(jpeg()), "a.jpg"),
    }
    assert helper.post(f"/appeals/{number}/add", data=photo).status_code == 303
    page = helper.get(f"/appeals/{number}").text
    assert "您的亲友（凭亲友查询码）补充了内容" in page
    (picture,) = set(re.findall(rf"/appeals/{number}/photos/\d+/small", page))
    assert helper.get(picture).status_code == 200
    own = client.get(f"/appeals/{number}").text
    assert "女儿（凭亲友查询码）补充了内容" in own
    assert "女儿（凭亲友查询码）催促承办单位加快办理" in own
    uses = own.split("data-helper-uses>")[1].split("</ul>")[0]
    assert [
        re.sub("<[^>]+>", "", each).partition(" · ")[2].strip() for each in uses.split("</li>")
    ][:3] == ["女儿 · 补充内容", "女儿 · 催办", "女儿 · 查看诉求"]
    history = open_page(browser_of(app, act, ZHAO), f"/desk/appeals/{number}")
    assert "市民亲友" in history
    assert "女儿" not in history


def test_every_visit_is_recorded_also_one_that_a_refused_form_shows(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    number, code = file_and_give(client)
    helper = enter(app.test_client(), number, code)
    count = sa.select(sa.func.count()).select_from(HelperVisit)
    assert act.session.scalar(count) == 0
    answer = helper.post(f"/appeals/{number}/add", data={"words": ""})
    assert answer.status_code == 422
    assert SUBJECT in answer.text
    assert act.session.scalar(count) == 1
    for _ in range(3):
        helper.get(f"/appeals/{number}")
    assert act.session.scalar(count) == 1
    act.session.execute(sa.update(HelperVisit).values(at=HelperVisit.at - AGO))
    act.session.commit()
    assert helper.post(f"/appeals/{number}/withdraw").status_code == 403
    assert act.session.scalar(count) == 1  # the page of a refusal shows nothing
    helper.get(f"/appeals/{number}")
    assert act.session.scalar(count) == 2


def test_a_wrong_helpers_code_gets_the_answer_of_a_wrong_query_code_and_counts(
    app: Flask, client: FlaskClient
) -> None:
    number, code = file_and_give(client)
    guesser = app.test_client()
    wrong = {"number": number, "code": code[:-1] + ("0" if code[-1] != "0" else "1")}
    first = guesser.post("/appeals/follow", data=wrong)
    assert first.status_code == 422
    assert "编号或查询码不正确" in first.text
    for _ in range(CODES_PER_APPEAL.max_tries - 1):
        assert guesser.post("/appeals/follow", data=wrong).status_code == 422
    right = {"number": number, "code": code}
    assert guesser.post("/appeals/follow", data=right).status_code == 429


@pytest.mark.parametrize("how", ["ended", "another", "new query code", "erased computer"])
def test_an_ended_code_closes_the_appeal_at_the_helpers_next_request(
    app: Flask, client: FlaskClient, act: Act, how: str
) -> None:
    number, code = file_and_give(client)
    helper = enter(app.test_client(), number, code)
    copy = copy_of(helper, app)
    assert copy.get(f"/appeals/{number}").status_code == 200
    if how == "ended":
        ended = client.post(f"/appeals/{number}/helper_code/end", follow_redirects=True)
        assert "亲友查询码已停用" in ended.text
    elif how == "another":
        give_code(client, number, "邻居")
    elif how == "new query code":
        query_codes.issue_query_code(act, find_appeal(act, number), {"words": "遗失"})
        act.session.commit()
    else:
        helper.post("/appeals/forget")
    for browser in (helper, copy):
        assert browser.get(f"/appeals/{number}").location == "/appeals/follow"
        assert browser.post(f"/appeals/{number}/add", data={"words": "x"}).status_code == 404
    again = app.test_client().post("/appeals/follow", data={"number": number, "code": code})
    assert again.status_code == (303 if how == "erased computer" else 422)


def test_the_citizen_who_tries_the_code_keeps_her_own_page(client: FlaskClient) -> None:
    number, code = file_and_give(client)
    page = enter(client, number, code).get(f"/appeals/{number}").text
    assert "本机已按您本人身份打开该诉求" in page
    assert SEEN_WITH not in page
    assert f'action="/appeals/{number}/withdraw"' in page


def test_the_query_code_opens_the_citizens_page_in_the_browser_of_a_helper(
    app: Flask, client: FlaskClient
) -> None:
    number, query_code = file_as_citizen(client)
    helper = enter(app.test_client(), number, give_code(client, number))
    assert SEEN_WITH in helper.get(f"/appeals/{number}").text
    page = enter(helper, number, query_code).get(f"/appeals/{number}").text
    assert SEEN_WITH not in page
    assert f'action="/appeals/{number}/withdraw"' in page


def test_a_helper_reads_what_was_asked_to_be_kept_in_confidence(
    app: Flask, client: FlaskClient
) -> None:
    number, code = file_and_give(client, confidential="y")
    page = enter(app.test_client(), number, code).get(f"/appeals/{number}").text
    assert SUBJECT in page
    assert NAME not in page


def test_strangers_and_staff_give_and_end_no_code(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    number, _code = file_and_give(client)
    bring_to(act, number, State.IN_HAND)
    for browser, status in ((app.test_client(), 404), (browser_of(app, act, ZHAO), 403)):
        for address in (f"/appeals/{number}/helper_code", f"/appeals/{number}/helper_code/end"):
            assert browser.post(address, data={"name": "x"}).status_code == status
    page = open_page(browser_of(app, act, ZHAO), f"/appeals/{number}")
    assert "helper_code" not in page
    assert act.session.scalars(sa.select(HelperCode.ended_at)).all() == [None]


def test_a_name_that_is_too_long_is_refused_and_kept(client: FlaskClient, act: Act) -> None:
    number, _code = file_as_citizen(client)
    name = "女" * (MAX_NAME_CHARACTERS + 1)
    answer = client.post(f"/appeals/{number}/helper_code", data={"name": name})
    assert answer.status_code == 422
    assert name in answer.text
    assert act.session.scalars(sa.select(HelperCode)).all() == []


def test_a_hostile_name_is_shown_as_text(client: FlaskClient) -> None:
    number, _code = file_as_citizen(client)
    give_code(client, number, "<b>女</b>%(x)s")
    page = client.get(f"/appeals/{number}").text
    assert "<b>女" not in page
    assert "<b>女</b>%(x)s持有亲友查询码" in html.unescape(page)


def test_a_process_of_the_release_before_opens_nothing_with_the_helpers_row(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    """It asks that the row has the appeal's own generation, as `_opened_in_session` does."""
    number, code = file_and_give(client)
    enter(app.test_client(), number, code)
    row = act.session.scalars(
        sa.select(OpenedAppeal).where(OpenedAppeal.helper_code_id.is_not(None))
    ).one()
    assert row.code_generation < 0
    assert find_appeal(act, number).code_generation >= 0


def test_the_citizens_page_takes_as_many_statements_for_fifty_visits_as_for_one(
    client: FlaskClient, act: Act
) -> None:
    number, _code = file_and_give(client)
    code_id = act.session.scalars(sa.select(HelperCode.id)).one()

    def count(visits: int) -> int:
        act.session.add_all(HelperVisit(code_id=code_id, at=act.now) for _ in range(visits))
        act.session.commit()
        with count_statements(act.session) as seen:
            open_page(client, f"/appeals/{number}")
        return len(seen.statements)

    assert count(1) == count(49)
