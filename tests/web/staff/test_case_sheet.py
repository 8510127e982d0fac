"""The office's sheet of a case: boxes for approval, the contact for a recorded reason alone."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.domain.people import Actor
from appeals.domain.states import State
from appeals.domain.vocabulary import AccessKind
from appeals.models.access_log import AccessLogRow
from tests.cast import DISPATCHER, LEADER, SUN, ZHAO
from tests.factories import appeal_in
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)
BOXES = ("拟办意见", "领导批示", "承办单位意见", "办理结果")


def logged(act: Act) -> list[AccessKind]:
    return list(act.session.scalars(sa.select(AccessLogRow.kind).order_by(AccessLogRow.id)))


@pytest.mark.parametrize("person", [ZHAO, LEADER])
def test_the_sheet_has_boxes_for_approval_and_no_form_of_a_move(
    app: Flask, act: Act, person: Actor
) -> None:
    appeal = appeal_in(act, State.ANSWERED)
    shown = open_page(browser_of(app, act, person), f"/desk/appeals/{appeal.number}/print?lang=zh")
    places = [shown.index(each) for each in BOXES]
    assert places == sorted(places)
    assert "说明" in shown[places[-1] : shown.index("</table>", places[-1])]  # the answer's words
    assert "/answer" not in shown
    assert "wang@example.org" not in shown
    assert "w***@example.org" in shown


def test_the_sheet_with_the_whole_contact_is_recorded_with_its_reason(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    browser = browser_of(app, act, ZHAO)
    sheet = f"/desk/appeals/{appeal.number}/print"
    refused = browser.post(f"{sheet}?lang=en", data={})
    assert (refused.status_code, "wang@example.org" in refused.text) == (422, False)
    other = browser.post(sheet, data={"reason": "other"})
    assert (other.status_code, "wang@example.org" in other.text) == (422, False)
    assert AccessKind.CONTACT_SHOWN not in logged(act)
    shown = browser.post(sheet, data={"reason": "call"})
    assert (shown.status_code, "wang@example.org" in shown.text) == (200, True)
    assert logged(act).count(AccessKind.CONTACT_SHOWN) == 1
    assert AccessKind.PRINTED in logged(act)


def test_of_a_confidential_case_the_department_prints_no_contact(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED, confidential=True)
    browser = browser_of(app, act, ZHAO)
    sheet = f"/desk/appeals/{appeal.number}/print"
    assert 'id="look"' not in open_page(browser, sheet)
    answer = browser.post(sheet, data={"reason": "call"})
    assert (answer.status_code, "wang@example.org" in answer.text) == (403, False)
    centre = browser_of(app, act, DISPATCHER)
    sheet = f"/centre/appeals/{appeal.number}/print"
    assert "wang@example.org" in centre.post(sheet, data={"reason": "call"}).text


def test_administrators_print_no_contact(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    sun = browser_of(app, act, SUN)
    assert 'id="look"' not in open_page(sun, f"/admin/reports/appeals/{appeal.number}/print")
