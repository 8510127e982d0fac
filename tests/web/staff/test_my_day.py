"""An officer's day, and the department's list: narrowed, sorted, kept under a name, in one go."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.handling import filters_and_templates
from appeals.casework.handling.bulk_actions import make_move_on_each
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.domain.people import STRANGER
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card, Duty, Kind
from appeals.models.appeal import Appeal
from appeals.queries import my_day, work_list
from appeals.queries.my_day import DayPart
from appeals.queries.work_list import NO_DATE, ORDERS, WorkListLine
from tests.cast import DISPATCHER, LEADER, QIAN, ROADS, ZHAO, shanghai
from tests.factories import a_filing, actor_for, appeal_in, file_appeal, given_for, path_to, played
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""


def seen(act: Act, part: DayPart) -> list[tuple[Appeal, Duty, bool]]:
    return [(each.appeal, each.duty, each.turned) for each in my_day.load_my_day(act).parts[part]]


def test_an_appeal_stands_where_its_next_duty_is_due(monday: Act) -> None:
    fresh = appeal_in(monday, State.DISPATCHED, hours=0)
    signed = appeal_in(monday, State.SIGNED, hours=0)
    in_hand = appeal_in(monday, State.IN_HAND, hours=0)
    officer = monday.by(ZHAO)
    assert seen(officer, DayPart.SIGN) == [(fresh, Duty.SIGN, True)]
    assert seen(officer, DayPart.NEXT) == [(signed, Duty.CONTACT, True)]
    friday, next_monday, tuesday = (
        officer.at(shanghai(f"2026-03-{each} 08:00")) for each in ("06", "09", "10")
    )
    assert (in_hand, Duty.FINISH, True) in seen(friday, DayPart.NEXT)
    assert (in_hand, Duty.FINISH, False) in seen(next_monday, DayPart.TODAY)
    assert (in_hand, Duty.FINISH, True) in seen(tuesday, DayPart.RED)
    assert (in_hand, Duty.FINISH, False) in seen(
        officer.at(shanghai("2026-03-11 08:00")), DayPart.RED
    )
    assert my_day.load_my_day(friday).next_working == date(2026, 3, 9)


def test_the_day_is_ones_own_and_nobodys_a_leaders_is_all(monday: Act) -> None:
    mine = appeal_in(monday, State.SIGNED, hours=0)
    others = appeal_in(monday, State.SIGNED, hours=0)
    played(monday, mine, Action.ASSIGN, officer="3")
    played(monday, others, Action.ASSIGN, officer="5")
    monday.session.flush()
    assert [each[0] for each in seen(monday.by(ZHAO), DayPart.NEXT)] == [mine]
    assert [each[0] for each in seen(monday.by(LEADER), DayPart.NEXT)] == [mine, others]
    assert seen(monday.by(QIAN), DayPart.NEXT) == []


def test_what_waits_for_review_is_nobodys_day(monday: Act) -> None:
    appeal_in(monday, State.ANSWERED, hours=0)
    late = monday.by(ZHAO).at(shanghai("2026-03-20 08:00"))
    assert my_day.load_my_day(late).sizes == dict.fromkeys(DayPart, 0)


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (State.ANSWERED, Action.SEND_BACK),
        (State.RETURN_ASKED, Action.REFUSE_RETURN),
        (State.IN_HAND, Action.ADD),
    ],
)
def test_what_others_did_last_came_back(monday: Act, state: State, action: Action) -> None:
    appeal_in(monday, State.DISPATCHED, hours=0)
    appeal = appeal_in(monday, state, hours=0)
    officer = monday.by(ZHAO)
    assert my_day.load_my_day(officer).back == []
    played(monday, appeal, action)
    assert [(each.appeal, each.move.action) for each in my_day.load_my_day(officer).back] == [
        (appeal, action)
    ]
    played(monday, appeal, Action.NOTE)  # the operator's: still not the department's
    assert [each.appeal for each in my_day.load_my_day(officer).back] == [appeal]
    list(make_move_on_each(monday.by(ZHAO), [appeal.number], Action.NOTE, {"words": "看到了。"}))
    assert my_day.load_my_day(officer).back == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_day_shows_in_both_languages(app: Flask, act: Act, language: str) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    with browser_of(app, act, ZHAO) as browser:
        shown = open_page(browser, f"/desk/day?lang={language}")
    assert appeal.number in shown
    assert all(part.label(language) in shown for part in DayPart if part is not DayPart.UNDATED)
    assert DayPart.UNDATED.label(language) not in shown, "nothing was imported"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("category=urban.noise", True),
        ("category=urban", True),
        ("category=噪", True),
        ("category=noise", True),
        ("category=城市管理", True),
        ("category=供水", False),
        ("category=%", False),
        ("place=370202001", True),
        ("place=香港中路", True),
        ("place=shinan", True),
        ("place=大港", False),
        ("card=nonsense", True),
        ("kind=consultation", False),
    ],
)
def test_the_list_is_narrowed_in_its_address(
    app: Flask, act: Act, asked: str, *, found: bool
) -> None:
    appeal = appeal_in(act, State.SIGNED)
    with browser_of(app, act, ZHAO) as browser:
        assert (appeal.number in open_page(browser, f"/desk/?{asked}")) is found


KEYS: dict[str, Callable[[WorkListLine], tuple[datetime, int]]] = {
    "due": lambda line: (line.due_at or NO_DATE, line.appeal.id),
    "filed": lambda line: (line.appeal.filed_at, line.appeal.id),
}


@pytest.mark.parametrize("order", ORDERS)
def test_pages_follow_each_other_in_every_order(act: Act, order: str) -> None:
    bulk = BulkWriter(act)
    way = path_to(State.SIGNED)
    histories = []
    for minutes in range(work_list.PAGE_ROWS + 20):
        at = act.now + timedelta(minutes=minutes // 3)
        steps = [MoveRequest(move.action, given_for(move), at, actor_for(move)) for move in way]
        kind = Kind.CONSULTATION if minutes % 2 else Kind.COMPLAINT
        histories.append(
            History(a_filing(kind=kind), MoveRequest(Action.FILE, {}, at, STRANGER), steps)
        )
    bulk.write_histories([bulk.play_history(history) for history in histories])
    officer = act.by(ZHAO)
    first = work_list.load_desk_page(officer, {"sort": order})
    second = work_list.load_desk_page(officer, {"sort": order, "after": first.after or ""})
    keys = [KEYS[order.lstrip("-")](line) for line in (*first.lines, *second.lines)]
    assert keys == sorted(set(keys), reverse=order.startswith("-"))
    assert (len(keys), second.after) == (work_list.PAGE_ROWS + 20, None)


def test_a_filter_is_kept_under_a_name_for_its_person(app: Flask, act: Act) -> None:
    with browser_of(app, act, ZHAO) as browser:
        sent = {"name": "红牌", "card": "red", "sort": "-filed", "after": "mangled"}
        answer = browser.post("/desk/filters", data=sent)
        assert answer.location == "/desk/?card=red&sort=-filed"
        assert 'href="/desk/?card=red&sort=-filed">红牌</a>' in open_page(browser, "/desk/")
        refused = browser.post("/desk/filters?lang=en", data={**sent, "name": "长" * 31})
        assert refused.status_code == 422
        assert "Enter a name of at most 30 characters." in refused.text
        assert f'value="{"长" * 31}"' in refused.text, "what was typed is kept"
    [own] = work_list.list_saved_filters(act.by(ZHAO))
    with browser_of(app, act, LEADER) as browser:
        assert "红牌</a>" not in open_page(browser, "/desk/")
        browser.post(f"/desk/filters/{own.id}/drop")
        assert work_list.list_saved_filters(act.by(ZHAO)) == [own]
    with browser_of(app, act, ZHAO) as browser:
        browser.post(f"/desk/filters/{own.id}/drop")
        assert "红牌</a>" not in open_page(browser, "/desk/")


def test_saved_filters_are_limited(act: Act) -> None:
    for n in range(filters_and_templates.MAX_FILTERS):
        filters_and_templates.save_filter(act.by(ZHAO), f"filter {n}", "card=red")
    filters_and_templates.save_filter(act.by(ZHAO), "filter 0", "card=green")
    with pytest.raises(Refused, match="At most"):
        filters_and_templates.save_filter(act.by(ZHAO), "one more", "card=red")
    assert {each.query for each in work_list.list_saved_filters(act.by(ZHAO))} == {
        "card=red",
        "card=green",
    }


def test_signing_several_signs_what_can_be_signed(app: Flask, act: Act) -> None:
    here = [appeal_in(act, State.DISPATCHED), appeal_in(act, State.DISPATCHED)]
    signed = appeal_in(act, State.SIGNED)
    elsewhere = file_appeal(act).appeal
    numbers = [each.number for each in (*here, signed, elsewhere)]
    with browser_of(app, act, ZHAO) as browser:
        answer = browser.post("/desk/several/sign?lang=en", data={"number": numbers})
    assert answer.status_code == 200
    refused = answer.text.split('id="refused"')[1].split("</section>")[0]
    assert [number in refused for number in numbers] == [False, False, True, True]
    assert "Signed for" in refused
    for appeal in (*here, signed, elsewhere):
        act.session.refresh(appeal)
    assert [each.state for each in here] == [State.SIGNED, State.SIGNED]
    assert signed.moves_made == len(path_to(State.SIGNED)) + 1
    assert elsewhere.state is State.FILED


def test_when_all_are_refused_nothing_is_written(app: Flask, act: Act) -> None:
    signed = appeal_in(act, State.SIGNED)
    with browser_of(app, act, ZHAO) as browser:
        answer = browser.post("/desk/several/sign", data={"number": [signed.number]})
        assert answer.status_code == 409
        nothing = browser.post("/desk/several/sign?lang=en", data={"back": "card=red"})
        assert nothing.status_code == 422
        assert "Choose at least one appeal of the list." in nothing.text
        assert 'name="back" value="card=red"' in nothing.text, "the list keeps its place"
        assert browser.post("/desk/several/contact", data={}).status_code == 404


def test_a_leader_assigns_several(app: Flask, act: Act) -> None:
    appeals = [appeal_in(act, State.SIGNED), appeal_in(act, State.IN_HAND)]
    sent = {"number": [each.number for each in appeals], "officer": "3"}
    with browser_of(app, act, ZHAO) as browser:
        assert browser.post("/desk/several/assign", data=sent).status_code == 403
    with browser_of(app, act, LEADER) as browser:
        assert (
            browser.post("/desk/several/assign", data={**sent, "officer": "4"}).status_code == 409
        )
        assert browser.post("/desk/several/assign", data=sent).status_code == 303
        assert open_page(browser, "/desk/").count(f"</span>{ZHAO.name}</td>") == len(appeals)


@pytest.mark.parametrize(("page", "back"), [("?state=signed", "state=signed"), ("day", "day=1")])
def test_an_assignment_to_nobody_keeps_the_ticks(
    app: Flask, act: Act, page: str, back: str
) -> None:
    ticked, other = (appeal_in(act, State.SIGNED) for _ in range(2))
    browser = browser_of(app, act, LEADER)
    shown = open_page(browser, f"/desk/{page}")
    part = shown.rpartition('name="part" value="')[2].partition('"')[0]
    sent = {"number": [ticked.number], "officer": "", "back": back, "part": part}
    answer = browser.post("/desk/several/assign?lang=en", data=sent)
    assert answer.status_code == 422
    assert f'<a href="#{part}-officer">Choose an officer.</a>' in answer.text
    assert f'id="{part}-error"' in answer.text, "the sentence stands at the field too"
    assert f'value="{ticked.number}" checked' in answer.text
    assert f'value="{other.number}"><label' in answer.text
    act.session.expire_all()
    assert (ticked.assignee, other.assignee) == (None, None)


def test_a_bulk_action_on_nothing_keeps_the_chosen_officer(app: Flask, act: Act) -> None:
    appeal_in(act, State.SIGNED)
    browser = browser_of(app, act, LEADER)
    answer = browser.post("/desk/several/assign?lang=en", data={"officer": "3"})
    assert answer.status_code == 422
    assert '<a href="#together-number">Choose at least one appeal of the list.</a>' in answer.text
    assert '<option value="3" selected>' in answer.text


def test_a_bulk_action_of_one_case_names_it(app: Flask, act: Act) -> None:
    one, *more = (appeal_in(act, State.SIGNED) for _ in range(3))
    browser = browser_of(app, act, LEADER)
    sent: dict[str, str | list[str]] = {"officer": "3", "back": "state=signed"}
    browser.post("/desk/several/assign?lang=en", data={**sent, "number": one.number})
    assert f"{one.number} is assigned to {ZHAO.name}." in open_page(browser, "/desk/?lang=en")
    sent["number"] = [each.number for each in more]
    browser.post("/desk/several/assign?lang=en", data=sent)
    assert f"2 cases are assigned to {ZHAO.name}." in open_page(browser, "/desk/?lang=en")


def test_a_note_is_for_colleagues_only(app: Flask, act: Act) -> None:
    receipt = file_appeal(act)
    played(act, receipt.appeal, Action.ACCEPT)
    played(act, receipt.appeal, Action.DISPATCH, department=ROADS)
    with browser_of(app, act, ZHAO) as browser:
        address = f"/desk/appeals/{receipt.number}"
        sent = {"seen": receipt.appeal.moves_made, "words": "与物业核实过"}
        assert browser.post(f"{address}/note", data=sent).status_code == 303
        assert "与物业核实过" in open_page(browser, address)
    with browser_of(app, act, DISPATCHER) as browser:
        assert "与物业核实过" in open_page(browser, f"/centre/appeals/{receipt.number}")
    with app.test_client() as citizen:
        opened = citizen.post(
            "/appeals/follow", data={"number": receipt.number, "code": receipt.code}
        )
        assert opened.status_code in {302, 303}
        shown = open_page(citizen, f"/appeals/{receipt.number}")
        assert "与物业核实过" not in shown
        assert Action.NOTE.label("zh") not in shown


def test_a_card_in_the_list_is_the_promises_own(monday: Act) -> None:
    appeal_in(monday, State.IN_HAND, hours=0)
    cards = {
        day: work_list.load_desk_page(monday.by(ZHAO).at(shanghai(f"2026-03-{day} 09:00")), {})
        .lines[0]
        .card
        for day in ("04", "06", "09", "10")
    }
    assert list(cards.values()) == [Card.GREEN, Card.YELLOW, Card.YELLOW, Card.RED]
