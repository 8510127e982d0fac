"""A form that is sent without a session is held, and shown to the account that typed it alone."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.accounts import held_forms
from appeals.domain.people import Role
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal, Move
from appeals.models.staff import HeldForm, StaffSession
from tests.cast import CAST
from tests.factories import appeal_in
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)
OFFICER, OPERATOR = CAST[Role.OFFICER], CAST[Role.OPERATOR]
ANSWER = {"result": "solved", "words": "已更换两盏路灯。", "seen": "5"}


@pytest.fixture
def appeal(act: Act) -> Appeal:
    return appeal_in(act, State.IN_HAND)


@pytest.fixture
def ended(app: Flask, act: Act, appeal: Appeal) -> FlaskClient:
    """Provide the browser of an officer whose session has ended while she wrote."""
    browser = browser_of(app, act, OFFICER)
    open_page(browser, f"/desk/appeals/{appeal.number}")
    end_sessions(act)
    return browser


def end_sessions(act: Act) -> None:
    act.session.execute(sa.update(StaffSession).values(ended_at=act.now))
    act.session.commit()


def sign_in_again(browser: FlaskClient, app: Flask, act: Act, who: Role) -> None:
    cookie = browser_of(app, act, CAST[who]).get_cookie("sid")
    assert cookie is not None
    browser.set_cookie("sid", cookie.value)


def send_answer(browser: FlaskClient, appeal: Appeal, **more: str) -> str:
    """Send the answer without a session, and return where the sign-in leads."""
    seen = {"seen": str(appeal.moves_made)}
    sent = browser.post(f"/desk/appeals/{appeal.number}/answer", data={**ANSWER, **seen, **more})
    assert sent.status_code == 302
    assert sent.location.startswith(f"/sign-in?next=/desk/appeals/{appeal.number}?held%3D")
    assert sent.location.endswith("%23do-answer")
    return unquote(sent.location.partition("next=")[2])


def answers(act: Act) -> list[str | None]:
    act.session.expire_all()
    words = sa.select(Move.words).where(Move.action == Action.ANSWER)
    return list(act.session.scalars(words))


def held_in(there: str) -> str:
    return there.partition("held=")[2].partition("#")[0]


def test_a_held_form_is_sent_by_its_account_after_signing_in(
    ended: FlaskClient, app: Flask, act: Act, appeal: Appeal
) -> None:
    there = send_answer(ended, appeal)
    assert answers(act) == []
    sign_in_again(ended, app, act, Role.OFFICER)
    shown = open_page(ended, there)
    for text in (
        "已更换两盏路灯。</textarea>",
        'value="solved" checked',
        "登录已超时，内容尚未提交",
    ):
        assert text in shown
    again = {**ANSWER, "seen": str(appeal.moves_made), "held": held_in(there)}
    assert ended.post(f"/desk/appeals/{appeal.number}/answer", data=again).status_code == 303
    assert answers(act) == ["已更换两盏路灯。"]
    assert act.session.scalars(sa.select(HeldForm)).all() == []


def test_a_held_form_is_not_shown_to_another_account(
    ended: FlaskClient, app: Flask, act: Act, appeal: Appeal
) -> None:
    there = send_answer(ended, appeal)
    sign_in_again(ended, app, act, Role.LEADER)
    other = open_page(ended, there)
    assert "已更换两盏路灯" not in other
    assert "这里没有为您的账号保留的内容" in other
    ended.post(f"/desk/appeals/{appeal.number}/note", data={"words": "x", "held": held_in(there)})
    assert len(act.session.scalars(sa.select(HeldForm)).all()) == 1


def test_a_held_form_is_shown_on_its_own_case_alone(
    ended: FlaskClient, app: Flask, act: Act, appeal: Appeal
) -> None:
    there = send_answer(ended, appeal)
    other = appeal_in(act, State.IN_HAND)
    sign_in_again(ended, app, act, Role.OFFICER)
    shown = open_page(ended, there.replace(appeal.number, other.number))
    assert "已更换两盏路灯" not in shown


def test_a_held_form_stays_held_while_it_is_refused(
    ended: FlaskClient, app: Flask, act: Act, appeal: Appeal
) -> None:
    there = send_answer(ended, appeal)
    sign_in_again(ended, app, act, Role.OFFICER)
    wrong = {**ANSWER, "words": "", "held": held_in(there)}
    refused = ended.post(f"/desk/appeals/{appeal.number}/answer", data=wrong)
    assert refused.status_code == 422
    assert f'name="held" value="{held_in(there)}"' in refused.text
    assert "已更换两盏路灯。" in open_page(ended, there)


def test_the_form_of_an_intake_is_held(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, OPERATOR)
    end_sessions(act)
    taken = {"subject": "路灯不亮", "detail": "从周一起不亮。", "contact_phone": "13800138000"}
    sent = browser.post("/centre/new", data={**taken, "form_key": "k" * 30})
    sign_in_again(browser, app, act, Role.OPERATOR)
    shown = open_page(browser, unquote(sent.location.partition("next=")[2]))
    for text in (*taken.values(), "k" * 30):
        assert text in shown


def test_another_form_and_one_of_nobody_are_not_held(
    client: FlaskClient, app: Flask, act: Act, appeal: Appeal
) -> None:
    case = f"/desk/appeals/{appeal.number}"
    came = {"Referer": f"http://localhost{case}"}
    nobody = client.post(f"{case}/answer", data=ANSWER, headers=came)
    assert nobody.location == f"/sign-in?next={case}"
    browser = browser_of(app, act, OFFICER)
    end_sessions(act)
    for address in ("/account/factor/off", "/desk/templates", f"{case}/show-contact"):
        given = {"password": "four quiet words", "reason": "call", "words": "x"}
        sent = browser.post(address, data=given, headers=came)
        assert sent.location == f"/sign-in?next={case}"
    assert act.session.scalars(sa.select(HeldForm)).all() == []


def test_the_newest_five_forms_are_held_for_a_day(
    ended: FlaskClient, act: Act, appeal: Appeal
) -> None:
    for number in range(7):
        send_answer(ended, appeal, words=f"答复{number}")
    held = act.session.scalars(sa.select(HeldForm).order_by(HeldForm.id)).all()
    assert [dict(each.fields)["words"] for each in held] == [f"答复{n}" for n in range(2, 7)]
    assert held_forms.delete_expired_forms(act.at(held[0].held_at)) == 0
    assert held_forms.delete_expired_forms(act.at(held[0].held_at + timedelta(hours=25))) == 5


@pytest.mark.parametrize("came", ["", "/answer", "/answer?queue=tray"])
def test_a_form_too_large_to_hold_leads_back_to_its_page(
    app: Flask, act: Act, appeal: Appeal, came: str
) -> None:
    browser = browser_of(app, act, OFFICER)
    case = f"/desk/appeals/{appeal.number}"
    headers = {"Referer": f"http://localhost{case}{came}"}
    large = browser.post(f"{case}/answer", data={"words": "x" * 600_000}, headers=headers)
    assert large.status_code == 413
    assert f'href="{case}{"?queue=tray" if "?" in came else ""}"' in large.text


def test_the_other_language_of_a_refused_form_is_its_page(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    browser = browser_of(app, act, OFFICER)
    case = f"/desk/appeals/{appeal.number}"
    headers = {"Referer": f"http://localhost{case}/answer"}
    refused = browser.post(f"{case}/answer", data={"words": ""}, headers=headers)
    assert refused.status_code == 422
    assert f'href="{case}?lang=en"' in refused.text


@pytest.mark.parametrize("number", ["9" * 40, "-1", "x", ""])
def test_a_mangled_number_of_a_held_form_is_none(
    app: Flask, act: Act, appeal: Appeal, number: str
) -> None:
    browser = browser_of(app, act, OFFICER)
    case = f"/desk/appeals/{appeal.number}"
    assert "这里没有为您的账号保留的内容" in open_page(browser, f"{case}?held={number}")
    given = {"words": "已电话了解。", "seen": str(appeal.moves_made), "held": number}
    assert browser.post(f"{case}/note", data=given).status_code == 303


def test_a_bulk_form_is_held_with_its_ticks_and_its_place(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    browser = browser_of(app, act, CAST[Role.LEADER])
    open_page(browser, "/desk/?state=in_hand")
    end_sessions(act)
    sent = {"number": appeal.number, "officer": "3", "back": "state=in_hand"}
    gone = browser.post("/desk/several/assign", data=sent)
    there = unquote(gone.location.partition("next=")[2])
    assert there.startswith("/desk/?held=")
    sign_in_again(browser, app, act, Role.LEADER)
    shown = open_page(browser, there)
    assert f'value="{appeal.number}" checked' in shown
    assert '<option value="3" selected>' in shown
    assert 'name="back" value="state=in_hand"' in shown
    assert f'name="held" value="{held_in(there)}"' in shown
    again = {**sent, "held": held_in(there)}
    assert browser.post("/desk/several/assign", data=again).location == "/desk/?state=in_hand"
    assert act.session.scalars(sa.select(HeldForm)).all() == []


def test_ticks_in_the_tray_are_held_on_their_page(app: Flask, act: Act) -> None:
    tray = appeal_in(act, State.ACCEPTED)
    browser = browser_of(app, act, CAST[Role.DISPATCHER])
    page = open_page(browser, "/centre/?queue=tray")
    ticked = page.partition('name="chosen" value="')[2].partition('"')[0]
    assert ticked.startswith(tray.number)
    end_sessions(act)
    gone = browser.post("/centre/several", data={"chosen": ticked, "queue": "tray", "after": ""})
    there = unquote(gone.location.partition("next=")[2])
    assert there.endswith("&queue=tray")
    sign_in_again(browser, app, act, Role.DISPATCHER)
    shown = open_page(browser, there)
    assert f'value="{ticked}" checked' in shown
    assert f'name="held" value="{held_in(there).partition("&")[0]}"' in shown
