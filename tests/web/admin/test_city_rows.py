"""The city's rows: every change has a form, a preview and a history, and takes effect on a day."""

import html
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.configuration.department_handover import hand_over_cases
from appeals.casework.handling.moves import make_move
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.domain.calendar import city_day, day_start
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import AccessKind
from appeals.models.access_log import AccessLogRow
from appeals.models.appeal import RoutingReason
from appeals.models.configuration import RecordedChange
from appeals.models.handling import Deadline
from appeals.models.organisation import Department, LimitOfDuty, RoutingRule
from appeals.reference.reference_data import mark_reference_changed
from tests.cast import DISPATCHER, OPERATOR, ROADS, SUN, WATER, ZHAO
from tests.factories import appeal_in, file_appeal, played
from tests.web.filing_form import send_page
from tests.web.staff_browser import browser_of, change_row, day_after, forget_rows, open_page

WHY = {"why": "机构改革"}
POWER = {
    "code": "power", "zh": "电力公司", "en": "Power company", "tier": "company", **WHY,
}  # fmt: skip


def suggest_department(act: Act, **facts: str) -> str | None:
    appeal = file_appeal(act, **facts).appeal
    return act.session.get_one(RoutingReason, appeal.id).department


def next_monday(act: Act) -> datetime:
    today = city_day(act.now)
    return day_start(today + timedelta(days=7 - today.weekday()))


def test_a_category_moved_from_monday_goes_to_the_new_department_on_monday(
    act: Act, sun: FlaskClient
) -> None:
    for _ in range(3):
        file_appeal(act.later(-timedelta(days=2)))
    file_appeal(act.later(-timedelta(days=2)), category="water.burst")
    act.session.commit()
    monday = next_monday(act)
    since = city_day(monday).isoformat()
    change_row(sun, "/admin/departments/add", **POWER, since=since)

    move = {"department_code": "power", "since": since, **WHY}
    preview = html.unescape(sun.post("/admin/categories/urban/move", data=move).text)
    assert "<strong data-moved>3</strong>" in preview
    assert "电力公司" in preview
    (row,) = act.session.scalars(sa.select(AccessLogRow))
    assert (row.staff_id, row.kind) == (SUN.staff_id, AccessKind.LIST_SHOWN)
    assert (row.appeal_id, row.detail) == (None, {"list": "dry_run", "rows": "3"})
    assert suggest_department(act.at(monday)) == ROADS, "a preview changes nothing"

    change_row(sun, "/admin/categories/urban/move", **move)
    forget_rows(act)
    assert suggest_department(act.at(monday - timedelta(seconds=1))) == ROADS
    assert suggest_department(act.at(monday)) == "power"
    today = open_page(sun, "/admin/categories/urban?lang=en")
    assert "Will change" in today
    assert today.index("Urban management") < today.index("Power company")
    shown = open_page(sun, "/admin/categories/urban?lang=zh")
    assert "机构改革" in shown
    assert "Administrator Sun" in shown


def test_a_dry_run_that_shows_no_appeal_is_no_access(act: Act, sun: FlaskClient) -> None:
    move = {"department_code": WATER, "since": day_after(act, 1), **WHY}
    assert "data-moved>0<" in sun.post("/admin/categories/urban/move", data=move).text
    assert act.session.scalars(sa.select(AccessLogRow)).all() == []


def test_a_move_leaves_the_exceptions_in_front(act: Act, sun: FlaskClient) -> None:
    metro = {
        "position": "0",
        "zh": "地铁",
        "en": "Metro",
        "category": "urban.noise",
        "words": "地铁",
    }
    change_row(
        sun, "/admin/rules/add", **metro, department_code=ROADS, since=day_after(act, 0), **WHY
    )  # fmt: skip
    move = {"department_code": WATER, "since": day_after(act, 1), **WHY}
    change_row(sun, "/admin/categories/urban.noise/move", **move)
    rules = act.session.scalars(sa.select(RoutingRule).order_by(RoutingRule.position)).all()
    assert [(rule.category, rule.valid_to) for rule in rules] == [
        ("urban.noise", None), ("urban.noise", None), ("urban", None),
    ]  # fmt: skip
    tomorrow = act.later(timedelta(days=1))
    assert suggest_department(tomorrow) == WATER
    assert suggest_department(tomorrow, detail="地铁施工") == ROADS
    assert suggest_department(act) == ROADS


