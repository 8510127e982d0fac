"""An administrator changes the hours in which citizens are written to, from a day on."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.calendar import city_day
from appeals.reference.message_rules import load_message_rules
from tests.web.staff_browser import change_row, forget_rows, open_page

LATEST_HOUR = "/admin/messages/latest_hour/change"


def test_the_hour_changes_on_its_day_and_the_log_says_so(act: Act, sun: FlaskClient) -> None:
    act.session.commit()
    tomorrow = (city_day(act.now) + timedelta(days=1)).isoformat()
    given = {"amount": "20", "since": tomorrow, "why": "夜间不打扰市民"}
    assert change_row(sun, LATEST_HOUR, **given) == "/admin/messages/latest_hour"
    forget_rows(act)
    days = (act.now, act.now + timedelta(days=1))
    assert [load_message_rules(act.session, each).latest_hour for each in days] == [21, 20]
    assert "夜间不打扰市民" in open_page(sun, "/admin/messages/latest_hour")
    assert "停止发送（时）" in open_page(sun, "/admin/messages")


@pytest.mark.parametrize(
    ("rule", "amount", "refusal"),
    [
        ("latest_hour", "8", "停止发送的时间应晚于开始发送的时间。"),
        ("earliest_hour", "21", "停止发送的时间应晚于开始发送的时间。"),
        ("latest_hour", "25", "停止发送（时）：最多为24。"),
        ("reminder_days", "30", "办结几天后提醒评价（0为不提醒）：最多为29。"),
        ("gathered_minutes", "61", "合并发送的等待时间（分钟）：最多为60。"),
    ],
)
def test_figures_that_leave_no_time_are_refused_in_words(
    act: Act, sun: FlaskClient, rule: str, amount: str, refusal: str
) -> None:
    today = city_day(act.now).isoformat()
    given = {"amount": amount, "since": today, "why": "试一试"}
    answer = sun.post(f"/admin/messages/{rule}/change?lang=zh", data=given)
    assert answer.status_code == 422
    assert refusal in answer.text


@pytest.mark.parametrize(
    ("planned", "rule", "hour"),
    [("latest_hour", "earliest_hour", "12"), ("earliest_hour", "latest_hour", "20")],
)
def test_an_hour_is_refused_that_leaves_no_time_once_a_planned_one_comes(
    act: Act, sun: FlaskClient, planned: str, rule: str, hour: str
) -> None:
    act.session.commit()
    tomorrow, later = ((city_day(act.now) + timedelta(days=days)).isoformat() for days in (1, 30))
    given = {"amount": hour, "since": later, "why": "下月起调整"}
    assert change_row(sun, f"/admin/messages/{planned}/change", **given).startswith("/admin/")
    given = {"amount": hour, "since": tomorrow, "why": "试一试"}
    answer = sun.post(f"/admin/messages/{rule}/change?lang=zh", data=given)
    assert answer.status_code == 422
    assert "停止发送的时间应晚于开始发送的时间。" in answer.text
