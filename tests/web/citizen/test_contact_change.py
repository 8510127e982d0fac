"""A citizen changes her contact and its confidentiality on the page of her appeal (Rules 3)."""

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from appeals.act import Act
from appeals.casework.handling.contacts import change_contact
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.domain.contact import ContactDetails
from appeals.domain.people import STRANGER
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Duty, NoticeChannel, NoticeKind
from appeals.models.appeal import Appeal, Move, Statement
from appeals.models.handling import Deadline, Dispatch
from appeals.models.notice import Notice
from appeals.models.organisation import RecordedRuleChange
from appeals.queries import callers
from appeals.reference.reference_data import mark_reference_changed
from tests.cast import OPERATOR, ZHAO
from tests.factories import appeal_in, file_appeal, later, path_to, played, record_erasure
from tests.web.citizen_filing import file_as_citizen
from tests.web.staff_browser import browser_of, open_page

OLD, NEW, MOBILE = "wang@example.org", "li@example.org", "13900001234"
CALL = {"reason": "call"}


def send_contact(client: FlaskClient, number: str, **contact: str) -> TestResponse:
    return client.post(f"/appeals/{number}/change_contact", data=contact)


def the_appeal(session: Session, number: str) -> Appeal:
    session.expire_all()
    return session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()


def list_told(session: Session) -> list[tuple[str, NoticeChannel]]:
    rows = session.scalars(
        sa.select(Notice).where(Notice.kind == NoticeKind.CONTACT_CHANGED).order_by(Notice.id)
    )
    return [(row.recipient, row.channel) for row in rows]


def problems(act: Act) -> list[str]:
    act.session.flush()  # the rows are read as they are stored
    return [each.sentence for checked in verify_all_appeals(act) for each in checked.problems]


def test_the_old_and_the_new_address_are_told_and_the_statement_stays(
    client: FlaskClient, session: Session, act: Act
) -> None:
    number, _ = file_as_citizen(client, contact_email=OLD)
    answer = send_contact(client, number, contact_name="李", contact_phone="139 0000 1234")
    assert answer.status_code == 303
    assert list_told(session) == [(OLD, NoticeChannel.EMAIL), (MOBILE, NoticeChannel.SMS)]
    appeal = the_appeal(session, number)
    assert session.get_one(Statement, appeal.id).contact_email == OLD
    assert problems(act) == []
    move = session.scalars(sa.select(Move).where(Move.action == Action.CHANGE_CONTACT)).one()
    assert move.facts == {"confidential": "no"}
    assert move.words is None
    assert move.committed


def test_an_address_that_stays_is_told_once(client: FlaskClient, session: Session) -> None:
    number, _ = file_as_citizen(client, contact_email=OLD)
    send_contact(client, number, contact_email=OLD, contact_phone=MOBILE)
    assert list_told(session) == [(OLD, NoticeChannel.EMAIL)]


WORDINGS = {
    "another address": ({"contact_email": NEW}, "今后的通知发到更改后的联系方式"),
    "no address any more": ({"contact_name": "李"}, "今后不再发送通知"),
    "confidentiality alone": ({"contact_email": OLD, "confidential": "y"}, "今后的通知仍发到"),
}


@pytest.mark.parametrize(("contact", "says"), WORDINGS.values(), ids=WORDINGS)
def test_the_notice_says_where_later_notices_go(
    client: FlaskClient, session: Session, contact: Mapping[str, str], says: str
) -> None:
    number, _ = file_as_citizen(client, contact_email=OLD)
    send_contact(client, number, **contact)
    kind = Notice.kind == NoticeKind.CONTACT_CHANGED
    bodies = session.scalars(sa.select(Notice.body).where(kind)).all()
    assert bodies
    assert all(says in body for body in bodies)


def test_a_change_is_refused_with_a_sentence_while_the_release_before_may_serve(
    client: FlaskClient, session: Session, act: Act
) -> None:
    number, _ = file_as_citizen(client, contact_email=OLD)
    session.execute(
        sa.update(RecordedRuleChange)
        .where(RecordedRuleChange.name == RuleChange.CHANGE_CONTACT)
        .values(since=act.now + timedelta(days=9999))
    )
    mark_reference_changed(session, "calendar of the tests")
    session.commit()
    answer = send_contact(client, number, contact_email=NEW)
    assert answer.status_code == 409
    assert "系统正在升级，请半小时后再操作。" in answer.text
    assert list_told(session) == []


def test_later_notices_go_to_the_new_address_alone(
    client: FlaskClient, session: Session, act: Act
) -> None:
    number, _ = file_as_citizen(client, contact_email=OLD)
    send_contact(client, number, contact_email=NEW)
    played(act, the_appeal(session, number), Action.ACCEPT)
    session.flush()  # the notice is read from the rows
    accepted = sa.select(Notice.recipient).where(Notice.kind == NoticeKind.ACCEPTED)
    assert session.scalars(accepted).all() == [NEW]


