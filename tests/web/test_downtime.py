"""A planned downtime: announced on every page; while it lasts, forms are refused and kept."""

import html
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appeals.act import Act
from appeals.domain.calendar import SHANGHAI
from appeals.domain.people import Role
from appeals.domain.states import State
from appeals.models.appeal import Appeal
from appeals.models.configuration import Downtime
from appeals.models.staff import HeldForm
from appeals.reference.reference_data import mark_reference_changed
from tests.cast import CAST
from tests.factories import appeal_in
from tests.web.citizen_filing import FORM
from tests.web.staff_browser import browser_of, change_row, open_page

AGO = timedelta(days=1)
HOUR = timedelta(hours=1)
OFFICER = CAST[Role.OFFICER]
ROW = "/admin/downtime/1/change"
WHY = {"why": "数据库升级"}
ANNOUNCED, LASTING = "you will be able to read everything", "Down for maintenance until"


def local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def plan(act: Act, begins: timedelta, ends: timedelta, *, read_only: bool = True) -> None:
    """Plan a downtime that begins and ends so long after now."""
    now = datetime.now(UTC)
    act.session.merge(
        Downtime(
            id=1, starts_at=now + begins, ends_at=now + ends, read_only=read_only,
            note_zh="升级数据库。", note_en="The database is upgraded.",
        )
    )  # fmt: skip
    mark_reference_changed(act.session, "")
    act.session.commit()


def answer_case(browser: FlaskClient, appeal: Appeal, **more: str) -> TestResponse:
    given = {"result": "solved", "words": "已更换两盏路灯。", "seen": str(appeal.moves_made)}
    return browser.post(f"/desk/appeals/{appeal.number}/answer", data={**given, **more})


def state_of(act: Act, appeal: Appeal) -> State:
    act.session.refresh(appeal)
    return appeal.state


@pytest.mark.parametrize(
    "address",  # a public page with an argument of its own is not cached
    ["/", "/en/public/?uncached=1", "/appeals/new", "/sign-in", "/nowhere"],
)
def test_every_page_announces_a_downtime_until_it_is_over(
    act: Act, client: FlaskClient, address: str
) -> None:
    plan(act, HOUR, 2 * HOUR)
    before = client.get(address, headers={"Accept-Language": "en"}).text
    assert ANNOUNCED in before
    assert "The database is upgraded." in before
    plan(act, -HOUR, HOUR)
    assert LASTING in client.get(address, headers={"Accept-Language": "en"}).text
    plan(act, -2 * HOUR, -HOUR)
    after = client.get(address, headers={"Accept-Language": "en"}).text
    assert "page-mark" not in after


def test_a_search_that_finds_no_downtime_shows_its_page(sun: FlaskClient) -> None:
    assert "Plan a downtime" in open_page(sun, "/admin/downtime?lang=en")
    assert "Plan a downtime" not in open_page(sun, "/admin/downtime?lang=en&q=市")


def test_an_administrator_plans_a_downtime_and_ends_it_while_it_lasts(
    sun: FlaskClient, client: FlaskClient
) -> None:
    now = datetime.now(UTC)
    times = {"starts_at": local(now - HOUR), "ends_at": local(now + HOUR), "read_only": "yes"}
    change_row(sun, ROW, **times, note_zh="升级数据库。", **WHY)
    assert "系统停机维护中" in open_page(client, "/?lang=zh")
    assert "升级数据库。" in open_page(client, "/")
    assert client.post("/appeals/new", data=FORM).status_code == 503
    shown = open_page(sun, "/admin/downtime/1?lang=en")
    assert "The change" not in shown
    assert "Nothing can be sent meanwhile" in shown

    change_row(sun, ROW, starts_at="", ends_at="", read_only="yes", **WHY)
    assert "page-mark" not in client.get("/").text
    assert client.post("/appeals/new", data=FORM, follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"starts_at": "2999-01-01T10:00"}, "Enter when it begins and when it ends"),
        ({"ends_at": "2999-01-01T10:00"}, "Enter when it begins and when it ends"),
        (
            {"starts_at": "2999-01-01T10:00", "ends_at": "2999-01-01T10:00"},
            "It has to end after it begins.",
        ),
        (
            {"starts_at": "2020-01-01T10:00", "ends_at": "2020-01-01T12:00"},
            "It would be over already.",
        ),
        ({"starts_at": "soon", "ends_at": "2999-01-01T10:00"}, "Enter a date and a time."),
    ],
)
def test_times_that_make_no_downtime_are_refused_in_words(
    sun: FlaskClient, times: dict[str, str], said: str
) -> None:
    answer = sun.post(f"{ROW}?lang=en", data={**times, "read_only": "yes", **WHY})
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)


def test_what_a_citizen_typed_stays_on_the_page_and_is_sent_after_the_downtime(
    act: Act, client: FlaskClient
) -> None:
    plan(act, -HOUR, HOUR)
    answer = client.post("/appeals/new?lang=en", data=FORM)
    assert answer.status_code == 503
    assert 3500 < int(answer.headers["Retry-After"]) <= 3601
    page = html.unescape(answer.text)
    assert "Nothing can be sent until" in page
    assert f"{FORM['detail']}</textarea>" in page
    assert act.session.scalar(sa.select(sa.func.count()).select_from(Appeal)) == 0
    plan(act, -HOUR, timedelta(seconds=-1))
    assert client.post("/appeals/new", data=FORM, follow_redirects=True).status_code == 200
    assert act.session.scalar(sa.select(sa.func.count()).select_from(Appeal)) == 1


def test_what_an_officer_typed_is_held_for_her_and_sent_after_the_downtime(
    act: Act, app: Flask
) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, OFFICER)
    plan(act, -HOUR, HOUR)
    refused = answer_case(browser, appeal)
    assert refused.status_code == 503
    (held,) = act.session.scalars(sa.select(HeldForm))
    page = f"/desk/appeals/{appeal.number}?held={held.id}#do-answer"
    assert f'href="{page}"' in refused.text
    assert state_of(act, appeal) is State.IN_HAND
    assert "已更换两盏路灯。</textarea>" in open_page(browser, page.partition("#")[0])

    plan(act, -HOUR, timedelta(seconds=-1))
    assert answer_case(browser, appeal, held=str(held.id)).status_code == 303
    assert state_of(act, appeal) is State.ANSWERED
    assert act.session.scalars(sa.select(HeldForm)).all() == []


def test_signing_in_and_following_an_appeal_stay_open_during_a_downtime(
    act: Act, client: FlaskClient
) -> None:
    plan(act, -HOUR, HOUR)
    wrong = {"username": "nobody", "password": "something long"}
    assert client.post("/sign-in", data=wrong).status_code != 503
    asked = {"number": "QD-2026-0000-0000", "code": "AAAA-AAAA"}
    assert client.post("/appeals/follow", data=asked).status_code != 503


def test_a_downtime_that_is_only_announced_refuses_no_form(act: Act, client: FlaskClient) -> None:
    plan(act, -HOUR, HOUR, read_only=False)
    answer = client.post("/appeals/new?lang=en", data=FORM, follow_redirects=True)
    assert answer.status_code == 200
    assert "Maintenance until" in answer.text


def test_every_page_of_a_training_system_says_so(app: Flask, client: FlaskClient) -> None:
    assert "page-mark" not in client.get("/").text
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"training": True})
    for address in ("/", "/sign-in", "/nowhere"):
        page = client.get(f"{address}?lang=zh").text
        assert "演练环境" in page
        assert "<title>【演练】" in page
