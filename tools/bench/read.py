"""The pages of figures: a published month, the public page, the live dashboard, at two sizes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from appeals.cli.progress import show_progress
from appeals.domain.calendar import month_of
from appeals.domain.people import Role
from appeals.settings import Settings
from tools.bench.city import Bench
from tools.bench.load import Browser, browsers, median_ratio, run
from tools.bench.people import hire, publish
from tools.bench.results import Figure
from tools.bench.server import Server, serving

ROUNDS, SECONDS, WARM_UP = 5, 3, 2
MOST_MS, RATIO = 50, 1.5
OK = 200
LIVE = "/live/"


@dataclass
class Readers:
    """Eight browsers at one website, of strangers or of a member of the centre."""

    server: Server
    token: str
    p95: dict[str, list[float]] = field(default_factory=dict)

    def take(self, path: str, seconds: float) -> float:
        """Open a page for some seconds; give the p95 in milliseconds."""
        here = browsers(self.server.port)
        for each in here if path == LIVE else ():
            each.cookies["sid"] = self.token

        def read(browser: Browser) -> None:
            answer = browser.get(path)
            assert answer.status == OK, answer

        return run(here, read, seconds).p95


def pages(bench: Bench, month: str, few: Settings, many: Settings) -> list[Figure]:
    """Read each page in both cities, in turn; in both the month is published first."""
    named = {
        "a published month": f"/public/reports/{month}",
        "the public page": "/public/",
        "the live dashboard": LIVE,
    }
    for city in (few, many):
        publish(bench, city, month)
        bench.run(city, "report", "compile", f"{month_of(datetime.now(UTC)):%Y-%m}")
    with (
        serving(bench, "read_few", few.for_children()) as one,
        serving(bench, "read_many", many.for_children()) as other,
    ):
        readers = [
            Readers(website, hire(city, Role.SUPERVISOR).token)
            for website, city in ((one, few), (other, many))
        ]
        for name, path in named.items():
            show_progress(f"reading {name}")
            for each in readers:
                each.take(path, WARM_UP)
            for _ in range(ROUNDS):
                for each in readers:
                    each.p95.setdefault(name, []).append(each.take(path, SECONDS))
    return [figure for name in named for figure in _figures(name, *readers)]


def _figures(name: str, few: Readers, many: Readers) -> list[Figure]:
    one, other = few.p95[name], many.p95[name]
    return [
        Figure.at_most(f"{name}: p95 (ms)", median(other), MOST_MS),
        Figure.at_most(f"{name}: p95 : with 10,000", median_ratio(other, one), RATIO, "{:.2f}"),
    ]
