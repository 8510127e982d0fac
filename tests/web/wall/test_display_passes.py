"""Display passes: a screen sees the wall and nothing else, until the pass ends."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from appeals.act import Act
from appeals.cases.access import open_case
from appeals.casework.accounts import display_passes
from appeals.casework.accounts.display_passes import enter_wall, make_pass
from appeals.casework.handling import moves
from appeals.domain.people import DISPLAY, Actor
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.models.staff import DisplayPass
from appeals.queries.wall import load_wall
from appeals.settings import Settings
from appeals.web.app import create_app
from appeals.web.wall import wall_page
from tests.cast import CAST, DISPATCHER, SUN, SUPERVISOR, ZHAO
from tests.factories import appeal_in, later
from tests.restricted import add_conduct, permitted, restricted_in
from tests.web.staff_browser import browser_of, count_statements, forget_rows, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""
SCREEN = "二楼值班室"
WORDS, PHONE = "canary of a subject", "13800139999"
A_PAGE = 12


def open_screen(app: Flask, act: Act, days: int = 30) -> FlaskClient:
    """Return the browser of a screen that has opened a pass."""
    code = make_pass(act.by(SUPERVISOR), SCREEN, days)
    act.session.commit()
    screen = app.test_client()
    answer = screen.get(f"/wall?pass={code}")
    assert (answer.status_code, answer.location) == (303, "/wall")
    return screen


def last_pass(act: Act) -> DisplayPass:
    forget_rows(act)
    newest = sa.select(DisplayPass).order_by(DisplayPass.id.desc()).limit(1)
    return act.session.scalars(newest).one()


@pytest.mark.parametrize("person", [SUPERVISOR, SUN])
def test_a_pass_is_made_opened_once_listed_and_ended(app: Flask, act: Act, person: Actor) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, person)
    made = browser.post("/wall/passes", data={"name": SCREEN, "days": "30"})
    (code,) = re.findall(r"<strong data-display-pass>([-\w]+)</strong>", made.text)
    assert f"/wall?pass={code}" in made.text
    assert "尚未启用" in open_page(browser, "/wall/passes")
    screen = app.test_client()
    typed = f" {code.lower().replace('-', ' ')}"
    assert screen.post("/wall", data={"code": typed}).location == "/wall"
    assert appeal.number in open_page(screen, "/wall")
    assert screen.get(f"/wall?pass={code}").location == "/wall"
    assert app.test_client().get(f"/wall?pass={code}").status_code == 422
    listed = open_page(browser, "/wall/passes")
    assert SCREEN in listed
    assert "尚未启用" not in listed
    assert code not in listed
    pass_id = last_pass(act).id
    ended = browser.post(f"/wall/passes/{pass_id}/end", follow_redirects=True)
    assert f"“{SCREEN}”的通行证已停用" in ended.text
    shown = open_page(screen, "/wall")
    assert "本屏幕的大屏通行证已失效" in shown
    assert f"“{SCREEN}”的大屏数据显示到" in shown
    assert appeal.number not in shown
    assert browser.post(f"/wall/passes/{pass_id}/end").status_code == 409


def test_a_pass_runs_out_by_itself(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    screen = open_screen(app, act, days=2)
    assert appeal.number in open_page(screen, "/wall")
    last_pass(act).expires_at = datetime.now(UTC) - timedelta(seconds=1)
    act.session.commit()
    shown = open_page(screen, "/wall?lang=en")
    assert "The display pass of this screen has ended" in shown
    assert appeal.number not in shown


def address_of(rule: Rule, number: str) -> str:
    path = str(rule.rule)
    for name in rule.arguments:
        value = number if name == "number" else "1"
        path = re.sub(rf"<(?:[^<>]*:)?{name}>", value, path)
    return path


def list_requests(app: Flask, number: str) -> Iterator[tuple[str, str]]:
    """Yield method and address of every route but that of the wall."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in {"screens.wall", "screens.open"}:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, address_of(rule, number)