REDIRECTED: Mapping[str, tuple[Mapping[str, str], Mapping[str, str], list[tuple[str, str]]]] = {
    "mail to mail": ({"contact_email": OLD}, {"contact_email": NEW}, [(NEW, "email")]),
    "mail to telephone": ({"contact_email": OLD}, {"contact_phone": MOBILE}, [(MOBILE, "sms")]),
    "telephone to mail": ({"contact_phone": MOBILE}, {"contact_email": NEW}, [(NEW, "email")]),
    "none any more": ({"contact_email": OLD}, {"contact_name": "李"}, []),
}


@pytest.mark.parametrize("how", REDIRECTED)
def test_what_waits_for_the_morning_follows_the_citizen_to_her_new_address(
    client: FlaskClient, session: Session, act: Act, how: str
) -> None:
    left, now_left, reached = REDIRECTED[how]
    number, _ = file_as_citizen(client, **left)
    played(act, the_appeal(session, number), Action.ACCEPT)
    session.commit()
    send_contact(client, number, **now_left)
    session.expire_all()
    accepted = session.scalars(sa.select(Notice).where(Notice.kind == NoticeKind.ACCEPTED)).all()
    assert [(each.recipient, each.channel.value) for each in accepted] == reached
    assert all(number in f"{each.subject} {each.body}" for each in accepted)


def test_what_was_tried_or_sent_keeps_the_address_of_its_time(
    client: FlaskClient, session: Session, act: Act
) -> None:
    number, _ = file_as_citizen(client, contact_email=OLD)
    played(act, the_appeal(session, number), Action.ACCEPT)
    session.execute(
        sa.update(Notice).where(Notice.kind == NoticeKind.ACCEPTED).values(first_tried_at=act.now)
    )
    session.commit()
    send_contact(client, number, contact_email=NEW)
    accepted = sa.select(Notice.recipient).where(Notice.kind == NoticeKind.ACCEPTED)
    assert session.scalars(accepted).all() == [OLD]


def test_a_notice_that_the_new_address_has_already_is_not_written_to_it_twice(
    client: FlaskClient, session: Session, act: Act
) -> None:
    number, _ = file_as_citizen(client, contact_email=OLD)
    played(act, the_appeal(session, number), Action.ACCEPT)
    session.flush()  # the notice is copied
    notice = session.scalars(sa.select(Notice).where(Notice.kind == NoticeKind.ACCEPTED)).one()
    copied = {
        column.key: getattr(notice, column.key)
        for column in sa.inspect(Notice).columns
        if column.key != "id"
    }
    session.add(Notice(**{**copied, "recipient": NEW, "can_wait": False}))
    session.commit()
    assert send_contact(client, number, contact_email=NEW).status_code == 303
    accepted = sa.select(Notice.recipient).where(Notice.kind == NoticeKind.ACCEPTED)
    assert session.scalars(accepted).all() == [NEW]


def test_staff_see_call_and_find_the_new_contact(
    app: Flask, client: FlaskClient, session: Session, act: Act
) -> None:
    number, _ = file_as_citizen(client, contact_phone=MOBILE)
    for move in path_to(State.SIGNED):
        played(act, the_appeal(session, number), move.action)
    session.commit()
    send_contact(client, number, contact_name="李", contact_phone="13700005678")
    browser = browser_of(app, act, ZHAO)
    shown = open_page(browser, f"/desk/appeals/{number}")
    assert "****5678" in shown
    looked = browser.post(f"/desk/appeals/{number}/show-contact", data=CALL).text
    assert "13700005678" in looked
    assert MOBILE not in looked
    by = act.by(OPERATOR)
    assert [appeal.number for appeal, _ in callers.find_earlier_by_phone(by, "13700005678")] == [
        number
    ]
    assert callers.find_earlier_by_phone(by, MOBILE) == []
    assert re.findall(r'class="told">.*?→\s*([^·<]+?)\s*·', shown, re.DOTALL).count(
        "市民 ****1234"
    ), "a notice to the number that was left before is still one to the citizen"


@pytest.mark.parametrize("confidential", [True, False])
def test_a_department_sees_what_confidentiality_allows_now(
    app: Flask, client: FlaskClient, session: Session, act: Act, *, confidential: bool
) -> None:
    before = {} if confidential else {"confidential": "y"}
    number, _ = file_as_citizen(client, contact_email=OLD, **before)
    for move in path_to(State.SIGNED):
        played(act, the_appeal(session, number), move.action)
    session.commit()
    send_contact(
        client, number, contact_email=OLD, **({"confidential": "y"} if confidential else {})
    )
    browser = browser_of(app, act, ZHAO)
    assert ("w***@example.org" in open_page(browser, f"/desk/appeals/{number}")) is not confidential
    answer = browser.post(f"/desk/appeals/{number}/show-contact", data=CALL)
    assert (answer.status_code, OLD in answer.text) == (
        (403, False) if confidential else (200, True)
    )
    assert problems(act) == []


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"contact_phone": "12"}, "contact_phone"), ({"contact_email": "wang"}, "contact_email")],
)
def test_a_wrong_contact_is_refused_and_kept_in_the_form(
    client: FlaskClient, session: Session, sent: Mapping[str, str], field: str
) -> None:
    number, _ = file_as_citizen(client, contact_email=OLD)
    answer = send_contact(client, number, contact_name="李小明", **sent)
    assert answer.status_code == 422
    assert "李小明" in answer.text
    assert f'href="#change_contact-{field}"' in answer.text
    assert list_told(session) == []


