"""The centre's queues decide on one screen; who called before; the wall."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.domain.lifecycle import MOVES, MoveRule
from appeals.domain.people import STRANGER, SYSTEM, Actor
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card
from appeals.models.appeal import Appeal, RoutingReason
from appeals.models.handling import Dispatch
from appeals.queries import callers, wall
from appeals.queries.queues import DECISION_PAGE_ROWS
from appeals.queries.work_list import PAGE_ROWS
from tests.cast import DISPATCHER, OPERATOR, ROADS, SECRET, SUPERVISOR, WATER, settle, shanghai
from tests.factories import (
    a_filing,
    actor_for,
    appeal_in,
    file_appeal,
    given_for,
    path_to,
    played,
)
from tests.web.staff_browser import browser_of, count_statements, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""

PHONE = "13800001234"
A_PAGE = 12


def queue_item(browser: FlaskClient, queue: str, appeal: Appeal) -> str:
    """Return the part of a queue's page that is about the appeal."""
    shown = open_page(browser, f"/centre/?queue={queue}&lang=en")
    return shown.split(f'data-number="{appeal.number}"')[1].split("</article>")[0]


def press_in_queue(
    browser: FlaskClient, queue: str, appeal: Appeal, action: str, **more: str
) -> str:
    """Send the form of the move as it stands in the queue; return where it leads."""
    form = queue_item(browser, queue, appeal).split(f"/{action}")[1].split("</form>")[0]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    answer = browser.post(f"/centre/appeals/{appeal.number}/{action}", data={**dict(found), **more})
    assert answer.status_code == 303, answer.text
    return answer.location or ""


