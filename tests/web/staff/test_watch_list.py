"""The supervisors' watch list, and the date that an extension would give."""

import pytest
from flask import Flask

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.casework.handling import watch_list
from appeals.domain.people import Actor
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.queries import watch_list as watched
from appeals.queries.staff_pages import extension_asked_for
from appeals.web.shared.display import moment
from tests.cast import DISPATCHER, SUN, SUPERVISOR, ZHAO, shanghai
from tests.factories import appeal_in, played
from tests.restricted import add_conduct, permitted, restricted_in
from tests.web.staff_browser import browser_of, count_statements, open_page


def test_a_case_is_watched_with_a_note_and_taken_off(app: Flask, act: Act) -> None:
    number = appeal_in(act, State.IN_HAND).number
    browser = browser_of(app, act, SUPERVISOR)
    assert browser.post(f"/centre/watched/{number}", data={"note": "市领导过问"}).status_code == 303
    assert "市领导过问" in open_page(browser, f"/centre/appeals/{number}")
    listed = open_page(browser, "/centre/watched")
    assert number in listed
    assert "市领导过问" in listed
    browser.post(f"/centre/watched/{number}", data={"note": "已专题研究"})
    shown = open_page(browser, "/centre/watched")
    assert "已专题研究" in shown
    assert "市领导过问" not in shown
    assert browser.post(f"/centre/watched/{number}/end").status_code == 303
    assert 'rows__number"' not in open_page(browser, "/centre/watched")


@pytest.mark.parametrize("person", [DISPATCHER, ZHAO, SUN])
def test_the_note_is_for_supervisors_alone(app: Flask, act: Act, person: Actor) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    watch_list.watch_case(act.by(SUPERVISOR), appeal, "市领导过问")
    with pytest.raises(Refused):
        watch_list.watch_case(act.by(person), appeal, "")
    with pytest.raises(Refused):
        watch_list.stop_watching(act.by(person), appeal)
    place = {DISPATCHER: "/centre", ZHAO: "/desk", SUN: "/admin/reports"}[person]
    shown = open_page(browser_of(app, act, person), f"{place}/appeals/{appeal.number}")
    assert "市领导过问" not in shown


def test_a_note_that_is_too_long_is_refused_in_words(app: Flask, act: Act) -> None:
    number = appeal_in(act, State.IN_HAND).number
    browser = browser_of(app, act, SUPERVISOR)
    answer = browser.post(f"/centre/watched/{number}?lang=en", data={"note": "长" * 501})
    assert answer.status_code == 422
    assert "at most 500 characters" in answer.text
    assert "长" * 501 in answer.text, "what was typed is kept"
    assert browser.post("/centre/watched/QD26-0000-0000-0").status_code == 404


def test_a_full_list_takes_no_more(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_list, "MAX_WATCHED", 1)
    first, second = (appeal_in(act, State.IN_HAND) for _ in range(2))
    act.session.flush()
    supervisor = act.by(SUPERVISOR)
    watch_list.watch_case(supervisor, first, "")
    watch_list.watch_case(supervisor, first, "changed")
    with pytest.raises(Refused, match="At most 1"):
        watch_list.watch_case(supervisor, second, "")


def test_a_restricted_case_is_listed_for_who_may_see_it(act: Act) -> None:
    add_conduct(act)
    appeal = restricted_in(act, State.IN_HAND)
    supervisor = permitted(act, SUPERVISOR)
    act.session.flush()
    watch_list.watch_case(act.by(supervisor), appeal, "x")
    assert [line.appeal for line in watched.list_watched(act.by(supervisor))] == [appeal]
    assert watched.list_watched(act.by(SUPERVISOR)) == []


def test_the_longest_late_stands_first(monday: Act) -> None:
    fresh, late = (
        appeal_in(monday, State.IN_HAND, hours=0),
        appeal_in(monday, State.DISPATCHED, 0),
    )
    monday.session.flush()
    supervisor = monday.by(SUPERVISOR).at(shanghai("2026-03-04 09:00"))
    for each in (late, fresh):
        watch_list.watch_case(supervisor, each, "")
    listed = watched.list_watched(supervisor)
    assert [line.appeal for line in listed] == [late, fresh]
    assert [line.delay and line.delay.label("zh") for line in listed] == ["签收超期2个工作日", None]


def test_the_list_takes_the_same_few_statements_for_one_and_for_many(app: Flask, act: Act) -> None:
    appeals = [appeal_in(act, State.IN_HAND) for _ in range(10)]
    act.session.flush()
    watch_list.watch_case(act.by(SUPERVISOR), appeals[0], "")
    browser = browser_of(app, act, SUPERVISOR)
    with count_statements(act.session) as one:
        open_page(browser, "/centre/watched")
    for each in appeals:
        watch_list.watch_case(act.by(SUPERVISOR), each, "")
    act.session.commit()
    with count_statements(act.session) as ten:
        assert open_page(browser, "/centre/watched").count('rows__number"') == len(appeals)
    assert len(ten.statements) == len(one.statements) <= 12


def test_an_extension_shows_the_date_that_it_would_give(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    assert extension_asked_for(act, load_case(act, appeal.id)) is None
    played(act, appeal, Action.ASK_EXTENSION)
    act.session.flush()
    would_be = extension_asked_for(act, load_case(act, appeal.id))
    assert would_be is not None
    browser = browser_of(app, act, SUPERVISOR)
    with app.test_request_context("/?lang=en"):
        said = moment(would_be)
    for address in (f"/centre/appeals/{appeal.number}", "/centre/?queue=extensions"):
        assert said in open_page(browser, f"{address}{'&' if '?' in address else '?'}lang=en")
    played(act, appeal, Action.GRANT_EXTENSION)
    act.session.flush()
    case = load_case(act, appeal.id)
    assert case.round.extended_due_at == would_be
    assert extension_asked_for(act, case) is None
