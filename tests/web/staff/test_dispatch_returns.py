"""How often dispatches were returned, by rule, and which returns were decided late."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.domain.people import STRANGER, SYSTEM
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal, RoutingReason
from appeals.models.organisation import RoutingRule
from appeals.queries import dispatch_returns
from appeals.queries.dispatch_returns import DecisionCounts, ReturnFigure, RuleRecord
from appeals.queries.work_list import PAGE_ROWS
from appeals.reference.reference_data import mark_reference_changed
from tests.cast import DISPATCHER, OPERATOR, WATER
from tests.factories import a_filing, appeal_in, played
from tests.web.staff_browser import browser_of, count_statements, open_page

A_PAGE = 12
LATE, IN_TIME = timedelta(days=10), timedelta(hours=1)


@pytest.fixture
def act(app: Flask, session: Session) -> Act:
    """Provide an act of this moment in the city of the application."""
    return Act(session, SYSTEM, datetime.now(UTC), app.extensions["appeals_secret"])


def ago(act: Act, **time: float) -> Act:
    return act.later(-timedelta(**time))


def returned(act: Act, decided_after: timedelta = IN_TIME, **facts: object) -> Appeal:
    """Return an appeal whose return was asked at the act's moment and granted to the other."""
    appeal = appeal_in(act, State.RETURN_ASKED, hours=0, **facts)
    return played(act.later(decided_after), appeal, Action.GRANT_RETURN, department=WATER)


def record_of(act: Act, appeal: Appeal) -> RuleRecord:
    act.session.flush()  # the rows are counted in the database
    reason = act.session.get_one(RoutingReason, appeal.id)
    return dispatch_returns.count_rule_records(act, [reason])[reason.rule_id]


def list_lengths(act: Act, appeal: Appeal) -> dict[str, int]:
    reason = act.session.get_one(RoutingReason, appeal.id)
    rule = dispatch_returns.find_rule(act, str(reason.rule_id))
    figures = (ReturnFigure.SENT, ReturnFigure.RETURNED)
    lengths = {
        each.value: len(dispatch_returns.list_return_cases(act, each, rule).lines)
        for each in figures
    }
    assert lengths == {
        each.value: dispatch_returns.count_return_cases(act, each, rule) for each in figures
    }
    return lengths


def test_the_dispatches_by_a_rule_are_counted_without_others(act: Act) -> None:
    week = ago(act, days=7)
    waiting = appeal_in(week, State.DISPATCHED, hours=0)
    returned(week)
    returned(ago(act, days=100))
    recalled = appeal_in(week, State.DISPATCHED, hours=0)
    played(week, recalled, Action.RECALL)
    elsewhere = appeal_in(week, State.ACCEPTED, hours=0)
    played(week, elsewhere, Action.DISPATCH, department=WATER)
    assert record_of(act.by(DISPATCHER), waiting) == RuleRecord(sent=2, returned=1)
    assert list_lengths(act.by(DISPATCHER), waiting) == {"sent": 2, "returned": 1}


@pytest.mark.parametrize(("department", "sent"), [(None, 2), (WATER, 0)])
def test_a_changed_rule_counts_on_while_it_names_the_same_department(
    act: Act, department: str | None, sent: int
) -> None:
    """Its dispatches are those of the department that it names today."""
    for _ in range(2):
        appeal_in(ago(act, days=7), State.DISPATCHED, hours=0)
    old = act.session.scalars(sa.select(RoutingRule)).one()
    old.valid_to = (act.now - timedelta(days=1)).date()
    code = department or old.department_code
    act.session.add(
        RoutingRule(
            position=1, zh="城市管理", en="City", department_code=code, category="urban",
            words=[], line=old.id, valid_from=old.valid_to,
        )
    )  # fmt: skip
    act.session.flush()  # the new version is in force
    mark_reference_changed(act.session, "calendar of the tests")
    fresh = appeal_in(act, State.ACCEPTED, hours=0)
    assert record_of(act.by(DISPATCHER), fresh) == RuleRecord(sent=sent)


def figure_links(browser: FlaskClient, page: str) -> dict[str, int]:
    links = re.findall(r'href="(/centre/returns[^"]*)">([\d,]+)<', open_page(browser, page))
    return {address: int(number) for address, number in links}


def lines_of(browser: FlaskClient, address: str) -> list[str]:
    return re.findall(r'rows__number"><a [^>]*>(QD[^<]+)<', open_page(browser, address))


def test_the_tray_says_how_a_rules_dispatches_fared_and_every_number_opens_its_cases(
    app: Flask, act: Act
) -> None:
    appeal_in(act, State.ACCEPTED, hours=0)
    back = returned(ago(act, days=7))
    appeal_in(ago(act, days=6), State.DISPATCHED, hours=0)
    browser = browser_of(app, act, DISPATCHER)
    shown = open_page(browser, "/centre/?queue=tray&lang=en")
    assert "By this rule in 90 days: " in shown
    numbers = figure_links(browser, "/centre/?queue=tray")
    assert sorted(numbers.values()) == [1, 2]
    assert {address: len(lines_of(browser, address)) for address in numbers} == numbers
    [of_returned] = [address for address in numbers if "returned" in address]
    listed = open_page(browser, f"{of_returned}&lang=en")
    assert lines_of(browser, of_returned) == [back.number]
    assert "Not our duty" in listed
    assert "Granted" in listed


