"""Who may open what: every route × every role × own, another department's, unknown.

A route that the table does not name fails the first test: deny by default, also on paper.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.domain.people import CENTRE, DEPARTMENT, STAFF, Role
from appeals.domain.states import Action, State
from appeals.models.staff import StaffMember
from tests.cast import CAST, QIAN, WATER
from tests.factories import appeal_in, later, played

EVERYBODY = frozenset(Role)
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
TABLE: dict[str, frozenset[Role]] = {
    "citizen.": EVERYBODY,
    "filing.": EVERYBODY,
    "device_list.": EVERYBODY,
    "helper_codes.": EVERYBODY,  # of which appeals: tests/web/citizen/test_helper_codes.py
    "site.": EVERYBODY,
    "telephone.": EVERYBODY,
    "public.": EVERYBODY,
    "search_engines.": EVERYBODY,
    "sign_in.": EVERYBODY,
    "forgot_password.": EVERYBODY,
    "screens.": EVERYBODY,  # what a pass opens: tests/web/wall/test_display_passes.py
    "health.": EVERYBODY,
    "desk.": DEPARTMENT,
    "absences.": DEPARTMENT,
    "team.": frozenset({Role.LEADER}),
    "desk.contact": DEPARTMENT,  # of which appeals: tests/web/staff/test_contacts.py
    "centre.": CENTRE,
    "centre.contact": CENTRE,
    "permissions.": frozenset({Role.SUPERVISOR}),
    "inbox.": frozenset(STAFF),
    "briefs.": frozenset({Role.LEADER, Role.SUPERVISOR, Role.ADMINISTRATOR}),
    "watch_list.": frozenset({Role.SUPERVISOR}),
    "search.": frozenset(STAFF),
    "display_passes.": frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
    "live.": frozenset(STAFF),  # a department its own alone: tests/web/staff/test_live_figures.py
    "access_log.": ADMINISTRATORS,
    "admin.": ADMINISTRATORS,
    "admin_city.": ADMINISTRATORS,
    "admin_rules.": ADMINISTRATORS,
    "admin_undo.": ADMINISTRATORS,
    "table_files.": ADMINISTRATORS,
    "configuration_file.": ADMINISTRATORS,
    "staff_requests.": ADMINISTRATORS,
    "erasures.": ADMINISTRATORS,
    "components.": ADMINISTRATORS,
    "second_factor.": frozenset(STAFF),
    "own_address.": frozenset(STAFF),
    "mail_choices.": frozenset(STAFF),
    "reports.": ADMINISTRATORS,
    "report_cases.": ADMINISTRATORS,
}
"""Who may come in, by the beginning of the endpoint; the longest that fits holds."""
PEOPLE = [Role.CITIZEN, *CAST]
UNKNOWN = "QD26-0000-0000-0"


def may(endpoint: str, role: Role) -> bool:
    fits = max((name for name in TABLE if endpoint.startswith(name)), key=len)
    return role in TABLE[fits]


@contextmanager
def browser_of(app: Flask, act: Act, role: Role) -> Iterator[FlaskClient]:
    with app.test_client() as browser:
        if role is not Role.CITIZEN:
            person = act.session.get(StaffMember, CAST[role].staff_id)
            assert person is not None
            browser.set_cookie("sid", staff_accounts.begin_session(act, person))
            act.session.commit()
        yield browser


def test_the_table_names_every_route(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {e for e in endpoints if not any(e.startswith(name) for name in TABLE)} == set()


@pytest.mark.parametrize("role", PEOPLE)
def test_a_page_opens_for_its_audience_and_nobody_else(app: Flask, act: Act, role: Role) -> None:
    wrong: list[str] = []
    with browser_of(app, act, role) as browser:
        for rule in app.url_map.iter_rules():
            if may(rule.endpoint, role):
                continue
            path = str(rule.rule)
            for name in rule.arguments:
                path = path.replace(f"<{name}>", "1").replace(f"<int:{name}>", "1")
            for method in (rule.methods or set()) & {"GET", "POST"}:
                answer = browser.open(path, method=method)
                refused = (
                    answer.status_code == 302 and "/sign-in" in (answer.location or "")
                    if role is Role.CITIZEN
                    else answer.status_code == 403
                )
                if not refused:
                    wrong.append(f"{role.value} {method} {path}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("role", sorted(DEPARTMENT))
def test_a_department_opens_its_own_cases_and_no_others(app: Flask, act: Act, role: Role) -> None:
    own = appeal_in(act, State.DISPATCHED)
    others = appeal_in(act, State.ACCEPTED, category="water.burst")
    act.session.commit()
    with browser_of(app, act, role) as browser:
        assert browser.get(f"/desk/appeals/{own.number}").status_code == 200
        for number in (others.number, UNKNOWN):
            assert browser.get(f"/desk/appeals/{number}").status_code == 404
            for action in ("sign", "contact", "answer", "nonsense"):
                answer = browser.post(f"/desk/appeals/{number}/{action}", data={"how": "phone"})
                assert answer.status_code == 404


def test_a_department_loses_a_case_with_the_return(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    with browser_of(app, act, Role.OFFICER) as browser:
        assert browser.get(f"/desk/appeals/{appeal.number}").status_code == 200
        played(later(act, 2), appeal, Action.ASK_RETURN)
        played(later(act, 3), appeal, Action.GRANT_RETURN, department=WATER)
        act.session.commit()
        assert QIAN.department == WATER
        assert browser.get(f"/desk/appeals/{appeal.number}").status_code == 404


def test_a_stranger_opens_no_appeal(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    act.session.commit()
    with app.test_client() as browser:
        for number in (appeal.number, UNKNOWN):
            shown = browser.get(f"/appeals/{number}")
            assert (shown.status_code, shown.location) == (302, "/appeals/follow")
            assert browser.post(f"/appeals/{number}/withdraw").status_code == 404


def test_a_disabled_person_is_out_at_the_next_request(app: Flask, act: Act) -> None:
    with browser_of(app, act, Role.OFFICER) as browser:
        assert browser.get("/desk/").status_code == 200
        person = act.session.get(StaffMember, CAST[Role.OFFICER].staff_id)
        assert person is not None
        person.disabled_at = act.now
        act.session.commit()
        assert browser.get("/desk/").status_code == 302


def test_nothing_is_changed_without_a_token(app: Flask, act: Act) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    appeal = appeal_in(act, State.DISPATCHED)
    act.session.commit()
    unsafe = [r for r in app.url_map.iter_rules() if "POST" in (r.methods or set())]
    assert unsafe
    for role in CAST:
        with browser_of(app, act, role) as browser:
            for rule in unsafe:
                path = str(rule.rule)
                for name in rule.arguments:
                    value = appeal.number if name == "number" else "sign"
                    path = path.replace(f"<{name}>", value).replace(f"<int:{name}>", "1")
                assert browser.post(path).status_code == 400, path
