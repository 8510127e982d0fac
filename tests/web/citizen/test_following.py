"""An appeal as its citizen follows it: where it is, what she may do, what she is not shown."""

import html
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from appeals.act import Act
from appeals.casework.handling import query_codes
from appeals.casework.handling.moves import make_move
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal, Move
from appeals.models.handling import RatedFrom
from appeals.models.notice import Notice
from appeals.queries.case_file import open_case_file
from appeals.settings import Settings
from appeals.web.citizen import timeline
from appeals.web.citizen.timeline import format_due
from tests.cast import ROADS, ZHAO
from tests.factories import file_appeal, path_to, played
from tests.photos import jpeg
from tests.web.citizen_filing import FORM, file_as_citizen, file_as_citizen_and_close
from tests.web.staff_browser import browser_of


def test_the_timeline_names_the_department_and_keeps_an_unreviewed_answer_back(
    client: FlaskClient, session: Session, act: Act
) -> None:
    number, _ = file_as_citizen(client)
    appeal = session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()
    for move in path_to(State.ANSWERED):
        given = {"words": "已责令夜间停工。", "result": "solved"}
        played(act, appeal, move.action, **(given if move.action is Action.ANSWER else {}))
    session.commit()
    page = client.get(f"/appeals/{number}").text
    assert "市城市管理局" in page
    assert "已责令夜间停工。" not in page
    played(act, appeal, Action.CLOSE)
    session.commit()
    assert "已责令夜间停工。" in client.get(f"/appeals/{number}").text


def test_the_citizen_adds_rates_and_withdraws_by_post_only(
    client: FlaskClient, session: Session
) -> None:
    number, _ = file_as_citizen(client)
    assert client.get(f"/appeals/{number}/withdraw").status_code == 405
    added = client.post(f"/appeals/{number}/add", data={"words": "昨晚又施工到两点"})
    assert added.status_code == 303
    assert "昨晚又施工到两点" in client.get(f"/appeals/{number}").text
    assert client.post(f"/appeals/{number}/add", data={"words": ""}).status_code == 422
    assert client.post(f"/appeals/{number}/withdraw", data={}).status_code == 303
    session.expire_all()
    appeal = session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()
    assert appeal.state is State.WITHDRAWN


def test_something_is_added_with_photos_and_a_bad_file_keeps_the_good_one(
    client: FlaskClient,
) -> None:
    number, _ = file_as_citizen(client)
    key = {"form_key": "the key of a form on the page of an appeal"}

    def add(words: str, *photos: tuple[io.BytesIO, str]) -> TestResponse:
        data = {**key, "words": words, "attachments": list(photos)}
        return client.post(f"/appeals/{number}/add", data=data)

    bad = add("还有照片", (io.BytesIO(jpeg(1)), "a.jpg"), (io.BytesIO(b"?"), "b.jpg"))
    assert bad.status_code == 422
    assert "“b.jpg”不是可以打开的照片" in bad.text
    assert "还有照片" in bad.text
    assert key["form_key"] in bad.text
    assert add("还有照片").status_code == 303
    page = client.get(f"/appeals/{number}").text
    assert page.count("/small") == 1
    client.post(f"/appeals/{number}/withdraw", data={})
    late = add("太晚了", (io.BytesIO(jpeg(2)), "c.jpg"))
    assert late.status_code == 409
    assert "太晚了" in late.text


def test_photos_sent_with_an_answer_stand_beside_it_for_citizen_and_officer(
    app: Flask, client: FlaskClient, session: Session, act: Act
) -> None:
    number, _ = file_as_citizen(client)
    appeal = session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()
    for move in path_to(State.IN_HAND):
        played(act, appeal, move.action)
    played(act, appeal, Action.ASK_CITIZEN, words="哪一盏灯？")
    session.commit()
    sent = {"form_key": "the key of the form that answers", "words": "东门的这一盏"}
    photo = (io.BytesIO(jpeg(1)), "a.jpg")
    address = f"/appeals/{number}/answer_question"
    unsaid = client.post(address, data={**sent, "words": "", "attachments": [photo]})
    assert unsaid.status_code == 422
    assert unsaid.text.count("/small") == 1  # kept with the form that was refused
    assert client.post(address, data=sent).status_code == 303
    for page in (
        client.get(f"/appeals/{number}").text,
        browser_of(app, act, ZHAO).get(f"/desk/appeals/{number}").text,
    ):
        beside = page.partition("东门的这一盏")[2].partition("</li>\n    <li")[0]
        assert beside.count("/small") == 1
        assert page.count("/small") == 1


def test_photos_of_an_answer_that_comes_too_late_are_shown_again(client: FlaskClient) -> None:
    number, _ = file_as_citizen(client)
    sent = {"form_key": "the key of a form that is late", "words": "东门的这一盏"}
    photo = (io.BytesIO(jpeg(1)), "a.jpg")
    late = client.post(f"/appeals/{number}/answer_question", data={**sent, "attachments": [photo]})
    assert late.status_code == 409
    assert late.text.count("/small") == 1


