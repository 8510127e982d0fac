"""The appeals that a device keeps: opened in one step, never more than the query code opens."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.following import device_list
from appeals.casework.following.device_list import DEVICE_LIFETIME, MAX_APPEALS
from appeals.casework.handling import query_codes
from appeals.casework.handling.citizen_sessions import SESSION_LIFETIME
from appeals.models.appeal import Appeal
from appeals.models.citizen import DeviceAppeal, OpenedAppeal
from tests.cast import OPERATOR
from tests.factories import file_appeal
from tests.restricted import CONDUCT, add_conduct
from tests.web.citizen.test_receipts import copy_of
from tests.web.citizen_filing import FORM, file_as_citizen
from tests.web.staff_browser import browser_of

SUBJECT = FORM["subject"]


def keep_as_citizen(client: FlaskClient, **more: str) -> str:
    """File in this browser and keep the appeal on its device; return the number."""
    number, _code = file_as_citizen(client, **more)
    shown = client.post(f"/appeals/{number}/keep", follow_redirects=True)
    assert shown.request.path == "/appeals/mine"
    assert number in shown.text
    return number


def end_sessions(act: Act) -> None:
    """Let two days pass for all sessions, so that only the device's list is left."""
    earlier = {"opened_at": OpenedAppeal.opened_at - SESSION_LIFETIME}
    act.session.execute(sa.update(OpenedAppeal).values(earlier))
    act.session.commit()


def appeal_of(act: Act, number: str) -> Appeal:
    act.session.expire_all()
    return act.session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()


def test_a_kept_appeal_opens_in_one_step_after_the_session_has_ended(
    client: FlaskClient, act: Act
) -> None:
    number = keep_as_citizen(client)
    end_sessions(act)
    page = client.get("/appeals/mine").text
    assert SUBJECT in page
    assert f'href="/appeals/{number}"' in page
    assert client.get(f"/appeals/{number}").status_code == 200
    assert client.post(f"/appeals/{number}/add", data={"words": "昨晚也是"}).status_code == 303
    assert 'href="/appeals/mine"' in client.get("/appeals/follow").text


def test_the_page_of_an_appeal_leads_to_the_list_that_has_it(client: FlaskClient) -> None:
    number = keep_as_citizen(client)
    other, _code = file_as_citizen(client, form_key="a-key-of-another-form")
    assert 'href="/appeals/mine"' in client.get(f"/appeals/{number}").text
    assert 'href="/appeals/mine"' not in client.get(f"/appeals/{other}").text


def test_what_was_not_kept_is_neither_listed_nor_opened(client: FlaskClient, act: Act) -> None:
    keep_as_citizen(client)
    other, _code = file_as_citizen(client, form_key="a-key-of-another-form", subject="别的事")
    end_sessions(act)
    assert "别的事" not in client.get("/appeals/mine").text
    assert client.get(f"/appeals/{other}").location == "/appeals/follow"


def test_an_appeal_that_this_browser_may_not_open_cannot_be_kept(app: Flask, act: Act) -> None:
    number = file_appeal(act).number
    act.session.commit()
    stranger = app.test_client()
    assert stranger.post(f"/appeals/{number}/keep").status_code == 404
    operator = browser_of(app, act, OPERATOR)
    assert operator.post(f"/appeals/{number}/keep").status_code == 404
    assert act.session.scalar(sa.select(sa.func.count()).select_from(DeviceAppeal)) == 0


@pytest.mark.parametrize("how", ["confidential", "restricted"])
def test_a_confidential_or_restricted_appeal_is_listed_by_number_and_asks_for_its_code(
    client: FlaskClient, act: Act, how: str
) -> None:
    number = keep_as_citizen(client)
    changed = {how: True}
    act.session.execute(sa.update(Appeal).where(Appeal.number == number).values(**changed))
    end_sessions(act)
    page = client.get("/appeals/mine").text
    assert SUBJECT not in page
    assert f'href="/appeals/follow?number={number}"' in page
    assert client.get(f"/appeals/{number}").location == "/appeals/follow"
    assert client.post(f"/appeals/{number}/withdraw").status_code == 404


def test_an_appeal_filed_in_confidence_can_be_kept_by_its_number(
    client: FlaskClient, act: Act
) -> None:
    add_conduct(act)
    act.session.commit()
    sent = {"category": CONDUCT, "complained_department": "unknown", "confidential": "y"}
    number, code = file_as_citizen(client, **sent)
    assert "只保留编号" in client.get(f"/appeals/{number}").text
    client.post(f"/appeals/{number}/keep")
    page = client.get("/appeals/mine").text
    assert number in page
    assert SUBJECT not in page
    end_sessions(act)
    opened = client.post("/appeals/follow", data={"number": number, "code": code})
    assert opened.location == f"/appeals/{number}"


