"""Each named security event is emitted by the real thing that it tells of, with ids alone."""

import io
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from structlog.typing import EventDict

from appeals.act import Act
from appeals.casework.accounts import account_changes, passwords
from appeals.casework.accounts.display_passes import make_pass
from appeals.casework.accounts.unusual_access import AccessLimits, report_unusual_access
from appeals.casework.integrity.seal_file import SealRestart
from appeals.casework.integrity.seal_restart import notify_of_restart
from appeals.casework.records.access_log import SECURITY_EVENTS, Access, record_accesses
from appeals.domain.configuration import ACCOUNTS, Change, ChangeStep, RowFacts
from appeals.domain.states import State
from appeals.domain.vocabulary import AccessKind
from appeals.logs import WARNING_EVENTS, SecurityEvent
from appeals.models.staff import StaffMember
from tests.cast import LEADER, OPERATOR, SUN, SUPERVISOR, ZHAO
from tests.factories import appeal_in
from tests.web.citizen_filing import FORM, file_as_citizen
from tests.web.staff_browser import browser_of

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""
OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
PASSWORD, SECRET_WORDS = "four quiet words here", "geheim-canary"
Doing = Callable[[Flask, Act], object]


def sign_in(app: Flask, act: Act, password: str = PASSWORD) -> FlaskClient:
    """Sign Officer Zhao in at the form."""
    person = act.session.get_one(StaffMember, ZHAO.staff_id)
    person.password_hash = passwords.hash_password(PASSWORD)
    act.session.commit()
    browser = app.test_client()
    browser.post("/sign-in", data={"username": person.username, "password": password})
    return browser


def fail_factor(app: Flask, act: Act) -> None:
    person = act.session.get_one(StaffMember, ZHAO.staff_id)
    person.factor_salt, person.factor_since = b"salt", act.now
    sign_in(app, act).post("/sign-in/code", data={"code": "000000"})


def exhaust_attempts(app: Flask, act: Act) -> None:
    for _ in range(11):
        sign_in(app, act, SECRET_WORDS)


def follow_wrongly(app: Flask, act: Act) -> None:
    del act
    number, _ = file_as_citizen(app.test_client())
    sent = {"number": number, "code": "AAAA-BBBB-CCCC"}
    app.test_client().post("/appeals/follow", data=sent)


def forget_browser(app: Flask, act: Act) -> None:
    del act
    client = app.test_client()
    file_as_citizen(client)
    client.post("/appeals/forget")


def end_own(app: Flask, act: Act) -> None:
    browser_of(app, act, ZHAO)  # the other one
    browser = browser_of(app, act, ZHAO)
    listed = re.search(r"/account/sessions/(\w+)/end", browser.get("/account").text)
    assert listed
    browser.post(f"/account/sessions/{listed[1]}/end")


def change_password(app: Flask, act: Act) -> None:
    sent = {"old": PASSWORD, "new": "another four quiet words", "again": "another four quiet words"}
    assert sign_in(app, act).post("/account", data=sent).status_code == 302


def change_account(step: ChangeStep, **after: str | None) -> Doing:
    """Make a change of Officer Zhao's account, or add one."""

    def change(app: Flask, act: Act) -> None:
        del app
        facts: RowFacts = {"username": "officer3", "name": ZHAO.name, "role": "officer"}
        facts = {**facts, "department_code": ZHAO.department, **after}  # type: ignore[dict-item]  # as forms give them
        key = str(facts["username"])
        made = Change(ACCOUNTS.name, key, step, act.now.date(), None, facts, why="")
        account_changes.write_account_change(act.by(SUN), made)

    return change


def show_contact(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED, contact_phone="13900001234")
    address = f"/desk/appeals/{appeal.number}/show-contact"
    browser_of(app, act, ZHAO).post(address, data={"reason": "call"})


def look_up(app: Flask, act: Act) -> None:
    sent = {"look": "1", "contact_phone": "13900001234"}
    browser_of(app, act, OPERATOR).post("/centre/new", data=sent)