def test_a_changed_rule_keeps_its_line_and_its_history(act: Act, sun: FlaskClient) -> None:
    rule = act.session.scalars(sa.select(RoutingRule)).one()
    address = f"/admin/rules/{rule.id}"
    said = {"position": "5", "zh": "城管", "en": "City", "category": "urban", **WHY}
    said = {**said, "department_code": WATER}
    assert change_row(sun, f"{address}/change", **said, since=day_after(act, 5)) == address
    assert (
        change_row(sun, f"{address}/change", **{**said, "position": "7"}, since=day_after(act, 3))
        == address
    )
    forget_rows(act)
    rows = act.session.scalars(sa.select(RoutingRule).order_by(RoutingRule.id)).all()
    spans = [(str(r.valid_from or ""), str(r.valid_to or "")) for r in rows]
    assert spans == [
        ("", day_after(act, 3)),
        (day_after(act, 5), day_after(act, 5)),
        (day_after(act, 3), ""),
    ]
    assert suggest_department(act.later(timedelta(days=3))) == WATER
    assert open_page(sun, f"{address}?lang=en").count("moj-timeline__item") == 2
    change_row(sun, f"{address}/end", since=day_after(act, 4), **WHY)
    forget_rows(act)
    assert suggest_department(act.later(timedelta(days=4))) is None
    gone = sun.post(f"{address}/change?lang=en", data={**said, "since": day_after(act, 9)})
    assert (gone.status_code, "This rule has ended by then." in gone.text) == (409, True)


def test_a_changed_limit_moves_no_promise(act: Act, sun: FlaskClient) -> None:
    appeal = file_appeal(act).appeal
    played(act, appeal, Action.ACCEPT)
    played(act, appeal, Action.DISPATCH)
    act.session.commit()
    due = sa.select(Deadline.due_at).where(Deadline.duty == "finish").order_by(Deadline.started_at)
    promised = act.session.scalars(due).one()
    address = "/admin/limits/finish-any-ordinary"
    shorter = {"amount": "3", "unit": "working_days", **WHY}
    preview = sun.post(f"{address}/change?lang=en", data={**shorter, "since": day_after(act, 0)})
    assert "1 running promise of this duty keeps its date." in preview.text
    change_row(sun, f"{address}/change", **shorter, since=day_after(act, 0))
    forget_rows(act)
    assert act.session.scalars(due).one() == promised
    newest = act.session.scalar(sa.select(sa.func.max(LimitOfDuty.valid_from)))
    assert newest is not None
    assert newest > act.now, "what was promised today was promised under the old limit"
    later = act.at(datetime.now(UTC))
    appeal = file_appeal(later).appeal
    played(later, appeal, Action.ACCEPT)
    played(later, appeal, Action.DISPATCH)
    assert act.session.scalars(due).all()[1] < promised
    assert [problem for each in verify_all_appeals(later) for problem in each.problems] == []


def test_a_limit_to_come_is_replaced_and_a_standing_one_is_not(act: Act, sun: FlaskClient) -> None:
    address = "/admin/limits/finish-any-ordinary/change"
    for amount, days in (("9", 20), ("8", 10)):
        change_row(
            sun, address, amount=amount, unit="working_days", since=day_after(act, days), **WHY
        )
    rows = act.session.scalars(
        sa.select(LimitOfDuty.amount)
        .where(
            LimitOfDuty.duty == "finish",
            LimitOfDuty.kind.is_(None),
            LimitOfDuty.urgent.is_(False),
            LimitOfDuty.investigation.is_(False),
        )
        .order_by(LimitOfDuty.valid_from)
    ).all()
    assert rows == [5, 8]
    twice = {"duty": "finish", "urgent": "no", "investigation": "no", "amount": "4"}
    again = sun.post(
        "/admin/limits/add?lang=en",
        data={**twice, "unit": "days", "since": day_after(act, 0), **WHY},
    )
    assert (again.status_code, "There is such a limit already" in again.text) == (422, True)


def test_a_department_ends_without_a_successor_when_no_rule_needs_it(
    act: Act, sun: FlaskClient
) -> None:
    ending = {"since": day_after(act, 2), **WHY}
    address = f"/admin/departments/{ROADS}"
    refused = sun.post(f"{address}/end?lang=en", data=ending)
    assert refused.status_code == 422
    assert "1 routing rules still name this department then." in refused.text
    rule = act.session.scalars(sa.select(RoutingRule.id)).one()
    change_row(sun, f"/admin/rules/{rule}/end", since=day_after(act, 2), **WHY)
    preview = sun.post(f"{address}/end?lang=en", data=ending)
    assert "2 people still work there." in preview.text
    assert "stay with this department" in preview.text
    change_row(sun, f"{address}/end", **ending)
    assert "Will change" in open_page(sun, f"{address}?lang=en")