def test_a_new_query_code_ends_what_a_device_kept(client: FlaskClient, act: Act) -> None:
    number = keep_as_citizen(client)
    query_codes.issue_query_code(act, appeal_of(act, number), {"words": "遗失"})
    end_sessions(act)
    assert number not in client.get("/appeals/mine").text
    assert client.get(f"/appeals/{number}").location == "/appeals/follow"


@pytest.mark.parametrize("end", ["/appeals/forget", "/sign-out"])
def test_leaving_ends_the_list_for_every_copy_of_the_cookie(
    app: Flask, client: FlaskClient, act: Act, end: str
) -> None:
    number = keep_as_citizen(client)
    copy = copy_of(client, app)
    end_sessions(act)
    assert copy.get(f"/appeals/{number}").status_code == 200
    left = client.post(end)
    assert any(each.startswith("device=;") for each in left.headers.getlist("Set-Cookie")), (
        left.headers
    )
    for browser in (client, copy):
        assert browser.get(f"/appeals/{number}").location == "/appeals/follow"
        assert number not in browser.get("/appeals/mine").text
    assert act.session.scalar(sa.select(sa.func.count()).select_from(DeviceAppeal)) == 0


def test_a_cookie_copied_before_something_is_kept_opens_nothing_of_it(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    first = keep_as_citizen(client)
    copy = copy_of(client, app)
    number, _code = file_as_citizen(client, form_key="a-key-of-another-form", subject="别的事")
    client.post(f"/appeals/{number}/keep")
    end_sessions(act)
    for each in (first, number):
        assert client.get(f"/appeals/{each}").status_code == 200
        assert copy.get(f"/appeals/{each}").location == "/appeals/follow"


def test_keeping_again_because_the_answer_was_lost_loses_nothing(
    app: Flask, client: FlaskClient
) -> None:
    first = keep_as_citizen(client)
    second, _code = file_as_citizen(client, form_key="a-key-of-another-form", subject="别的事")
    without_answer = copy_of(client, app)
    client.post(f"/appeals/{second}/keep")
    listed = without_answer.post(f"/appeals/{second}/keep", follow_redirects=True).text
    assert first in listed
    assert second in listed


def test_a_forged_cookie_opens_nothing(app: Flask, client: FlaskClient, act: Act) -> None:
    number = keep_as_citizen(client)
    cookie = client.get_cookie("device")
    assert cookie is not None
    forged = app.test_client()
    forged.set_cookie("device", cookie.value.swapcase())
    end_sessions(act)
    assert client.get(f"/appeals/{number}").status_code == 200
    assert forged.get(f"/appeals/{number}").location == "/appeals/follow"
    assert number not in forged.get("/appeals/mine").text


def test_the_cookie_is_not_for_scripts_and_not_for_other_sites(client: FlaskClient) -> None:
    number, _code = file_as_citizen(client)
    answer = client.post(f"/appeals/{number}/keep")
    (cookie,) = (
        each for each in answer.headers.getlist("Set-Cookie") if each.startswith("device=")
    )
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert number not in cookie


def test_the_list_ends_after_its_time_and_the_worker_deletes_it(
    client: FlaskClient, act: Act
) -> None:
    number = keep_as_citizen(client)
    earlier = DeviceAppeal.until_at - DEVICE_LIFETIME
    act.session.execute(sa.update(DeviceAppeal).values(until_at=earlier))
    end_sessions(act)
    assert client.get(f"/appeals/{number}").location == "/appeals/follow"
    assert number not in client.get("/appeals/mine").text
    assert device_list.delete_ended_rows(act.later(timedelta(minutes=1))) == 1


def test_a_device_keeps_a_bounded_number_of_appeals(act: Act) -> None:
    appeals = [file_appeal(act).appeal for _ in range(MAX_APPEALS + 3)]
    citizen = device_list.on_device(act.actor, "a device", act.now)
    for n, each in enumerate(appeals):
        device_list.add_appeals(act.by(citizen), citizen, [each], timedelta(hours=n + 1))
    listed = device_list.list_appeals(act.by(citizen))
    assert {each.appeal.id for each in listed} == {each.id for each in appeals[3:]}


def test_keeping_an_appeal_again_lengthens_its_time_once(client: FlaskClient, act: Act) -> None:
    number = keep_as_citizen(client)
    client.post(f"/appeals/{number}/keep")
    assert client.get("/appeals/mine").text.count("data-appeal-number") == 1
    assert act.session.scalar(sa.select(sa.func.count()).select_from(DeviceAppeal)) == 1
