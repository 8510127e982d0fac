"""Which reply template an answer used: recorded with it, shown to staff, counted."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.casework.handling import filters_and_templates
from appeals.casework.integrity.verification import verify_appeals
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal, Move
from tests.cast import LEADER, ZHAO
from tests.factories import appeal_in
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)


@pytest.fixture
def appeal(act: Act) -> Appeal:
    filters_and_templates.save_template(act.by(LEADER), "路灯", "路灯已修复。")
    filters_and_templates.save_template(act.by(LEADER), "噪音", "已责令停工。")
    return appeal_in(act, State.IN_HAND)


def answered(act: Act, appeal: Appeal) -> Move:
    return act.session.scalars(
        sa.select(Move).where(Move.appeal_id == appeal.id, Move.action == Action.ANSWER)
    ).one()


def test_the_template_inserted_last_is_recorded_with_the_answer(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    browser = browser_of(app, act, ZHAO)
    case = f"/desk/appeals/{appeal.number}"
    sent = {"seen": str(appeal.moves_made), "words": "您好！", "result": "solved", "insert": "1"}
    for name in ("噪音", "路灯"):
        page = browser.post(f"{case}/answer?lang=en", data={**sent, "template": name}).text
        assert f"Template used: {name}" in re.sub(r"\s+", " ", page)
        assert f'name="used_template" value="{name}"' in page
    sent = {**sent, "used_template": "路灯", "template": "噪音"}
    del sent["insert"]
    assert browser.post(f"{case}/answer", data=sent).status_code == 303
    assert answered(act, appeal).facts == {"result": "solved", "used_template": "路灯"}
    assert "Template used: 路灯" in open_page(browser, f"{case}?lang=en")
    assert "所用模板：路灯" in open_page(browser, f"{case}/print?lang=zh")
    used = open_page(browser, "/desk/templates?lang=en")
    assert re.findall(r"Used in (\d+) answer", used) == ["0", "1"]
    assert verify_appeals(act, [appeal.id]).problems == ()


def test_an_answer_without_a_template_and_one_with_an_unknown_name_record_none(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    browser = browser_of(app, act, ZHAO)
    sent = {"seen": appeal.moves_made, "words": "已修好。", "result": "solved", "template": "路灯"}
    address = f"/desk/appeals/{appeal.number}/answer"
    assert browser.post(address, data={**sent, "used_template": "x" * 99}).status_code == 303
    assert answered(act, appeal).facts == {"result": "solved"}


def test_a_draft_remembers_the_template(app: Flask, act: Act, appeal: Appeal) -> None:
    browser = browser_of(app, act, ZHAO)
    sent = {"words": "您好！路灯已修复。", "used_template": "路灯"}
    browser.post(f"/desk/appeals/{appeal.number}/answer/draft", data=sent)
    shown = open_page(browser, f"/desk/appeals/{appeal.number}")
    assert 'name="used_template" value="路灯"' in shown


def test_the_citizen_is_not_told_of_the_template(app: Flask, act: Act, appeal: Appeal) -> None:
    browser = browser_of(app, act, ZHAO)
    sent = {
        "seen": appeal.moves_made,
        "words": "修好了",
        "result": "solved",
        "used_template": "路灯",
    }
    browser.post(f"/desk/appeals/{appeal.number}/answer", data=sent)
    assert "路灯" in open_page(browser, f"/desk/appeals/{appeal.number}")
    shown = open_page(browser, f"/appeals/{appeal.number}")
    assert "所用模板" not in shown
