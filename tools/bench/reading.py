"""Reading pages: a published month, the public page, the live figures, at two sizes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from appeals.cli.working import tell
from appeals.domain.calendar import month_of
from appeals.domain.people import Role
from appeals.settings import Settings
from tools.bench.city import Bench
from tools.bench.load import BenchBrowser, make_browsers, median_ratio, run_round
from tools.bench.people import add_staff_account, publish_month
from tools.bench.results import BenchFigure
from tools.bench.server import Server, serve_website

ROUNDS, SECONDS, WARM_UP = 5, 3, 2
MAX_P95_MS, MAX_RATIO = 50, 1.5
OK_STATUS = 200
LIVE_PATH = "/live/"


@dataclass
class Readers:
    """Eight browsers at one website, of strangers or of a member of the centre."""

    server: Server
    token: str
    p95: dict[str, list[float]] = field(default_factory=dict)

    def take(self, path: str, seconds: float) -> float:
        """Open a page for some seconds; return the 95th percentile in milliseconds."""
        here = make_browsers(self.server.port)
        for each in here if path == LIVE_PATH else ():
            each.cookies["sid"] = self.token

        def read(browser: BenchBrowser) -> None:
            answer = browser.get(path)
            assert answer.status == OK_STATUS, answer

        return run_round(here, read, seconds).p95


def measure_reading(bench: Bench, month: str, few: Settings, many: Settings) -> list[BenchFigure]:
    """Measure each page in both cities, in turn, after publishing the month in both."""
    named = {
        "a published month": f"/public/reports/{month}",
        "the public page": "/public/",
        "the live dashboard": LIVE_PATH,
    }
    for city in (few, many):
        publish_month(bench, city, month)
        bench.run(city, "report", "compile", f"{month_of(datetime.now(UTC)):%Y-%m}")
    with (
        serve_website(bench, "read_few", few.for_children()) as one,
        serve_website(bench, "read_many", many.for_children()) as other,
    ):
        readers = [
            Readers(website, add_staff_account(city, Role.SUPERVISOR).token)
            for website, city in ((one, few), (other, many))
        ]
        for name, path in named.items():
            tell(f"reading {name}")
            for each in readers:
                each.take(path, WARM_UP)
            for _ in range(ROUNDS):
                for each in readers:
                    each.p95.setdefault(name, []).append(each.take(path, SECONDS))
    return [figure for name in named for figure in _list_figures(name, *readers)]


def _list_figures(name: str, few: Readers, many: Readers) -> list[BenchFigure]:
    one, other = few.p95[name], many.p95[name]
    return [
        BenchFigure.at_most(f"{name}: p95 (ms)", median(other), MAX_P95_MS),
        BenchFigure.at_most(
            f"{name}: p95 : with 10,000", median_ratio(other, one), MAX_RATIO, "{:.2f}"
        ),
    ]
