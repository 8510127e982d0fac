"""The citizen's contact is masked; a look at it is recorded first, and shown in one answer."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.handling import contacts
from appeals.domain.people import Actor
from appeals.domain.refusals import Refused
from appeals.domain.states import State
from appeals.domain.vocabulary import AccessKind, ContactReason
from appeals.models.access_log import AccessLogRow
from appeals.models.appeal import Appeal
from appeals.queries import staff_pages
from tests.cast import DISPATCHER, LEADER, OPERATOR, QIAN, STAFF, SUN, SUPERVISOR, WATER, ZHAO
from tests.factories import appeal_in
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""

PHONE, EMAIL = "13900001234", "wang@example.org"
CALL = {"reason": "call"}


@pytest.fixture
def appeal(act: Act) -> Appeal:
    return appeal_in(act, State.SIGNED, contact_phone=PHONE, contact_name="王小明")


def area(person: Actor) -> str:
    return "desk" if person.department else "centre"


def looks(act: Act) -> list[tuple[int, str, str | None]]:
    shown = AccessLogRow.kind == AccessKind.CONTACT_SHOWN
    rows = act.session.scalars(sa.select(AccessLogRow).where(shown).order_by(AccessLogRow.at))
    return [(row.staff_id, row.detail["reason"], row.detail.get("words")) for row in rows]


def test_a_look_shows_the_contact_in_that_answer_only(app: Flask, act: Act, appeal: Appeal) -> None:
    browser = browser_of(app, act, ZHAO)
    address = f"/desk/appeals/{appeal.number}"
    assert PHONE not in open_page(browser, address)
    answer = browser.post(f"{address}/show-contact", data=CALL)
    assert answer.status_code == 200
    assert {PHONE, EMAIL, "王小明"} <= set(answer.text.replace("<", ">").split(">"))
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert looks(act) == [(3, ContactReason.CALL, None)]
    assert PHONE not in open_page(browser, address)
    assert PHONE not in open_page(browser, "/desk/")


SEES = {
    "own": {OPERATOR, DISPATCHER, SUPERVISOR, ZHAO, LEADER},
    "confidential": {OPERATOR, DISPATCHER, SUPERVISOR},
    "another's": {OPERATOR, DISPATCHER, SUPERVISOR, QIAN},
    "nobody's": {OPERATOR, DISPATCHER, SUPERVISOR},
}


@pytest.mark.parametrize("person", STAFF, ids=lambda person: person.name)
@pytest.mark.parametrize("whose", SEES)
def test_only_the_centre_and_the_holding_department_are_shown_the_contact(
    app: Flask, act: Act, person: Actor, whose: str
) -> None:
    state = State.ACCEPTED if whose == "nobody's" else State.SIGNED
    appeal = appeal_in(act, state, contact_phone=PHONE, confidential=whose == "confidential")
    if whose == "another's":
        appeal.holder = WATER  # as if it had been dispatched there
    browser = browser_of(app, act, person)
    answer = browser.post(f"/{area(person)}/appeals/{appeal.number}/show-contact", data=CALL)
    may = person in SEES[whose]
    assert (answer.status_code == 200) is may
    assert (PHONE in answer.text) is may
    assert len(looks(act)) == may


def test_an_administrator_is_refused_wherever_they_ask(act: Act, appeal: Appeal) -> None:
    with pytest.raises(Refused, match="role"):
        contacts.reveal_contact(act.by(SUN), appeal, ContactReason.CALL)
    assert looks(act) == []


@pytest.mark.parametrize("sent", [{}, {"reason": "curiosity"}, {"reason": "other", "words": " "}])
def test_without_a_reason_nothing_is_shown_or_recorded(
    app: Flask, act: Act, appeal: Appeal, sent: dict[str, str]
) -> None:
    browser = browser_of(app, act, ZHAO)
    answer = browser.post(f"/desk/appeals/{appeal.number}/show-contact", data=sent)
    assert answer.status_code == 422
    assert PHONE not in answer.text
    assert 'href="#look-' in answer.text
    assert looks(act) == []


def test_a_look_that_cannot_be_recorded_shows_nothing(app: Flask, act: Act, appeal: Appeal) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    browser = browser_of(app, act, ZHAO)
    act.session.execute(
        sa.text("ALTER TABLE access_log ADD CONSTRAINT shut CHECK (false) NOT VALID")
    )
    act.session.commit()
    answer = browser.post(f"/desk/appeals/{appeal.number}/show-contact", data=CALL)
    assert answer.status_code == 500
    assert PHONE not in answer.text


@pytest.fixture
def look_of_the_release_before(act: Act, appeal: Appeal) -> None:
    """Record a look as processes of the release before do, beside the migrated database."""
    query = (
        "INSERT INTO contact_view (appeal_id, staff_id, at, reason, words) "
        "VALUES (:appeal, 2, :at, 'verify', '来电核对')"
    )
    at = act.now - timedelta(hours=1)
    act.session.execute(sa.text(query), {"appeal": appeal.id, "at": at})


@pytest.mark.usefixtures("look_of_the_release_before")
def test_a_look_that_the_release_before_recorded_never_changes(act: Act) -> None:
    for change in ("UPDATE contact_view SET staff_id = 4", "DELETE FROM contact_view"):
        with (
            pytest.raises(sa.exc.IntegrityError, match="never changes"),
            act.session.begin_nested(),
        ):
            act.session.execute(sa.text(change))


@pytest.mark.usefixtures("look_of_the_release_before")
def test_looks_that_the_release_before_recorded_are_listed_with_the_newer_ones(
    act: Act, appeal: Appeal
) -> None:
    contacts.reveal_contact(act.by(ZHAO), appeal, ContactReason.CALL)
    listed = [
        (each.name, each.reason, each.words)
        for each in staff_pages.list_contact_looks(act.by(LEADER), appeal)
    ]
    assert listed == [(ZHAO.name, "call", None), (DISPATCHER.name, "verify", "来电核对")]


def test_leaders_and_the_centre_see_who_looked(app: Flask, act: Act, appeal: Appeal) -> None:
    contacts.reveal_contact(act.by(ZHAO), appeal, ContactReason.OTHER, "约定上门时间")

    def shown(browser: FlaskClient, person: Actor) -> bool:
        text = open_page(browser, f"/{area(person)}/appeals/{appeal.number}")
        looked = text.partition('id="looks"')[2].partition("</ul>")[0]
        return ZHAO.name in looked and "约定上门时间" in looked

    seeing = {
        person: shown(browser_of(app, act, person), person)
        for person in (ZHAO, LEADER, OPERATOR, DISPATCHER, SUPERVISOR)
    }
    assert seeing == {ZHAO: False, LEADER: True, OPERATOR: True, DISPATCHER: True, SUPERVISOR: True}