def export_list(app: Flask, act: Act) -> None:
    with browser_of(app, act, SUN).get("/admin/access-log/accesses.csv?staff=officer3"):
        pass


def fill_the_trap(app: Flask, act: Act) -> None:
    del act
    sent = {"username": "officer3", "password": SECRET_WORDS, "homepage": "https://a.example"}
    app.test_client().post("/sign-in", data=sent)


def look_up_mailbox(app: Flask, act: Act) -> None:
    sent = {"look": "email", "contact_email": "canary@example.org"}
    browser_of(app, act, OPERATOR).post("/centre/new", data=sent)


def print_case(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    browser_of(app, act, ZHAO).get(f"/desk/appeals/{appeal.number}/print")


def begin_seals_anew(app: Flask, act: Act) -> None:
    del app
    notify_of_restart(act, SealRestart((3,), SUN.name, SECRET_WORDS), 4, SUN)


def look_around(app: Flask, act: Act) -> None:
    del app
    record_accesses(act.by(LEADER), [Access(AccessKind.CASE_VIEWED, n) for n in range(1, 4)])
    report_unusual_access(act, AccessLimits(cases=2, contacts=2, lookups=2))


def add_infected_file(app: Flask, act: Act) -> None:
    """Add a file to a note where the scanner finds something in it."""
    settings = app.config["SETTINGS"]
    scanner = (sys.executable, "-c", "raise SystemExit(1)")
    app.config["SETTINGS"] = settings.model_copy(update={"scan_command": scanner})
    appeal = appeal_in(act, State.IN_HAND)
    file = (io.BytesIO(b"%PDF-1.7 %%EOF"), "a.pdf")
    sent = {"seen": appeal.moves_made, "words": "见附件。", "files": file}
    browser_of(app, act, ZHAO).post(f"/desk/appeals/{appeal.number}/note", data=sent)


def open_display_pass(app: Flask, act: Act) -> None:
    code = make_pass(act.by(SUPERVISOR), SECRET_WORDS, 30)
    act.session.commit()
    app.test_client().get(f"/wall?pass={code}")


def end_display_pass(app: Flask, act: Act) -> None:
    make_pass(act.by(SUPERVISOR), SECRET_WORDS, 30)
    browser = browser_of(app, act, SUPERVISOR)
    listed = re.search(r"/wall/passes/\d+/end", browser.get("/wall/passes").text)
    assert listed
    browser.post(listed[0])


def guess_text_code(app: Flask, act: Act) -> None:
    """Enter a code of a text message that is not the one that was sent."""
    del act
    gateway = {"sms_url": f"https://:{SECRET_WORDS.replace(' ', '-')}@gateway.example/"}
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update=gateway)
    browser = app.test_client()
    browser.post("/appeals/mine/telephone", data={"telephone": "13900001234"})
    browser.post("/appeals/mine/code", data={"code": "no code"})


DOING: dict[SecurityEvent, Doing] = {
    SecurityEvent.LOGIN_SUCCESS: sign_in,
    SecurityEvent.LOGIN_FAIL: lambda app, act: sign_in(app, act, SECRET_WORDS),
    SecurityEvent.FACTOR_FAIL: fail_factor,
    SecurityEvent.TRIES_EXHAUSTED: exhaust_attempts,
    SecurityEvent.QUERY_CODE_FAIL: follow_wrongly,
    SecurityEvent.TELEPHONE_CODE_FAIL: guess_text_code,
    SecurityEvent.SIGN_OUT: lambda app, act: browser_of(app, act, ZHAO).post("/sign-out"),
    SecurityEvent.SESSION_ENDED: end_own,
    SecurityEvent.CITIZEN_SESSION_ENDED: forget_browser,
    SecurityEvent.PASSWORD_CHANGED: change_password,
    SecurityEvent.PASSWORD_RESET: change_account(ChangeStep.PASSWORD),
    SecurityEvent.FACTOR_RESET: change_account(ChangeStep.FACTOR),
    SecurityEvent.ACCOUNT_ADDED: change_account(ChangeStep.ADD, username="new"),
    SecurityEvent.ACCOUNT_DISABLED: change_account(ChangeStep.DISABLE),
    SecurityEvent.ROLE_CHANGED: change_account(ChangeStep.CHANGE, role="leader"),
    SecurityEvent.DISPLAY_MADE: lambda _app, act: make_pass(act.by(SUPERVISOR), "x", 1),
    SecurityEvent.DISPLAY_OPENED: open_display_pass,
    SecurityEvent.DISPLAY_ENDED: end_display_pass,
    SecurityEvent.DISPLAY_FAIL: lambda app, _act: app.test_client().get("/wall?pass=0"),
    SecurityEvent.CONTACT_SHOWN: show_contact,
    SecurityEvent.PHONE_LOOKED_UP: look_up,
    SecurityEvent.PERSON_LOOKED_UP: look_up_mailbox,
    SecurityEvent.LIST_EXPORTED: export_list,
    SecurityEvent.PRINTED: print_case,
    SecurityEvent.UNUSUAL_ACCESS: look_around,
    SecurityEvent.VIRUS_FOUND: add_infected_file,
    SecurityEvent.SEALS_BEGUN_ANEW: begin_seals_anew,
    SecurityEvent.ACCESS_REFUSED: lambda app, act: browser_of(app, act, ZHAO).get("/admin/staff"),
    SecurityEvent.FORM_REFUSED: fill_the_trap,
}