def test_a_form_that_is_pressed_twice_adds_once(client: FlaskClient, session: Session) -> None:
    number, _ = file_as_citizen(client)
    address = f"/appeals/{number}/add"

    def added() -> int:
        found = sa.select(sa.func.count()).select_from(Move).where(Move.action == Action.ADD)
        return session.scalar(found) or 0

    assert '<input type="hidden" name="seen" value="1">' in client.get(f"/appeals/{number}").text
    again = {"words": "昨晚又施工到两点 ", "seen": "1"}
    assert client.post(address, data=again).status_code == 303
    assert client.post(address, data=again).status_code == 303
    assert added() == 1
    client.post(address, data={"words": "今天也是", "seen": "1"})
    assert added() == 2
    client.post(address, data={**again, "seen": "3"})
    assert added() == 3
    for _press in range(2):
        assert client.post(f"/appeals/{number}/withdraw", data={"seen": "4"}).status_code == 303


def test_the_page_says_first_where_the_appeal_is_who_has_it_and_by_when(
    client: FlaskClient, session: Session, act: Act
) -> None:
    number, _ = file_as_citizen(client)
    appeal = session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()

    def standing() -> str:
        session.commit()
        session.expire_all()
        page = client.get(f"/appeals/{number}").text
        return page.split('class="standing">')[1].split("</div>")[0]

    assert "现在由诉求中心处理，最晚" in standing()
    for move in path_to(State.IN_HAND):
        played(act, appeal, move.action)
    deadlines = open_case_file(act, number).case.deadlines
    with client.application.test_request_context("/"):
        due = format_due(next(each.due_at for each in deadlines if each.duty is Duty.FINISH))
    assert f"市城市管理局正在办理，最晚{due}答复。" in standing()
    played(act, appeal, Action.ASK_CITIZEN, words="哪一盏灯？")
    assert "市城市管理局有问题想问您" in standing()
    played(act, appeal, Action.ANSWER)
    assert "诉求中心最晚" in standing()
    played(act, appeal, Action.CLOSE)
    assert "或反映没有解决" in standing()
    with client.application.test_request_context("/"):
        much_later = timeline.describe_state(
            open_case_file(act, number), act.later(timedelta(days=60)).now
        )
    assert much_later == ["市城市管理局已答复，诉求已办结。"]
    client.post(f"/appeals/{number}/say_not_solved", data={"words": "还在施工"})
    assert "正在决定是否重新办理" in standing()


def test_every_state_has_its_sentence_in_both_languages() -> None:
    assert set(timeline.STATE_SENTENCES) == set(State)


def test_a_date_that_has_passed_is_said_to_have_passed(client: FlaskClient, act: Act) -> None:
    number, _ = file_as_citizen(client)
    file = open_case_file(act, number)
    late = act.later(timedelta(days=30)).now
    with client.application.test_request_context("/"):
        assert len(timeline.describe_state(file, act.now)) == 1
        assert "超过期限" in timeline.describe_state(file, late)[1]


def test_a_move_that_is_too_late_shows_what_happened_and_keeps_the_text(
    client: FlaskClient, session: Session
) -> None:
    number, _ = file_as_citizen(client)
    client.post(f"/appeals/{number}/withdraw", data={"words": ""})
    answer = client.post(f"/appeals/{number}/add", data={"words": "还有一点要说"})
    assert answer.status_code == 409
    assert "还有一点要说" in answer.text
    assert "您撤回了诉求" in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Move)) == 2


def test_a_closed_appeal_is_rated(client: FlaskClient, act: Act) -> None:
    appeal = file_as_citizen_and_close(client, act)
    number = appeal.number
    answer = client.post(
        f"/appeals/{number}/rate", data={"solved": "yes", "satisfaction": "5", "words": "谢谢"}
    )
    assert answer.status_code == 303
    assert "谢谢" in client.get(f"/appeals/{number}").text


def test_a_rating_keeps_a_mark_of_its_device_once(
    client: FlaskClient, session: Session, act: Act
) -> None:
    appeal = file_as_citizen_and_close(client, act)
    number = appeal.number
    seen = appeal.moves_made
    given = {"satisfaction": "5", "seen": str(seen)}
    for _press in range(2):
        client.post(f"/appeals/{number}/rate", data={"solved": "yes", **given})
    client.post(f"/appeals/{number}/say_not_solved", data={**given, "words": "又坏了"})
    kept = session.execute(sa.select(RatedFrom.n, RatedFrom.device).order_by(RatedFrom.n)).all()
    assert [n for n, _ in kept] == [1, 2]
    assert len({device for _, device in kept}) == 1


def test_a_strangers_appeal_is_neither_shown_nor_moved(
    client: FlaskClient, session: Session, act: Act
) -> None:
    receipt = file_appeal(act)
    session.commit()
    assert client.get(f"/appeals/{receipt.number}").location == "/appeals/follow"
    answer = client.post(f"/appeals/{receipt.number}/withdraw", data={})
    assert answer.status_code == 404


