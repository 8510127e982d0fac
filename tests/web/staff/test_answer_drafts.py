"""The drafts of an answer on the case page: by button, by script, on two machines."""

import json
import re
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal
from tests.cast import LEADER, QIAN, ZHAO
from tests.factories import appeal_in, later, played
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)
SCRIPT = {"Accept": "application/json"}


def save_draft(browser: FlaskClient, appeal: Appeal, words: str, stamp: str = "") -> dict[str, str]:
    sent = {"words": words, "result": "partly", "draft": stamp}
    answer = browser.post(
        f"/desk/appeals/{appeal.number}/answer/draft?lang=en", data=sent, headers=SCRIPT
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, str] = json.loads(answer.text)
    return told


def form_of(page: str) -> str:
    return page.split('id="do-answer"')[1].split("</form>", maxsplit=1)[0]


def test_a_draft_is_saved_by_its_button_and_shown_again(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    case = f"/desk/appeals/{appeal.number}"
    assert "draft_said" not in form_of(open_page(browser, case))
    sent = {"words": "已派人到现场。", "result": "partly", "draft": ""}
    answer = browser.post(f"{case}/answer/draft?lang=en", data=sent)
    assert answer.status_code == 303
    shown = open_page(browser, f"{case}?lang=en")
    assert f"Your draft for {appeal.number} is saved." in shown
    form = form_of(shown)
    assert form.startswith(" open")
    assert "已派人到现场。</textarea>" in form
    assert re.search(r'value="partly" checked', form)
    assert "This is your draft of" in form
    act.session.refresh(appeal)
    assert appeal.state is State.IN_HAND


def test_a_draft_is_the_officers_own(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    save_draft(browser_of(app, act, ZHAO), appeal, "只有我看见")
    assert "只有我看见" not in open_page(
        browser_of(app, act, LEADER), f"/desk/appeals/{appeal.number}"
    )
    other = browser_of(app, act, QIAN)
    address = f"/desk/appeals/{appeal.number}/answer/draft"
    assert other.post(address, data={"words": "x"}, headers=SCRIPT).status_code == 404
    assert "x</textarea>" in other.post(address, data={"words": "x"}).text


def test_two_machines_are_told_of_each_other_and_lose_nothing(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    office, home = browser_of(app, act, ZHAO), browser_of(app, act, ZHAO)
    at_office = save_draft(office, appeal, "在单位写的")
    assert at_office["other"] == ""
    at_home = save_draft(home, appeal, "在家写的")
    assert "Another draft of yours" in at_home["other"]
    assert save_draft(office, appeal, "在单位写完的", at_office["stamp"])["stamp"].endswith(".2")
    shown = form_of(open_page(home, f"/desk/appeals/{appeal.number}"))
    assert "在单位写完的</textarea>" in shown
    assert shown.count("在家写的") == 1
    other = at_home["stamp"].partition(".")[0]
    answer = home.post(
        f"/desk/appeals/{appeal.number}/answer/draft",
        data={"words": "在单位写完了", "draft": at_office["stamp"], "open_draft": other},
    )
    assert f"draft={other}" in answer.location
    assert "在家写的</textarea>" in open_page(home, answer.location.partition("#")[0])


def test_another_draft_is_deleted_and_what_is_typed_stays(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    other = save_draft(browser, appeal, "不要了")["stamp"].partition(".")[0]
    mine = save_draft(browser, appeal, "要的")["stamp"]
    shown = browser.post(
        f"/desk/appeals/{appeal.number}/answer/draft",
        data={"words": "要的，还在写", "draft": mine, "drop_draft": other},
    )
    assert shown.status_code == 200
    assert "要的，还在写</textarea>" in shown.text
    assert f'name="draft" value="{mine}"' in shown.text
    assert "不要了" not in shown.text


def test_a_draft_for_a_case_that_was_answered_is_refused_with_what_was_typed(
    app: Flask, act: Act
) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    played(later(act, 9), appeal, Action.ANSWER)
    act.session.commit()
    address = f"/desk/appeals/{appeal.number}/answer/draft?lang=en"
    answer = browser.post(address, data={"words": "我也写了"})
    assert answer.status_code == 409
    assert "cannot be answered at present" in answer.text
    assert "我也写了</textarea>" in answer.text
    told = browser.post(address, data={"words": "我也写了"}, headers=SCRIPT)
    assert (told.status_code, "cannot be answered" in told.text) == (409, True)


def test_an_answer_deletes_the_draft(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    stamp = save_draft(browser, appeal, "已修好")["stamp"]
    sent = {"seen": appeal.moves_made, "words": "已修好。", "result": "solved", "draft": stamp}
    answer = browser.post(f"/desk/appeals/{appeal.number}/answer", data=sent)
    assert answer.status_code == 303
    played(later(act, 30), appeal, Action.SEND_BACK)
    act.session.commit()
    assert "已修好" not in form_of(open_page(browser, f"/desk/appeals/{appeal.number}"))


def test_a_draft_sent_after_the_session_ended_is_in_the_form_after_the_sign_in(
    app: Flask, act: Act
) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    cookie = browser.get_cookie("sid")
    assert cookie is not None
    staff_accounts.end_session(act, cookie.value)
    act.session.commit()
    sent = browser.post(
        f"/desk/appeals/{appeal.number}/answer/draft", data={"words": "超时以前写的"}
    )
    assert "held%3D" in sent.location
    held = re.search(r"held%3D(\d+)", sent.location)
    assert held is not None
    shown = open_page(browser_of(app, act, ZHAO), f"/desk/appeals/{appeal.number}?held={held[1]}")
    assert "超时以前写的</textarea>" in form_of(shown)