def test_the_successor_of_a_department_takes_over_its_rules_and_cases(
    act: Act, sun: FlaskClient
) -> None:
    appeal_in(act.later(-timedelta(days=1)), State.IN_HAND)
    since = day_after(act, 2)
    ending = {"since": since, "successor_code": WATER, **WHY}
    address = f"/admin/departments/{ROADS}"
    preview = html.unescape(sun.post(f"{address}/end?lang=en", data=ending).text)
    assert "1 open case goes over to Water on that day, with its dates as promised." in preview
    assert "2 people still work there." in preview
    assert "<strong data-moved>1</strong>" in preview, "its rule names the successor then"
    change_row(sun, f"{address}/end", **ending)
    shown = open_page(sun, f"{address}?lang=en")
    assert "Will change" in shown
    assert "Successor" in shown
    successor = open_page(sun, f"/admin/departments/{WATER}?lang=en")
    assert "Predecessor" in successor
    assert f'href="{address}"' in successor
    assert "Predecessor" not in shown
    forget_rows(act)
    on_the_day = act.at(day_start(date.fromisoformat(since)))
    assert suggest_department(on_the_day.later(-timedelta(seconds=1))) == ROADS
    assert suggest_department(on_the_day) == WATER
    changes = act.session.scalars(sa.select(RecordedChange).order_by(RecordedChange.id)).all()
    assert [(row.of, row.step, row.why) for row in changes] == [
        ("departments", "end", WHY["why"]),
        ("rules", "change", WHY["why"]),
    ]


def test_a_rule_that_ends_later_keeps_its_end_when_a_successor_takes_it_over(
    act: Act, sun: FlaskClient
) -> None:
    rule = act.session.scalars(sa.select(RoutingRule.id)).one()
    change_row(sun, f"/admin/rules/{rule}/end", since=day_after(act, 9), **WHY)
    change_row(
        sun,
        f"/admin/departments/{ROADS}/end",
        since=day_after(act, 2),
        successor_code=WATER,
        **WHY,
    )
    forget_rows(act)
    assert suggest_department(act.later(timedelta(days=3))) == WATER
    assert suggest_department(act.later(timedelta(days=10))) is None


def test_a_form_for_a_case_that_was_handed_over_is_refused_and_keeps_its_words(
    app: Flask, act: Act
) -> None:
    appeal = appeal_in(act.later(-timedelta(days=1)), State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    act.session.execute(
        sa.update(Department)
        .where(Department.code == ROADS)
        .values(valid_to=city_day(act.now), successor_code=WATER)
    )
    mark_reference_changed(act.session, "")
    seen = {"seen": str(appeal.moves_made)}
    assert hand_over_cases(act) == 1
    act.session.commit()
    sent = {"result": "solved", "words": "已更换两盏路灯。", **seen}
    answer = browser.post(f"/desk/appeals/{appeal.number}/answer?lang=en", data=sent)
    assert answer.status_code == 404
    page = html.unescape(answer.text)
    assert "Urban management has ended. Its open cases are with Water now" in page
    assert "已更换两盏路灯。</textarea>" in page


def test_nothing_is_sent_to_a_department_that_has_ended(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    appeal = file_appeal(act).appeal
    played(act, appeal, Action.ACCEPT)
    act.session.commit()
    change_row(sun, f"/admin/departments/{WATER}/end", since=day_after(act, 0), **WHY)
    act.session.commit()
    centre = browser_of(app, act, DISPATCHER)
    address = f"/centre/appeals/{appeal.number}"
    assert f'value="{ROADS}"' in open_page(centre, address)
    assert f'value="{WATER}"' not in open_page(centre, address)
    sent = centre.post(f"{address}/dispatch", data={"department": WATER})
    assert sent.status_code == 422
    forget_rows(act)
    with pytest.raises(Refused, match="Department"):
        make_move(act.by(DISPATCHER), appeal, Action.DISPATCH, {"department": WATER})


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"code": "Power!"}, "code", "small letters"),
        ({"code": ROADS}, "code", "already taken"),
        ({"code": ""}, "code", "Enter: Code."),
        ({"email": "nobody"}, "email", "Enter an e-mail address"),
        ({"since": "2020-01-01"}, "since", "given promises do not move"),
        ({"since": "soon"}, "since", "Enter the day of effect"),
        ({"why": ""}, "why", "Say why."),
        ({"zh": "长" * 201}, "zh", "at most 200"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    act: Act, sun: FlaskClient, wrong: dict[str, str], field: str, sentence: str
) -> None:
    given = {**POWER, "since": day_after(act, 1), **wrong}
    answer = sun.post("/admin/departments/add?lang=en", data=given)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'href="#{field}"' in answer.text
    assert 'value="Power company"' in answer.text
    assert act.session.scalar(sa.select(sa.func.count(RecordedChange.id))) == 0