def test_the_link_of_a_notice_brings_the_number_and_asks_for_the_code(
    client: FlaskClient, session: Session, settings: Settings
) -> None:
    number, code = file_as_citizen(client, contact_email="wang@example.org")
    told = session.scalars(sa.select(Notice)).one()
    assert f"{settings.base_url}/appeals/follow?number={number}" in told.body
    assert code not in told.body
    asked = client.get(f"/appeals/follow?number={number}").text
    assert f'value="{number}"' in asked
    assert "<script>" not in client.get("/appeals/follow?number=<script>").text


def test_a_new_code_ends_what_the_old_one_opened(
    client: FlaskClient, session: Session, act: Act
) -> None:
    number, code = file_as_citizen(client)
    assert client.get(f"/appeals/{number}").status_code == 200
    appeal = session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()
    new = query_codes.issue_query_code(act, appeal, {"words": "遗失"})
    session.commit()
    assert client.get(f"/appeals/{number}").location == "/appeals/follow"
    assert client.post(f"/appeals/{number}/withdraw", data={}).status_code == 404
    replaced = client.get("/appeals/receipt")
    assert number in replaced.text
    assert code not in replaced.text
    assert "data-query-code" not in replaced.text
    again = client.post("/appeals/new", data=FORM, follow_redirects=True)
    assert number in again.text
    assert "data-query-code" not in again.text
    assert client.get(f"/appeals/{number}").location == "/appeals/follow"
    opened = client.post("/appeals/follow", data={"number": number, "code": new})
    assert opened.location == f"/appeals/{number}"
    assert client.get(f"/appeals/{number}").status_code == 200


def test_the_page_stands_in_the_order_in_which_a_citizen_asks(
    client: FlaskClient, act: Act
) -> None:
    appeal = file_as_citizen_and_close(client, act)
    page = client.get(f"/appeals/{appeal.number}?lang=en").text
    order = (
        'class="standing"',
        'id="top-answer"',
        "What you can do",
        'id="do-rate"',
        'id="do-say_not_solved"',
        'id="do-change_contact"',
        "Promised",
        "What has happened so far",
        "What you wrote",
    )
    assert [page.count(mark) for mark in order] == [1] * len(order)
    assert sorted(order, key=page.index) == list(order)
    promised = page.partition("app-promises")[2].partition("</table>")[0]
    assert Duty.FINISH.label("en") in promised
    assert Duty.RATING.label("en") not in promised


def test_the_words_at_the_top_stand_there_once(client: FlaskClient, act: Act) -> None:
    number, _ = file_as_citizen(client)
    appeal = act.session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()
    for move in path_to(State.IN_HAND):
        played(act, appeal, move.action)
    played(act, appeal, Action.ASK_CITIZEN, words="哪一盏灯？")
    act.session.commit()
    asked = client.get(f"/appeals/{number}").text
    assert asked.count("哪一盏灯？") == 1
    question, _, rest = asked.partition("哪一盏灯？")
    assert 'id="top-ask_citizen"' in question
    assert rest.index(f'action="/appeals/{number}/answer_question"') < rest.index('id="do-add"')
    assert 'id="do-answer_question"' not in rest.partition("</section>")[2]
    client.post(f"/appeals/{number}/answer_question", data={"words": "东门的这一盏"})
    answered = client.get(f"/appeals/{number}").text
    assert 'id="top-ask_citizen"' not in answered
    assert answered.count("哪一盏灯？") == 1  # in the timeline


CONFIRMED = {
    Action.ADD: ("What you added was sent.", "The dates below stay."),
    Action.URGE: ("was told that you are waiting.", "urge again from 09:00"),
    Action.WITHDRAW: ("Your appeal was withdrawn.", "file a new appeal"),
}


@pytest.mark.parametrize("action", CONFIRMED)
def test_each_move_is_confirmed_once_with_what_happens_next(
    client: FlaskClient, act: Act, action: Action
) -> None:
    number, _ = file_as_citizen(client)
    appeal = act.session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()
    for move in path_to(State.IN_HAND):
        played(act, appeal, move.action)
    act.session.commit()
    client.post(f"/appeals/{number}/{action.value}", data={"words": "还是很吵"})
    page = client.get(f"/appeals/{number}?lang=en").text
    confirmation = page.partition("data-confirmation")[2].partition("standing")[0]
    for sentence in CONFIRMED[action]:
        assert sentence in confirmation
    assert "data-confirmation" not in client.get(f"/appeals/{number}").text


def test_internal_notes_are_not_shown(client: FlaskClient, session: Session, act: Act) -> None:
    number, _ = file_as_citizen(client)
    appeal = session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()
    make_move(act, appeal, Action.ACCEPT)
    make_move(act, appeal, Action.DISPATCH, {"department": ROADS, "words": "内部备注"})
    session.commit()
    page = client.get(f"/appeals/{number}").text
    assert "内部备注" not in page
    assert html.escape("已转交市城市管理局") in page
