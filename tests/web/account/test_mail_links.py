"""A forgotten password by mail: one answer for every name, a link that is good once."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.accounts.passwords import hash_password
from appeals.domain.vocabulary import NoticeKind
from appeals.models.notice import Notice
from appeals.models.staff import MailLink, RecoveryCode, StaffMember
from appeals.settings import Settings
from tests.cast import QIAN, SUN, ZHAO
from tests.web.staff_browser import browser_of, forget_rows, open_page
from tests.web.two_people import OFFICER, confirm_step
from worker.mail import compose_mail

OWN = "four quiet words here"
NEW = "lamps under nine umbrellas"
ADDRESS = "zhao@example.org"
LINK = re.compile(r"https?://[^/\s]+(/\S+\?token=[\w-]+)")


@pytest.fixture
def mailing(app: Flask) -> Settings:
    """Provide the settings of an installation that sends mail."""
    settings: Settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = settings.model_copy(update={"smtp_url": "smtp://mail.example.org"})
    return app.config["SETTINGS"]  # type: ignore[no-any-return]  # Flask's settings have no types


@pytest.fixture
def stranger(app: Flask, act: Act, mailing: Settings) -> FlaskClient:
    """Provide a browser that nobody is signed in with; Zhao has a confirmed address."""
    del mailing
    person = act.session.get_one(StaffMember, ZHAO.staff_id)
    person.password_hash, person.email, person.email_verified_at = (
        hash_password(OWN),
        ADDRESS,
        act.now,
    )
    act.session.commit()
    return app.test_client()


def ask_link(browser: FlaskClient, username: str = OFFICER, source: str = "192.0.2.1") -> str:
    answer = browser.post(
        "/sign-in/forgot?lang=en",
        data={"username": username},
        environ_base={"REMOTE_ADDR": source},
    )
    assert answer.status_code in {200, 429}, answer.text
    return answer.text


def links(act: Act, settings: Settings) -> list[str]:
    """Return the addresses of the links that were sent, as the worker's mails have them."""
    forget_rows(act)
    rows = act.session.scalars(
        sa.select(Notice).where(Notice.kind == NoticeKind.MAIL_LINK).order_by(Notice.id)
    )
    bodies = [compose_mail(row, settings).get_content() for row in rows]
    return [path for body in bodies for path in dict.fromkeys(LINK.findall(body))]


def choose_password(browser: FlaskClient, link: str, new: str = NEW) -> int:
    token = link.partition("token=")[2]
    given = {"token": token, "new": new}
    return browser.post("/sign-in/reset?lang=en", data=given).status_code


def sign_in(browser: FlaskClient, password: str) -> str:
    given = {"username": OFFICER, "password": password}
    return browser.post("/sign-in", data=given).location or ""


def test_a_link_by_mail_sets_a_new_password_once(
    app: Flask, act: Act, stranger: FlaskClient, mailing: Settings
) -> None:
    zhao = browser_of(app, act, ZHAO)
    ask_link(stranger)
    (link,) = links(act, mailing)
    assert "Choose a new password" in open_page(stranger, f"{link}&lang=en")
    assert zhao.get("/desk/").status_code == 200, "opening the link changes nothing"
    assert choose_password(stranger, link, "iloveqingdao") == 422
    assert choose_password(stranger, link) == 303
    assert zhao.get("/desk/").status_code == 302, "all sessions end"
    assert choose_password(stranger, link, f"{NEW} again") == 409
    assert stranger.get(link).status_code == 409
    assert sign_in(app.test_client(), OWN) == ""
    assert sign_in(app.test_client(), NEW) == "/desk/day"
    told = act.session.scalars(
        sa.select(Notice).where(
            Notice.kind == NoticeKind.ACCOUNT_CHANGED, Notice.recipient == ADDRESS
        )
    ).all()
    assert ["through a link sent by mail" in each.body for each in told] == [True]
    assert "新的一次性密码" in open_page(
        browser_of(app, act, SUN), f"/admin/staff/{OFFICER}?lang=zh"
    )


def test_the_second_factor_is_asked_after_a_reset(
    act: Act, stranger: FlaskClient, mailing: Settings
) -> None:
    person = act.session.get_one(StaffMember, ZHAO.staff_id)
    person.factor_salt, person.factor_since = b"salt", act.now
    act.session.add(RecoveryCode(staff_id=person.id, code_hash=b"hash"))
    act.session.commit()
    ask_link(stranger)
    (link,) = links(act, mailing)
    assert choose_password(stranger, link) == 303
    assert sign_in(stranger, NEW).startswith("/sign-in/code")
    assert stranger.get("/desk/").status_code == 302


def test_an_unknown_name_gets_the_same_answer_and_no_mail(
    act: Act, stranger: FlaskClient, mailing: Settings
) -> None:
    token = re.compile(r'name="csrf_token"[^>]*>')
    known = token.sub("", ask_link(stranger))
    for username in ("nobody", f"officer{QIAN.staff_id}"):
        assert token.sub("", ask_link(stranger, username)) == known, username
    assert len(links(act, mailing)) == 1


