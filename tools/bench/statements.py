"""How many statements pages and moves send to the database, and how often they commit."""

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
from tools.bench.filing import SENT, contact
from tools.bench.load import TOKEN, found
from tools.bench.people import busiest_officer, hire
from tools.bench.results import Figure, Section

APPEALS = 10_000
A_PAGE, A_CHANGE = 12, 20
HOW = """The website's own code in this process, on the real database, counted where SQLAlchemy
sends a statement; BEGIN, COMMIT and the pool's ping of a connection are not counted. The same
limits are held by `tests/web/test_statements.py`."""


@dataclass
class Seen:
    """The statements and commits of one request."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def seeing() -> Iterator[Seen]:
    """Count what every engine of this process sends and commits within the block."""
    seen = Seen()

    def note(*call: object) -> None:
        seen.statements.append(str(call[2]))

    def committed(_connection: sa.Connection) -> None:
        seen.commits += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    sa.event.listen(sa.Engine, "commit", committed)
    yield seen
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    sa.event.remove(sa.Engine, "commit", committed)


def measure(bench: Bench) -> Section:
    """Count the statements of pages and moves."""
    city = bench.copy(bench.city(APPEALS), "statements")
    app = create_app(city)
    officer, work = busiest_officer(city)
    desk, centre, citizen = (app.test_client() for _ in range(3))
    desk.set_cookie("sid", officer.token)
    centre.set_cookie("sid", hire(city, Role.DISPATCHER).token)
    for page in ("/desk/", "/centre/", "/appeals/new"):  # the city's rows are read once a process
        (citizen if "new" in page else centre if "centre" in page else desk).get(page)
    lists = [_get(desk, f"/desk/?q={number}") for number in ("", work[0])]
    case = _get(desk, f"/desk/appeals/{work[0]}")
    filed = _filed(citizen)
    closed = _closed(centre, city)
    many, one = (len(each.statements) for each in lists)
    return Section(
        "python -m tools.bench statements",
        "Statements",
        HOW,
        f"{APPEALS:,} appeals",
        [
            Figure.at_most(f"desk list of {PAGE_ROWS}", many, A_PAGE),
            Figure("desk list of 1", str(one), f"= {many}", one == many),
            Figure.at_most("case page", len(case.statements), A_PAGE),
            Figure.at_most("filing", len(filed.statements), A_CHANGE),
            Figure("filing: commits", str(filed.commits), "= 1", filed.commits == 1),
            Figure.at_most("closing", len(closed.statements), A_CHANGE),
            Figure("closing: commits", str(closed.commits), "= 1", closed.commits == 1),
        ],
    )


def _get(browser: FlaskClient, address: str) -> Seen:
    with seeing() as seen:
        answer = browser.get(address)
    assert answer.status_code == 200, address  # noqa: PLR2004 - OK
    return seen


def _post(browser: FlaskClient, address: str, page: str, fields: dict[str, str]) -> Seen:
    """Send a form with the CSRF token of a page that was opened before."""
    token = found(TOKEN, browser.get(page).text)
    with seeing() as seen:
        answer = browser.post(address, data={**fields, "csrf_token": token})
    assert answer.status_code == 303, answer.text  # noqa: PLR2004 - see other
    return seen


def _filed(citizen: FlaskClient) -> Seen:
    own = {"form_key": secrets.token_urlsafe(24)}
    return _post(citizen, "/appeals/new", "/appeals/new", SENT | own | contact())


def _closed(centre: FlaskClient, city: Settings) -> Seen:
    """Close an answered appeal whose citizen can be told."""
    with act_of(city) as act:
        answered = act.session.scalars(
            sa.select(Appeal).where(Appeal.state == State.ANSWERED).order_by(Appeal.id).limit(1)
        ).one()
        act.session.get_one(Statement, answered.id).contact_email = contact()["contact_email"]
        act.session.commit()
    page = f"/centre/appeals/{answered.number}"
    return _post(centre, f"{page}/close", page, {"seen": str(answered.moves_made)})