def test_the_second_of_two_administrators_is_told(sun: FlaskClient) -> None:
    address = f"/admin/departments/{ROADS}/change"
    said = {"zh": "城管局", "en": "Streets", "tier": "municipal", "seen": "0", **WHY}
    change_row(sun, address, **said)
    late = sun.post(f"{address}?lang=en", data={**said, "en": "Mine", "confirmed": "yes"})
    assert (late.status_code, 'value="Mine"' in late.text) == (409, True)
    assert "Streets" in open_page(sun, f"/admin/departments/{ROADS}?lang=en")
    back = sun.post(address, data={**said, "en": "Again", "again": "yes"})
    assert (back.status_code, 'value="Again"' in back.text) == (200, True)


def test_a_category_stands_under_another_by_its_code(act: Act, sun: FlaskClient) -> None:
    given = {"zh": "新", "en": "New", "urgent": "no", "restricted": "no", **WHY}
    for code, parent in (("heat.pipe", ""), ("pipe", "urban"), ("urban.noise.x", "urban.noise")):
        data = {**given, "code": code, "parent_code": parent}
        assert sun.post("/admin/categories/add", data=data).status_code == 422, code
    change_row(sun, "/admin/categories/add", **given, code="urban.signs", parent_code="urban")
    assert suggest_department(act, category="urban.signs") == ROADS


def test_nothing_is_filed_under_a_category_that_has_ended(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    appeal = file_appeal(act).appeal
    today = {"since": day_after(act, 0), **WHY}
    refused = sun.post("/admin/categories/urban/end?lang=en", data=today)
    assert "There are still categories under it then." in refused.text
    change_row(sun, "/admin/categories/urban.noise/end", **today)
    forget_rows(act)
    with pytest.raises(Refused, match="Choose what the appeal is about"):
        file_appeal(act)
    file_appeal(act.later(timedelta(days=-1)))
    with pytest.raises(Refused, match="Category"):
        make_move(
            act.by(DISPATCHER), appeal, Action.AMEND, {"category": "urban.noise", "words": "?"}
        )
    act.session.rollback()
    offered = 'value="urban.noise"'
    assert offered not in open_page(browser_of(app, act, OPERATOR), "/centre/new")
    assert offered not in send_page(app.test_client(), "what", detail="夜里噪音很大").text
    assert offered not in open_page(sun, "/admin/rules/add")
    case = open_page(browser_of(app, act, DISPATCHER), f"/centre/appeals/{appeal.number}")
    assert "噪音" in case
    assert offered not in case
    assert "Ended" in open_page(sun, "/admin/categories/urban.noise?lang=en")


def test_a_category_to_end_later_is_filed_under_until_then(act: Act, sun: FlaskClient) -> None:
    change_row(sun, "/admin/categories/urban.noise/end", since=day_after(act, 2), **WHY)
    forget_rows(act)
    assert file_appeal(act.later(timedelta(days=1))).number
    with pytest.raises(Refused, match="Choose what the appeal is about"):
        file_appeal(act.later(timedelta(days=2)))


def test_limits_are_read_and_typed_in_hours_and_days(act: Act, sun: FlaskClient) -> None:
    listed = open_page(sun, "/admin/limits?lang=zh")
    assert "小时（工作时间）" in listed
    assert "分钟（工作时间）" not in listed
    address = "/admin/limits/sign-any-ordinary"
    form = open_page(sun, f"{address}/change?lang=zh")
    assert re.search(r'name="amount"[^>]*value="2"', form)
    given = {"amount": "4", "unit": "working_hours", **WHY}
    preview = sun.post(f"{address}/change?lang=zh", data={**given, "since": day_after(act, 1)})
    assert 'name="amount" value="4"' in preview.text
    change_row(sun, f"{address}/change", **given, since=day_after(act, 1))
    newest = sa.select(LimitOfDuty).where(LimitOfDuty.duty == "sign")
    row = act.session.scalars(newest.order_by(LimitOfDuty.valid_from.desc())).first()
    assert row is not None
    assert (row.amount, row.unit) == (240, "working_minutes")
    assert "小时（工作时间）" in open_page(sun, f"{address}?lang=zh")