def test_late_decisions_on_returns_are_counted_and_listed(app: Flask, act: Act) -> None:
    then = ago(act, days=30)
    in_time, late = returned(then), returned(then, LATE)
    refused = appeal_in(then, State.RETURN_ASKED, hours=0)
    played(then.later(LATE), refused, Action.REFUSE_RETURN)
    appeal_in(then, State.RETURN_ASKED, hours=0)
    returned(ago(act, days=120), LATE)
    act.session.flush()  # the rows are counted in the database
    assert dispatch_returns.count_decisions(act.by(DISPATCHER)) == DecisionCounts(3, 2)
    browser = browser_of(app, act, DISPATCHER)
    numbers = figure_links(browser, "/centre/?queue=returns")
    assert numbers == {"/centre/returns?figure=decided": 3, "/centre/returns?figure=late": 2}
    decided, delayed = (lines_of(browser, address) for address in numbers)
    assert set(decided) == {each.number for each in (in_time, late, refused)}
    assert set(delayed) == {late.number, refused.number}
    listed = open_page(browser, "/centre/returns?figure=late&lang=en")
    assert len(re.findall(r"Decide a return: \d+ working days late", listed)) == 2
    assert ("Granted" in listed, "Refused" in listed) == (True, True)


def test_a_dispatch_whose_return_was_refused_is_not_returned(act: Act) -> None:
    appeal = appeal_in(ago(act, days=7), State.RETURN_ASKED, hours=0)
    played(ago(act, days=7), appeal, Action.REFUSE_RETURN)
    assert record_of(act.by(DISPATCHER), appeal) == RuleRecord(sent=1, returned=0)


def test_figures_and_lists_leave_out_what_the_reader_may_not_see(act: Act) -> None:
    hidden = returned(ago(act, days=7), LATE)
    returned(ago(act, days=7), LATE)
    act.session.flush()  # the row is changed in the database
    act.session.execute(sa.update(Appeal).where(Appeal.id == hidden.id).values(restricted=True))
    operator = act.by(OPERATOR)
    assert record_of(operator, hidden) == RuleRecord(sent=1, returned=1)
    assert list_lengths(operator, hidden) == {"sent": 1, "returned": 1}
    assert dispatch_returns.count_decisions(operator) == DecisionCounts(1, 1)
    assert len(dispatch_returns.list_return_cases(operator, ReturnFigure.LATE).lines) == 1


def test_pages_of_a_list_of_returns_go_on_where_the_last_one_ended(
    act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch_returns, "PAGE_ROWS", 2)
    made = [returned(ago(act, days=day)).number for day in (7, 8, 8, 9, 10)]
    act.session.flush()  # the rows are listed from the database
    seen: list[str] = []
    after = None
    while True:
        listed = dispatch_returns.list_return_cases(
            act.by(DISPATCHER), ReturnFigure.DECIDED, after=after
        )
        seen += [line.appeal.number for line in listed.lines]
        after = listed.after
        if after is None:
            break
    assert (sorted(seen), len(seen)) == (sorted(made), len(made))


def test_an_unknown_rule_is_not_found_and_an_unknown_figure_is_that_of_late_decisions(
    app: Flask, act: Act
) -> None:
    browser = browser_of(app, act, DISPATCHER)
    for address in ("/centre/returns?figure=sent", "/centre/returns?figure=returned&rule=x"):
        assert browser.get(address).status_code == 404
    shown = open_page(browser, "/centre/returns?figure=x&after=y&lang=en")
    assert "Returns decided late <strong>0</strong>" in shown


def test_the_tray_takes_the_same_few_statements_however_long(app: Flask, act: Act) -> None:
    appeal_in(act, State.ACCEPTED, hours=0)
    browser = browser_of(app, act, DISPATCHER)
    with count_statements(act.session) as one:
        open_page(browser, "/centre/?queue=tray")
    bulk = BulkWriter(act)
    accept = MoveRequest(Action.ACCEPT, {}, act.now, OPERATOR)
    history = History(a_filing(), MoveRequest(Action.FILE, {}, act.now, STRANGER), [accept])
    bulk.write_histories([bulk.play_history(history) for _ in range(PAGE_ROWS)])
    act.session.commit()
    with count_statements(act.session) as fifty:
        shown = open_page(browser, "/centre/?queue=tray")
    assert shown.count("data-number") == PAGE_ROWS
    assert len(fifty.statements) == len(one.statements)
    assert len(fifty.statements) <= A_PAGE, fifty.statements