@pytest.mark.parametrize("ended", [False, True], ids=["in force", "ended"])
def test_a_pass_opens_no_other_page(app: Flask, act: Act, *, ended: bool) -> None:
    appeal = appeal_in(act, State.CLOSED, subject=WORDS, contact_phone=PHONE)
    screen, stranger = open_screen(app, act), app.test_client()
    if ended:
        display_passes.end_pass(act.by(SUPERVISOR), last_pass(act).id)
        act.session.commit()
    wrong = []
    requests = list(list_requests(app, appeal.number))
    for method, address in requests:
        of_screen, of_stranger = (
            browser.open(address, method=method, buffered=True) for browser in (screen, stranger)
        )
        same = (of_screen.status_code, of_screen.location) == (
            of_stranger.status_code, of_stranger.location,
        )  # fmt: skip
        if not same or any(text in of_screen.text for text in (WORDS, PHONE)):
            wrong.append(f"{method} {address}: {of_screen.status_code}")
    assert wrong == []
    assert len(requests) > 150
    assert screen.get("/centre/wall").status_code == 302


def test_a_display_opens_no_appeal_and_makes_no_move(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    act.session.flush()
    from_wall = act.by(DISPLAY)
    with pytest.raises(Refused):
        display_passes.make_pass(from_wall, SCREEN, 1)
    with pytest.raises(Refused):
        open_case(from_wall, appeal.number)
    with pytest.raises(Refused):
        moves.make_move(from_wall, appeal, Action.NOTE, {"words": "?"})


def test_a_screen_shows_no_words_no_contact_no_name_and_no_link(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND, subject=WORDS, contact_phone=PHONE, contact_name="王")
    shown = open_page(open_screen(app, act), "/wall")
    assert appeal.number in shown
    for text in (WORDS, PHONE, "王", ZHAO.name, SUPERVISOR.name, "<a ", "csrf_token"):
        assert text not in shown, text


def test_a_screen_counts_what_a_reader_without_the_permission_does(app: Flask, act: Act) -> None:
    add_conduct(act)
    appeal_in(act, State.IN_HAND)
    hidden = restricted_in(act, State.IN_HAND)
    act.session.flush()
    now = later(act, 48)
    seen, of_reader, of_holder = (
        load_wall(now.by(who)) for who in (DISPLAY, DISPATCHER, permitted(act, SUPERVISOR))
    )
    assert seen == of_reader
    assert (seen.open, of_holder.open) == (1, 2)
    screen = open_screen(app, act)
    assert hidden.number not in open_page(screen, "/wall")
    permitted_browser = browser_of(app, act, SUPERVISOR)
    assert hidden.number in open_page(permitted_browser, "/centre/wall")
    token = screen.get_cookie("display")
    assert token is not None
    permitted_browser.set_cookie("display", token.value)
    assert hidden.number not in open_page(permitted_browser, "/wall")


def test_only_hashes_are_stored(app: Flask, act: Act) -> None:
    code = make_pass(act.by(SUPERVISOR), SCREEN, 30)
    act.session.commit()
    screen = app.test_client()
    screen.get(f"/wall?pass={code}")
    cookie = screen.get_cookie("display")
    assert cookie is not None
    rows = act.session.execute(sa.text("SELECT display_pass::text FROM display_pass")).scalars()
    changes = act.session.execute(sa.text("SELECT change::text FROM change")).scalars()
    stored = " ".join([*rows, *changes])
    assert SCREEN in stored
    for secret in (code, code.replace("-", ""), cookie.value):
        assert secret not in stored
        assert secret.encode().hex() not in stored


def test_wrong_passes_are_limited_by_address(app: Flask, act: Act) -> None:
    code = make_pass(act.by(SUPERVISOR), SCREEN, 30)
    act.session.commit()
    screen = app.test_client()
    statuses = [
        screen.post("/wall", data={"code": f"0000-0000-0000-{n:04}"}).status_code for n in range(11)
    ]
    assert statuses == [422] * 10 + [429]
    assert screen.get(f"/wall?pass={code}").status_code == 429
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert screen.get(f"/wall?pass={code}", environ_base=elsewhere).status_code == 303
    assert screen.post("/wall", data={"code": " "}).status_code == 422


def test_a_pass_is_recorded_in_the_change_log(app: Flask, act: Act) -> None:
    open_screen(app, act)
    display_passes.end_pass(act.by(SUN), last_pass(act).id)
    act.session.commit()
    shown = open_page(browser_of(app, act, SUN), "/admin/changes?of=displays&lang=en")
    assert shown.count("moj-timeline__item") == 2
    for text in (f"Display passes · {SCREEN} · Add", f"Display passes · {SCREEN} · End"):
        assert text in shown
    assert SUPERVISOR.name in shown


def test_only_so_many_passes_are_in_force(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display_passes, "MAX_PASSES", 2)
    by = act.by(SUPERVISOR)
    for _ in range(2):
        make_pass(by, SCREEN, 1)
    with pytest.raises(Refused, match="2 passes already"):
        make_pass(by, SCREEN, 1)
    assert make_pass(by.later(timedelta(days=1)), SCREEN, 1)


@pytest.mark.parametrize(
    ("name", "days"), [("", "3"), (SCREEN, "0"), (SCREEN, "367"), (SCREEN, "many"), (SCREEN, "")]
)
def test_a_wrong_form_is_given_back_and_makes_no_pass(
    app: Flask, act: Act, name: str, days: str
) -> None:
    browser = browser_of(app, act, SUPERVISOR)
    answer = browser.post("/wall/passes", data={"name": name, "days": days})
    assert answer.status_code == 422
    assert "govuk-error-message" in answer.text
    assert act.session.scalar(sa.select(sa.func.count()).select_from(DisplayPass)) == 0


@pytest.mark.parametrize("role", sorted(set(CAST) - display_passes.MANAGERS))
def test_nobody_else_makes_or_ends_a_pass(act: Act, role: str) -> None:
    make_pass(act.by(SUPERVISOR), SCREEN, 1)
    actor = next(each for each in CAST.values() if each.role == role)
    with pytest.raises(Refused):
        make_pass(act.by(actor), SCREEN, 1)
    with pytest.raises(Refused):
        display_passes.end_pass(act.by(actor), last_pass(act).id)


def test_a_pass_is_deleted_thirty_days_after_its_end(act: Act) -> None:
    by = act.by(SUPERVISOR)
    make_pass(by, "ended", 90)
    display_passes.end_pass(by, last_pass(act).id)
    make_pass(by, "run out", 1)
    make_pass(by, "in force", 90)
    act.session.flush()
    at_end = act.later(timedelta(days=30))
    assert display_passes.delete_old_passes(at_end) == 0
    assert display_passes.delete_old_passes(at_end.later(timedelta(seconds=1))) == 1
    assert display_passes.delete_old_passes(at_end.later(timedelta(days=1, seconds=1))) == 1
    assert last_pass(act).name == "in force"


def test_the_use_of_a_pass_is_recorded_every_few_minutes(act: Act) -> None:
    code = make_pass(act.by(SUPERVISOR), SCREEN, 1)
    token = display_passes.open_pass(act, code, "192.0.2.7", "browser")
    for minutes, seen in ((4, 0), (5, 5), (9, 5), (11, 11)):
        assert enter_wall(act.later(timedelta(minutes=minutes)), token) is not None
        assert last_pass(act).seen_at == act.now + timedelta(minutes=seen)
    assert enter_wall(act, f"{token}x") is None


def test_a_screen_takes_few_statements_and_one_commit(app: Flask, act: Act) -> None:
    screen = open_screen(app, act)
    open_page(screen, "/wall")
    with count_statements(act.session) as sent:
        open_page(screen, "/wall?anew=1")
    assert len(sent.statements) <= A_PAGE, sent.statements
    assert sent.commits == 1


def test_an_error_page_on_a_screen_loads_the_wall_again(
    app: Flask, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = open_screen(app, act)

    def fail(_act: Act) -> None:
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(wall_page, "load_wall", fail)
    answer = screen.get("/wall")
    assert (answer.status_code, answer.headers["Refresh"]) == (503, "60; url=/wall")
    assert "Refresh" not in browser_of(app, act, SUPERVISOR).get("/centre/wall").headers


def test_over_https_the_cookie_of_a_screen_is_bound_to_the_host(
    settings: Settings, app: Flask, act: Act
) -> None:
    secure = create_app(
        settings.model_copy(update={"base_url": "https://appeals.example"}),
        lambda: Session(act.session.connection(), join_transaction_mode="create_savepoint"),
    )
    code = make_pass(act.by(SUPERVISOR), SCREEN, 30)
    act.session.commit()
    answer = secure.test_client().get(f"/wall?pass={code}", base_url="https://appeals.example")
    (cookie,) = (each for each in answer.headers.getlist("Set-Cookie") if "display=" in each)
    assert cookie.startswith("__Host-display=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert app is not secure
