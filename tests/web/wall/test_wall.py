"""The wall: what it counts, how it is shown to staff, and how it refreshes itself."""

from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.domain.people import SYSTEM
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card
from appeals.queries.wall import DayCourse, load_wall
from tests.cast import ROADS, SECRET, SUPERVISOR, WATER, settle, shanghai
from tests.factories import appeal_in, file_appeal, played
from tests.web.staff_browser import browser_of, count_statements, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""
A_PAGE = 12


def test_the_course_of_the_day_counts_each_hour(session: Session) -> None:
    settle(session)
    act = Act(session, SYSTEM, shanghai("2026-03-10 00:10"), SECRET)
    file_appeal(act.at(shanghai("2026-03-09 23:59")))
    file_appeal(act)
    appeal_in(act.at(shanghai("2026-03-10 09:10")), State.CLOSED, hours=0)
    file_appeal(act.at(shanghai("2026-03-10 11:00")))
    session.flush()
    seen = load_wall(act.at(shanghai("2026-03-10 11:30")).by(SUPERVISOR))
    at_nine = (*(0,) * 9, 1, 0, 0)
    assert seen.course == DayCourse((1, *at_nine[1:11], 1), at_nine, at_nine)
    assert (seen.received, seen.dispatched, seen.closed) == (3, 1, 1)


def test_units_and_districts_are_counted_with_their_red_cases(session: Session) -> None:
    settle(session)
    monday = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
    appeal_in(monday, State.IN_HAND, hours=0)
    appeal_in(monday, State.CLOSED, hours=0, district="370203", street=None)
    tuesday = monday.at(shanghai("2026-03-10 09:00")).by(SUPERVISOR)
    for _ in range(2):
        appeal = appeal_in(tuesday.by(SYSTEM), State.ACCEPTED, hours=0, district=None, street=None)
        played(tuesday, appeal, Action.DISPATCH, department=WATER)
    session.flush()
    seen = load_wall(tuesday)
    assert [(code, load.red, load.overdue, load.open) for code, load in seen.units] == [
        (ROADS, 1, 1, 1),
        (WATER, 0, 0, 2),
    ]
    assert {each.code: (each.open, each.red) for each in seen.districts} == {
        "370202": (1, 1),
        "370203": (0, 1),  # closed, and its follow-up is late
        None: (2, 0),
    }
    assert (seen.open, seen.red, seen.cards[Card.RED]) == (3, 2, 2)
    assert seen.count_days(seen.oldest[0]) == 8


def test_the_wall_reloads_itself_without_scripts_and_stops_when_asked(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, SUPERVISOR)
    reload = (
        '<noscript><meta http-equiv="refresh" content="60; url=/centre/wall?anew=1"></noscript>'
    )
    shown = open_page(browser, "/centre/wall")
    assert reload in shown
    assert 'data-again="/centre/wall?anew=1" data-seconds="60"' in shown
    still = open_page(browser, "/centre/wall?still=1")
    assert "refresh" not in still
    assert "data-again" not in still


def test_the_wall_of_staff_leads_to_cases_and_takes_few_statements(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, SUPERVISOR)
    with count_statements(act.session) as sent:
        shown = open_page(browser, "/centre/wall")
    assert f'href="/centre/appeals/{appeal.number}"' in shown
    assert f'href="/live/cases?figure=open&department={ROADS}"' in shown
    assert len(sent.statements) <= A_PAGE, sent.statements
