"""The case page: its clock explained, what was told to whom, wordings, and a second hand."""

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.casework.handling import filters_and_templates
from appeals.casework.handling.deadline_sweep import sweep_deadlines
from appeals.casework.search.search_index import index_marked_appeals
from appeals.domain import deadlines
from appeals.domain.lifecycle import list_open_moves
from appeals.domain.people import Actor
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline
from appeals.models.notice import Notice
from appeals.models.organisation import Department
from appeals.models.staff import StaffMember
from appeals.queries import case_file, staff_pages
from appeals.reference.reference_data import load_reference, mark_reference_changed
from appeals.web.citizen import timeline
from tests.cast import DISPATCHER, LEADER, QIAN, SUN, WATER, ZHAO, shanghai
from tests.factories import appeal_in, played
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""

WORDING = "您反映的问题已核实。"


def finish(act: Act, appeal: Appeal) -> Deadline:
    return act.session.scalars(
        sa.select(Deadline).where(Deadline.appeal_id == appeal.id, Deadline.duty == Duty.FINISH)
    ).one()


def list_trace(act: Act, appeal: Appeal) -> list[str]:
    act.session.flush()
    promises = staff_pages.list_running_promises(act, case_file.load_case_file(act, appeal).case)
    return next(
        [s.label("en") for s in p.trace] for p in promises if p.deadline.duty is Duty.FINISH
    )


def test_the_trace_counts_each_day_to_the_promise(monday: Act) -> None:
    appeal = appeal_in(monday, State.IN_HAND, hours=0)
    steps = list_trace(monday, appeal)
    assert steps[0] == "dispatched Mon 2 Mar 2026 09:00"
    assert "Tue 3 Mar is day 1" in steps
    assert "7 to 8 Mar are a weekend" in steps
    assert steps[-1] == "due Mon 9 Mar 23:59:59"


def test_the_trace_tells_of_an_extension_and_of_an_earlier_calendar(monday: Act) -> None:
    appeal = appeal_in(monday, State.IN_HAND, hours=0)
    played(monday, appeal, Action.ASK_EXTENSION, days="2")
    played(monday, appeal, Action.GRANT_EXTENSION)
    assert list_trace(monday, appeal)[-1] == "extended to: 2026-03-11 23:59:59"
    promised = finish(monday, appeal)
    promised.original_due_at = promised.due_at = shanghai("2026-03-12 23:59:59")
    steps = list_trace(monday, appeal)
    assert steps[-1] == "due by the calendar of that day: 2026-03-12 23:59:59"
    assert steps[-2] == "due Mon 9 Mar 23:59:59"


def test_what_another_system_promised_has_no_trace(monday: Act) -> None:
    appeal = appeal_in(monday, State.IN_HAND, hours=0)
    promised = finish(monday, appeal)
    promised.amount = None
    case = case_file.load_case_file(monday, appeal).case
    taken_over = next(each for each in case.deadlines if each.duty is Duty.FINISH)
    assert deadlines.trace_deadline(taken_over, load_reference(monday).book.calendar) == ()


