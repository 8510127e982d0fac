"""The permission to see restricted appeals: asked, confirmed by another, told, ended (Rules 3)."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from appeals.act import Act
from appeals.casework.accounts import staff_requests
from appeals.casework.accounts.restricted_permissions import ask_permission, end_permission
from appeals.casework.configuration.request_effects import decide_and_apply
from appeals.domain.people import Actor, Role
from appeals.domain.refusals import Refused
from appeals.domain.states import State
from appeals.models.notice import Notice
from appeals.models.staff import RestrictedPermission, StaffMember
from tests.cast import CAST, DISPATCHER, SUN, SUPERVISOR, ZHAO
from tests.restricted import add_conduct, permitted, restricted_in
from tests.web.staff_browser import browser_of, forget_rows, open_page
from tests.web.two_people import confirm_step, role_fields

XU = Actor(Role.SUPERVISOR, 8, "Supervisor Xu")
AT = "/centre/permissions?lang=en"


def add_xu(act: Act) -> None:
    act.session.add(
        StaffMember(
            id=XU.staff_id,
            username="xu",
            name=XU.name,
            role=XU.role,
            password_hash="none",
            created_at=act.now,
        )
    )
    act.session.flush()


def list_told(act: Act, person: Actor) -> list[str]:
    """Return what a person was told about accounts, in order: subject and body."""
    act.session.flush()
    of = (
        sa.select(Notice.subject + Notice.body)
        .where(Notice.staff_id == person.staff_id)
        .order_by(Notice.id)
    )
    return list(act.session.scalars(of))


def request_permission(browser: FlaskClient, person: Actor, why: str = "负责作风投诉") -> str:
    """Ask the permission for a person; return the number of the request."""
    sent = {"staff": str(person.staff_id), "why": why}
    answer = browser.post(AT, data=sent, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    found = re.search(r'id="request-(\d+)"', answer.text)
    assert found
    return found[1]


def test_two_supervisors_give_the_permission_and_one_ends_it(app: Flask, act: Act) -> None:
    add_conduct(act)
    add_xu(act)
    appeal = restricted_in(act, State.FILED)
    wu, xu, lin = (browser_of(app, act, each) for each in (SUPERVISOR, XU, DISPATCHER))
    case = f"/centre/appeals/{appeal.number}"
    request = request_permission(wu, DISPATCHER)
    assert lin.get(case).status_code == 404
    grant = f"/centre/permissions/requests/{request}/grant"
    assert wu.post(grant).status_code == 403
    assert "Agree" not in open_page(wu, AT)
    assert xu.post(grant).status_code == 303
    assert lin.get(case).status_code == 200
    assert (
        DISPATCHER.name
        in open_page(wu, AT).partition("People with access")[2].partition("Ask for access")[0]
    )
    forget_rows(act)
    permission = act.session.scalars(sa.select(RestrictedPermission)).one()
    end = f"/centre/permissions/{permission.id}/end?lang=en"
    refused = xu.post(end, data={"why": " "})
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    assert xu.post(end, data={"why": "调岗"}).status_code == 303
    assert lin.get(case).status_code == 404
    assert xu.post(end, data={"why": "调岗"}).status_code == 409
    earlier = open_page(wu, AT).partition("Earlier")[2]
    assert "调岗" in earlier
    assert XU.name in earlier
    told = list_told(act, DISPATCHER)
    assert [("asked for this" in each, "has ended" in each) for each in told] == [
        (True, False), (False, False), (False, True),
    ]  # fmt: skip


def test_a_refusal_needs_a_reason_and_gives_nothing(app: Flask, act: Act) -> None:
    add_xu(act)
    wu, xu = (browser_of(app, act, each) for each in (SUPERVISOR, XU))
    request = request_permission(wu, ZHAO)
    refuse = f"/centre/permissions/requests/{request}/refuse?lang=en"
    assert xu.post(refuse).status_code == 422
    assert xu.post(refuse, data={"answer": "人手已够"}).status_code == 303
    forget_rows(act)
    assert act.session.scalars(sa.select(RestrictedPermission)).all() == []
    assert "人手已够" in "".join(list_told(act, ZHAO))
    assert "人手已够" in open_page(wu, AT)


def test_an_administrator_confirms_where_there_is_no_other_supervisor(app: Flask, act: Act) -> None:
    wu, sun = browser_of(app, act, SUPERVISOR), browser_of(app, act, SUN)
    request = request_permission(wu, DISPATCHER)
    forget_rows(act)
    assert f"/admin/requests/{request}" in list_told(act, SUN)[-1]
    assert "负责作风投诉" in open_page(sun, f"/admin/requests/{request}")
    assert sun.post(f"/admin/requests/{request}/grant").status_code == 303
    forget_rows(act)
    assert act.session.scalars(sa.select(RestrictedPermission.staff_id)).all() == [
        DISPATCHER.staff_id
    ]


@pytest.mark.parametrize("step", ["disable", "change"])
def test_an_administrator_who_removed_the_second_supervisor_does_not_stand_in(
    app: Flask, act: Act, step: str
) -> None:
    add_xu(act)
    wu, sun = browser_of(app, act, SUPERVISOR), browser_of(app, act, SUN)
    request = request_permission(wu, DISPATCHER)
    given = role_fields("operator", "Xu") if step == "change" else {}
    assert confirm_step(sun, f"xu/{step}", **given).status_code == 303
    assert sun.post(f"/admin/requests/{request}/grant").status_code == 403
    forget_rows(act)
    with pytest.raises(Refused, match="nobody who may"):
        ask_permission(act.by(SUPERVISOR), ZHAO.staff_id or 0, "为何")
    week = act.later(timedelta(days=8))
    assert ask_permission(week.by(SUPERVISOR), ZHAO.staff_id or 0, "为何").outcome is None


def test_a_request_behind_the_newest_fifty_can_still_be_decided(app: Flask, act: Act) -> None:
    add_xu(act)
    wu, xu = browser_of(app, act, SUPERVISOR), browser_of(app, act, XU)
    request = request_permission(wu, DISPATCHER)
    for minute in range(51):
        later = act.later(timedelta(minutes=minute + 1)).by(SUPERVISOR)
        staff_requests.withdraw_request(later, ask_permission(later, ZHAO.staff_id or 0, "为何").id)
    act.session.commit()
    grant = f"/centre/permissions/requests/{request}/grant"
    assert grant in open_page(xu, AT)
    answer = xu.post(f"{grant}?lang=en", follow_redirects=True)
    assert f"{DISPATCHER.name} sees restricted appeals from now on, and was told" in answer.text


def test_administrators_count_the_requests_that_they_may_decide(act: Act) -> None:
    add_xu(act)
    ask_permission(act.by(SUPERVISOR), DISPATCHER.staff_id or 0, "为何")
    act.session.commit()
    assert staff_requests.count_to_decide(act.by(SUN)) == 0
    act.session.get_one(StaffMember, XU.staff_id).disabled_at = act.now - timedelta(days=8)
    act.session.flush()
    assert staff_requests.count_to_decide(act.by(SUN)) == 1


def test_an_administrator_does_not_confirm_where_there_is_another_supervisor(
    app: Flask, act: Act
) -> None:
    add_xu(act)
    wu, sun = browser_of(app, act, SUPERVISOR), browser_of(app, act, SUN)
    request = request_permission(wu, DISPATCHER)
    assert sun.post(f"/admin/requests/{request}/grant").status_code == 403
    assert "Another supervisor decides" in open_page(sun, f"/admin/requests/{request}?lang=en")


@pytest.mark.parametrize("role", sorted(set(CAST) - {Role.SUPERVISOR}))
def test_only_a_supervisor_asks_for_or_ends_a_permission(act: Act, role: Role) -> None:
    with pytest.raises(Refused, match="role"):
        ask_permission(act.by(CAST[role]), ZHAO.staff_id or 0, "为何")
    permitted(act, ZHAO)
    given = act.session.scalars(sa.select(RestrictedPermission)).one()
    with pytest.raises(Refused, match="role"):
        end_permission(act.by(CAST[role]), given.id, "为何")


def test_the_only_supervisor_asks_for_herself_and_an_administrator_confirms(
    app: Flask, act: Act
) -> None:
    """Rules 3: where there is one supervisor only; extensions are hers alone to decide."""
    add_conduct(act)
    appeal = restricted_in(act, State.IN_HAND)
    wu, sun = browser_of(app, act, SUPERVISOR), browser_of(app, act, SUN)
    request = request_permission(wu, SUPERVISOR)
    assert wu.post(f"/centre/permissions/requests/{request}/grant").status_code == 403
    assert wu.get(f"/centre/appeals/{appeal.number}").status_code == 404
    assert sun.post(f"/admin/requests/{request}/grant").status_code == 303
    assert wu.get(f"/centre/appeals/{appeal.number}").status_code == 200
    forget_rows(act)
    assert len(list_told(act, SUPERVISOR)) == 2


def test_nobody_confirms_the_only_supervisors_permission_just_after_a_second_left(act: Act) -> None:
    add_xu(act)
    act.session.get_one(StaffMember, XU.staff_id).disabled_at = act.now
    act.session.flush()
    with pytest.raises(Refused, match="nobody who may"):
        ask_permission(act.by(SUPERVISOR), SUPERVISOR.staff_id or 0, "为何")


def test_a_permission_is_not_asked_twice_nor_for_oneself_nor_for_a_holder(act: Act) -> None:
    add_xu(act)
    by = act.by(SUPERVISOR)
    with pytest.raises(Refused, match="for yourself"):
        ask_permission(by, SUPERVISOR.staff_id or 0, "为何")
    ask_permission(by, ZHAO.staff_id or 0, "为何")
    with pytest.raises(Refused, match="asked already"):
        ask_permission(by, ZHAO.staff_id or 0, "为何")
    permitted(act, DISPATCHER)
    with pytest.raises(Refused, match="may see restricted appeals already"):
        ask_permission(by, DISPATCHER.staff_id or 0, "为何")
    with pytest.raises(Refused, match="in service"):
        ask_permission(by, 999, "为何")


def test_nobody_who_left_meanwhile_is_given_the_permission(act: Act) -> None:
    request = ask_permission(act.by(SUPERVISOR), ZHAO.staff_id or 0, "为何")
    act.session.get_one(StaffMember, ZHAO.staff_id).disabled_at = act.now
    act.session.flush()
    with pytest.raises(Refused, match="disabled"):
        decide_and_apply(act.by(SUN), request.id, is_granted=True)


def test_the_database_keeps_one_permission_of_a_person(act: Act) -> None:
    permitted(act, ZHAO)
    with (
        pytest.raises(IntegrityError, match="one_permission_at_a_time"),
        act.session.begin_nested(),
    ):
        permitted(act, ZHAO)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM restricted_permission",
        "UPDATE restricted_permission SET since = since - interval '1 day'",
        "UPDATE restricted_permission SET staff_id = 1, ended_at = now(), ended_by = 1",
    ],
)
def test_the_database_neither_deletes_nor_rewrites_a_permission(act: Act, statement: str) -> None:
    permitted(act, ZHAO)
    with pytest.raises(IntegrityError, match="ended once"), act.session.begin_nested():
        act.session.execute(sa.text(statement))


def test_the_database_lets_nobody_revive_an_ended_permission(act: Act) -> None:
    permitted(act, ZHAO)
    permission = act.session.scalars(sa.select(RestrictedPermission)).one()
    end_permission(act.by(SUPERVISOR), permission.id, "调离")
    revived = "UPDATE restricted_permission SET ended_at = NULL, ended_by = NULL"
    with pytest.raises(IntegrityError, match="ended once"), act.session.begin_nested():
        act.session.execute(sa.text(revived))
