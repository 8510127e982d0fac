"""The desk's list and the case page, with 10,000 and with 100,000 appeals."""

import itertools
from dataclasses import dataclass, field
from statistics import median

from appeals.cli.working import tell
from appeals.domain.people import Role
from appeals.queries.work_list import PAGE_ROWS
from tools.bench.city import Bench
from tools.bench.load import (
    CSRF_TOKEN_PATTERN,
    BenchBrowser,
    Deed,
    find_in_page,
    make_browsers,
    median_ratio,
    run_round,
)
from tools.bench.people import StaffAccount, add_busiest_officer, add_staff_account
from tools.bench.results import BenchFigure, BenchSection
from tools.bench.server import MAX_MEMORY_MB, PEAK_LABEL, Server, serve_website

FEW, MANY = 10_000, 100_000
ROUNDS, SECONDS = 7, 3
WARM_UP_SECONDS = 2
MAX_RATIO = 1.5
HOW = f"""The same month made up twice by `appeals simulate`, with {FEW:,} appeals and with
{MANY:,}: ten times the history and ten times the open work. An officer of the department with the
most work opens the first page of its list ({PAGE_ROWS} rows) or one of its cases, over eight
keep-alive connections to two gunicorn workers; {ROUNDS} rounds of {SECONDS} s for each page and
city, in turn.
At the end eight members of staff sign in at once, again and again, which takes the most memory."""


@dataclass
class OfficersDesk:
    """An officer's desk in one city under a running website."""

    server: Server
    person: StaffAccount
    numbers: list[str]
    p95: dict[str, list[float]] = field(default_factory=lambda: {"list": [], "case": []})

    def __post_init__(self) -> None:
        """Sign the officer in at eight browsers."""
        self.browsers = make_browsers(self.server.port)
        for each in self.browsers:
            each.cookies["sid"] = self.person.token
        self.turn = itertools.cycle(self.numbers)

    def take(self, page: str, seconds: float) -> float:
        """Open a page for some seconds; return the 95th percentile in milliseconds."""
        return run_round(self.browsers, {"list": self._list, "case": self._case}[page], seconds).p95

    def _list(self, browser: BenchBrowser) -> None:
        answer = browser.get("/desk/")
        assert answer.body.count('rows__number"') == PAGE_ROWS, answer

    def _case(self, browser: BenchBrowser) -> None:
        number = next(self.turn)
        answer = browser.get(f"/desk/appeals/{number}")
        assert answer.status == 200 and number in answer.body, answer  # noqa: PLR2004, PT018


def measure_pages(bench: Bench) -> BenchSection:
    """Measure the two pages and the website's memory."""
    few, many = (bench.copy(bench.city(n), f"pages_{n}") for n in (FEW, MANY))
    with (
        serve_website(bench, "few", few.for_children()) as one,
        serve_website(bench, "many", many.for_children()) as other,
    ):
        desks = (
            OfficersDesk(one, *add_busiest_officer(few)),
            OfficersDesk(other, *add_busiest_officer(many)),
        )
        for desk, page in itertools.product(desks, ("list", "case")):
            desk.take(page, WARM_UP_SECONDS)
        for n in range(ROUNDS):
            tell(f"pages: round {n + 1} of {ROUNDS}")
            for page, desk in itertools.product(("list", "case"), desks):
                desk.p95[page].append(desk.take(page, SECONDS))
        run_round(
            make_browsers(other.port),
            _sign_in_deed([add_staff_account(many, Role.OPERATOR) for _ in range(8)]),
            SECONDS,
        )
        signed_in = other.peak_megabytes()
    return BenchSection(
        "python -m tools.bench pages",
        "Desk list and case page",
        HOW,
        f"{FEW:,} appeals and {MANY:,}; open work of the department "
        + " and ".join(f"{len(desk.numbers):,}" for desk in desks),
        [
            *_list_figures(*desks, "list", f"desk list of {PAGE_ROWS}"),
            *_list_figures(*desks, "case", "case page"),
            BenchFigure.at_most(f"{PEAK_LABEL} after sign-ins", signed_in, MAX_MEMORY_MB),
        ],
    )


def _list_figures(
    few: OfficersDesk, many: OfficersDesk, page: str, called: str
) -> list[BenchFigure]:
    one, other = few.p95[page], many.p95[page]
    return [
        BenchFigure(
            f"{called}: p95 with {FEW:,} and with {MANY:,} appeals (ms)",
            f"{median(one):.0f} and {median(other):.0f}",
        ),
        BenchFigure.at_most(
            f"{called}: {MANY:,} : {FEW:,}", median_ratio(other, one), MAX_RATIO, "{:.2f}"
        ),
    ]


def _sign_in_deed(people: list[StaffAccount]) -> Deed:
    """Return a deed that signs in, each time as the next of the people."""
    turn = itertools.cycle(people)

    def deed(browser: BenchBrowser) -> None:
        person = next(turn)
        browser.cookies.clear()
        form = find_in_page(CSRF_TOKEN_PATTERN, browser.get("/sign-in").body)
        typed = {"username": person.username, "password": person.password, "csrf_token": form}
        answer = browser.post("/sign-in", typed)
        assert answer.status == 302, answer  # noqa: PLR2004 - found: the person's first page

    return deed