@pytest.mark.parametrize("event", SecurityEvent)
def test_each_security_event_is_logged_once_by_the_action_it_names(
    app: Flask, act: Act, event: SecurityEvent
) -> None:
    with capture_logs() as logged:
        DOING[event](app, act)
    found = [each for each in logged if each["event"] == event]
    assert len(found) == 1, [each["event"] for each in logged]
    assert found[0]["log_level"] == ("warning" if event in WARNING_EVENTS else "info")
    assert_no_words(logged)


def test_what_another_site_sends_and_a_form_without_its_token_are_events(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    with capture_logs() as logged:
        app.test_client().post("/sign-in", headers={"Origin": "https://evil.example"})
        app.test_client().post("/sign-in", data={"username": "officer3"})
    events = [each for each in logged if each["event"] in set(SecurityEvent)]
    assert [(each["event"], each["endpoint"]) for each in events] == [
        ("authz_fail", "sign_in.sign_in"),
        ("form_refused", "sign_in.sign_in"),
    ]
    assert_no_words(logged)


def test_a_page_of_another_role_is_refused_as_an_event_with_who_asked(app: Flask, act: Act) -> None:
    with capture_logs() as logged:
        assert browser_of(app, act, ZHAO).get("/centre/").status_code == 403
    (told,) = (each for each in logged if each["event"] == "authz_fail")
    assert (told["staff_id"], told["endpoint"]) == (ZHAO.staff_id, "centre.index")


def assert_no_words(logged: list[EventDict]) -> None:
    text = str(logged)
    for words in (SECRET_WORDS, PASSWORD, FORM["detail"], "13900001234", "officer3", ZHAO.name):
        assert words not in text


def test_a_change_of_the_name_alone_is_no_change_of_the_role(app: Flask, act: Act) -> None:
    with capture_logs() as logged:
        change_account(ChangeStep.CHANGE, name="Another")(app, act)
    assert [each["event"] for each in logged] == []


def test_the_operators_page_names_every_event_and_marks_the_warnings() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`)( !)? \|", OPERATIONS.read_text("utf-8"), re.MULTILINE)
    named = {name: bool(mark) for cell, mark in rows for name in re.findall(r"`(\w+)`", cell)}
    assert {each: named.get(each) for each in SecurityEvent} == {
        each: each in WARNING_EVENTS for each in SecurityEvent
    }


def test_what_the_access_log_records_besides_pages_is_an_event() -> None:
    pages = {
        AccessKind.CASE_VIEWED,
        AccessKind.QUEUE_SHOWN,
        AccessKind.LIST_SHOWN,
        AccessKind.PHOTO_VIEWED,
        AccessKind.FILE_OPENED,
        AccessKind.LOG_READ,
    }
    assert set(SECURITY_EVENTS) == set(AccessKind) - pages