def test_the_form_shows_the_contact_that_holds(client: FlaskClient) -> None:
    number, _ = file_as_citizen(client, contact_email=OLD)
    send_contact(client, number, contact_email=NEW, confidential="y")
    shown = client.get(f"/appeals/{number}").text
    form = shown.partition('id="do-change_contact"')[2].partition("</form>")[0]
    assert f'value="{NEW}"' in form
    assert OLD not in form
    assert 'type="checkbox" value="y" checked' in form


def test_pressed_twice_it_is_changed_and_told_once(client: FlaskClient, session: Session) -> None:
    number, _ = file_as_citizen(client, contact_email=OLD)
    for _press in range(2):
        assert send_contact(client, number, contact_email=NEW).status_code == 303
    assert the_appeal(session, number).moves_made == 2
    assert len(list_told(session)) == 2


def test_a_strangers_contact_is_not_changed(client: FlaskClient, act: Act) -> None:
    receipt = file_appeal(act)
    act.session.commit()
    assert send_contact(client, receipt.number, contact_email=NEW).status_code == 404
    assert list_told(act.session) == []


def test_one_appeal_cannot_send_notices_to_others_without_end(client: FlaskClient) -> None:
    number, _ = file_as_citizen(client, contact_email=OLD)
    answers = [
        send_contact(client, number, contact_email=f"a{n}@b.cn").status_code for n in range(31)
    ]
    assert set(answers[:30]) == {303}
    assert answers[30] == 429


def test_who_takes_her_contact_away_in_time_leaves_the_contact_rate(monday: Act) -> None:
    appeal = appeal_in(monday, State.SIGNED)
    change_contact(later(monday, 4).by(STRANGER), appeal, ContactDetails(), confidential=False)
    monday.session.flush()  # the rows are read below
    promise = monday.session.scalars(sa.select(Deadline).where(Deadline.duty == Duty.CONTACT)).one()
    assert (promise.met_at, promise.ended_at) == (None, later(monday, 4).now)
    assert monday.session.scalars(sa.select(Dispatch.unreachable_at)).all() == [
        later(monday, 4).now
    ]
    played(later(monday, 5), appeal, Action.CONTACT, how="not_possible")
    assert appeal.state is State.IN_HAND
    assert problems(monday) == []


def test_a_contact_that_was_missed_stays_missed(monday: Act) -> None:
    appeal = appeal_in(monday, State.SIGNED)
    change_contact(later(monday, 60).by(STRANGER), appeal, ContactDetails(), confidential=False)
    played(later(monday, 61), appeal, Action.CONTACT, how="not_possible")
    assert monday.session.scalars(sa.select(Dispatch.unreachable_at)).all() == [None]
    assert problems(monday) == []


TAMPERED = {
    "UPDATE contact_version SET phone = '13900009999'": "is not the one committed to",
    "DELETE FROM contact_version": "is not the one committed to",
    "UPDATE contact_version SET move_seq = 1": "was changed by no move",
    "UPDATE appeal SET confidential = true": "the last change of contact says False",
}


@pytest.mark.parametrize("tampering", TAMPERED)
def test_a_contact_that_no_move_changed_is_found(monday: Act, tampering: str) -> None:
    appeal = appeal_in(monday, State.FILED)
    new = ContactDetails("李", MOBILE, NEW)
    change_contact(later(monday, 4).by(STRANGER), appeal, new, confidential=False)
    assert problems(monday) == []
    monday.session.execute(sa.text(tampering))
    assert any(TAMPERED[tampering] in each for each in problems(monday))


def test_the_chain_holds_when_a_changed_contact_and_its_salt_are_erased(monday: Act) -> None:
    appeal = appeal_in(monday, State.FILED)
    new = ContactDetails("李", MOBILE, NEW)
    change_contact(later(monday, 4).by(STRANGER), appeal, new, confidential=False)
    monday.session.flush()  # erased below
    monday.session.execute(sa.text("UPDATE contact_version SET name='', phone='', email=''"))
    monday.session.execute(sa.text("UPDATE move SET salt = '' WHERE action = 'change_contact'"))
    record_erasure(monday, appeal)
    assert problems(monday) == []


def test_staff_who_open_the_citizens_page_see_neither_its_forms_nor_the_contact(
    app: Flask, act: Act
) -> None:
    appeal = appeal_in(act, State.IN_HAND, contact_phone="13800137001")
    page = open_page(browser_of(app, act, OPERATOR), f"/appeals/{appeal.number}")
    assert "13800137001" not in page
    assert f"/appeals/{appeal.number}/" not in page