def test_the_database_alone_gives_no_link_away(
    act: Act, stranger: FlaskClient, mailing: Settings
) -> None:
    ask_link(stranger)
    token = links(act, mailing)[0].partition("token=")[2]
    notice = act.session.scalars(sa.select(Notice).where(Notice.recipient == ADDRESS)).one()
    row = act.session.scalars(sa.select(MailLink)).one()
    stored = f"{notice.subject} {notice.body} {notice.cause} {row.token_hash.hex()}"
    assert token not in stored
    copied = Notice(
        id=1, kind=NoticeKind.ACCOUNT_CHANGED, recipient="a@example.org", subject="", language="zh",
        body=notice.body, created_at=notice.created_at,
    )  # fmt: skip
    assert token not in compose_mail(copied, mailing).get_content(), "of words that somebody wrote"
    other = mailing.model_copy(
        update={"secret_key": b"another secret key, of 32 characters or more"}
    )
    assert token not in compose_mail(notice, other).get_content()


ENDED = {
    "after half an hour": lambda act: act.session.execute(
        sa.update(MailLink).values(expires_at=act.now - timedelta(seconds=1))
    ),
    "of a disabled account": lambda act: act.session.execute(
        sa.update(StaffMember).values(disabled_at=act.now)
    ),
    "of an address that is no longer the account's": lambda act: act.session.execute(
        sa.update(StaffMember).where(StaffMember.id == ZHAO.staff_id).values(email="x@example.org")
    ),
}


@pytest.mark.parametrize("how", ENDED)
def test_a_link_that_is_over_sets_nothing(
    act: Act, stranger: FlaskClient, mailing: Settings, how: str
) -> None:
    ask_link(stranger)
    (link,) = links(act, mailing)
    ENDED[how](act)
    act.session.commit()
    assert choose_password(stranger, link) == 409


def test_a_stranger_who_asks_for_more_links_takes_none_away(
    act: Act, stranger: FlaskClient, mailing: Settings
) -> None:
    usual = ask_link(stranger)
    for source in ("192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"):
        answer = ask_link(stranger, source=source)
    token = re.compile(r'name="csrf_token"[^>]*>')
    assert token.sub("", answer) == token.sub("", usual), "also when no more mail is sent"
    first, second, third = links(act, mailing)
    assert choose_password(stranger, first) == 303
    assert [choose_password(stranger, each) for each in (second, third)] == [409, 409], (
        "all are used up"
    )


def test_asking_is_limited_for_each_name_and_each_address(
    act: Act, stranger: FlaskClient, mailing: Settings
) -> None:
    for source in ("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"):
        ask_link(stranger, source=source)
    assert len(links(act, mailing)) == 3
    tries = [ask_link(stranger, f"somebody{n}", "192.0.2.9") for n in range(11)]
    assert ["too many tries" in each for each in tries] == [False] * 10 + [True]


def test_an_address_that_an_administrator_changed_resets_nothing(
    app: Flask, act: Act, stranger: FlaskClient, mailing: Settings
) -> None:
    """An administrator alone must not send herself the link of another."""
    sun = browser_of(app, act, SUN)
    said = {"name": ZHAO.name, "role": "officer", "department_code": ZHAO.department or ""}
    moved = confirm_step(sun, f"{OFFICER}/change", **said, email="sun@example.org")
    assert moved.status_code == 303
    ask_link(stranger)
    assert links(act, mailing) == []
    forget_rows(act)
    mailed = {row.recipient for row in act.session.scalars(sa.select(Notice)) if row.staff_id == 3}
    assert mailed == {"staff:officer3", "sun@example.org", ADDRESS}


def test_an_address_is_confirmed_by_its_owner_who_gave_the_password(
    app: Flask, act: Act, stranger: FlaskClient, mailing: Settings
) -> None:
    zhao, sun = browser_of(app, act, ZHAO), browser_of(app, act, SUN)
    given = {"email": "li.zhao@example.org", "password": "wrong"}
    assert zhao.post("/account/address", data=given).status_code == 422
    assert zhao.post("/account/address", data={"email": "li", "password": OWN}).status_code == 422
    assert zhao.post("/account/address", data={**given, "password": OWN}).status_code == 303
    ask_link(stranger)
    (link,) = links(act, mailing)
    assert link.startswith("/account/address/confirm?")
    token = {"token": link.partition("token=")[2]}
    assert sun.post("/account/address/confirm", data=token).status_code == 409
    assert "It is not confirmed." in open_page(zhao, "/account?lang=en")
    assert zhao.get(link).status_code == 200
    assert "It is not confirmed." in open_page(zhao, "/account?lang=en"), (
        "opening it changes nothing"
    )
    assert zhao.post("/account/address/confirm", data=token).status_code == 303
    assert "It is confirmed." in open_page(zhao, "/account?lang=en")
    ask_link(stranger)
    assert len(links(act, mailing)) == 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_mail_nothing_is_offered(client: FlaskClient, act: Act, language: str) -> None:
    assert "/sign-in/forgot" not in open_page(client, f"/sign-in?lang={language}")
    open_page(client, f"/sign-in/forgot?lang={language}")
    assert client.post("/sign-in/forgot", data={"username": OFFICER}).status_code == 200
    assert client.get("/sign-in/reset?token=x").status_code == 404
    assert act.session.scalar(sa.select(sa.func.count()).select_from(MailLink)) == 0
