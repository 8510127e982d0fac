"""Erasure at the pages: two administrators, and what its citizen reads afterwards."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.states import State
from appeals.domain.vocabulary import Kind
from appeals.models.appeal import Appeal, Statement
from appeals.models.erasure import Retention
from tests.cast import OPERATOR, SUN, SUPERVISOR
from tests.factories import appeal_in, file_appeal, path_to, played
from tests.restricted import add_conduct, permitted, restricted_in
from tests.web.staff_browser import browser_of, change_row, day_after, forget_rows, open_page
from tests.web.two_people import MEI, TAO, add_administrators, list_told

WHY = {"why": "市民来电申请"}
PHONE = "13912345678"


def file_closed_appeal(act: Act) -> Appeal:
    appeal = appeal_in(act, State.CLOSED, contact_phone=PHONE, subject="路灯不亮")
    act.session.commit()
    return appeal


def phone_of(act: Act, appeal: Appeal) -> str | None:
    forget_rows(act)
    wanted = sa.select(Statement.contact_phone).where(Statement.appeal_id == appeal.id)
    return act.session.scalar(wanted)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_two_administrators_erase_and_the_pages_say_so(
    app: Flask, act: Act, sun: FlaskClient, language: str
) -> None:
    add_administrators(act, MEI)
    appeal = file_closed_appeal(act)
    address = f"/admin/erasures?lang={language}"
    asked = {"numbers": appeal.number, **WHY}
    preview = sun.post(address, data=asked)
    assert 'name="confirmed"' in preview.text
    assert phone_of(act, appeal) == PHONE
    answer = sun.post(address, data={**asked, "confirmed": "yes"})
    assert answer.location.startswith("/admin/requests/")
    assert sun.post(f"{answer.location}/grant").status_code == 403
    assert phone_of(act, appeal) == PHONE
    mei = browser_of(app, act, MEI)
    assert appeal.number in open_page(mei, f"{answer.location}?lang={language}")
    assert mei.post(f"{answer.location}/grant").status_code == 303
    assert phone_of(act, appeal) == ""
    assert appeal.number in open_page(sun, address)
    case = open_page(
        browser_of(app, act, OPERATOR), f"/centre/appeals/{appeal.number}?lang={language}"
    )
    assert "data-erased" in case
    assert "路灯不亮" not in case
    told_whom = set(re.findall(r"→ (\S+) · (?:电子邮件|E-mail)", case))
    assert told_whom == {{"zh": "已删除", "en": "erased"}[language]}
    again = sun.post(address, data=asked)
    assert (again.status_code, 'href="#numbers"' in again.text) == (422, True)


def test_a_refused_erasure_takes_nothing(app: Flask, act: Act, sun: FlaskClient) -> None:
    add_administrators(act, MEI)
    appeal = file_closed_appeal(act)
    asked = {"numbers": appeal.number, **WHY, "confirmed": "yes"}
    address = sun.post("/admin/erasures", data=asked).location
    mei = browser_of(app, act, MEI)
    assert mei.post(f"{address}/refuse", data={"answer": "请先核实"}).status_code == 303
    assert phone_of(act, appeal) == PHONE


def test_the_only_administrator_erases_at_once_and_the_centre_is_told(
    act: Act, sun: FlaskClient
) -> None:
    appeal = file_closed_appeal(act)
    asked = {"numbers": appeal.number, **WHY, "confirmed": "yes"}
    assert sun.post("/admin/erasures", data=asked).location == "/admin/erasures"
    assert phone_of(act, appeal) == ""
    assert len(list_told(act, SUPERVISOR)) == 1


@pytest.mark.parametrize("numbers", ["", "QD26-0000-0000-0", "open", "x " * 101])
def test_what_cannot_be_erased_comes_back_with_what_was_typed(
    act: Act, sun: FlaskClient, numbers: str
) -> None:
    typed = appeal_in(act, State.SIGNED).number if numbers == "open" else numbers.strip()
    act.session.commit()
    answer = sun.post("/admin/erasures?lang=en", data={"numbers": typed, **WHY})
    assert (answer.status_code, typed in answer.text) == (422, True)


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes"}])
def test_a_restricted_appeal_is_unknown_to_an_administrator_without_the_permission(
    act: Act, sun: FlaskClient, confirmed: dict[str, str]
) -> None:
    add_conduct(act)
    for state in (State.CLOSED, State.IN_HAND):
        hidden = restricted_in(act, state, contact_phone=PHONE)
        act.session.commit()
        answers = [
            sun.post("/admin/erasures?lang=en", data={"numbers": number, **WHY, **confirmed})
            for number in (hidden.number, "QD26-0000-0000-0")
        ]
        assert [each.status_code for each in answers] == [422, 422]
        texts = [answers[0].text.replace(hidden.number, "QD26-0000-0000-0"), answers[1].text]
        assert ["There is no appeal QD26-0000-0000-0." in each for each in texts] == [True, True]
        assert phone_of(act, hidden) == PHONE


def test_requests_and_lists_name_a_restricted_appeal_to_who_may_see_it_alone(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    add_administrators(act, MEI, TAO)
    add_conduct(act)
    hidden, plain = restricted_in(act, State.CLOSED, contact_phone=PHONE), file_closed_appeal(act)
    permitted(act, MEI)
    act.session.commit()
    mei, tao = browser_of(app, act, MEI), browser_of(app, act, TAO)
    both = {"numbers": f"{hidden.number} {plain.number}", **WHY, "confirmed": "yes"}
    request = mei.post("/admin/erasures", data=both).location
    for address in ("/admin/requests", request, "/admin/", "/staff/account"):
        for browser in (sun, tao):
            assert hidden.number not in browser.get(address, follow_redirects=True).text, address
    bodies = [body for _, _, body in list_told(act, SUN, TAO)]
    assert len(bodies) > 1
    assert not any(hidden.number in body for body in bodies)
    assert hidden.number in open_page(mei, request)
    assert plain.number in open_page(sun, request)
    for browser in (sun, tao):
        shown = open_page(browser, f"{request}?lang=en")
        assert ("/grant" in shown, "/refuse" in shown) == (False, True)
        assert "Nobody who could agree may see these restricted appeals." in shown
    answer = sun.post(f"{request}/grant?lang=en")
    assert (answer.status_code, hidden.number in answer.text) == (403, False)
    assert (phone_of(act, hidden), phone_of(act, plain)) == (PHONE, PHONE)
    permitted(act, SUN)
    act.session.commit()
    assert "/grant" in open_page(sun, request)
    assert f"Who can agree to this: {SUN.name}<" in open_page(tao, f"{request}?lang=en")
    assert sun.post(f"{request}/grant").status_code == 303
    assert (phone_of(act, hidden), phone_of(act, plain)) == ("", "")
    for browser, names in ((tao, False), (sun, True)):
        listed = open_page(browser, "/admin/erasures")
        assert (hidden.number in listed, plain.number in listed) == (names, True)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_its_citizen_reads_that_it_was_erased_and_can_do_nothing(
    app: Flask, act: Act, sun: FlaskClient, language: str
) -> None:
    receipt = file_appeal(act, subject="路灯不亮", contact_phone=PHONE)
    for step, move in enumerate(path_to(State.CLOSED), start=1):
        played(act.later(step * timedelta(minutes=1)), receipt.appeal, move.action)
    act.session.commit()
    asked = {"numbers": receipt.number, **WHY, "confirmed": "yes"}
    assert sun.post("/admin/erasures", data=asked).status_code == 303
    citizen = app.test_client()
    followed = {"number": receipt.number, "code": receipt.code}
    assert citizen.post("/appeals/follow", data=followed).status_code == 303
    shown = open_page(citizen, f"/appeals/{receipt.number}?lang={language}")
    assert "data-erased" in shown
    assert "路灯不亮" not in shown
    assert f"/appeals/{receipt.number}/rate" not in shown
    rated = citizen.post(f"/appeals/{receipt.number}/rate", data={"solved": "yes"})
    assert rated.status_code in {404, 409, 422}


@pytest.mark.parametrize(("copies", "shown"), [(998, "999 appeals"), (1000, "1,000+ appeals")])
def test_appeals_due_for_erasure_are_counted_up_to_a_thousand(
    act: Act, sun: FlaskClient, copies: int, shown: str
) -> None:
    old = appeal_in(act.later(timedelta(days=-800)), State.CLOSED)
    act.session.flush()
    for table, key, changed in (
        ("appeal", "id", "'id', -nth, 'number', 'copy ' || nth, 'form_key_hash', NULL"),
        ("move", "appeal_id", "'appeal_id', -nth"),
    ):
        copied = (
            f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT (copy).* FROM (SELECT "  # noqa: S608
            f"jsonb_populate_record(old, jsonb_build_object({changed})) AS copy FROM {table} AS "
            f"old, generate_series(1, :copies) AS nth WHERE old.{key} = :id OFFSET 0) AS copies"
        )
        act.session.execute(sa.text(copied), {"copies": copies, "id": old.id})
    years = sa.update(Retention).where(Retention.kind == old.kind).values(years=1)
    act.session.execute(years)
    act.session.commit()
    assert f">{shown} are older than" in open_page(sun, "/admin/erasures?lang=en")


def test_fewer_years_take_two_people_and_more_take_one(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    add_administrators(act, MEI)
    today = {"since": day_after(act, 0), "why": "档案规定"}
    asked = change_row(sun, "/admin/retention/help/change", years="3", **today)
    assert asked.startswith("/admin/requests/")
    assert browser_of(app, act, MEI).post(f"{asked}/grant").status_code == 303
    longer = change_row(sun, "/admin/retention/help/change", years="5", **today)
    assert longer == "/admin/retention/help"
    assert change_row(sun, "/admin/retention/help/change", years="0", **today) == longer
    forget_rows(act)
    years = sa.select(Retention.years).where(Retention.kind == Kind.HELP)
    assert sorted(act.session.scalars(years)) == [0, 0]