@pytest.mark.parametrize("state", list(State))
def test_a_page_reads_the_same_case_as_the_writer(monday: Act, state: State) -> None:
    appeal = appeal_in(monday, state, hours=0)
    played(monday, appeal, Action.AMEND, kind="help")
    if state is State.CLOSED:
        played(monday, appeal, Action.FOLLOW_UP, solved="no", satisfaction="2")
    monday.session.flush()
    read, written = (
        case_file.load_case_file(monday.by(LEADER), appeal),
        load_case(monday, appeal.id),
    )
    assert read.case == written
    assert read.open == list_open_moves(
        written, LEADER.role, monday.now, load_reference(monday).book
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_history_tells_what_was_sent_to_whom(app: Flask, act: Act, language: str) -> None:
    appeal = appeal_in(act, State.SIGNED)
    said = act.session.scalars(sa.select(Notice).where(Notice.appeal_id == appeal.id)).all()
    said[0].sent_at = act.now
    said[1].parked_at = act.now
    with browser_of(app, act, ZHAO) as browser:
        shown = open_page(browser, f"/desk/appeals/{appeal.number}?lang={language}")
    told = re.findall(r'class="told">.*?</div>', shown, re.DOTALL)
    assert len(told) == len(said)
    assert "w***@example.org" in " ".join(told)
    assert "wang@example.org" not in shown
    assert all(notice.kind.label(language) in shown for notice in said)
    words = {"zh": ("已发送", "未能送达", "待发送"), "en": ("sent", "could not", "not sent yet")}
    assert all(word in " ".join(told) for word in words[language][:2])


def test_the_history_says_that_a_notice_was_given_up_with_the_one_it_was_joined_to(
    app: Flask, act: Act
) -> None:
    appeal = appeal_in(act, State.CLOSED)
    own = Notice.appeal_id == appeal.id, Notice.can_wait.is_(True)
    first, *others = act.session.scalars(sa.select(Notice).where(*own).order_by(Notice.id))
    first.parked_at = act.now
    for each in others:
        each.joined_to = first.id
    act.session.commit()
    shown = open_page(browser_of(app, act, ZHAO), f"/desk/appeals/{appeal.number}?lang=en")
    assert others
    assert shown.count("could not be delivered") == 1 + len(others)


@pytest.mark.parametrize(("shared", "shown"), [(False, "Leader Leader Zhou"), (True, "l***@")])
def test_the_history_names_whose_mail_address_a_notice_went_to(
    app: Flask, act: Act, shown: str, *, shared: bool
) -> None:
    people = [LEADER, ZHAO] if shared else [LEADER]
    for person in people:
        act.session.get_one(StaffMember, person.staff_id).email = "lead@example.org"
    appeal = appeal_in(act, State.SIGNED)
    act.session.commit()
    assert sweep_deadlines(act.later(timedelta(days=30))) > 0
    with browser_of(app, act, ZHAO) as browser:
        page = open_page(browser, f"/desk/appeals/{appeal.number}?lang=en")
    assert re.search(rf"Past due → +{re.escape(shown)}", page)
    assert "lead@example.org" not in page


def test_a_confidential_citizen_is_told_without_her_address(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED, confidential=True, contact_phone="13900001234")
    with browser_of(app, act, ZHAO) as browser:
        shown = open_page(browser, f"/desk/appeals/{appeal.number}?lang=en")
        assert "→ Citizen ·" in shown
        assert "example.org" not in shown
        assert "1234" not in shown
    with browser_of(app, act, DISPATCHER) as browser:
        assert "→ Citizen w***@" in open_page(browser, f"/centre/appeals/{appeal.number}?lang=en")


def test_a_passed_promise_stands_in_the_history(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    act.session.commit()
    long_after = act.later(timedelta(days=30))
    assert sweep_deadlines(long_after) > 0
    with browser_of(app, act, LEADER) as browser:
        shown = open_page(browser, f"/desk/appeals/{appeal.number}?lang=en")
    titles = re.findall(r'timeline__title">([^<]+)</h3>', shown)
    assert "Due soon" in titles
    assert "Past due" in titles
    assert f"→ Leader {LEADER.name}" in re.sub(r"\s+", " ", shown)


def test_a_window_that_closed_is_no_debt(monday: Act) -> None:
    appeal = appeal_in(monday, State.SIGNED, hours=0)
    monday.session.flush()
    case = case_file.load_case_file(monday, appeal).case
    late = monday.at(shanghai("2026-03-20 09:00"))
    duties = [
        [p.deadline.duty for p in staff_pages.list_running_promises(act, case)]
        for act in (monday, late)
    ]
    assert duties == [[Duty.CONTACT, Duty.RETURN, Duty.FINISH], [Duty.CONTACT, Duty.FINISH]]


def test_an_assigned_officer_who_did_nothing_yet_is_named(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    played(act, appeal, Action.ASSIGN, officer="3")
    with browser_of(app, act, LEADER) as browser:
        shown = open_page(browser, f"/desk/appeals/{appeal.number}?lang=en")
    assert shown.count(ZHAO.name) == len(
        ("the head", "the history", "a choice", "whom a note mentions")
    )


def test_a_wording_is_put_under_what_is_typed(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    filters_and_templates.save_template(act.by(LEADER), "已核实", WORDING)
    filters_and_templates.save_template(act.by(LEADER), "别的", "别的内容")
    with browser_of(app, act, ZHAO) as browser:
        address = f"/desk/appeals/{appeal.number}"
        sent = {"seen": appeal.moves_made, "words": "您好！", "template": "已核实", "insert": "1"}
        shown = browser.post(f"{address}/answer", data=sent)
        assert shown.status_code == 200
        form = html.unescape(shown.text).split('id="do-answer"')[1].split("</form>")[0]
        assert f"您好！\n{WORDING}</textarea>" in form.replace("\r\n", "\n")
        assert "govuk-error" not in form
        act.session.refresh(appeal)
        assert appeal.state is State.IN_HAND


def test_wordings_belong_to_a_department_and_its_leader(app: Flask, act: Act) -> None:
    sent = {"name": "已核实", "words": WORDING}
    with browser_of(app, act, LEADER) as browser:
        assert browser.post("/desk/templates", data=sent).status_code == 303
        assert browser.post("/desk/templates", data=sent).status_code == 303
        again = browser.post("/desk/templates?lang=en", data={**sent, "name": "x" * 31})
        assert again.status_code == 422
        assert f"{WORDING}</textarea>" in again.text
        assert browser.post("/desk/templates", data={**sent, "words": " "}).status_code == 422
        assert open_page(browser, "/desk/templates").count(WORDING) == len(("shown", "to change"))
    with browser_of(app, act, ZHAO) as browser:
        assert open_page(browser, "/desk/templates").count(WORDING) == 1
        assert browser.post("/desk/templates", data=sent).status_code == 403
        assert browser.post("/desk/templates/drop", data=sent).status_code == 403
    with browser_of(app, act, QIAN) as browser:
        assert WORDING not in open_page(browser, "/desk/templates")
    with pytest.raises(Refused):
        filters_and_templates.delete_template(act.by(QIAN), "已核实")
    with browser_of(app, act, LEADER) as browser:
        browser.post("/desk/templates/drop", data=sent)
        assert WORDING not in open_page(browser, "/desk/templates")


def test_words_for_an_appeal_that_went_away_come_back(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    appeal.holder = WATER  # as if it had been returned meanwhile
    with browser_of(app, act, ZHAO) as browser:
        sent = {"seen": appeal.moves_made, "words": "现场已查看"}
        answer = browser.post(f"/desk/appeals/{appeal.number}/ask_citizen", data=sent)
    assert answer.status_code == 404
    assert "现场已查看</textarea>" in answer.text
    assert "夜间施工噪音" not in answer.text


def test_two_officers_collide_and_both_texts_are_there(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    seen = appeal.moves_made
    first, second = browser_of(app, act, ZHAO), browser_of(app, act, LEADER)
    address = f"/desk/appeals/{appeal.number}"
    assert (
        first.post(f"{address}/note", data={"seen": seen, "words": "我去现场"}).status_code == 303
    )
    mine = {"seen": str(seen), "result": "solved", "words": "已经停工。"}
    refused = second.post(f"{address}/answer", data=mine)
    assert refused.status_code == 409
    shown = html.unescape(refused.text)
    since = shown.split('id="since"')[1].split("</section>")[0]
    assert "我去现场" in since
    assert 'href="#do-answer"' in since
    form = shown.split('id="do-answer"')[1].split("</form>")[0]
    assert "已经停工。</textarea>" in form
    assert re.search(r'value="solved" checked', form)
    fresh = re.search(r'name="seen" value="(\d+)"', form)
    assert fresh is not None
    assert second.post(f"{address}/answer", data={**mine, "seen": fresh[1]}).status_code == 303


def test_a_move_says_that_it_is_done(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    with browser_of(app, act, ZHAO) as browser:
        address = f"/desk/appeals/{appeal.number}"
        browser.post(f"{address}/sign?lang=en", data={"seen": appeal.moves_made})
        done = f"{appeal.number} is signed for."
        assert done in open_page(browser, f"{address}?lang=en")
        assert done not in open_page(browser, f"{address}?lang=en")


def test_the_first_contact_is_recorded_on_one_page_alone(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    with browser_of(app, act, ZHAO) as browser:
        shown = open_page(browser, f"/desk/appeals/{appeal.number}")
    assert f'href="/desk/appeals/{appeal.number}/first-contact"' in shown
    assert 'id="do-ask_return"' in shown
    assert "do-contact" not in shown
    assert "do-try_contact" not in shown


def inset_text(shown: str) -> str:
    """Return the text of what is still needed until tries count as the contact."""
    found = shown.partition('id="tries"')[2].partition("</div>")[0].partition(">")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_the_officer_sees_the_tries_so_far_and_what_is_still_needed(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED, hours=0)
    address = f"/desk/appeals/{appeal.number}"
    with browser_of(app, act, ZHAO) as browser:
        before = open_page(browser, f"{address}?lang=en")
        sent = {"how": "phone", "message_left": "no", "seen": appeal.moves_made}
        assert browser.post(f"{address}/try_contact", data=sent).status_code == 303
        shown = open_page(browser, f"{address}?lang=en")
    assert inset_text(before) == ""
    assert inset_text(shown) == (
        "Tried in vain so far: 1 time. 2 more tries are needed "
        "one try must be on another working day a message must be left"
    )


@pytest.mark.parametrize("email", ["", "wang@example.org"])
def test_no_contact_is_offered_only_where_there_is_no_way_to_the_citizen(
    app: Flask, act: Act, email: str
) -> None:
    appeal = appeal_in(act, State.SIGNED, contact_email=email)
    address = f"/desk/appeals/{appeal.number}"
    with browser_of(app, act, ZHAO) as browser:
        page = open_page(browser, f"{address}/first-contact")
        assert ('value="not_possible"' in page) is not bool(email)
        assert ('value="no_message"' in page) is bool(email)
        sent = {"how": "not_possible", "seen": appeal.moves_made}
        answer = browser.post(f"{address}/contact", data=sent)
    assert answer.status_code == (422 if email else 303)
    act.session.refresh(appeal)
    assert appeal.state is (State.SIGNED if email else State.IN_HAND)


def test_the_citizen_reads_that_she_could_not_be_reached(app: Flask, act: Act) -> None:
    nobody = appeal_in(act, State.SIGNED, hours=0, contact_email="")
    played(act, nobody, Action.CONTACT, how="not_possible")
    tried = appeal_in(act, State.SIGNED, hours=0)
    day = act
    while tried.state is State.SIGNED:
        played(day, tried, Action.TRY_CONTACT, message_left="yes")
        day = day.later(timedelta(days=1))
    with app.test_request_context("/"):
        titles = [
            [
                step.title
                for step in timeline.list_steps(case_file.load_case_file(act, each), {}, "en")
            ]
            for each in (nobody, tried)
        ]
    assert titles[0][0] == "承办单位开始办理（您没有向承办单位提供电话或电子邮箱）"
    assert titles[1][:2] == [
        "承办单位再次没有联系上您，已给您留言并开始办理",
        "承办单位联系您，但没有联系上",
    ]


def test_a_place_is_the_street_and_not_its_office_which_has_the_same_code(
    app: Flask, act: Act
) -> None:
    office = Department(
        code="370202001", zh="香港中路街道办事处", en="Street office", tier="street"
    )
    act.session.add(office)
    act.session.flush()  # the row is read again
    mark_reference_changed(act.session, "calendar of the tests")
    appeal = appeal_in(act, State.ACCEPTED)
    browser = browser_of(app, act, DISPATCHER)
    for page in (f"/centre/appeals/{appeal.number}", "/centre/?queue=tray"):
        shown = re.sub(r"<select.*?</select>", "", open_page(browser, page), flags=re.DOTALL)
        assert "香港中路街道" in shown
        assert "香港中路街道办事处" not in shown


@pytest.mark.parametrize(("person", "page"), [(DISPATCHER, "centre"), (ZHAO, "desk")])
def test_a_case_suggests_similar_appeals_with_the_reason(
    app: Flask, act: Act, person: Actor, page: str
) -> None:
    first = appeal_in(act, State.IN_HAND, subject="路灯不亮")
    second = appeal_in(act, State.IN_HAND, subject="路灯不亮")
    while index_marked_appeals(act):
        pass
    shown = open_page(browser_of(app, act, person), f"/{page}/appeals/{second.number}")
    section = shown.partition('id="similar"')[2].partition("</section>")[0]
    assert f'href="/{page}/appeals/{first.number}"' in section
    assert "同一街道；同日提交；共同词语：" in section
    assert "路灯不亮</span>" in section


def test_a_case_without_a_similar_one_has_no_such_section(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    index_marked_appeals(act)
    page = open_page(browser_of(app, act, ZHAO), f"/desk/appeals/{appeal.number}")
    assert 'id="similar"' not in page


def test_an_administrator_sees_no_suggestions(app: Flask, act: Act) -> None:
    appeals = [appeal_in(act, State.IN_HAND, subject="路灯不亮") for _ in range(2)]
    while index_marked_appeals(act):
        pass
    page = open_page(browser_of(app, act, SUN), f"/admin/reports/appeals/{appeals[0].number}")
    assert appeals[1].number not in page
