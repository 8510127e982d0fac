"""Work by officer, absences and their cover: counts with their lists, banners, warnings."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.casework.accounts import absences
from appeals.domain.calendar import city_day
from appeals.domain.people import Actor, Role
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.models.absence import StaffAbsence
from appeals.models.staff import StaffMember
from appeals.queries import team, work_list
from tests.cast import LEADER, QIAN, ROADS, ZHAO
from tests.factories import appeal_in, played
from tests.web.staff_browser import browser_of, count_statements, day_after, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""
A_PAGE = 12
NUMBERS: tuple[dict[str, str], ...] = (
    {},
    {"state": "dispatched"},
    {"card": "red"},
    {"card": "yellow"},
    {"overdue": "yes"},
)
"""By what the list of each number of an officer is narrowed, in the order of `WorkCount`."""


def assigned(act: Act, state: State, officer: int) -> str:
    appeal = appeal_in(act, state)
    played(act.later(timedelta(hours=9)), appeal, Action.ASSIGN, officer=str(officer))
    return appeal.number


def is_away(act: Act, staff_id: int = 3, first: int = 0, last: int = 6) -> StaffAbsence:
    by_leader = act.by(LEADER)
    days = day_after(act, first), day_after(act, last)
    return absences.record_absence(by_leader, str(staff_id), *days)


def test_the_counts_of_each_officer_are_as_long_as_their_lists(app: Flask, act: Act) -> None:
    assigned(act, State.DISPATCHED, 3)
    assigned(act, State.IN_HAND, 3)
    assigned(act, State.SIGNED, 5)
    appeal_in(act, State.SIGNED)
    appeal_in(act, State.DISPATCHED)
    late = act.by(LEADER).later(timedelta(days=3))
    shown = team.load_team(late)
    [zhao] = [each for each in shown.officers if each.staff_id == ZHAO.staff_id]
    assert (zhao.work.total, zhao.work.to_sign) == (2, 1)
    for work, whose in (
        (zhao.work, {"officer": "3"}),
        (shown.unassigned, {"whose": "nobody"}),
    ):
        counted = [
            len(work_list.load_desk_page(late, {**whose, **asked}).lines) for asked in NUMBERS
        ]
        assert [work.total, work.to_sign, work.red, work.yellow, work.overdue] == counted
    assert shown.unassigned.red > 0
    page = open_page(browser_of(app, act, LEADER), "/desk/team?lang=en")
    assert 'href="/desk/?officer=3"' in page
    assert 'href="/desk/?whose=nobody"' in page


def test_the_page_takes_few_statements(app: Flask, act: Act) -> None:
    assigned(act, State.IN_HAND, 3)
    is_away(act.later(AGO))
    browser = browser_of(app, act, LEADER)
    with count_statements(act.session) as seen:
        open_page(browser, "/desk/team")
    assert len(seen.statements) <= A_PAGE, seen.statements


def test_the_running_cases_of_who_is_absent_are_offered_on(app: Flask, act: Act) -> None:
    today = act.later(AGO)
    mine, others = assigned(act, State.IN_HAND, 3), assigned(act, State.IN_HAND, 5)
    browser = browser_of(app, act, LEADER)
    banner = f"{ZHAO.name} is absent"
    assert banner not in open_page(browser, "/desk/?lang=en")
    is_away(today)
    act.session.commit()
    shown = open_page(browser, "/desk/?lang=en")
    assert banner in shown
    assert "has 1 running case." in shown
    assert banner in open_page(browser, "/desk/day?lang=en")
    listed = open_page(browser, "/desk/?officer=3")
    assert (mine in listed, others in listed) == (True, False)
    sent = {"number": mine, "officer": "5", "back": "officer=3"}
    assert browser.post("/desk/several/assign", data=sent).location == "/desk/?officer=3"
    after = open_page(browser, "/desk/?officer=3&lang=en")
    assert f"is assigned to {LEADER.name}" in after
    assert banner not in after


@pytest.mark.parametrize("bulk", [True, False])
def test_a_new_assignment_to_who_is_absent_warns(app: Flask, act: Act, *, bulk: bool) -> None:
    appeal = appeal_in(act, State.SIGNED)
    is_away(act.later(AGO))
    browser = browser_of(app, act, LEADER)
    page = f"/desk/appeals/{appeal.number}"
    address = "/desk/several/assign" if bulk else f"{page}/assign"
    assert f">{ZHAO.name} (absent " in open_page(
        browser, "/desk/?lang=en" if bulk else page + "?lang=en"
    )
    sent = {"number": appeal.number, "officer": "3", "seen": appeal.moves_made}
    answer = browser.post(address, data=sent)
    assert answer.status_code == 303
    assert f"{ZHAO.name} is absent" in open_page(browser, answer.location)
    act.session.refresh(appeal)
    assert appeal.assignee == ZHAO.staff_id


def test_who_is_absent_later_is_no_banner_yet(app: Flask, act: Act) -> None:
    assigned(act, State.IN_HAND, 3)
    is_away(act.later(AGO), first=3)
    shown = open_page(browser_of(app, act, LEADER), "/desk/?lang=en")
    assert "running case" not in shown
    assert f">{ZHAO.name} (absent " in shown


def test_an_officer_enters_the_own_absence_and_removes_it(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, ZHAO)
    sent = {"staff": "5", "first": day_after(act, 2), "last": day_after(act, 4)}
    assert browser.post("/desk/absences", data=sent).status_code == 422, "the leader's"
    assert browser.post("/desk/absences", data={**sent, "staff": ""}).status_code == 303
    row = act.session.scalars(sa.select(StaffAbsence)).one()
    assert (row.staff_id, row.until - row.since) == (ZHAO.staff_id, timedelta(days=3))
    assert ZHAO.name in open_page(browser, "/desk/absences")
    assert browser.post(f"/desk/absences/{row.id}/remove").status_code == 303
    assert act.session.scalars(sa.select(StaffAbsence)).all() == []
    assert browser.post(f"/desk/absences/{row.id}/remove").status_code == 404


@pytest.mark.parametrize("person", [ZHAO, QIAN])
def test_nobody_removes_the_absence_of_another(app: Flask, act: Act, person: Actor) -> None:
    row = is_away(act.later(AGO), 5)
    browser = browser_of(app, act, person)
    assert browser.post(f"/desk/absences/{row.id}/remove").status_code == 422
    assert act.session.scalars(sa.select(StaffAbsence.id)).all() == [row.id]


@pytest.mark.parametrize(
    ("staff", "days", "problem"),
    [
        (3, (5, 2), "must not lie before"),
        (3, (-9, -8), "are over"),
        (3, (0, 400), "at most 366 days"),
        (4, (0, 1), "of your department"),
        (99, (0, 1), "of your department"),
        (3, (3, 3), "already"),
    ],
)
def test_an_absence_that_cannot_be_is_refused_in_words(
    app: Flask, act: Act, staff: int, days: tuple[int, int], problem: str
) -> None:
    today = act.later(AGO)
    is_away(today, 3, first=2, last=4)
    browser = browser_of(app, act, LEADER)
    first, last = (day_after(today, each) for each in days)
    sent = {"staff": str(staff), "first": first, "last": last}
    answer = browser.post("/desk/absences?lang=en", data=sent)
    assert answer.status_code in {409, 422}
    assert problem in answer.text
    assert f'value="{sent["first"]}"' in answer.text
    assert len(act.session.scalars(sa.select(StaffAbsence)).all()) == 1


@pytest.mark.parametrize("day", ["", "tomorrow", "2026-13-01", "9999-12-31"])
def test_a_day_that_is_none_is_refused(act: Act, day: str) -> None:
    with pytest.raises(Refused, match="Enter a day"):
        absences.record_absence(act.by(LEADER), "3", day, "2026-12-01")


def test_days_in_the_wrong_order_are_refused_by_the_database_too(act: Act) -> None:
    today = city_day(act.now)
    row = StaffAbsence(staff_id=3, since=today, until=today, recorded_by=5, recorded_at=act.now)
    refused = pytest.raises(sa.exc.IntegrityError, match="an_absence_has_days")
    with refused, act.session.begin_nested():
        act.session.add(row)


def test_a_disabled_account_keeps_its_cases_in_sight(app: Flask, act: Act) -> None:
    assigned(act, State.IN_HAND, 3)
    act.session.get_one(StaffMember, 3).disabled_at = act.now
    shown = open_page(browser_of(app, act, LEADER), "/desk/team?lang=en")
    assert "account disabled" in shown
    assert 'href="/desk/?officer=3"' in shown


def test_officers_and_others_do_not_see_the_leaders_page(app: Flask, act: Act) -> None:
    assert browser_of(app, act, ZHAO).get("/desk/team").status_code == 403
    assert LEADER.role is Role.LEADER
    assert LEADER.department == ROADS


def test_the_days_read_as_people_write_them(act: Act) -> None:
    is_away(act, first=0, last=0)
    [absence] = team.list_absences(act.by(LEADER))
    assert absence.first == absence.last == city_day(act.now)
    assert re.fullmatch(r"\d+ \w{3} \d{4}", absence.days.label("en"))
    assert re.fullmatch(r"\d{4}年\d+月\d+日", absence.days.label("zh"))
