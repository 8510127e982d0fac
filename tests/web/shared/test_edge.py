"""The edge: where a request comes from, what every answer carries, what another site may not."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.database import make_engine, make_session_factory
from appeals.domain.people import SYSTEM, Role
from appeals.models.staff import Attempt
from appeals.operations.answer_headers import HEADERS, HSTS
from appeals.settings import Settings
from appeals.web.app import create_app
from tests.cast import SUN
from tests.conftest import beside, free_port
from tests.web.staff_browser import browser_of

NEARBY = {"REMOTE_ADDR": "127.0.0.1"}
ABROAD = {"REMOTE_ADDR": "203.0.113.9"}
THROUGH = {"X-Forwarded-For": "127.0.0.1"}
WRONG = {"username": "nobody", "password": "wrong"}


@pytest.fixture
def behind(settings: Settings, session: Session) -> Callable[[int], Flask]:
    """Provide the application as it stands behind so many proxies."""

    def make(proxies: int) -> Flask:
        made = create_app(
            settings.model_copy(update={"trusted_proxies": proxies}),
            lambda: Session(session.connection(), join_transaction_mode="create_savepoint"),
        )
        made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        return made

    return make


@pytest.mark.parametrize("proxies", [0, 1])
def test_metrics_are_for_this_machine_alone(behind: Callable[[int], Flask], proxies: int) -> None:
    app = behind(proxies)
    assert "appeals_overdue" in app.test_client().get("/metrics", environ_base=NEARBY).text
    assert app.test_client().get("/metrics", environ_base=ABROAD).status_code == 404
    assert (
        app.test_client().get("/metrics", environ_base=NEARBY, headers=THROUGH).status_code == 404
    )
    assert (
        app.test_client().get("/metrics", environ_base=ABROAD, headers=THROUGH).status_code == 404
    )


def test_other_machines_see_only_the_status_of_readiness(app: Flask) -> None:
    near = app.test_client().get("/health/ready", environ_base=NEARBY).json
    assert near is not None
    assert set(near) == {"status", "database", "files", "alarms", "seconds_since_success"}
    told = {"status": near["status"]}
    assert app.test_client().get("/health/ready", environ_base=ABROAD).json == told
    proxied = app.test_client().get("/health/ready", environ_base=NEARBY, headers=THROUGH)
    assert proxied.json == told


@pytest.mark.parametrize(("proxies", "seen"), [(0, 1), (1, 3)])
def test_a_claimed_address_counts_only_behind_a_proxy_of_ours(
    behind: Callable[[int], Flask], session: Session, proxies: int, seen: int
) -> None:
    app = behind(proxies)
    for claimed in ("198.51.100.1", "198.51.100.2", "198.51.100.3"):
        forwarded = {"X-Forwarded-For": f"192.0.2.1, {claimed}"}
        app.test_client().post("/sign-in", data=WRONG, environ_base=ABROAD, headers=forwarded)
    counted = sa.select(sa.func.count(Attempt.who.distinct()))
    assert session.scalar(counted.where(Attempt.scope == "password_address")) == seen


def test_an_ipv6_network_counts_as_one_address(app: Flask, session: Session) -> None:
    for last in (":1", ":ffff", "1:2:3:4"):
        peer = {"REMOTE_ADDR": f"2001:db8:0:7:{last}"}
        app.test_client().post("/sign-in", data=WRONG, environ_base=peer)
    counted = sa.select(sa.func.count(Attempt.who.distinct()))
    assert session.scalar(counted.where(Attempt.scope == "password_address")) == 1


OURS = [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
OURS += [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}]
STRANGE = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
STRANGE += [{"Origin": "null"}, {"Origin": "https://localhost.evil.example"}]
STRANGE += [{"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}]


@pytest.mark.parametrize("headers", OURS)
def test_a_form_of_ours_is_taken(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.post("/sign-in", data=WRONG, headers=headers).status_code == 422


@pytest.mark.parametrize("headers", STRANGE)
def test_a_form_of_another_site_is_refused_on_every_address(
    app: Flask, headers: dict[str, str]
) -> None:
    for path in paths(app, "POST"):
        assert app.test_client().post(path, headers=headers).status_code == 403, path
    assert app.test_client().get("/", headers=headers).status_code == 200


def test_what_no_keyboard_types_is_refused_and_breaks_nothing(client: FlaskClient) -> None:
    assert client.post("/sign-in", data={"username": "a\0", "password": "b"}).status_code == 400
    assert client.get("/appeals/follow?number=%00").status_code == 400


def paths(app: Flask, method: str) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or set()):
            path = str(rule.rule)
            for name in rule.arguments:
                path = path.replace(f"<{name}>", "1").replace(f"<int:{name}>", "1")
            yield path.replace("<path:filename>", "site.js")


def lacking(app: Flask, browser: FlaskClient) -> tuple[set[int], list[str]]:
    """Ask every address; return the statuses seen and the answers that lack a header."""
    statuses, wrong = set(), list[str]()
    for method in ("GET", "POST", "PUT"):
        for path in [*paths(app, method if method != "PUT" else "GET"), "/nothing"]:
            answer = browser.open(path, method=method, buffered=True)
            statuses.add(answer.status_code)
            wanted = {**HEADERS, "Cache-Control": None}
            wrong += [
                f"{method} {path} {answer.status_code}: {name}"
                for name, value in wanted.items()
                if name not in answer.headers or value not in {None, answer.headers[name]}
            ]
    return statuses, wrong


def test_every_answer_carries_the_headers(app: Flask, act: Act) -> None:
    app.config.update(WTF_CSRF_ENABLED=True)
    assert lacking(app, app.test_client()) == ({200, 302, 400, 404, 405}, [])
    app.config.update(WTF_CSRF_ENABLED=False)
    statuses, wrong = lacking(app, browser_of(app, act, SUN))
    assert statuses >= {200, 302, 403, 404, 405, 422}
    assert wrong == []


@pytest.mark.parametrize(("away", "status"), [(False, 500), (True, 503)])
def test_every_failure_carries_the_headers_and_says_nothing(
    settings: Settings, *, away: bool, status: int
) -> None:
    url = beside(settings.database_url, "template1")  # without a table of ours
    gone = sa.make_url(url).set(host="127.0.0.1", port=9, query={})
    engine = make_engine(gone.render_as_string(hide_password=False) if away else url)
    app = create_app(settings, make_session_factory(engine))
    statuses, wrong = lacking(app, app.test_client())
    assert status in statuses
    assert wrong == []
    text = app.test_client().get("/").text
    assert not any(word in text for word in ("Traceback", "psycopg", "SELECT", "relation"))
    engine.dispose()


def test_too_much_at_once_is_refused_with_the_headers(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 10
    answer = app.test_client().post("/appeals/new", data={"detail": "x" * 100})
    assert answer.status_code == 413
    assert set(HEADERS) <= set(answer.headers.keys())


def test_over_https_cookies_are_bound_to_the_host_and_plain_http_is_over(
    settings: Settings, session: Session
) -> None:
    app = create_app(
        settings.model_copy(update={"base_url": "https://appeals.example"}),
        lambda: Session(session.connection(), join_transaction_mode="create_savepoint"),
    )
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    act = Act(session, SYSTEM, datetime.now(UTC), app.extensions["appeals_secret"])
    once = staff_accounts.add_staff(act, "zhao", "Operator Zhao", Role.OPERATOR)
    session.commit()
    answer = app.test_client().post(
        "/sign-in", data={"username": "zhao", "password": once}, base_url="https://appeals.example"
    )
    assert answer.headers["Strict-Transport-Security"] == HSTS
    cookie = next(each for each in answer.headers.getlist("Set-Cookie") if "sid=" in each)
    assert cookie.startswith("__Host-sid=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    form = app.test_client().get("/sign-in", base_url="https://appeals.example")
    app.config["WTF_CSRF_ENABLED"] = True
    form = app.test_client().get("/sign-in", base_url="https://appeals.example")
    assert form.headers["Set-Cookie"].startswith("__Host-appeals=")
    english = app.test_client().get("/?lang=en", base_url="https://appeals.example")
    (language,) = (each for each in english.headers.getlist("Set-Cookie") if "lang=" in each)
    assert language.startswith("__Host-lang=en;")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(language.split("; "))


def test_a_method_that_repeats_the_request_is_not_answered(client: FlaskClient) -> None:
    for path in ("/", "/sign-in", "/health/live", "/static/build/charts.css"):
        assert client.open(path, method="TRACE").status_code == 405, path


def test_a_database_that_is_away_is_asked_once_for_a_page(app: Flask) -> None:
    """Who signs the access log is known only where the session of staff could be read."""
    nowhere = sa.create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none")
    asked = list[Session]()

    def open_session() -> Session:
        asked.append(Session(nowhere))
        return asked[-1]

    app.extensions["appeals_sessions"] = open_session
    browser = app.test_client()
    browser.set_cookie("sid", "some token")
    assert browser.get("/desk/").status_code == 503
    assert len(asked) == 1


def test_security_txt_names_the_contact(settings: Settings) -> None:
    contact = "mailto:security@city.example"
    app = create_app(
        settings.model_copy(update={"security_contact": contact, "base_url": "https://a.example"})
    )
    where = "https://a.example/.well-known/security.txt"
    answer = app.test_client().get("/.well-known/security.txt", base_url="https://a.example")
    assert answer.content_type == "text/plain; charset=utf-8"
    said = dict(line.split(": ", 1) for line in answer.text.splitlines())
    expires = datetime.fromisoformat(said.pop("Expires"))
    assert said == {"Contact": contact, "Canonical": where, "Preferred-Languages": "zh, en"}
    assert timedelta(days=20) < expires - datetime.now(UTC) < timedelta(days=40)


def test_security_txt_without_a_contact_is_not_found(client: FlaskClient) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
