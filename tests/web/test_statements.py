"""How much a request asks of the database: counts, which hold on any machine.

`python -m tools.bench` measures the same requests in seconds.
"""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.domain.people import STRANGER, Actor
from appeals.domain.states import Action, State
from appeals.queries.my_day import MAX_SHOWN
from appeals.queries.work_list import PAGE_ROWS
from appeals.reference.reference_data import load_reference
from tests.cast import DISPATCHER, LEADER, OPERATOR, ZHAO
from tests.factories import a_filing, actor_for, appeal_in, given_for, path_to, played
from tests.web.staff_browser import browser_of, count_statements, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""

A_PAGE = 12
A_CASE_PAGE = 18
A_CHANGE = 20


def more_work(act: Act, state: State) -> None:
    """Write so many appeals in the state that a page is full."""
    bulk = BulkWriter(act)
    way = [MoveRequest(m.action, given_for(m), act.now, actor_for(m)) for m in path_to(state)]
    history = History(a_filing(), MoveRequest(Action.FILE, {}, act.now, STRANGER), way)
    bulk.write_histories([bulk.play_history(history) for _ in range(PAGE_ROWS)])
    act.session.commit()


@pytest.mark.parametrize(
    ("person", "address", "state"),
    [
        (ZHAO, "/desk/", State.SIGNED),
        (LEADER, "/desk/", State.SIGNED),
        (OPERATOR, "/centre/?queue=accept", State.FILED),
        (DISPATCHER, "/centre/?queue=tray", State.ACCEPTED),
    ],
)
def test_a_list_takes_the_same_few_statements_for_one_row_and_for_fifty(
    app: Flask, act: Act, person: Actor, address: str, state: State
) -> None:
    appeal_in(act, state)
    browser = browser_of(app, act, person)
    assert open_page(browser, address).count('rows__number"') == 1
    with count_statements(act.session) as one:
        open_page(browser, address)
    more_work(act, state)
    with count_statements(act.session) as fifty:
        assert open_page(browser, address).count('rows__number"') == PAGE_ROWS
    assert len(fifty.statements) == len(one.statements)
    assert len(fifty.statements) <= A_PAGE, fifty.statements


@pytest.mark.parametrize("person", [ZHAO, LEADER])
def test_a_day_takes_the_same_few_statements_for_one_row_and_for_fifty(
    app: Flask, act: Act, person: Actor
) -> None:
    played(act, appeal_in(act, State.SIGNED, hours=0), Action.ADD)
    browser = browser_of(app, act, person)
    with count_statements(act.session) as one:
        assert open_page(browser, "/desk/day").count('rows__number"') == len(("due", "came back"))
    more_work(act, State.SIGNED)
    with count_statements(act.session) as fifty:
        assert open_page(browser, "/desk/day").count('rows__number"') > MAX_SHOWN
    assert len(fifty.statements) == len(one.statements)
    assert len(fifty.statements) <= A_PAGE, fifty.statements


@pytest.mark.parametrize("person", [ZHAO, LEADER])
def test_a_case_page_takes_at_most_eighteen_statements(app: Flask, act: Act, person: Actor) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, person)
    with count_statements(act.session) as seen:
        open_page(browser, f"/desk/appeals/{appeal.number}")
    assert len(seen.statements) <= A_CASE_PAGE, seen.statements


def test_filing_takes_at_most_twenty_statements_and_one_commit(
    client: FlaskClient, act: Act
) -> None:
    filing = a_filing(publish=True)
    sent = {
        "form_key": "a one-time key of this form",
        "kind": filing.kind.value,
        "category": filing.category,
        "subject": filing.subject,
        "detail": filing.detail,
        "district": filing.district,
        "street": filing.street,
        "contact_email": filing.contact_email,
    }
    load_reference(act)  # a process reads it once
    with count_statements(act.session) as seen:
        answer = client.post("/appeals/new", data=sent)
    assert answer.status_code == 303, answer.text
    assert len(seen.statements) <= A_CHANGE, seen.statements
    assert seen.commits == 1


@pytest.mark.parametrize("contact", ["wang@example.org", ""])
def test_closing_takes_at_most_twenty_statements_and_one_commit(
    app: Flask, act: Act, contact: str
) -> None:
    appeal = appeal_in(act, State.ANSWERED, contact_email=contact)
    browser = browser_of(app, act, DISPATCHER)
    sent = {"seen": appeal.moves_made}
    act.session.expunge_all()
    with count_statements(act.session) as seen:
        answer = browser.post(f"/centre/appeals/{appeal.number}/close", data=sent)
    assert answer.status_code == 303, answer.text
    assert len(seen.statements) <= A_CHANGE, seen.statements
    assert seen.commits == 1
