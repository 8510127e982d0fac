"""The centre: queues, filing for a caller, and the whole life of an appeal through the pages."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.cases.access import knows_code, open_case
from appeals.casework.handling import query_codes
from appeals.domain.people import Actor
from appeals.domain.states import State
from appeals.domain.vocabulary import Channel, NoticeKind
from appeals.models.notice import Notice
from appeals.queries import queues
from tests.cast import DISPATCHER, LEADER, OPERATOR, ROADS, SUPERVISOR, ZHAO
from tests.factories import CALLER, appeal_in, file_appeal
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""

CALL = {
    "form_key": "the one-time key of this form",
    "channel": "phone",
    "kind": "complaint",
    "category": "urban.noise",
    "subject": "夜间施工",
    "detail": "每天夜里都在施工。",
    "contact_phone": "13800000000",
}


def text_marked(text: str, mark: str) -> str:
    """Return what the page shows in the element with the mark."""
    found = re.search(rf"{mark}>([^<]+)<", text)
    assert found is not None
    return found[1]


def test_each_queue_holds_what_waits_for_it(app: Flask, act: Act) -> None:
    file_appeal(act)
    for state in (State.ACCEPTED, State.ANSWERED, State.CLOSED, State.RETURN_ASKED):
        appeal_in(act, state)
    sizes = queues.count_queues(act.by(DISPATCHER))
    assert sizes == {
        "accept": 1, "tray": 1, "returns": 1, "extensions": 0,
        "rehandling": 0, "review": 1, "follow-up": 1,
    }  # fmt: skip
    for name, queue in queues.QUEUES.items():
        assert len(queues.load_queue_page(act.by(DISPATCHER), queue).lines) == sizes[name]
    browser = browser_of(app, act, DISPATCHER)
    for language in ("zh", "en"):
        for name, queue in queues.QUEUES.items():
            assert queue.label(language) in open_page(
                browser, f"/centre/?queue={name}&lang={language}"
            )


@pytest.mark.parametrize(
    ("person", "opens_on"), [(OPERATOR, "accept"), (DISPATCHER, "tray"), (SUPERVISOR, "extensions")]
)
def test_the_centre_opens_on_ones_own_work(
    app: Flask, act: Act, person: Actor, opens_on: str
) -> None:
    heading = open_page(browser_of(app, act, person), "/centre/?lang=en").split("<h1")[1]
    assert queues.QUEUES[queues.QueueName(opens_on)].label("en") in heading.split("</h1>")[0]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_case_page(app: Flask, act: Act, state: State, language: str) -> None:
    appeal = appeal_in(act, state)
    for person in (OPERATOR, DISPATCHER, SUPERVISOR):
        browser = browser_of(app, act, person)
        text = open_page(browser, f"/centre/appeals/{appeal.number}?lang={language}")
        assert state.label(language) in text


def test_the_suggested_department_stands_in_the_dispatch(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    browser = browser_of(app, act, DISPATCHER)
    assert "Urban management" in open_page(browser, "/centre/?queue=tray&lang=en")
    form = open_page(browser, f"/centre/appeals/{appeal.number}").split('id="do-dispatch"')[1]
    assert f'<option value="{ROADS}" selected>' in form.split("</form>")[0]


def test_an_operator_files_and_accepts_and_reads_number_and_code(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, OPERATOR)
    open_page(browser, "/centre/new?lang=en")
    taken = browser.post("/centre/new", data=CALL)
    assert taken.status_code == 200
    number, code = (
        text_marked(taken.text, "data-appeal-number"),
        text_marked(taken.text, "data-query-code"),
    )
    appeal = open_case(act, number)
    assert (appeal.state, appeal.channel) == (State.ACCEPTED, Channel.PHONE)
    assert knows_code(act, number, code)
    again = browser.post("/centre/new", data=CALL)
    assert text_marked(again.text, "data-appeal-number") == number


@pytest.mark.parametrize("chosen", ["zh", "en", None])
def test_the_callers_language_is_that_of_the_notices(
    app: Flask, act: Act, chosen: str | None
) -> None:
    browser = browser_of(app, act, OPERATOR)
    call = CALL | ({"language": chosen} if chosen else {})
    taken = browser.post("/centre/new?lang=en", data=call)
    appeal = open_case(act, text_marked(taken.text, "data-appeal-number"))
    assert appeal.language == (chosen or "zh")
    told = act.session.scalars(sa.select(Notice).where(Notice.kind == NoticeKind.FILED)).one()
    assert (told.language, "received" in told.subject) == (appeal.language, chosen == "en")


def test_a_call_lacking_something_comes_back_whole(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, OPERATOR)
    answer = browser.post("/centre/new?lang=en", data={**CALL, "category": "", "kind": ""})
    assert answer.status_code == 422
    assert "每天夜里都在施工。</textarea>" in answer.text
    assert CALL["form_key"] in answer.text


@pytest.mark.parametrize("person", [DISPATCHER, SUPERVISOR])
def test_everybody_at_the_centre_takes_calls(app: Flask, act: Act, person: Actor) -> None:
    browser = browser_of(app, act, person)
    assert 'href="/centre/new"' in open_page(browser, "/centre/")
    assert browser.post("/centre/new", data=CALL).status_code == 200


LIFE: tuple[tuple[Actor, str, dict[str, str]], ...] = (
    (DISPATCHER, "dispatch", {"department": ROADS}),
    (ZHAO, "sign", {}),
    (LEADER, "assign", {"officer": "3"}),
    (ZHAO, "first-contact", {"how": "phone", "outcome": "reached"}),
    (ZHAO, "ask_citizen", {"words": "哪条路？"}),
    (LEADER, "ask_extension", {"days": "3", "words": "需要鉴定。"}),
    (SUPERVISOR, "grant_extension", {}),
    (ZHAO, "answer", {"result": "solved", "words": "已经停工。"}),
    (DISPATCHER, "send_back", {"words": "请写明日期。"}),
    (ZHAO, "answer", {"result": "solved", "words": "3月1日已经停工。"}),
    (DISPATCHER, "close", {}),
    (OPERATOR, "follow_up", {"outcome": "reached", "solved": "no"}),
    (SUPERVISOR, "rehandle", {"department": ROADS}),
    (DISPATCHER, "recall", {"words": "派错了。"}),
)


def test_a_whole_life_goes_through_the_pages(app: Flask, act: Act) -> None:
    browsers: dict[Actor, FlaskClient] = {
        person: browser_of(app, act, person) for person, _, _ in LIFE
    }
    operator = browsers[OPERATOR]
    taken = operator.post("/centre/new", data=CALL)
    number = text_marked(taken.text, "data-appeal-number")
    for person, action, given in LIFE:
        area = "desk" if person.department else "centre"
        address = f"/{area}/appeals/{number}"
        page = f"{address}/{action}" if action == "first-contact" else address
        form = open_page(browsers[person], page).split(f'action="{address}/{action}"')
        assert len(form) == 2, f"{person.name} finds no {action}"
        seen = re.search(r'name="seen" value="(\d+)"', form[1])
        assert seen is not None
        answer = browsers[person].post(f"{address}/{action}", data={**given, "seen": seen[1]})
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, address), action
    history = open_page(browsers[SUPERVISOR], f"/centre/appeals/{number}?lang=en")
    assert "3月1日已经停工。" in history
    assert "Working days to add: 3" in history


def test_a_new_code_is_shown_once_and_ends_the_old_one(app: Flask, act: Act) -> None:
    receipt = file_appeal(act, contact_phone="13800000000")
    browser = browser_of(app, act, DISPATCHER)
    answer = browser.post(
        f"/centre/appeals/{receipt.number}/for-caller",
        data={
            "seen": receipt.appeal.moves_made,
            "move": "new_code",
            "calling_number": "13800000000",
            "channel": "phone",
            "words": "遗失",
        },
    )
    assert answer.status_code == 200
    act.session.refresh(receipt.appeal)
    assert knows_code(act, receipt.number, text_marked(answer.text, "data-query-code"))
    assert not knows_code(act, receipt.number, receipt.code)


def test_a_call_sent_again_never_shows_a_dead_code(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, OPERATOR)
    taken = browser.post("/centre/new", data=CALL)
    appeal = open_case(act, text_marked(taken.text, "data-appeal-number"))
    query_codes.issue_query_code(act.by(DISPATCHER), appeal, {"words": "遗失", **CALLER})
    act.session.commit()
    again = browser.post("/centre/new", data=CALL)
    assert appeal.number in again.text
    assert "data-query-code" not in again.text


def test_a_code_renewed_elsewhere_is_the_only_one(act: Act) -> None:
    receipt = file_appeal(act)
    new = query_codes.issue_query_code(act.by(DISPATCHER), receipt.appeal, CALLER)
    act.session.flush()
    assert knows_code(act, receipt.number, new)
