"""Red and overdue, case by case: which promise is late, and what counts as neither."""

from datetime import datetime

import pytest
from flask import Flask

from appeals.act import Act
from appeals.domain.deadlines import describe_delay
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card, Duty
from appeals.queries import late_cases, my_day, work_list
from appeals.queries.late_cases import FigureScope, LateCounts, WorkFigure
from appeals.queries.my_day import DayPart
from appeals.reference.reference_data import load_reference
from tests.cast import DISPATCHER, LEADER, ROADS, SUPERVISOR, ZHAO, shanghai
from tests.factories import appeal_in, played
from tests.web.staff_browser import browser_of, open_page

THURSDAY = "2026-03-05 09:00"
AFTER_THE_FINISH = "2026-03-10 09:00"


@pytest.mark.parametrize(
    ("due", "now", "zh", "en"),
    [
        ("2026-03-02 11:00", "2026-03-05 09:00", "签收超期3个工作日",
         "Sign for: 3 working days late"),
        ("2026-03-02 11:00", "2026-03-03 09:00", "签收超期1个工作日",
         "Sign for: 1 working day late"),
        ("2026-03-06 11:00", "2026-03-08 12:00", "签收超期49小时", "Sign for: 49 hours late"),
        ("2026-03-02 11:00", "2026-03-02 11:59", "签收超期不到1小时",
         "Sign for: less than an hour late"),
    ],
)  # fmt: skip
def test_a_delay_is_counted_in_working_days_or_else_in_hours(
    monday: Act, due: str, now: str, zh: str, en: str
) -> None:
    calendar = load_reference(monday).book.calendar
    delay = describe_delay(Duty.SIGN, shanghai(due), shanghai(now), calendar)
    assert (delay.label("zh"), delay.label("en")) == (zh, en)


def late_at(act: Act, when: str) -> tuple[LateCounts, LateCounts]:
    """Return the late counts of the city and of the department."""
    then = act.at(shanghai(when)).by(SUPERVISOR)
    act.session.flush()
    by_department = late_cases.count_late_by_department(then)
    return late_cases.count_late_of_city(then), by_department.get(ROADS, LateCounts())


def test_a_late_sign_for_makes_a_case_red_and_not_overdue(monday: Act) -> None:
    appeal_in(monday, State.DISPATCHED, hours=0)
    assert late_at(monday, THURSDAY) == (LateCounts(1, 0), LateCounts(1, 0))
    officer = monday.by(ZHAO).at(shanghai(THURSDAY))
    [line] = work_list.load_desk_page(officer, {"card": "red"}).lines
    assert line.card is Card.RED
    assert line.delay is not None
    assert line.delay.label("zh") == "签收超期3个工作日"
    assert work_list.load_desk_page(officer, {"overdue": "yes"}).lines == ()


def test_an_answer_given_in_time_is_neither_while_it_awaits_review(monday: Act) -> None:
    appeal_in(monday, State.ANSWERED, hours=0)
    assert late_at(monday, AFTER_THE_FINISH) == (LateCounts(1, 0), LateCounts(0, 0)), (
        "the centre's review is late, nothing of the department"
    )
    [line] = work_list.load_desk_page(monday.by(ZHAO).at(shanghai(AFTER_THE_FINISH)), {}).lines
    assert line.card is Card.GREEN


def test_a_late_answer_is_overdue_until_it_is_accepted(monday: Act) -> None:
    appeal = appeal_in(monday, State.IN_HAND, hours=0)
    played(monday.at(shanghai(AFTER_THE_FINISH)), appeal, Action.ANSWER)
    assert late_at(monday, "2026-03-10 10:00") == (LateCounts(1, 1), LateCounts(1, 1))
    leader = monday.by(LEADER).at(shanghai("2026-03-10 10:00"))
    assert [each.appeal for each in my_day.load_my_day(leader).parts[DayPart.RED]] == [appeal]
    played(monday.at(shanghai("2026-03-10 11:00")), appeal, Action.CLOSE)
    assert late_at(monday, "2026-03-10 12:00") == (LateCounts(0, 0), LateCounts(0, 0))


