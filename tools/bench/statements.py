"""Statements and commits of pages and moves."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask.testing import FlaskClient

from appeals.cli.working import act_of
from appeals.domain.people import Role
from appeals.domain.states import State
from appeals.models.appeal import Appeal, Statement
from appeals.queries.work_list import PAGE_ROWS
from appeals.settings import Settings
from appeals.web.app import create_app
from tools.bench.city import Bench
from tools.bench.filing import FILING_FIELDS, new_contact
from tools.bench.load import CSRF_TOKEN_PATTERN, find_in_page
from tools.bench.people import add_busiest_officer, add_staff_account
from tools.bench.results import BenchFigure, BenchSection

APPEALS = 10_000
MAX_PAGE_STATEMENTS, MAX_CHANGE_STATEMENTS = 12, 20
HOW = """The website's own code in this process, on the real database, counted where SQLAlchemy
sends a statement; BEGIN, COMMIT and the pool's ping of a connection are not counted. The same
limits are held by `tests/web/test_statements.py`."""


@dataclass
class StatementCount:
    """The statements and commits of one request."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def count_statements() -> Iterator[StatementCount]:
    """Count the statements and commits of every engine of this process within the block."""
    seen = StatementCount()

    def note(*call: object) -> None:
        seen.statements.append(str(call[2]))

    def committed(_connection: sa.Connection) -> None:
        seen.commits += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    sa.event.listen(sa.Engine, "commit", committed)
    yield seen
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    sa.event.remove(sa.Engine, "commit", committed)


def measure_statements(bench: Bench) -> BenchSection:
    """Count the statements of pages and moves."""
    city = bench.copy(bench.city(APPEALS), "statements")
    app = create_app(city)
    officer, work = add_busiest_officer(city)
    desk, centre, citizen = (app.test_client() for _ in range(3))
    desk.set_cookie("sid", officer.token)
    centre.set_cookie("sid", add_staff_account(city, Role.DISPATCHER).token)
    for page in ("/desk/", "/centre/", "/appeals/new"):  # the city's rows are read once a process
        (citizen if "new" in page else centre if "centre" in page else desk).get(page)
    lists = [_get_page(desk, f"/desk/?q={number}") for number in ("", work[0])]
    case = _get_page(desk, f"/desk/appeals/{work[0]}")
    filed = _count_filing(citizen)
    closed = _count_closing(centre, city)
    many, one = (len(each.statements) for each in lists)
    return BenchSection(
        "python -m tools.bench statements",
        "Statements",
        HOW,
        f"{APPEALS:,} appeals",
        [
            BenchFigure.at_most(f"desk list of {PAGE_ROWS}", many, MAX_PAGE_STATEMENTS),
            BenchFigure("desk list of 1", str(one), f"= {many}", one == many),
            BenchFigure.at_most("case page", len(case.statements), MAX_PAGE_STATEMENTS),
            BenchFigure.at_most("filing", len(filed.statements), MAX_CHANGE_STATEMENTS),
            BenchFigure("filing: commits", str(filed.commits), "= 1", filed.commits == 1),
            BenchFigure.at_most("closing", len(closed.statements), MAX_CHANGE_STATEMENTS),
            BenchFigure("closing: commits", str(closed.commits), "= 1", closed.commits == 1),
        ],
    )


def _get_page(browser: FlaskClient, address: str) -> StatementCount:
    with count_statements() as seen:
        answer = browser.get(address)
    assert answer.status_code == 200, address  # noqa: PLR2004 - OK
    return seen


def _post_form(
    browser: FlaskClient, address: str, page: str, fields: dict[str, str]
) -> StatementCount:
    """Send a form with the CSRF token of a page that was opened before."""
    token = find_in_page(CSRF_TOKEN_PATTERN, browser.get(page).text)
    with count_statements() as seen:
        answer = browser.post(address, data={**fields, "csrf_token": token})
    assert answer.status_code == 303, answer.text  # noqa: PLR2004 - see other
    return seen


def _count_filing(citizen: FlaskClient) -> StatementCount:
    own = {"form_key": secrets.token_urlsafe(24)}
    return _post_form(citizen, "/appeals/new", "/appeals/new", FILING_FIELDS | own | new_contact())


def _count_closing(centre: FlaskClient, city: Settings) -> StatementCount:
    """Close an answered appeal whose citizen can be told."""
    with act_of(city) as act:
        answered = act.session.scalars(
            sa.select(Appeal).where(Appeal.state == State.ANSWERED).order_by(Appeal.id).limit(1)
        ).one()
        act.session.get_one(Statement, answered.id).contact_email = new_contact()["contact_email"]
        act.session.commit()
    page = f"/centre/appeals/{answered.number}"
    return _post_form(centre, f"{page}/close", page, {"seen": str(answered.moves_made)})
