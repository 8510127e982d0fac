"""The live figures: who sees whose, that they are right, and how little they ask."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.domain.calendar import Period, month_of
from appeals.domain.people import SYSTEM, Actor
from appeals.domain.states import Action, State
from appeals.queries import live
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.counting.provisional_figures import (
    find_newest_counts,
    load_provisional_figures,
)
from appeals.web.shared.page_cache import PageCache
from appeals.web.staff.live_figures import LIVE_CACHE, MAX_CACHED_PAGES
from tests.cast import (
    DISPATCHER,
    LEADER,
    OPERATOR,
    ROADS,
    SUN,
    SUPERVISOR,
    WATER,
    ZHAO,
    shanghai,
)
from tests.factories import appeal_in, later, played
from tests.web.staff_browser import browser_of, count_statements, open_page

A_PAGE = 12
WEDNESDAY = "2026-04-01 15:00"
"""The week began in the month before."""


@pytest.fixture
def act(app: Flask, session: Session) -> Act:
    """Provide an act of this moment in the city of the application."""
    return Act(session, SYSTEM, datetime.now(UTC), app.extensions["appeals_secret"])


def at(act: Act, text: str) -> Act:
    return act.at(shanghai(text))


def compile_month(act: Act) -> None:
    act.session.flush()  # the count reads the rows
    monthly_drafts.compile_draft(act, Period.month(f"{month_of(act.now):%Y-%m}"))


@pytest.mark.parametrize("person", [OPERATOR, DISPATCHER, SUPERVISOR, SUN])
def test_the_centre_sees_the_city_and_every_department(app: Flask, act: Act, person: Actor) -> None:
    appeal_in(act, State.IN_HAND, 0)
    compile_month(act)
    browser = browser_of(app, act, person)
    assert f'href="/live/{ROADS}"' in open_page(browser, "/live/")
    assert open_page(browser, f"/live/{WATER}?lang=en").count("Water") >= 1
    assert browser.get("/live/nowhere").status_code == 404


@pytest.mark.parametrize("person", [ZHAO, LEADER])
def test_a_department_sees_its_own_alone(app: Flask, act: Act, person: Actor) -> None:
    browser = browser_of(app, act, person)
    assert "Urban management" in open_page(browser, "/live/?lang=en")
    assert browser.get(f"/live/{ROADS}").status_code == 200
    for other in (WATER, "nowhere"):
        assert browser.get(f"/live/{other}").status_code == 404


def test_what_is_in_hand_is_counted_by_its_promise(act: Act) -> None:
    start = at(act, "2026-03-02 09:00")
    for _ in range(2):
        appeal_in(start, State.IN_HAND, 0)
    closed = appeal_in(start, State.CLOSED, 0)
    appeal_in(start, State.ACCEPTED, 0)
    act.session.flush()  # the counts read the rows
    due = load_case(act, closed.id).rounds[0].original_due_at
    assert due is not None
    early = live.count_city_load(start, live.count_loads(start))
    assert (early.open, early.overdue, early.today) == (2, 0, 0)
    at_due = act.at(due)
    on_the_second = live.count_city_load(at_due, live.count_loads(at_due))
    assert (on_the_second.today, on_the_second.overdue) == (2, 0)
    late = live.count_loads(act.at(due + timedelta(seconds=1)))
    assert {code: (load.open, load.overdue) for code, load in late.items()} == {ROADS: (2, 2)}
    assert live.count_loads(act, WATER) == {}


def test_what_came_is_followed_from_its_own_day(act: Act) -> None:
    appeal_in(at(act, "2026-03-29 09:00"), State.CLOSED, 0)  # the Sunday before
    appeal_in(at(act, "2026-03-30 09:00"), State.SIGNED, 0)
    back = appeal_in(at(act, "2026-04-01 09:00"), State.SIGNED, 0)
    played(later(at(act, "2026-04-01 09:00"), 1), back, Action.ASK_RETURN)
    played(later(at(act, "2026-04-01 09:00"), 2), back, Action.GRANT_RETURN, department=WATER)
    act.session.flush()  # the counts read the rows
    today, week = live.count_dispatch_progress(at(act, WEDNESDAY), ROADS)
    assert today == live.DispatchProgress(sent=1, signed=1, answered=0, returned=1)
    assert week == live.DispatchProgress(sent=2, signed=2, answered=0, returned=1)
    assert live.count_today(at(act, WEDNESDAY))["filed"] == 1


def test_the_week_reaches_into_the_month_before(act: Act) -> None:
    for text in ("2026-03-29 09:00", "2026-03-30 09:00", "2026-03-31 09:00", "2026-04-01 09:00"):
        appeal_in(at(act, text), State.IN_HAND, 0)
    compile_month(at(act, "2026-03-31 23:59"))
    compile_month(at(act, WEDNESDAY))
    then = at(act, WEDNESDAY)
    found = load_provisional_figures(then, find_newest_counts(then))
    assert found.before_today == {"filed": 2, "closed": 0}
    assert {day.isoformat(): n for day, n in found.days.items()} == {"2026-04-01": 1}


def test_the_month_shown_is_its_newest_count(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, SUPERVISOR)
    assert "Nothing was counted" in open_page(browser, "/live/?lang=en")
    compile_month(act)
    appeal_in(act, State.IN_HAND, 0)
    compile_month(act.at(datetime.now(UTC)))
    act.session.commit()
    shown = open_page(browser, "/live/?lang=en")
    assert "is provisional" in shown
    assert re.search(r"Filed</span> <span class=\"figure__value\">1<", shown)


@pytest.mark.parametrize("person", [SUPERVISOR, SUN, LEADER])
def test_live_figures_take_the_same_few_statements_at_any_size(
    app: Flask, act: Act, person: Actor
) -> None:
    browser = browser_of(app, act, person)
    compile_month(act)
    with count_statements(act.session) as one:
        open_page(browser, "/live/")
    for _ in range(10):
        appeal_in(act, State.IN_HAND, 0)
    compile_month(act.at(datetime.now(UTC)))
    app.extensions[LIVE_CACHE] = PageCache(MAX_CACHED_PAGES)
    with count_statements(act.session) as many:
        open_page(browser, "/live/")
    assert len(many.statements) == len(one.statements)
    assert len(many.statements) <= A_PAGE, many.statements


def test_live_figures_are_cached_until_the_month_is_recompiled(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, SUPERVISOR)
    compile_month(act)
    for _ in range(3):  # one of them may be the first of another ten seconds
        open_page(browser, "/live/")
    with count_statements(act.session) as again:
        open_page(browser, "/live/")
    assert not [each for each in again.statements if "FROM figure" in each]
    appeal_in(act, State.IN_HAND, 0)
    compile_month(act.at(datetime.now(UTC)))
    assert re.search(
        r"Filed</span> <span class=\"figure__value\">1<", open_page(browser, "/live/?lang=en")
    )


def test_live_figures_refresh_by_a_link_and_say_how_often_by_themselves(
    app: Flask, act: Act
) -> None:
    shown = open_page(browser_of(app, act, ZHAO), "/live/?lang=en")
    assert re.search(r'<a [^>]*href="/live/">Show anew</a>', shown)
    assert int(re.findall(r'data-anew="(\d+)"', shown)[0]) <= 60