def test_a_late_decision_on_a_return_is_red_for_the_centre_alone(monday: Act) -> None:
    appeal = appeal_in(monday, State.SIGNED, hours=0, contact_email="")  # owes no contact
    played(monday, appeal, Action.ASK_RETURN)
    assert late_at(monday, "2026-03-03 23:59") == (LateCounts(0, 0), LateCounts(0, 0))
    assert late_at(monday, "2026-03-04 09:00") == (LateCounts(1, 0), LateCounts(0, 0))
    then = monday.by(DISPATCHER).at(shanghai("2026-03-04 09:00"))
    [line] = late_cases.list_figure_cases(then, WorkFigure.RED, FigureScope()).lines
    assert line.delay is not None
    assert line.delay.label("zh") == "退单审核超期1个工作日"
    played(then, appeal, Action.REFUSE_RETURN)
    assert late_at(monday, "2026-03-04 10:00") == (LateCounts(0, 0), LateCounts(0, 0))


def test_the_history_says_that_a_return_was_decided_late(app: Flask, act: Act) -> None:
    monday = act.at(shanghai("2026-03-02 09:00"))
    appeal = appeal_in(monday, State.RETURN_ASKED)
    played(act.at(shanghai("2026-03-04 09:00")), appeal, Action.REFUSE_RETURN)
    shown = open_page(browser_of(app, act, SUPERVISOR), f"/centre/appeals/{appeal.number}?lang=en")
    decided = shown.split('class="moj-timeline__item parcel__now"')[1].split("</li>")[0]
    assert "Refuse the return" in decided
    assert "Decide a return: 1 working day late" in decided


def test_a_follow_up_is_red_until_it_leaves_the_queue(monday: Act) -> None:
    appeal_in(monday, State.CLOSED, hours=0)
    assert late_at(monday, THURSDAY) == (LateCounts(1, 0), LateCounts(0, 0))
    assert late_at(monday, "2026-03-31 09:00") == (LateCounts(0, 0), LateCounts(0, 0))


def test_a_recalled_case_past_its_finish_is_overdue_for_the_city_alone(monday: Act) -> None:
    appeal = appeal_in(monday, State.DISPATCHED, hours=0)
    played(monday, appeal, Action.RECALL)
    assert late_at(monday, AFTER_THE_FINISH) == (LateCounts(1, 1), LateCounts(0, 0))


def test_a_list_names_the_promise_that_is_late_for_the_longest(monday: Act) -> None:
    appeal = appeal_in(monday, State.DISPATCHED, hours=0)
    monday.session.flush()
    then = monday.by(DISPATCHER).at(shanghai(AFTER_THE_FINISH))
    for figure, late in ((WorkFigure.RED, "签收"), (WorkFigure.OVERDUE, "办结")):
        listed = late_cases.list_figure_cases(then, figure, FigureScope(ROADS))
        assert [each.appeal for each in listed.lines] == [appeal]
        assert str(listed.lines[0].delay and listed.lines[0].delay.label("zh")).startswith(late)


@pytest.mark.parametrize(
    "address", ["/live/cases?figure=red&department=water", "/live/cases?department=x"]
)
def test_a_department_opens_no_other_departments_list(app: Flask, act: Act, address: str) -> None:
    assert browser_of(app, act, ZHAO).get(address).status_code == 404


def test_an_unknown_figure_reads_as_the_red_cases(app: Flask, act: Act) -> None:
    shown = open_page(browser_of(app, act, SUPERVISOR), "/live/cases?figure=x&after=y&lang=en")
    assert ">Red <strong>0</strong>" in shown


def test_the_case_page_says_what_is_late(app: Flask, act: Act) -> None:
    appeal = appeal_in(
        act.at(datetime.fromisoformat("2026-03-02T01:00:00+00:00")), State.DISPATCHED
    )
    shown = open_page(browser_of(app, act, ZHAO), f"/desk/appeals/{appeal.number}?lang=zh")
    assert "签收超期" in shown
