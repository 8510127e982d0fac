"""What staff are shown, look up and export is a row of the access log, or it is not shown."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.casework.handling import contacts
from appeals.casework.records.access_log import derive_access_key, is_access_row_right
from appeals.domain.calendar import Period, city_day
from appeals.domain.people import CENTRE, DEPARTMENT, Actor, Role
from appeals.domain.states import State
from appeals.domain.vocabulary import AccessKind, ContactReason
from appeals.models.access_log import AccessLogRow
from appeals.models.appeal import Appeal
from appeals.reporting.counting import monthly_drafts
from tests.cast import OPERATOR, STAFF, SUN, ZHAO
from tests.factories import appeal_in
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""
PHONE = "13900001234"
MAILBOX = "liu.min@example.org"
SHUT = "ALTER TABLE access_log ADD CONSTRAINT shut CHECK (false) NOT VALID"
"""Makes every row that is to be added fail."""


@pytest.fixture
def appeal(act: Act) -> Appeal:
    return appeal_in(act, State.SIGNED, contact_phone=PHONE)


def rows(act: Act) -> Sequence[AccessLogRow]:
    act.session.expire_all()
    return act.session.scalars(sa.select(AccessLogRow).order_by(AccessLogRow.id)).all()


def kinds(act: Act) -> list[tuple[int, AccessKind, int | None]]:
    return [(row.staff_id, row.kind, row.appeal_id) for row in rows(act)]


@pytest.mark.parametrize("person", STAFF, ids=lambda person: person.name)
def test_every_page_of_a_case_that_opens_leaves_a_row(
    app: Flask, act: Act, appeal: Appeal, person: Actor
) -> None:
    browser = browser_of(app, act, person)
    pages = [
        str(rule.rule).replace("<number>", appeal.number)
        for rule in app.url_map.iter_rules()
        if rule.arguments == {"number"} and "GET" in (rule.methods or set())
    ]
    assert len(pages) == 10  # one of them, the link of a text message, leads on to another
    opened = [address for address in pages if browser.get(address).status_code == 200]
    may_see = person.role is not Role.OFFICER or person is ZHAO
    # the page of the citizen and of staff, and the follow-up or the first contact
    views = (2 + (person.role in CENTRE | DEPARTMENT)) if may_see else 0
    assert len(opened) == views + may_see  # and the sheet
    expected = [*[AccessKind.CASE_VIEWED] * views, *[AccessKind.PRINTED] * may_see]
    recorded = [(person.staff_id, kind, appeal.id) for kind in expected]
    assert sorted(kinds(act)) == recorded


def test_a_row_says_who_in_which_role_and_session(app: Flask, act: Act, appeal: Appeal) -> None:
    browser = browser_of(app, act, ZHAO)
    for _ in range(2):
        open_page(browser, f"/desk/appeals/{appeal.number}")
    first, second = rows(act)
    assert (first.role, first.detail) == (Role.OFFICER, {})
    assert first.session == second.session
    assert len(first.session or "") == 16
    assert first.month == first.at.date().replace(day=1)


def test_a_case_shown_beside_a_refused_form_leaves_a_row_and_nothing_else(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    moves = appeal.moves_made
    browser = browser_of(app, act, ZHAO)
    for action, status in (("contact", 422), ("answer", 422)):
        answer = browser.post(f"/desk/appeals/{appeal.number}/{action}", data={"seen": moves})
        assert (answer.status_code, "工地每天夜里" in answer.text) == (status, True)
    assert kinds(act) == [(ZHAO.staff_id, AccessKind.CASE_VIEWED, appeal.id)] * 2
    assert appeal.moves_made == moves


def test_a_case_whose_view_cannot_be_recorded_is_not_shown(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    browser = browser_of(app, act, ZHAO)
    act.session.execute(sa.text(SHUT))
    act.session.commit()
    for answer in (
        browser.get(f"/desk/appeals/{appeal.number}"),
        browser.post(f"/desk/appeals/{appeal.number}/contact"),
    ):
        assert answer.status_code == 500
        assert "工地每天夜里" not in answer.text


def test_each_appeal_whose_words_a_queue_shows_leaves_a_row(app: Flask, act: Act) -> None:
    waiting = [appeal_in(act, State.ACCEPTED) for _ in range(3)]
    text = open_page(browser_of(app, act, OPERATOR), "/centre/?queue=tray")
    assert text.count("工地每天夜里") == 3
    shown = {(row.staff_id, row.kind, row.appeal_id) for row in rows(act)}
    assert shown == {(OPERATOR.staff_id, AccessKind.QUEUE_SHOWN, each.id) for each in waiting}
    assert {row.detail["queue"] for row in rows(act)} == {"tray"}


def test_a_refused_page_leaves_no_row_in_the_access_log(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    browser = browser_of(app, act, ZHAO)
    assert browser.get("/desk/appeals/QD26-0000-0000-0").status_code == 404
    assert browser.get(f"/centre/appeals/{appeal.number}").status_code == 403
    assert kinds(act) == []


def test_a_look_at_the_contact_is_one_row_with_its_reason(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    browser = browser_of(app, act, ZHAO)
    sent = {"reason": "other", "words": "约定上门时间"}
    browser.post(f"/desk/appeals/{appeal.number}/show-contact", data=sent)
    (row,) = rows(act)
    assert (row.kind, row.appeal_id) == (AccessKind.CONTACT_SHOWN, appeal.id)
    assert row.detail == sent


@pytest.mark.usefixtures("appeal")
def test_a_look_up_by_telephone_is_recorded_by_a_keyed_hash(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, OPERATOR)
    for typed in (PHONE, "+86 139 0000 1234", "13900001235"):
        browser.post("/centre/new", data={"look": "1", "contact_phone": typed})
    first, same, other = rows(act)
    assert (first.kind, first.detail, first.appeal_id) == (
        AccessKind.PHONE_LOOKED_UP, {"found": "1"}, None,
    )  # fmt: skip
    assert first.subject == same.subject != other.subject
    told = act.session.scalar(sa.text("SELECT string_agg(a::text, ' ') FROM access_log a"))
    assert PHONE not in told
    assert PHONE[3:] not in told


@pytest.mark.usefixtures("appeal")
def test_a_look_up_by_mailbox_is_recorded_by_a_hash_that_all_its_spellings_share(
    app: Flask, act: Act
) -> None:
    appeal_in(act, State.SIGNED, contact_phone="", contact_email=MAILBOX)
    browser = browser_of(app, act, OPERATOR)
    for typed in (MAILBOX, "LIU.Min@Example.org ", "liu.min+2@example.org", "liu@example.org"):
        browser.post("/centre/new", data={"look": "email", "contact_email": typed})
    first, capitals, tagged, other = rows(act)
    assert (first.kind, first.detail, first.appeal_id) == (
        AccessKind.PERSON_LOOKED_UP, {"found": "1"}, None,
    )  # fmt: skip
    assert capitals.detail == {"found": "1"}
    assert first.subject == capitals.subject == tagged.subject != other.subject
    told = act.session.scalar(sa.text("SELECT string_agg(a::text, ' ') FROM access_log a"))
    assert "liu" not in told.casefold()


def test_a_look_up_of_nothing_leaves_no_row(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, OPERATOR)
    for look in ("1", "email"):
        browser.post("/centre/new", data={"look": look, "contact_phone": " ", "contact_email": " "})
    assert kinds(act) == []


FIGURE = "by=city&key=city&base=filed&variant=all&measure=completion"


def compile_report(act: Act, appeal: Appeal) -> str:
    month = f"{city_day(appeal.filed_at):%Y-%m}"
    monthly_drafts.compile_draft(act.by(SUN).later(AGO), Period.month(month))
    return month


def test_an_export_that_cannot_be_recorded_is_not_sent(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    month = compile_report(act, appeal)
    browser = browser_of(app, act, SUN)
    act.session.execute(sa.text(SHUT))
    act.session.commit()
    answer = browser.get(f"/admin/reports/{month}/cases.csv?{FIGURE}")
    assert answer.status_code == 500
    assert appeal.number not in answer.text


def test_an_export_says_which_list_and_how_many_rows(app: Flask, act: Act, appeal: Appeal) -> None:
    month = compile_report(act, appeal)
    browser = browser_of(app, act, SUN)
    with browser.get(f"/admin/reports/{month}/cases.csv?{FIGURE}") as answer:
        assert answer.get_data(as_text=True).count("\r\n") == 2
    (row,) = rows(act)
    assert (row.kind, row.appeal_id) == (AccessKind.LIST_EXPORTED, None)
    assert row.detail == {
        "list": "report_cases",
        "rows": "1",
        "file": f"{month}-completion-denominator.csv",
        "by": "city",
        "key": "city",
    }


@pytest.mark.parametrize("change", ["UPDATE access_log SET staff_id = 4", "DELETE FROM access_log",
                                    "TRUNCATE access_log"])  # fmt: skip
def test_a_row_never_changes(act: Act, appeal: Appeal, change: str) -> None:
    contacts.reveal_contact(act.by(ZHAO), appeal, ContactReason.CALL)
    with pytest.raises(sa.exc.IntegrityError, match="never changes"), act.session.begin_nested():
        act.session.execute(sa.text(change))


TAMPERED = {
    "month": "'2020-01-01'",
    "id": "'018bcfe5-687b-7000-8000-000000000000'",
    "at": "at + interval '1 microsecond'",
    "staff_id": "4",
    "role": "'supervisor'",
    "kind": "'case_viewed'",
    "appeal_id": "NULL",
    "subject": "'x'",
    "detail": '\'{"reason": "verify"}\'',
    "session": "'x'",
    "mac": "sha256(mac)",
}


def test_the_tampering_table_names_every_column() -> None:
    assert set(TAMPERED) == {column.key for column in AccessLogRow.__table__.columns}


@pytest.mark.parametrize("column", TAMPERED)
def test_a_row_changed_behind_the_guard_does_not_verify(
    act: Act, appeal: Appeal, column: str
) -> None:
    contacts.reveal_contact(act.by(ZHAO), appeal, ContactReason.CALL)
    key = derive_access_key(act)
    assert [is_access_row_right(key, row) for row in rows(act)] == [True]
    for statement in (
        "ALTER TABLE access_log DISABLE TRIGGER USER",
        "ALTER TABLE access_log DROP CONSTRAINT ck_access_log_month_of_its_moment",
        f"UPDATE access_log SET {column} = {TAMPERED[column]}",  # noqa: S608 - of the table above
    ):
        act.session.execute(sa.text(statement))
    assert [is_access_row_right(key, row) for row in rows(act)] == [False]