def test_one_press_sends_to_the_suggested_department(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    browser = browser_of(app, act, DISPATCHER)
    shown = queue_item(browser, "tray", appeal)
    assert 'data-key="1" accesskey="1"' in shown
    assert "Send to Urban management" in shown
    assert press_in_queue(browser, "tray", appeal, "dispatch") == "/centre/?queue=tray#queue"
    act.session.refresh(appeal)
    assert (appeal.state, appeal.holder) == (State.DISPATCHED, ROADS)
    said = f"{appeal.number} is dispatched to Urban management."
    assert said in open_page(browser, "/centre/?lang=en")


def test_alternatives_are_a_press_each_and_keys_count_up(app: Flask, act: Act) -> None:
    first, second, unknown = (appeal_in(act, State.ACCEPTED) for _ in range(3))
    act.session.get_one(RoutingReason, first.id).alternatives = f"{WATER}"
    act.session.get_one(RoutingReason, unknown.id).department = None
    browser = browser_of(app, act, DISPATCHER)
    assert "Water" in queue_item(browser, "tray", first)
    assert 'data-key="2"' in queue_item(browser, "tray", second)
    assert "data-key" not in queue_item(browser, "tray", unknown)
    assert "#do-dispatch" in queue_item(browser, "tray", unknown)
    sent = {"seen": first.moves_made, "department": WATER, "queue": "tray"}
    browser.post(f"/centre/appeals/{first.number}/dispatch", data=sent)
    act.session.refresh(first)
    assert first.holder == WATER


def test_a_stale_press_shows_the_case_and_then_goes_back(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    browser = browser_of(app, act, DISPATCHER)
    address = f"/centre/appeals/{appeal.number}/dispatch"
    sent = {"seen": str(appeal.moves_made - 1), "department": ROADS, "queue": "tray"}
    refused = browser.post(address, data=sent)
    assert refused.status_code == 409
    form = refused.text.split('id="do-dispatch"')[1].split("</form>")[0]
    assert 'name="queue" value="tray"' in form
    again = browser.post(address, data={**sent, "seen": appeal.moves_made})
    assert again.location == "/centre/?queue=tray#queue"


@dataclass(frozen=True)
class Decision:
    """Who decides what in which queue, on an appeal in which state, and a fact that is shown."""

    queue: str
    by: Actor
    state: State
    action: str
    fact: str
    given: dict[str, str] = field(default_factory=dict)
    asked: Action | None = None

    def appeal(self, act: Act) -> Appeal:
        """Return an appeal that waits in the queue."""
        appeal = appeal_in(act, self.state)
        return played(act.later(timedelta(hours=12)), appeal, self.asked) if self.asked else appeal

    @property
    def way(self) -> list[MoveRule]:
        """Return the moves from the filing into the queue."""
        return [*path_to(self.state), *(move for move in MOVES if move.action is self.asked)]


REFUSED = {"words": "属于你们"}
DECISIONS = (
    Decision("returns", DISPATCHER, State.RETURN_ASKED, "refuse_return", "Not our duty", REFUSED),
    Decision(
        "extensions",
        SUPERVISOR,
        State.IN_HAND,
        "grant_extension",
        "3 more working days",
        asked=Action.ASK_EXTENSION,
    ),
    Decision("review", DISPATCHER, State.ANSWERED, "close", "What came of it"),
    Decision(
        "rehandling",
        SUPERVISOR,
        State.CLOSED,
        "rehandle",
        "Say it is not solved",
        asked=Action.SAY_NOT_SOLVED,
    ),
    Decision("follow-up", OPERATOR, State.CLOSED, "follow_up", "Tries", {"outcome": "no_answer"}),
)


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.queue)
def test_a_queue_has_the_facts_and_decides(app: Flask, act: Act, decision: Decision) -> None:
    appeal = decision.appeal(act)
    browser = browser_of(app, act, decision.by)
    shown = queue_item(browser, decision.queue, appeal)
    assert decision.fact in shown
    assert "工地每天夜里十一点以后还在施工。" in shown
    answered = press_in_queue(browser, decision.queue, appeal, decision.action, **decision.given)
    assert answered == f"/centre/?queue={decision.queue}#queue"
    act.session.refresh(appeal)
    assert appeal.moves_made == len(("file", *decision.way, "decided"))


def test_a_try_and_its_outcome_stand_in_the_follow_up_list(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    played(act.later(timedelta(hours=12)), appeal, Action.FOLLOW_UP, outcome="no_answer")
    shown = queue_item(browser_of(app, act, OPERATOR), "follow-up", appeal)
    assert re.search(r"<dd>\s*1 / 3", shown)
    assert "No answer" in shown


def test_who_may_not_decide_reads_only(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    assert "<form" not in queue_item(browser_of(app, act, OPERATOR), "tray", appeal)


def test_the_dispatch_after_two_returns_is_announced_as_binding(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.RETURN_ASKED, hours=0)
    browser = browser_of(app, act, DISPATCHER)
    assert "binding" not in queue_item(browser, "returns", appeal)
    played(act, appeal, Action.GRANT_RETURN)
    played(act, appeal, Action.ASK_RETURN)
    act.session.execute(
        sa.update(Dispatch).where(Dispatch.appeal_id == appeal.id).values(how_ended="returned")
    )
    assert "2, of which 2 returned" in queue_item(browser, "returns", appeal)
    assert "binding" in queue_item(browser, "returns", appeal)


@pytest.mark.parametrize("typed", ["138 0000 1234", "+86 13800001234", "１３８００００１２３４"])
def test_who_called_before_is_found_by_the_number(app: Flask, act: Act, typed: str) -> None:
    before = appeal_in(act, State.CLOSED, contact_phone=PHONE, contact_name="王小明")
    file_appeal(act, contact_phone="13900001234")
    browser = browser_of(app, act, OPERATOR)
    sent = {"contact_phone": typed, "subject": "又响了", "look": "1", "form_key": "k" * 32}
    shown = browser.post("/centre/new?lang=en", data=sent).text
    earlier = shown.split('id="earlier-list"')[1].split("</section>")[0]
    assert re.findall(r">(QD[^<]+)</a>", earlier) == [before.number]
    assert "王小明" not in earlier
    assert (
        shown.count("王小明") == shown.count('name="contact_name" type="text" value="王小明"') == 1
    )
    assert 'value="又响了"' in shown
    assert "k" * 32 in shown
    assert "govuk-error" not in shown


def test_an_imported_number_with_its_country_code_is_found(act: Act) -> None:
    written = file_appeal(act, contact_phone=f"+86{PHONE}").appeal
    landline = file_appeal(act, contact_phone="+8653285911111").appeal
    operator = act.by(OPERATOR)
    assert [row.Appeal for row in callers.find_earlier_by_phone(operator, PHONE)] == [written]
    assert [row.Appeal for row in callers.find_earlier_by_phone(operator, "053285911111")] == [
        landline
    ]
    assert callers.find_earlier_by_phone(operator, "") == []


def test_a_number_without_earlier_appeals_is_said_to_have_none(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, OPERATOR)
    sent = {"contact_phone": PHONE, "look": "1"}
    assert (
        "No appeal has come from this telephone."
        in browser.post("/centre/new?lang=en", data=sent).text
    )


def test_the_wall_counts_today_and_what_is_open(session: Session) -> None:
    settle(session)
    monday = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
    late = appeal_in(monday, State.IN_HAND, hours=0)
    file_appeal(monday, district=None, street=None)
    tuesday = monday.at(shanghai("2026-03-10 09:00")).by(SUPERVISOR)
    appeal_in(tuesday.by(SYSTEM), State.CLOSED, hours=0)
    fresh = file_appeal(tuesday, district="370203", street=None).appeal
    session.flush()
    seen = wall.load_wall(tuesday)
    assert (seen.received, seen.closed, seen.open) == (2, 1, 3)
    assert seen.cards == {Card.RED: 2, Card.YELLOW: 1, Card.GREEN: 0}
    assert {each.code for each in seen.districts} == {"370202", "370203", None}
    assert seen.oldest[0] is late
    assert seen.oldest[-1] is fresh


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_wall_shows_no_words_of_a_citizen(app: Flask, act: Act, language: str) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, SUPERVISOR)
    shown = browser.get(f"/centre/wall?lang={language}")
    assert appeal.number in shown.text
    assert "夜间施工噪音" not in shown.text


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.queue)
def test_a_queue_takes_the_same_few_statements_however_long(
    app: Flask, act: Act, decision: Decision
) -> None:
    decision.appeal(act)
    browser = browser_of(app, act, decision.by)
    with count_statements(act.session) as one:
        open_page(browser, f"/centre/?queue={decision.queue}")
    steps = [MoveRequest(m.action, given_for(m), act.now, actor_for(m)) for m in decision.way]
    bulk = BulkWriter(act)
    history = History(a_filing(), MoveRequest(Action.FILE, {}, act.now, STRANGER), steps)
    bulk.write_histories([bulk.play_history(history) for _ in range(PAGE_ROWS)])
    act.session.commit()
    with count_statements(act.session) as fifty:
        shown = open_page(browser, f"/centre/?queue={decision.queue}")
    assert shown.count("data-number") == DECISION_PAGE_ROWS
    assert len(fifty.statements) == len(one.statements)
    assert len(fifty.statements) <= A_PAGE, fifty.statements


def test_the_wall_and_a_call_take_few_statements(app: Flask, act: Act) -> None:
    appeal_in(act, State.IN_HAND, contact_phone=PHONE)
    browser = browser_of(app, act, OPERATOR)
    with count_statements(act.session) as walled:
        open_page(browser, "/centre/wall")
    with count_statements(act.session) as looked:
        browser.post("/centre/new", data={"contact_phone": PHONE, "look": "1"})
    assert max(len(walled.statements), len(looked.statements)) <= A_PAGE
